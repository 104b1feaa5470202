"""The rarer activations of torch.nn: shrinkage, hard and soft bounds, random slopes, gated halves."""

from __future__ import annotations

from blocks.activation import Normalized, PlainActivation, axis_of
from blocks.block import Block, Change, Unfit, block, gives, takes
from blocks.call import Call, call
from blocks.setting import BadSetting, number, whole
from blocks.shape import FLOATS, Meaning, Shape

_TENSORS = tuple(m for m in FLOATS if m is not Meaning.SCALAR)


@block("Activation")
class CELU(PlainActivation):
    """ELU whose slope has no jump whatever alpha is: shape → shape."""

    source = "https://arxiv.org/abs/1704.07483"
    formula = "y = x where x > 0, else alpha · (e^(x / alpha) - 1)"
    keywords = "continuously differentiable exponential linear unit activation"
    alpha: float = number(1.0, low=0.001, short="{}", doc="How far down it goes.")


@block("Activation")
class Hardshrink(PlainActivation):
    """Zeroes what is nearer to zero than lambd and keeps the rest: shape → shape."""

    idempotent = True
    formula = "y = x where |x| > lambd, else 0"
    keywords = "sparse threshold activation"
    lambd: float = number(0.5, low=0.0, short="{}", doc="How near to zero counts as zero.")


@block("Activation")
class Softshrink(PlainActivation):
    """Brings every number nearer to zero by lambd, those nearer than that to zero: shape → shape."""

    formula = "y = sign(x) · max(|x| - lambd, 0)"
    keywords = "sparse shrinkage lasso threshold activation"
    lambd: float = number(0.5, low=0.0, short="{}", doc="How much nearer to zero.")


@block("Activation")
class Tanhshrink(PlainActivation):
    """What tanh takes away: shape → shape."""

    formula = "y = x - tanh(x)"
    keywords = "shrinkage hyperbolic tangent activation"


@block("Activation")
class Hardtanh(PlainActivation):
    """Keeps numbers between two bounds: shape → shape."""

    idempotent = True
    formula = "y = min(max(x, min_val), max_val)"
    keywords = "clip clamp bounded activation"
    min_val: float = number(-1.0, short="{}", doc="The least it gives.")
    max_val: float = number(1.0, short="to {}", doc="The most it gives.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_val >= self.max_val:
            raise BadSetting("max_val", f"a number above min_val, {self.min_val:g}", self.max_val)


@block("Activation")
class LogSigmoid(PlainActivation):
    """The logarithm of the sigmoid, computed safely: shape → shape."""

    formula = "y = -ln(1 + e^(-x))"
    keywords = "log probability binary activation"


@block("Activation")
class Softsign(PlainActivation):
    """Squeezes any number between -1 and 1, slower than tanh: shape → shape."""

    formula = "y = x / (1 + |x|)"
    keywords = "bounded activation"


@block("Activation")
class RReLU(PlainActivation):
    """ReLU whose slope below zero is drawn at random while training: shape → shape."""

    source = "https://arxiv.org/abs/1505.00853"
    formula = "y = x where x > 0, else a · x; a = (lower + upper) / 2, while training drawn between lower and upper"
    keywords = "randomized randomised leaky rectified activation"
    lower: float = number(0.125, short="{}", doc="The least slope.")
    upper: float = number(1 / 3, short="to {}", doc="The greatest slope.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 <= self.lower <= self.upper:
            raise BadSetting("upper", f"a number of at least lower, {self.lower:g}, and both of at least 0", self.upper)


@block("Activation")
class Threshold(PlainActivation):
    """Keeps what is above a threshold and gives one value for the rest: shape → shape."""

    formula = "y = x where x > threshold, else value"
    keywords = "cut rectified activation"
    threshold: float = number(0.0, short="> {}", always=True, doc="What must be exceeded.")
    value_: float = number(0.0, short="else {}", doc="What stands for the rest.")

    def module(self, x: Shape) -> Call:
        return call("nn.Threshold", self.threshold, self.value_)


@block("Activation")
class Softmin(Normalized):
    """Softmax of the negated numbers, so that the least gets the largest share: shape → shape."""

    formula = "y_i = e^(-x_i) / Σ e^(-x_j)"
    keywords = "probabilities smallest activation"


@block("Activation")
class GLU(Block):
    """Lets the sigmoid of one half of the channels or features weigh the other: (C, H, W) → (C / 2, H, W)."""

    source = "https://arxiv.org/abs/1612.08083"
    formula = "y = a · σ(b), where x is a beside b"
    keywords = "gated linear unit gate activation"
    dim: int | None = whole(
        None,
        low=-8,
        high=8,
        optional=True,
        short="axis {}",
        doc="The axis that is halved, the batch not counted, -1 the last; empty: the channels or features.",
    )
    x = takes(_TENSORS)
    y = gives(_TENSORS)

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, x)
        if x.sizes[axis] % 2:
            even = [i for i, n in enumerate(x.sizes) if n % 2 == 0 and i != axis]
            changes = tuple(Change({"dim": i}) for i in even)
            raise Unfit(x, f"an even size on axis {axis}, to halve it", setting="dim", remedies=changes)
        sizes = list(x.sizes)
        sizes[axis] //= 2
        return x.with_sizes(*sizes)

    def module(self, x: Shape) -> Call:
        return call("nn.GLU", dim=axis_of(self.dim, x) + 1)
