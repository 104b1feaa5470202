"""Cells found by search: the normal and the reduction cell of NASNet-A, and the two units they are made of."""

from __future__ import annotations

from typing import ClassVar

from blocks.activation import ReLU
from blocks.block import Block, Bridge, Trials, Unfit, block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d, DepthwiseConv2d
from blocks.merge import Add, Concat
from blocks.noise import DropPath
from blocks.normalization import BatchNorm2d
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.resize import Crop2d, ZeroPad2d
from blocks.setting import number, whole
from blocks.shape import IMAGE, Shape, image

_PAPER = "https://arxiv.org/abs/1707.07012"
_DROP = "How often a path through a separable convolution or a pooling is left out while training."


@block("Mobile")
class DoubleSeparable(Composite):
    """ReLU, separable convolution and norm, twice (Zoph et al. 2018, appendix A.4): (C, H, W) → (C', H', W').

    Only the first of the two takes the step; nothing stands between a depthwise and its pointwise convolution.
    """

    source = _PAPER
    formula = "y = norm(sep(relu(norm(sep(relu(x))))))"
    keywords = "nasnet depthwise separable twice cell operation"
    widens = "out_channels"
    icon = "layers"
    out_channels: int = whole(44, low=1, short="{}", always=True, doc="Channels of both convolutions.")
    kernel_size: int = whole(3, low=1, short="{0}×{0}", always=True, doc="Height and width of the depthwise kernels.")
    stride: int = whole(1, low=1, short="/{}", doc="Step of the first depthwise convolution.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        y = ends[0]
        for i, stride in enumerate((self.stride, 1), 1):
            y = g.add(ReLU(), y, name=f"relu{i}")
            y = g.add(DepthwiseConv2d(self.kernel_size, stride, bias=False), y, name=f"depthwise{i}")
            y = g.add(Conv2d(self.out_channels, 1, bias=False), y, name=f"pointwise{i}")
            y = g.add(BatchNorm2d(), y, name=f"norm{i}")
        return y


@block("Mobile")
class FactorizedReduction(Composite):
    """Halves the grid by every second pixel, and by those beside them: (C, H, W) → (out_channels, H / 2, W / 2).

    Two 1×1 convolutions read pixels shifted by one against each other, so that more is seen than a stride would leave.
    """

    source = _PAPER
    formula = "y = norm([w · x[::2, ::2]; v · x[1::2, 1::2]]), x after relu"
    keywords = "nasnet factorized reduction adjust previous downsample darts"
    widens = "out_channels"
    icon = "shrink"
    out_channels: int = whole(44, low=2, short="{}", always=True, doc="Channels that come out, half from each path.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = g.add(ReLU(), ends[0], name="relu")
        padded = g.add(ZeroPad2d(left=0, right=1, top=0, bottom=1), x, name="pad")
        beside = g.add(Crop2d(left=1, right=0, top=1, bottom=0), padded, name="shift")
        half = self.out_channels // 2
        paths = []
        for i, (end, channels) in enumerate(((x, half), (beside, self.out_channels - half)), 1):
            seen = g.add(AvgPool2d(1, 2), end, name=f"every_second{i}")
            paths.append(g.add(Conv2d(channels, 1, bias=False), seen, name=f"path{i}"))
        joined: End = g.add(BatchNorm2d(), g.add(Concat(), *paths, name="join"), name="norm")
        return joined


class _Cell(Composite):
    """What both cells share: two hidden states, pairs of operations on them, and what no pair has used, joined."""

    source = _PAPER
    keywords = "nasnet nas architecture search cell hidden states pairs"
    icon: ClassVar[str] = "grid-3x3"
    width: int = whole(44, low=2, short="{}", always=True, doc="Channels of every hidden state, as the paper's N @ F.")
    drop_path: float = number(0.0, low=0.0, high=1.0, short="drop {}", doc=_DROP)

    def _squeezed(self, g: Sketch, x: End, name: str) -> End:
        """A state brought to the width by a 1×1 convolution."""
        x = g.add(ReLU(), x, name=f"{name}_relu")
        x = g.add(Conv2d(self.width, 1, bias=False), x, name=f"{name}_conv")
        end: End = g.add(BatchNorm2d(), x, name=f"{name}_norm")
        return end

    def _adjusted(self, g: Sketch, x: End, previous: End) -> End:
        """The cell before the last one, with the grid of the last one and the width."""
        if previous.shape.space != x.shape.space:
            if tuple((n + 1) // 2 for n in previous.shape.space) != x.shape.space:
                raise _ill_sized(x.shape, previous.shape)
            end: End = g.add(FactorizedReduction(self.width), previous, name="previous")
            return end
        return previous if previous.shape.channels == self.width else self._squeezed(g, previous, "previous")

    def _separable(self, g: Sketch, x: End, name: str, kernel: int, stride: int = 1) -> End:
        return self._run(g, x, f"{name}_{kernel}x{kernel}", DoubleSeparable(self.width, kernel, stride))

    def _mean(self, g: Sketch, x: End, name: str, stride: int = 1) -> End:
        pool = AvgPool2d(3, stride, "same", count_include_pad=False)
        return self._run(g, x, f"{name}_mean", pool)

    def _largest(self, g: Sketch, x: End, name: str) -> End:
        return self._run(g, x, f"{name}_largest", MaxPool2d(3, 2, "same"))

    def _run(self, g: Sketch, x: End, name: str, operation: Block) -> End:
        end: End = g.add(operation, x, name=name)
        if self.drop_path:
            end = g.add(DropPath(self.drop_path), end, name=f"{name}_drop")
        return end


@block("Mobile")
class NormalCell(_Cell):
    """NASNet-A's cell that keeps the grid (Zoph et al. 2018, fig. 4 left): (C, H, W), (K, H', W') → (6 width, H, W).

    Five pairs of operations are added up; what is given on are their sums and the cell before the last one.
    """

    formula = "y = [p; s₅(h) + s₃(p); s₅(p) + s₃(p); mean(h) + p; mean(p) + mean(p); s₃(h) + h]"
    x = takes(IMAGE, doc="The cell before; h is this, squeezed.")
    previous = takes(IMAGE, doc="The cell before that, of the same grid or one twice as large; p is this, adjusted.")
    y = gives(IMAGE)

    @classmethod
    def trials(cls) -> Trials:
        x = image(8, 3, 4)
        fed = ((x, image(6, 3, 4)), (x, image(4, 3, 4)), (x, image(6, 6, 7)), (x, image(5, 7, 7)))
        return tuple((pair, {"width": 4, "drop_path": 0.2}) for pair in fed)

    def body(self, g: Sketch, *ends: End) -> End:
        p = self._adjusted(g, ends[0], ends[1])
        h = self._squeezed(g, ends[0], "squeezed")
        pairs = (
            (self._separable(g, h, "left1", 5), self._separable(g, p, "right1", 3)),
            (self._separable(g, p, "left2", 5), self._separable(g, p, "right2", 3)),
            (self._mean(g, h, "left3"), p),
            (self._mean(g, p, "left4"), self._mean(g, p, "right4")),
            (self._separable(g, h, "left5", 3), h),
        )
        sums = [g.add(Add(), *pair, name=f"pair{i}") for i, pair in enumerate(pairs, 1)]
        end: End = g.add(Concat(), p, *sums, name="join")
        return end


@block("Mobile")
class ReductionCell(_Cell):
    """NASNet-A's cell that halves the grid (Zoph et al. 2018, fig. 4 right): (C, H, W) → (4 width, H / 2, W / 2).

    Five pairs of operations are added up; the first sum is read by two others, and the four others are given on.
    """

    formula = "y = [b; mean(h) + s₅(p); mean(a) + b; s₃(a) + max(h)], a = s₅(h) + s₇(p), b = max(h) + s₇(p)"
    x = takes(IMAGE, doc="The cell before; h is this, squeezed.")
    previous = takes(
        IMAGE,
        optional=True,
        doc="The cell before that, of the same grid or one twice as large; p is this, adjusted. Empty: x as it is, "
        "for the first cell of a network.",
    )
    y = gives(IMAGE)

    @classmethod
    def trials(cls) -> Trials:
        x = image(8, 6, 5)
        fed = ((x, image(6, 6, 5)), (x, image(4, 6, 5)), (x, image(6, 12, 9)), (x, None))
        return tuple((pair, {"width": 4, "drop_path": 0.2}) for pair in fed)

    def body(self, g: Sketch, *ends: End) -> End:
        p = self._adjusted(g, *ends) if len(ends) > 1 else ends[0]
        h = self._squeezed(g, ends[0], "squeezed")
        a = g.add(Add(), self._separable(g, h, "left1", 5, 2), self._separable(g, p, "right1", 7, 2), name="pair1")
        b = g.add(Add(), self._largest(g, h, "left2"), self._separable(g, p, "right2", 7, 2), name="pair2")
        c = g.add(Add(), self._mean(g, h, "left3", 2), self._separable(g, p, "right3", 5, 2), name="pair3")
        d = g.add(Add(), self._mean(g, a, "left4"), b, name="pair4")
        e = g.add(Add(), self._separable(g, a, "left5", 3), self._largest(g, h, "right5"), name="pair5")
        end: End = g.add(Concat(), b, c, d, e, name="join")
        return end


def _ill_sized(x: Shape, previous: Shape) -> Unfit:
    return Unfit(
        previous,
        f"{x.space} pixels as x has, or twice as many along both axes",
        "Take the cell right before the one at x.",
        port="previous",
        remedies=(Bridge(previous.with_sizes(previous.channels, *x.space)),),
    )
