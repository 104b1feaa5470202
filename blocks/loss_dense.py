"""Losses of pictures: overlap of masks, smoothness, content and style."""

from __future__ import annotations

from math import prod

from blocks.block import At, Unfit, block, gives, takes
from blocks.call import Argument, Call, unless
from blocks.loss import Carried, Criterion, Trials, feature_axis, pair, refuse_binary, refuse_labels, refuse_unpaired
from blocks.setting import choice, number, whole
from blocks.shape import ANY, IMAGE, SCALAR, SIGNAL, VOLUME, Meaning, Shape, image, shape_of

_MAPS = IMAGE + VOLUME + SIGNAL
_PIXELS = shape_of((4, 5), Meaning.TENSOR, "int64", 3)
_MASK = shape_of((4, 5), Meaning.TENSOR, "int64", 2)


def one_of_several(logits: Shape, given: Shape) -> bool:
    """Whether one of several classes is right at each place, not yes or no for each score."""
    return given.dtype == "int64" and given.rank < logits.rank and logits.sizes[feature_axis(logits)] > 1


def refuse_mask_of(logits: Shape, given: Shape) -> None:
    """Raises Unfit unless there is a class for every place, or yes or no for every score."""
    if one_of_several(logits, given):
        refuse_labels(logits, given)
    else:
        refuse_binary(logits, given)


class _Overlap(Criterion, Carried):
    """What losses of the overlap share: each is one minus a share of what is hit, by different weights of misses."""

    name = "TverskyLoss"
    of_scores = ("logits",)
    smooth: float = number(
        1.0, low=1e-6, high=1e6, short="+ {}", doc="Added above and below, so that empty masks count as met."
    )
    over: str = choice(
        "example",
        ("example", "batch"),
        short="over the {}",
        doc="Count hits and misses in each example, or in the whole batch, where small masks are rare.",
    )
    logits = takes(_MAPS, doc="Scores before the sigmoid or softmax: (C, H, W).")
    labels = takes(ANY, doc="The class of each pixel (H, W), or 0 or 1 for each score.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_mask_of(result, wanted)

    def misses(self) -> tuple[float, float]:
        """How much counts what is marked wrongly, and what is missed."""
        return 0.5, 0.5

    def alone(self) -> str:
        return "counts hits over a whole batch" if self.over == "batch" else ""

    def named(self) -> dict[str, Argument]:
        return unless(1.0, smooth=self.smooth) | unless("example", over=self.over)

    def module(self, *inputs: Shape) -> Call:
        return Call(self.name, self.misses(), self.named())

    def compared(self, at: At) -> tuple[str, ...]:
        return pair(at)[0]

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((image(3, 4, 5), _PIXELS), {}),
            ((image(1, 4, 5), _MASK), {"over": "batch"}),
            ((image(2, 4, 5), image(2, 4, 5)), {"smooth": 1e-6}),
        )


@block("Loss and metric")
class DiceLoss(_Overlap):
    """One minus twice the overlap over both areas (Milletari et al. 2016): logits (C, H, W), mask (H, W) → ()."""

    source = "https://arxiv.org/abs/1606.04797"
    formula = "L = 1 − (2 Σ p t + s) / (Σ p + Σ t + s), the mean over classes"
    keywords = "segmentation overlap mask sørensen f1 imbalance medical v-net"

    def named(self) -> dict[str, Argument]:
        return super().named() | unless(1.0, smooth=self.smooth / 2)  # of half the fraction


@block("Loss and metric")
class JaccardLoss(_Overlap):
    """One minus the overlap over the union (Rahman and Wang 2016): logits (C, H, W) and a mask (H, W) → ()."""

    source = "https://doi.org/10.1007/978-3-319-50835-1_22"
    formula = "L = 1 − (Σ p t + s) / (Σ p + Σ t − Σ p t + s), the mean over classes"
    keywords = "segmentation iou intersection union overlap mask"

    def misses(self) -> tuple[float, float]:
        return 1.0, 1.0


