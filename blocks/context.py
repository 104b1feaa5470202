"""Units that look far and wide: pyramids, U-Net's steps, attention over channels and places, gated convolutions."""

from __future__ import annotations

from blocks.activation import ReLU, Sigmoid
from blocks.block import Bridge, Change, Trials, Unfit, block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d
from blocks.elementwise import Scale
from blocks.indexing import Stack
from blocks.linear import Linear
from blocks.merge import Add, Concat, Multiply
from blocks.normalization import BatchNorm2d
from blocks.pooling import MaxPool2d
from blocks.pooling_global import AdaptiveAvgPool2d, GlobalAvgPool, GlobalMaxPool
from blocks.reduction import Largest, Mean, Sum
from blocks.resize import Upsample2d
from blocks.setting import choice, flag, number, sizes, whole
from blocks.shape import IMAGE, SEQUENCE, VECTOR, image
from blocks.transposed import ConvTranspose2d
from blocks.units import NONE, ConvUnit, activated


class _OnImages(Composite):
    """What units on images share."""

    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Context")
class AtrousPyramid(_OnImages):
    """Convolutions of several dilations beside the whole image (Chen et al. 2017, fig. 5): (C, H, W) → (C', H, W)."""

    source = "https://arxiv.org/abs/1706.05587"
    formula = "y = 1×1([1×1; 3×3 at each dilation; mean of the image])"
    keywords = "aspp deeplab atrous dilated segmentation pyramid"
    widens = "out_channels"
    out_channels: int = whole(256, low=1, short="{}", always=True, doc="Channels of each branch, and that come out.")
    dilations: tuple[int, ...] = sizes((12, 24, 36), short="dilations {}", doc="Of the 3×3 branches.")

    def body(self, g: Sketch, *ends: End) -> End:
        x, c = ends[0], self.out_channels
        branches = [g.add(ConvUnit(c, 1), x, name="one")]
        branches += [g.add(ConvUnit(c, 3, dilation=d), x, name=f"dilated{i}") for i, d in enumerate(self.dilations, 1)]
        pooled = g.add(ConvUnit(c, 1, normalization=NONE), g.add(AdaptiveAvgPool2d(1), x, name="pool"), name="pooled")
        branches.append(g.add(Upsample2d(size=x.shape.space), pooled, name="spread"))
        end: End = g.add(ConvUnit(c, 1), g.add(Concat(), *branches, name="join"), name="project")
        return end


