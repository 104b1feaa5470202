"""The oldest networks: the perceptron with its threshold, and layers of neurons behind each other."""

from __future__ import annotations

from blocks.activation import Step
from blocks.linear import Linear
from blocks.setting import number, sizes, whole
from blocks.shape import vector
from blocks.units import (
    ACTIVATIONS,
    FEATURE_NORMALIZATIONS,
    NONE,
    LinearUnit,
    activation_choice,
    normalization_choice,
)
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template


def numbered(name: str, count: int) -> list[str]:
    """Names of so many layers: numbered from 1, and the bare name where there is only one."""
    return [name] if count == 1 else [f"{name}{i}" for i in range(1, count + 1)]


@template("Classic")
class Perceptron(Template):
    """A weighted sum that fires from a threshold on (Rosenblatt 1958): it parts its inputs by a straight line.

    Two inputs are enough for AND, OR and NOT; XOR takes a layer more, as in an MLP. The gradient passes straight
    through the threshold, so that the perceptron criterion teaches it by the perceptron rule.
    """

    source = "https://doi.org/10.1037/h0042519"
    keywords = "threshold unit neuron rosenblatt linear classifier"
    inputs: int = whole(2, low=1, doc="Numbers that come in.")
    outputs: int = whole(1, low=1, doc="Neurons side by side, each with weights of its own.")

    def draw(self, d: Drawing) -> None:
        x = d.begin("point", vector(self.inputs))
        x = d.below("sum", Linear(self.outputs), x)
        x = d.below("threshold", Step(gradient="straight through"), x)
        d.end("output", x)


@template("Classic")
class MLP(Template):
    """Layers in which every neuron sees all of the layer before (Rumelhart, Hinton & Williams 1986)."""

    source = "https://doi.org/10.1038/323533a0"
    keywords = "multilayer perceptron dense fully connected feedforward xor"
    inputs: int = whole(784, low=1, doc="Numbers that come in.")
    hidden: tuple[int, ...] = sizes((256,), doc="Neurons of each hidden layer; empty: none, a linear classifier.")
    outputs: int = whole(10, low=1, doc="Numbers that come out: one for every class.")
    activation: str = activation_choice("ReLU")
    normalization: str = normalization_choice(NONE, FEATURE_NORMALIZATIONS)
    dropout: float = number(0.0, low=0.0, high=1.0, doc="Part of each hidden layer set to zero in training.")
    output_activation: str = activation_choice(NONE)

    def title(self) -> str:
        return f"MLP {'-'.join(map(str, (self.inputs, *self.hidden, self.outputs)))}"

    def draw(self, d: Drawing) -> None:
        x = d.begin("input", vector(self.inputs))
        for name, width in zip(numbered("hidden", len(self.hidden)), self.hidden, strict=True):
            x = d.below(name, LinearUnit(width, self.normalization, self.activation, self.dropout), x)
        x = d.below("last", Linear(self.outputs), x)
        if self.output_activation != NONE:
            x = d.below(self.output_activation.lower(), ACTIVATIONS[self.output_activation](), x)
        d.end("output", x)