@block("Loss and metric")
class TverskyLoss(_Overlap):
    """Overlap in which what is missed may count more than what is marked wrongly: (C, H, W) and a mask (H, W) → ().

    Salehi et al. 2017; with γ above 1 the focal one of Abraham and Khan 2018, who take 4/3.
    """

    source = "https://arxiv.org/abs/1706.05721"
    formula = "L = (1 − (Σ p t + s) / (Σ p t + α Σ p (1 − t) + β Σ (1 − p) t + s))^(1/γ), the mean over classes"
    keywords = "segmentation overlap mask imbalance focal false negatives recall lesion"
    alpha: float = number(0.3, low=0.0, high=100.0, short="α {}", always=True, doc="Weight of what is marked wrongly.")
    beta: float = number(0.7, low=0.0, high=100.0, short="β {}", always=True, doc="Weight of what is missed.")
    gamma: float = number(
        1.0, low=0.1, high=10.0, short="γ {}", doc="Above 1, what is badly met counts for more: 4/3 for the focal loss."
    )

    def misses(self) -> tuple[float, float]:
        return self.alpha, self.beta

    def named(self) -> dict[str, Argument]:
        return super().named() | unless(1.0, gamma=self.gamma)

    @classmethod
    def trials(cls) -> Trials:
        return (*super().trials(), ((image(3, 4, 5), _PIXELS), {"gamma": 4 / 3}))


@block("Loss and metric")
class TotalVariation(Criterion):
    """How much neighbouring pixels differ, which a smooth picture keeps small (Rudin et al. 1992): (C, H, W) → ()."""

    source = "https://doi.org/10.1016/0167-2789(92)90242-F"
    formula = "L = Σ |x_right − x|^p + Σ |x_below − x|^p, for each picture"
    keywords = "smooth denoise style transfer neighbouring pixels regularization"
    p: int = whole(1, low=1, high=2, short="^{}", doc="The power of a difference: 1 keeps edges, 2 is smoother.")
    x = takes(_MAPS)
    y = gives(SCALAR)

    def refuse(self, x: Shape) -> None:
        if prod(x.space) < 2:
            raise Unfit(x, "two pixels at least, which can differ")

    def forward(self, at: At) -> str:
        size = "abs" if self.p == 1 else "square"
        axes = [axis for axis, n in enumerate(at.shape.space, 2) if n > 1]
        told = " + ".join(f"{at.x}.diff(dim={axis}).{size}().sum()" for axis in axes)
        return f"({told}) / len({at.x})"

    @classmethod
    def trials(cls) -> Trials:
        return ((image(3, 4, 5),), {}), ((image(3, 1, 5),), {"p": 2})


@block("Loss and metric")
class ContentLoss(Criterion):
    """Half the sum of squared differences of feature maps (Gatys et al. 2015): (C, H, W) and those wanted → ()."""

    source = "https://arxiv.org/abs/1508.06576"
    formula = "L = Σ (x − t)² / 2, for each picture"
    keywords = "style transfer perceptual features reconstruction squared"
    features = takes(_MAPS, doc="Maps of the picture that is made.")
    wanted = takes(_MAPS, doc="Maps of the picture whose content is wanted.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if result.sizes != wanted.sizes:
            refuse_unpaired(result, wanted, "features")
            raise Unfit(wanted, f"maps {result}", port="wanted")

    def forward(self, at: At) -> str:
        (features, wanted), _ = pair(at)
        return f"0.5 * ({features} - {wanted}).square().sum() / len({features})"

    @classmethod
    def trials(cls) -> Trials:
        return (((image(3, 4, 5), image(3, 4, 5)), {}),)


@block("Loss and metric")
class StyleLoss(Criterion, Carried):
    """How far apart the Gram matrices of feature maps are (Gatys et al. 2015): (C, H, W) and those wanted → ().

    The two pictures may differ in size: each Gram matrix is divided by the positions of its own.
    """

    source = "https://arxiv.org/abs/1508.06576"
    formula = "L = Σ (G − A)² / (4 N² M²), N maps of M positions, G = Σ x_i x_j over positions, A of those wanted"
    keywords = "style transfer gram texture perceptual correlation"
    name = "StyleLoss"
    features = takes(_MAPS, doc="Maps of the picture that is made.")
    wanted = takes(_MAPS, doc="Maps of the picture whose style is wanted.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if result.channels != wanted.channels:
            raise Unfit(f"{wanted} for {result}", f"{result.channels} maps, as of the other picture", port="wanted")

    def compared(self, at: At) -> tuple[str, ...]:
        return pair(at)[0]

    @classmethod
    def trials(cls) -> Trials:
        return ((image(3, 4, 5), image(3, 4, 5)), {}), ((image(3, 4, 5), image(3, 2, 9)), {})