@block("Context")
class PyramidPooling(_OnImages):
    """The image seen on several coarse grids, joined on (Zhao et al. 2017, fig. 3): (C, H, W) → (2C, H, W)."""

    source = "https://arxiv.org/abs/1612.01105"
    formula = "y = [x; enlarged 1×1 of the mean on each grid]"
    keywords = "ppm pspnet scene parsing segmentation pyramid"
    grids: tuple[int, ...] = sizes((1, 2, 3, 6), short="grids {}", always=True, doc="Sides of the coarse grids.")

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        if not self.grids:
            remedies = (Change({"grids": (1, 2, 3, 6)}),)
            raise Unfit("no grids", "a grid at least to see the image on", setting="grids", remedies=remedies)
        width = max(1, x.shape.channels // len(self.grids))
        seen = [x]
        for grid in self.grids:
            unit = ConvUnit(width, 1, normalization="BatchNorm" if grid > 1 else NONE)
            coarse = g.add(unit, g.add(AdaptiveAvgPool2d(grid), x, name=f"pool{grid}"), name=f"conv{grid}")
            seen.append(g.add(Upsample2d(size=x.shape.space, mode="bilinear"), coarse, name=f"spread{grid}"))
        end: End = g.add(Concat(), *seen, name="join")
        return end


class _Double(_OnImages):
    """What U-Net's steps share: two 3×3 convolutions."""

    source = "https://arxiv.org/abs/1505.04597"
    keywords = "u-net unet segmentation encoder decoder skip"
    widens = "out_channels"
    out_channels: int = whole(64, low=1, short="{}", always=True, doc="Channels of both convolutions.")
    normalization: str = choice(
        "BatchNorm", (NONE, "BatchNorm", "InstanceNorm"), doc="After each convolution, or none."
    )

    def _twice(self, g: Sketch, x: End) -> End:
        for i in (1, 2):
            unit = ConvUnit(self.out_channels, 3, normalization=self.normalization)
            x = g.add(unit, x, name=f"conv{i}")
        return x


@block("Context")
class UNetDown(_Double):
    """U-Net's step down: two convolutions after a pooling (Ronneberger et al. 2015): (C, H, W) → (C', H / 2, W / 2)."""

    formula = "y = conv(conv(pool(x)))"
    pool: bool = flag(True, short="pool", doc="Halve height and width first; the first step of a U-Net does not.")

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        return self._twice(g, g.add(MaxPool2d(2), x, name="pool") if self.pool else x)


@block("Context")
class UNetUp(_Double):
    """U-Net's step up: enlarged, joined with what was kept, convolved: (C, H, W), (K, 2H, 2W) → (C', 2H, 2W)."""

    formula = "y = conv(conv([kept; up(x)]))"
    up: str = choice("transposed", ("transposed", "bilinear"), short="{}", doc="How the image is enlarged.")
    kept = takes(IMAGE, doc="What the step down of the same size gave.")

    @classmethod
    def trials(cls) -> Trials:
        pair = image(8, 3, 4), image(4, 6, 8)
        return ((pair, {"out_channels": 5}), (pair, {"out_channels": 5, "up": "bilinear"}))

    def body(self, g: Sketch, *ends: End) -> End:
        x, kept = ends
        if self.up == "transposed":
            x = g.add(ConvTranspose2d(max(1, x.shape.channels // 2), 2, 2), x, name="up")
        else:
            x = g.add(Upsample2d(2, mode="bilinear"), x, name="up")
        if x.shape.space != kept.shape.space:
            want = kept.shape.with_sizes(kept.shape.channels, *x.shape.space)
            raise Unfit(kept.shape, f"{x.shape.space} pixels, twice those of x", port="kept", remedies=(Bridge(want),))
        return self._twice(g, g.add(Concat(), kept, x, name="join"))


@block("Context")
class FeaturePyramid(Composite):
    """A level of a feature pyramid: what is coarse, enlarged, added to what is fine: two images → two images."""

    source = "https://arxiv.org/abs/1612.03144"
    formula = "merged = 1×1(fine) + up(coarse), y = 3×3(merged)"
    keywords = "fpn detection lateral top-down multi scale"
    widens = "out_channels"
    out_channels: int = whole(256, low=1, short="{}", always=True, doc="Channels of every level.")
    x = takes(IMAGE, doc="The level above, with out_channels channels.")
    fine = takes(IMAGE, doc="What the backbone gives at this level.")
    y = gives(IMAGE, doc="The level, smoothed.")
    merged = gives(IMAGE, doc="The level before that, for the next one.")

    @classmethod
    def trials(cls) -> Trials:
        return (((image(6, 3, 4), image(5, 6, 8)), {"out_channels": 6}),)

    def body(self, g: Sketch, *ends: End) -> tuple[End, ...]:
        x, fine = ends
        if x.shape.channels != self.out_channels:
            raise Unfit(
                x.shape,
                f"{self.out_channels} channels, as every level has",
                setting="out_channels",
                remedies=(Change({"out_channels": x.shape.channels}),),
            )
        lateral = g.add(Conv2d(self.out_channels, 1), fine, name="lateral")
        merged = g.add(Add(), lateral, g.add(Upsample2d(size=fine.shape.space), x, name="up"), name="add")
        return g.add(Conv2d(self.out_channels, 3), merged, name="smooth"), merged


@block("Squeeze and excite")
class ConvAttention(_OnImages):
    """Weighs channels, then places, by their mean and largest (Woo et al. 2018, fig. 1): (C, H, W) → (C, H, W).

    The mean and the largest of the channels are read by one network with the same weights.
    """

    source = "https://arxiv.org/abs/1807.06521"
    formula = "y = x' · σ(7×7([mean; max])), x' = x · σ(MLP(mean) + MLP(max))"
    keywords = "cbam attention channel spatial gate"
    reduction: int = whole(16, low=1, short="/{}", always=True, doc="How many channels share one number in the middle.")
    kernel_size: int = whole(7, low=1, short="{0}×{0}", doc="Of the convolution that weighs places.")

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        c = x.shape.channels
        told = [g.add(pool, x, name=name) for name, pool in (("mean", GlobalAvgPool()), ("largest", GlobalMaxPool()))]
        # one network reads both: laid along an axis, they are two steps of the same linear layers
        both = g.add(Linear(max(1, c // self.reduction)), g.add(Stack(), *told, name="both"), name="reduce")
        both = g.add(Linear(c), g.add(ReLU(), both, name="relu"), name="expand")
        gate = g.add(Sigmoid(), g.add(Sum((0,)), both, name="sum"), name="channel_gate")
        x = g.add(Multiply(), x, gate, name="channels")
        seen = [g.add(kind((0,), keepdim=True), x, name=name) for name, kind in (("average", Mean), ("peak", Largest))]
        conv = Conv2d(1, self.kernel_size, 1, "same", bias=False)
        places = g.add(BatchNorm2d(), g.add(conv, g.add(Concat(), *seen, name="join"), name="conv"), name="norm")
        end: End = g.add(Multiply(), x, g.add(Sigmoid(), places, name="place_gate"), name="places")
        return end


@block("Units")
class MlpConv(_OnImages):
    """A convolution, then 1×1 ones: a small network slid over the image (Lin et al. 2014): (C, H, W) → (C', H', W')."""

    source = "https://arxiv.org/abs/1312.4400"
    formula = "y = relu(1×1(relu(1×1(relu(conv(x))))))"
    keywords = "nin network in network mlpconv pointwise"
    out_channels: int = whole(192, low=1, short="{}", always=True, doc="Channels of the first convolution.")
    kernel_size: int = whole(5, low=1, short="{0}×{0}", always=True, doc="Height and width of its kernels.")
    stride: int = whole(1, low=1, short="/{}", doc="Its step.")
    padding: int = whole(2, low=0, doc="Zeros around.")
    hidden: tuple[int, ...] = sizes((160, 96), short="then {}", always=True, doc="Channels of the 1×1 convolutions.")

    def body(self, g: Sketch, *ends: End) -> End:
        conv = Conv2d(self.out_channels, self.kernel_size, self.stride, self.padding)
        y = g.add(ReLU(), g.add(conv, ends[0], name="conv"), name="relu")
        for i, channels in enumerate(self.hidden, 1):
            y = g.add(ReLU(), g.add(Conv2d(channels, 1, 1, 0), y, name=f"mlp{i}"), name=f"relu{i}")
        end: End = y
        return end


@block("Units")
class GatedConv(_OnImages):
    """A convolution weighed by the sigmoid of another (Dauphin et al. 2017): (C, H, W) → (out_channels, H', W')."""

    source = "https://arxiv.org/abs/1612.08083"
    formula = "y = f(w * x) · σ(v * x)"
    keywords = "glu gate gated convolution pixelcnn"
    widens = "out_channels"
    out_channels: int = whole(64, low=1, short="{}", always=True, doc="Channels that come out.")
    kernel_size: int = whole(3, low=1, short="{0}×{0}", always=True, doc="Height and width of the kernels.")
    stride: int = whole(1, low=1, short="/{}", doc="Step of both convolutions.")
    activation: str = choice(NONE, (NONE, "ReLU", "Tanh"), short="{}", doc="Before it is weighed, or none.")

    def body(self, g: Sketch, *ends: End) -> End:
        conv = Conv2d(self.out_channels, self.kernel_size, self.stride)
        told = activated(g, self.activation, g.add(conv, ends[0], name="conv"))
        gate = g.add(Sigmoid(), g.add(conv, ends[0], name="gate_conv"), name="gate")
        end: End = g.add(Multiply(), told, gate, name="weighed")
        return end


@block("Units")
class Highway(Composite):
    """A layer, and a gate that says how much of it is taken (Srivastava et al. 2015, eq. 3): (F,) → (F,)."""

    source = "https://arxiv.org/abs/1505.00387"
    formula = "y = T(x) · H(x) + (1 - T(x)) · x, T(x) = σ(W x + b + gate_bias)"
    keywords = "gate carry transform shortcut"
    gate_bias: float = number(
        -1.0,
        low=-10.0,
        high=10.0,
        short="gate {}",
        doc="Added before the gate's sigmoid: below 0 most passes at first.",
    )
    x = takes(VECTOR + SEQUENCE)
    y = gives(VECTOR + SEQUENCE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        features = x.shape.features
        made = g.add(ReLU(), g.add(Linear(features), x, name="transform"), name="relu")
        gate = g.add(Linear(features), x, name="gate_linear")
        if self.gate_bias:
            gate = g.add(Scale(1.0, self.gate_bias), gate, name="gate_bias")
        gate = g.add(Sigmoid(), gate, name="gate")
        carried = g.add(Multiply(), g.add(Scale(-1.0, 1.0), gate, name="carry"), x, name="carried")
        end: End = g.add(Add(), g.add(Multiply(), gate, made, name="taken"), carried, name="add")
        return end
