"""Activations: what bends the straight line. Each number by itself, but for softmax and maxout."""

from __future__ import annotations

from blocks.block import At, Block, Change, Unfit, block, gives, takes
from blocks.call import Call, call, settings_told, unless
from blocks.setting import choice, flag, number, whole
from blocks.shape import FLOATS, SEQUENCE, Meaning, Shape

_TENSORS = tuple(m for m in FLOATS if m is not Meaning.SCALAR)


class PlainActivation(Block):
    """What activations share: the shape stays. The settings are the arguments of torch's module of the same name."""

    source = "https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"
    x = takes(FLOATS)
    y = gives(FLOATS)

    def module(self, x: Shape) -> Call:
        return call(f"nn.{type(self).__name__}", **settings_told(self))


@block("Activation")
class ReLU(PlainActivation):
    """Keeps what is positive, zero for the rest: shape → shape."""

    idempotent = True
    formula = "y = max(x, 0)"
    keywords = "rectified linear unit activation"


@block("Activation")
class LeakyReLU(PlainActivation):
    """Keeps what is positive and a little of the rest: shape → shape."""

    formula = "y = x where x > 0, else negative_slope · x"
    keywords = "leaky rectified activation gan"
    negative_slope: float = number(0.01, short="{}", doc="Factor where x is negative.")


@block("Activation")
class ReLU6(PlainActivation):
    """ReLU that stops at 6, for small whole-number arithmetic: shape → shape."""

    idempotent = True
    formula = "y = min(max(x, 0), 6)"
    keywords = "rectified quantisation mobilenet activation"


@block("Activation")
class Sigmoid(PlainActivation):
    """Squeezes any number between 0 and 1: shape → shape."""

    formula = "y = 1 / (1 + e^(-x))"
    keywords = "logistic activation probability gate"


@block("Activation")
class Tanh(PlainActivation):
    """Squeezes any number between -1 and 1: shape → shape."""

    formula = "y = (e^x - e^(-x)) / (e^x + e^(-x))"
    keywords = "hyperbolic tangent activation"


@block("Activation")
class GELU(PlainActivation):
    """Weighs a number by how likely a normal one is below it: shape → shape."""

    source = "https://arxiv.org/abs/1606.08415"
    formula = "y = x · Φ(x)"
    keywords = "gaussian error linear unit activation transformer"
    approximate: str = choice("none", ("none", "tanh"), short="{}", doc="Compute Φ exactly, or by a formula with tanh.")


@block("Activation")
class SiLU(PlainActivation):
    """Weighs a number by its own sigmoid, also called swish: shape → shape."""

    source = "https://arxiv.org/abs/1710.05941"
    formula = "y = x / (1 + e^(-x))"
    keywords = "swish activation efficientnet"


@block("Activation")
class Mish(PlainActivation):
    """Weighs a number by the tanh of its softplus: shape → shape."""

    source = "https://arxiv.org/abs/1908.08681"
    formula = "y = x · tanh(ln(1 + e^x))"
    keywords = "activation yolo"


@block("Activation")
class Hardswish(PlainActivation):
    """Swish in straight lines, cheap on a phone: shape → shape."""

    source = "https://arxiv.org/abs/1905.02244"
    formula = "y = x · min(max(x + 3, 0), 6) / 6"
    keywords = "h-swish hswish mobilenet activation"


@block("Activation")
class Hardsigmoid(PlainActivation):
    """Sigmoid in straight lines, cheap on a phone: shape → shape."""

    source = "https://arxiv.org/abs/1905.02244"
    formula = "y = min(max(x + 3, 0), 6) / 6"
    keywords = "h-sigmoid hsigmoid mobilenet activation gate"


@block("Activation")
class ELU(PlainActivation):
    """Bends smoothly down to -alpha where x is negative: shape → shape."""

    source = "https://arxiv.org/abs/1511.07289"
    formula = "y = x where x > 0, else alpha · (e^x - 1)"
    keywords = "exponential linear unit activation"
    alpha: float = number(1.0, short="{}", doc="How far down it goes.")


@block("Activation")
class SELU(PlainActivation):
    """ELU scaled so that mean and deviation settle at 0 and 1: shape → shape."""

    source = "https://arxiv.org/abs/1706.02515"
    formula = "y = 1.0507 x where x > 0, else 1.7581 (e^x - 1)"
    keywords = "self normalizing exponential activation"


@block("Activation")
class Softplus(PlainActivation):
    """A smooth ReLU: shape → shape."""

    formula = "y = ln(1 + e^(beta · x)) / beta"
    keywords = "smooth rectified activation"
    beta: float = number(1.0, low=0.01, short="{}", doc="How sharply it bends.")
    threshold: float = number(20.0, doc="Where beta · x is above this it is x itself, so that nothing overflows.")


