"""Arithmetic number by number: on one result, or on two of shapes that can be spread over each other."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import At, Block, Bridge, Trials, Unfit, block, gives, takes
from blocks.broadcast import indexed, largest, listed, meets, spread
from blocks.setting import BadSetting, number
from blocks.shape import FLOATS, Shape, image, sequence, shape_of, vector


class _OfOne(Block):
    """What functions of one number share: the shape stays. `printed` is the expression, with {x} for the input."""

    printed: ClassVar[str] = ""
    x = takes(FLOATS)
    y = gives(FLOATS)

    def shape(self, x: Shape) -> Shape:
        return floating(x)

    def forward(self, at: At) -> str:
        return self.printed.format(x=at.x, **{name: repr(self.value(name)) for name in self.settings})


def floating(x: Shape) -> Shape:
    """The shape itself; whole numbers would become other numbers, so they are refused."""
    if x.dtype != "float32":
        raise Unfit(f"whole numbers {x}", "plain numbers", "Put an Embedding or OneHot before it.", port="x")
    return x


@block("Arithmetic")
class Exp(_OfOne):
    """e to the power of each number: shape → shape."""

    formula = "y = e^x"
    keywords = "exponential function arithmetic"
    printed = "{x}.exp()"


@block("Arithmetic")
class Log(_OfOne):
    """The natural logarithm of each number, of at least `eps`: shape → shape."""

    formula = "y = ln max(x, eps)"
    keywords = "logarithm function arithmetic"
    eps: float = number(1e-12, low=1e-38, doc="What smaller numbers are raised to, so that nothing is infinite.")
    printed = "{x}.clamp(min={eps}).log()"


@block("Arithmetic")
class Sqrt(_OfOne):
    """The square root of each number, of at least `eps`: shape → shape."""

    formula = "y = √max(x, eps)"
    keywords = "square root function arithmetic"
    eps: float = number(1e-12, low=1e-38, doc="What smaller numbers are raised to, so that the slope stays finite.")
    printed = "{x}.clamp(min={eps}).sqrt()"


@block("Arithmetic")
class Absolute(_OfOne):
    """Each number without its sign: shape → shape."""

    formula = "y = |x|"
    keywords = "abs magnitude function arithmetic"
    printed = "{x}.abs()"


@block("Arithmetic")
class Negate(_OfOne):
    """Each number with the other sign: shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.neg.html"
    formula = "y = -x"
    keywords = "minus negative sign arithmetic"
    printed = "-{x}"


@block("Arithmetic")
class Power(_OfOne):
    """Each number to a power: shape → shape."""

    formula = "y = x^exponent"
    keywords = "pow square cube exponent arithmetic"
    exponent: float = number(2.0, short="{}", always=True, doc="The power; a broken one wants numbers above 0.")
    printed = "{x}.pow({exponent})"


@block("Arithmetic")
class Scale(_OfOne):
    """Each number times a fixed factor, plus a fixed offset: shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.mul.html"
    formula = "y = factor · x + offset"
    keywords = "multiply constant affine shift normalize rescale arithmetic"
    factor: float = number(1.0, short="× {}", always=True, doc="What each number is multiplied by.")
    offset: float = number(0.0, short="+ {}", doc="What is added then.")

    def forward(self, at: At) -> str:
        scaled = at.x if self.factor == 1.0 else f"{self.factor!r} * {at.x}"
        return scaled if self.offset == 0.0 else f"{scaled} + {self.offset!r}"


@block("Arithmetic")
class Clamp(_OfOne):
    """Each number, those beyond two bounds brought to the bound: shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.clamp.html"
    formula = "y = min(max(x, low), high)"
    keywords = "clip limit bound arithmetic"
    low: float | None = number(None, optional=True, short="≥ {}", doc="The lower bound; empty: none.")
    high: float | None = number(None, optional=True, short="≤ {}", doc="The upper bound; empty: none.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low is not None and self.high is not None and self.low > self.high:
            raise BadSetting("high", f"a number of at least low, {self.low:g}", self.high)

    def forward(self, at: At) -> str:
        bounds = [f"{k}={v!r}" for k, v in (("min", self.low), ("max", self.high)) if v is not None]
        return f"{at.x}.clamp({', '.join(bounds)})" if bounds else at.x


class _OfTwo(Block):
    """What functions of two numbers share: shapes are equal, or one is spread over the other."""

    printed: ClassVar[str] = ""
    left = takes(FLOATS)
    right = takes(FLOATS, doc="Of the same shape, or smaller and spread: (C, 1, 1), a vector (C,), a scalar.")
    y = gives(FLOATS)

    def shape(self, left: Shape, right: Shape) -> Shape:
        pair = (left, right)
        whole = largest(pair)
        for part, port in zip(pair, ("left", "right"), strict=True):
            if not all(meets(n, m) for n, m in zip(spread(part, whole), whole.sizes, strict=True)):
                raise Unfit(
                    listed(pair),
                    "inputs of one shape, or one that can be spread over the other",
                    "Project or resize one of them.",
                    port=port,
                    remedies=(Bridge(whole),),
                )
        full = [spread(part, whole) for part in pair]
        return floating(whole).with_sizes(*(max(axis) for axis in zip(*full, strict=True)))

    def forward(self, at: At) -> str:
        shapes = {name: shape for name, shape in at.shapes.items() if isinstance(shape, Shape)}
        whole = largest(tuple(shapes.values()))
        return self.printed.format(**{n: f"{at.names[n]}{indexed(shapes[n], whole)}" for n in shapes})

    @classmethod
    def trials(cls) -> Trials:
        map_, row = image(4, 6, 5), sequence(5, 4)
        pairs = [(map_, vector(4)), (vector(4), map_), (map_, image(4, 1, 1)), (row, vector(4)), (map_, shape_of(()))]
        return tuple((pair, {}) for pair in pairs)


@block("Arithmetic")
class Divide(_OfTwo):
    """One result over another, number by number: shape, shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.div.html"
    formula = "y = left / right"
    keywords = "quotient ratio over arithmetic"
    printed = "{left} / {right}"


@block("Arithmetic")
class Maximum(_OfTwo):
    """The larger of two numbers, place by place: shape, shape → shape."""

    formula = "y = max(left, right)"
    keywords = "elementwise larger merge arithmetic"
    printed = "torch.maximum({left}, {right})"


@block("Arithmetic")
class Minimum(_OfTwo):
    """The smaller of two numbers, place by place: shape, shape → shape."""

    formula = "y = min(left, right)"
    keywords = "elementwise smaller merge arithmetic"
    printed = "torch.minimum({left}, {right})"


@block("Arithmetic")
class Where(Block):
    """Takes a number from one result where a condition is above 0, else from another: shapes → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.where.html"
    formula = "y = left where condition > 0, else right"
    keywords = "select mask choose condition arithmetic"
    condition = takes(FLOATS)
    left = takes(FLOATS, doc="What is taken where the condition is above 0.")
    right = takes(FLOATS, doc="What is taken elsewhere.")
    y = gives(FLOATS)

    def shape(self, condition: Shape, left: Shape, right: Shape) -> Shape:
        for other, port in ((left, "left"), (right, "right")):
            if other.sizes != condition.sizes:
                raise Unfit(listed((condition, other)), "inputs of one shape", port=port, remedies=(Bridge(condition),))
        return floating(left)

    def forward(self, at: At) -> str:
        return f"torch.where({at.names['condition']} > 0, {at.names['left']}, {at.names['right']})"
