"""Numbers that do not come from the data: constants, learned tensors, where a step stands; and gradients cut off."""

from __future__ import annotations

from blocks.block import At, Block, Trials, block, gives, takes
from blocks.call import Call, call, unless
from blocks.setting import number, sizes
from blocks.shape import ANY, FLOATS, SEQUENCE, Meaning, Shape, meaning_of_rank, sequence, shape_of


class _Made(Block):
    """What blocks share that make numbers of their own."""

    sizes_: tuple[int, ...] = sizes((1,), short="{}", always=True, doc="The sizes of the result without the batch.")
    stops = ("x",)
    x = takes(ANY, doc="Says how many examples there are; nothing else of it is used.")
    y = gives(FLOATS)

    def shape(self, x: Shape) -> Shape:
        return shape_of(self.sizes_, meaning_of_rank(len(self.sizes_)))


@block("Arithmetic")
class Constant(_Made):
    """The same number everywhere, for as many examples as arrive: anything → (sizes)."""

    formula = "y = value"
    keywords = "fixed number zeros ones fill arithmetic"
    value_: float = number(0.0, short="of {}", always=True, doc="The number.")

    def forward(self, at: At) -> str:
        counts = ", ".join(map(str, self.sizes_))
        return f"torch.full((len({at.x}), {counts}), {self.value_!r}, device={at.x}.device)"


@block("Arithmetic")
class Parameter(_Made):
    """A learned tensor, the same for every example: anything → (sizes)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html"
    formula = "y = W"
    keywords = "learnable weight free query token cls arithmetic"
    std: float = number(0.02, low=0.0, doc="Deviation of the normal numbers that it starts with; 0: all zero.")

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": self.sizes_}

    def module(self, x: Shape) -> Call:
        return call("LearnedTensor", self.sizes_, **unless(0.02, std=self.std))


@block("Recurrent")
class PositionalEncoding(Block):
    """Adds sines of many wavelengths, from which a network reads where a step stands: (T, F) → (T, F)."""

    source = "https://arxiv.org/abs/1706.03762"
    formula = "y_t,2i = x_t,2i + sin(t / base^(2i/F)), y_t,2i+1 = x_t,2i+1 + cos(t / base^(2i/F))"
    keywords = "sinusoidal position transformer attention time"
    shorter = True
    base: float = number(10_000.0, low=1.0, doc="The longest wavelength is 2π times this.")
    x = takes(SEQUENCE)
    y = gives(SEQUENCE)

    def buffers(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"encoding": x.sizes}

    def module(self, x: Shape) -> Call:
        return call("SinusoidalEncoding", *x.sizes, **unless(10_000.0, base=self.base))

    @classmethod
    def trials(cls) -> Trials:
        return (((sequence(5, 7),), {"base": 100.0}),)


@block("Recurrent")
class LearnedPositions(Block):
    """Adds a learned vector for every place in a sequence: (T, F) → (T, F)."""

    source = "https://arxiv.org/abs/1810.04805"
    formula = "y_t = x_t + P_t"
    keywords = "position embedding transformer attention bert vit time"
    shorter = True
    std: float = number(0.02, low=0.0, doc="Deviation of the normal numbers that it starts with; 0: all zero.")
    x = takes(SEQUENCE)
    y = gives(SEQUENCE)

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": x.sizes}

    def module(self, x: Shape) -> Call:
        return call("LearnedOffset", x.sizes, **unless(0.02, std=self.std))


@block("Recurrent")
class Reverse(Block):
    """A sequence from its last step to its first: (T, F) → (T, F)."""

    formula = "y_t = x_(T-1-t)"
    keywords = "backwards flip time direction"
    x = takes((*SEQUENCE, Meaning.TOKENS))
    y = gives((*SEQUENCE, Meaning.TOKENS))

    def forward(self, at: At) -> str:
        return f"{at.x}.flip(1)"


@block("Regularization")
class Detach(Block):
    """Gives on the numbers, but no gradient back: shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html"
    formula = "y = x, ∂y/∂x = 0"
    stops = ("x",)
    keywords = "stop gradient block constant target"
    x = takes(FLOATS)
    y = gives(FLOATS)

    def forward(self, at: At) -> str:
        return f"{at.x}.detach()"


@block("Regularization")
class ReverseGradient(Block):
    """Gives on the numbers and turns the gradient's sign round, to unlearn a domain: shape → shape."""

    source = "https://arxiv.org/abs/1409.7495"
    formula = "y = x, ∂y/∂x = -scale"
    keywords = "domain adversarial adaptation gradient reversal"
    scale: float = number(1.0, low=0.0, short="× {}", doc="What the turned gradient is multiplied by.")
    x = takes(FLOATS)
    y = gives(FLOATS)

    def forward(self, at: At) -> str:
        # a number beside nothing, whose gradient is not nothing
        return f"{at.x}.detach() + {self.scale!r} * ({at.x}.detach() - {at.x})"