@block("Activation")
class PReLU(PlainActivation):
    """ReLU whose slope below zero is learned: shape → shape."""

    source = "https://arxiv.org/abs/1502.01852"
    formula = "y = x where x > 0, else a · x; a = init, before it is learned"
    keywords = "parametric rectified activation"
    per_channel: bool = flag(False, short="per channel", doc="Learn a slope for every channel instead of one for all.")
    init: float = number(0.25, doc="The slope before training.")
    x = takes(_TENSORS)
    y = gives(_TENSORS)

    def shape(self, x: Shape) -> Shape:
        if self.per_channel and x.meaning in SEQUENCE:
            raise Unfit(
                f"the sequence {x}",
                "an input whose first axis is channels, to learn a slope for each",
                setting="per_channel",
                remedies=(Change({"per_channel": False}),),
            )
        return x

    def _slopes(self, x: Shape) -> int:
        return x.channels if self.per_channel else 1

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (self._slopes(x),)}

    def module(self, x: Shape) -> Call:
        return call("nn.PReLU", **unless(1, num_parameters=self._slopes(x)), **unless(0.25, init=self.init))


class Normalized(PlainActivation):
    """What Softmax and LogSoftmax share: they look along an axis."""

    dim: int | None = whole(
        None,
        low=-8,
        high=8,
        optional=True,
        short="axis {}",
        doc="The axis that sums to 1, the batch not counted, -1 the last; empty: features or channels.",
    )
    x = takes(_TENSORS)
    y = gives(_TENSORS)

    def shape(self, x: Shape) -> Shape:
        axis_of(self.dim, x)
        return x

    def module(self, x: Shape) -> Call:
        return call(f"nn.{type(self).__name__}", dim=axis_of(self.dim, x) + 1)


def axis_of(dim: int | None, x: Shape) -> int:
    """The axis that `dim` means, counted from 0 without the batch: None is where features or channels lie."""
    if dim is None:
        return x.rank - 1 if x.meaning in SEQUENCE else 0
    if not -x.rank <= dim < x.rank:
        raise Unfit(
            x,
            f"an axis from {-x.rank} to {x.rank - 1}, not {dim}",
            setting="dim",
            remedies=(Change({"dim": None}, "Take the axis of the channels or features"),),
        )
    return dim % x.rank


@block("Activation")
class Softmax(Normalized):
    """Turns numbers into shares that sum to 1 along an axis: shape → shape."""

    formula = "y_i = e^(x_i) / Σ e^(x_j)"
    keywords = "probabilities classifier activation"


@block("Activation")
class LogSoftmax(Normalized):
    """The logarithm of softmax, for a negative log-likelihood loss: shape → shape."""

    formula = "y_i = x_i - ln Σ e^(x_j)"
    keywords = "log probabilities classifier activation"


@block("Activation")
class Maxout(Block):
    """Keeps the largest of each `pieces` neighbouring channels or features: (C, H, W) → (C / pieces, H, W)."""

    source = "https://arxiv.org/abs/1302.4389"
    formula = "y_i = max of x_(i·pieces), …, x_(i·pieces + pieces - 1)"
    keywords = "activation piecewise linear"
    pieces: int = whole(2, low=1, short="of {}", always=True, doc="Linear maps of which the largest counts.")
    x = takes(_TENSORS)
    y = gives(_TENSORS)

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(None, x)
        if x.sizes[axis] % self.pieces:
            raise Unfit(
                f"{x.sizes[axis]} channels or features",
                f"a number of them that {self.pieces} divides",
                setting="pieces",
                remedies=(Change({"pieces": 1}),),
            )
        sizes = list(x.sizes)
        sizes[axis] //= self.pieces
        return x.with_sizes(*sizes)

    def forward(self, at: At) -> str:
        axis = axis_of(None, at.shape)
        # max, unlike amax, sends the gradient to the winner alone where two are equal
        return f"{at.x}.unflatten({axis + 1}, (-1, {self.pieces})).max(dim={axis + 2}).values"


@block("Activation")
class Step(Block):
    """1 where a number reaches the threshold, else 0, as McCulloch and Pitts' neuron answers: shape → shape."""

    source = "https://doi.org/10.1007/BF02478259"
    formula = "y = 1 where x ≥ threshold, else 0"
    keywords = "threshold heaviside perceptron binary activation"
    threshold: float = number(0.0, short="≥ {}", doc="What must be reached.")
    gradient: str = choice(
        "none",
        ("none", "straight through"),
        doc="No gradient passes, or all of it, as if nothing had been done (Bengio et al. 2013).",
    )
    x = takes(FLOATS)
    y = gives(FLOATS)

    def forward(self, at: At) -> str:
        told = f"({at.x} >= {self.threshold!r}).to({at.x}.dtype)"
        return told if self.gradient == "none" else f"{told} + ({at.x} - {at.x}.detach())"


@block("Activation")
class Identity(PlainActivation):
    """Gives back what it gets, where a block must stand but nothing should happen: shape → shape."""

    idempotent = True
    formula = "y = x"
    keywords = "nothing pass linear none activation"
