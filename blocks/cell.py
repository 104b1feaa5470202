"""One step of a recurrent layer by itself, to be wired as one likes: torch's RNNCell, GRUCell and LSTMCell."""

from __future__ import annotations

from typing import Any, ClassVar

from blocks.block import At, Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.setting import choice, flag, whole
from blocks.shape import VECTOR, Shape, vector
from blocks.weighted import Started


class _Cell(Started):
    """What cells share."""

    gates: ClassVar[int] = 1
    widens = "hidden_size"
    hidden_size: int = whole(128, low=1, short="{}", always=True, doc="Numbers that the state holds.")
    bias: bool = flag(True, doc="Add two learned vectors to every gate, as torch and cuDNN do.")
    x = takes(VECTOR, doc="What arrives at this step: (features,).")
    h0 = takes(VECTOR, optional=True, doc="The state after the step before; zeros if empty.")
    h = gives(VECTOR, doc="The state after this step: (size,).")

    def shape(self, x: Shape, *states: Shape | None) -> Any:
        for port, state in zip(("h0", "c0"), states, strict=False):
            if state is not None and state.features != self.hidden_size:
                remedies = (Change({"hidden_size": state.features}),)
                raise Unfit(state, f"a state of {vector(self.hidden_size)}", port=port, remedies=remedies)
        return vector(self.hidden_size)

    def parameters(self, x: Shape, *states: Shape | None) -> dict[str, tuple[int, ...]]:
        rows = self.gates * self.hidden_size
        tensors: dict[str, tuple[int, ...]] = {"weight_ih": (rows, x.features), "weight_hh": (rows, self.hidden_size)}
        return tensors | ({"bias_ih": (rows,), "bias_hh": (rows,)} if self.bias else {})

    def macs(self, x: Shape, *others: Any) -> int:
        return self.gates * self.hidden_size * (x.features + self.hidden_size)

    def module(self, x: Shape, *states: Shape | None) -> Call:
        told = unless(True, bias=self.bias) | self._further()
        return call(f"nn.{self.kind()}", x.features, self.hidden_size, **told)

    def _further(self) -> dict[str, Any]:
        """The arguments that only this kind has."""
        return {}

    @classmethod
    def trials(cls) -> Trials:
        return (((vector(4), *[vector(3)] * (len(cls.inputs) - 1)), {"hidden_size": 3}),)


@block("Recurrent")
class RNNCell(_Cell):
    """One step of an RNN: (F,), (hidden_size,) → (hidden_size,)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html"
    formula = "h' = tanh(U x + W h + b)"
    keywords = "recurrent elman single step unrolled"
    nonlinearity: str = choice("tanh", ("tanh", "relu"), short="{}", doc="What is done to the sum.")

    def _further(self) -> dict[str, Any]:
        return unless("tanh", nonlinearity=self.nonlinearity)


@block("Recurrent")
class GRUCell(_Cell):
    """One step of a GRU: (F,), (hidden_size,) → (hidden_size,)."""

    gates = 3
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html"
    formula = "h' = (1 − z) ∘ n + z ∘ h"
    keywords = "recurrent gated unit single step unrolled"


@block("Recurrent")
class LSTMCell(_Cell):
    """One step of an LSTM: (F,), state, cell → (hidden_size,) and the cell."""

    gates = 4
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html"
    formula = "c' = f ∘ c + i ∘ g,  h' = o ∘ tanh(c')"
    keywords = "recurrent long short-term memory single step unrolled"
    c0 = takes(VECTOR, optional=True, doc="The cell after the step before; given together with h0.")
    c = gives(VECTOR, doc="The cell after this step: (size,).")

    def shape(self, x: Shape, *states: Shape | None) -> tuple[Shape, Shape]:
        if len({state is None for state in states}) > 1:
            missing = "h0" if states[0] is None else "c0"
            raise Unfit(f"no {missing}", "both states, h0 and c0, or neither", port=missing)
        size: Shape = super().shape(x, *states)
        return size, size

    def forward(self, at: At) -> str:
        states = f", ({at.names['h0']}, {at.names['c0']})" if at.names.get("h0") else ""
        return f"{at.module}({at.x}{states})"
