"""Relatives of the LSTM and the GRU that torch lacks: other gates, peepholes, one bias a gate."""

from __future__ import annotations

from typing import Any, ClassVar

from blocks.block import At, Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.mask import masked, refuse_mask
from blocks.setting import choice, flag, number, whole
from blocks.shape import SEQUENCE, VECTOR, Shape, sequence, tokens, vector
from blocks.weighted import Started


class _Stepped(Started):
    """What layers share that run step by step with one bias a gate."""

    widens = "hidden_size"
    hidden_size: int = whole(128, low=1, short="{}", always=True, doc="Numbers that the layer remembers.")
    x = takes(SEQUENCE, doc="(time, features)")
    h0 = takes(VECTOR, optional=True, doc="The state before the first step; zeros if empty.")
    mask = masked()
    y = gives(SEQUENCE, doc="The state after every step: (time, size).")
    h = gives(VECTOR, doc="The state after the last step.")
    states: ClassVar[int] = 1

    def _gates(self) -> int:
        return 3

    def shape(self, x: Shape, *given: Shape | None) -> tuple[Shape, ...]:
        refuse_mask(x, next(iter(given[self.states :]), None))
        for port, state in zip(("h0", "c0"), given[: self.states], strict=False):
            if state is not None and state is not vector(self.hidden_size):
                raise Unfit(
                    state,
                    f"an initial state of {vector(self.hidden_size)}",
                    port=port,
                    remedies=(Change({"hidden_size": state.features}),),
                )
        return (x.with_features(self.hidden_size), *[vector(self.hidden_size)] * self.states)

    def parameters(self, x: Shape, *given: Shape | None) -> dict[str, tuple[int, ...]]:
        rows = self._gates() * self.hidden_size
        return {"weight_ih": (rows, x.features), "weight_hh": (rows, self.hidden_size), "bias": (rows,)}

    def macs(self, x: Shape, *others: Any) -> int:
        return x.sizes[0] * self._gates() * self.hidden_size * (x.features + self.hidden_size)

    def forward(self, at: At) -> str:
        told = [name for port in ("x", "h0", "c0") if port in at.names for name in at.all(port)]
        told += [f"mask={name}" for name in at.all("mask")]
        return f"{at.module}({', '.join(told)})"


def _with_and_without(settings: dict[str, Any], states: int) -> Trials:
    """All states given, without a mask, with one, and a mask alone."""
    x, given, mask = sequence(5, 4), [vector(3)] * states, tokens(5, 2)
    return tuple(((x, *held, told), settings) for held, told in ((given, None), (given, mask), ([None] * states, mask)))


@block("Recurrent")
class SimpleRNN(_Stepped):
    """An RNN with one bias (Elman 1990): (T, F) → (T, hidden_size), and the last state."""

    source = "https://doi.org/10.1207/s15516709cog1402_1"
    formula = "h_t = tanh(U x_t + W h_(t-1) + b)"
    keywords = "elman variant recurrent single bias sequence time"
    targets = "{y}, {h}"
    nonlinearity: str = choice("tanh", ("tanh", "relu"), short="{}", doc="What is done to the sum at each step.")

    def _gates(self) -> int:
        return 1

    def module(self, x: Shape, *given: Shape | None) -> Call:
        return call("SimpleRNN", x.features, self.hidden_size, **unless("tanh", nonlinearity=self.nonlinearity))

    @classmethod
    def trials(cls) -> Trials:
        return _with_and_without({"hidden_size": 3, "nonlinearity": "relu"}, 1)


@block("Recurrent")
class GatedLSTM(_Stepped):
    """An LSTM whose gates can be chosen, with one bias each: (T, F) → (T, hidden_size), the last state and cell."""

    source = "https://arxiv.org/abs/1503.04069"
    formula = "c_t = f ∘ c_(t-1) + i ∘ g,  h_t = o ∘ tanh(c_t)"
    keywords = "peephole coupled forget gate variant long short-term memory sequence time"
    targets = "{y}, {h}, {c}"
    states: ClassVar[int] = 2
    forget: str = choice(
        "gate",
        ("gate", "none", "coupled"),
        short="{}",
        doc="A forget gate of its own, none, as in 1997, or one coupled to what is let in: i = 1 - f.",
    )
    peepholes: bool = flag(False, short="peepholes", doc="Let the gates see the cell, the output gate the new one.")
    forget_bias: float = number(0.0, short="forget bias {}", doc="Where the forget gate starts: 1 or 2 keeps what was.")
    c0 = takes(VECTOR, optional=True, doc="The cell before the first step; zeros if empty.")
    mask = masked()
    c = gives(VECTOR, doc="The cell after the last step.")

    def _gates(self) -> int:
        return 4 if self.forget == "gate" else 3

    def parameters(self, x: Shape, *given: Shape | None) -> dict[str, tuple[int, ...]]:
        seeing = {"gate": "ifo", "none": "io", "coupled": "fo"}[self.forget] if self.peepholes else ""
        return super().parameters(x) | {f"peepholes.{gate}": (self.hidden_size,) for gate in seeing}

    def shape(self, x: Shape, *given: Shape | None) -> tuple[Shape, ...]:
        if len(given) > 1 and given[0] is None and given[1] is not None:
            raise Unfit("no h0", "both initial states, h0 and c0, or neither", port="h0")
        return super().shape(x, *given)

    def module(self, x: Shape, *given: Shape | None) -> Call:
        told = unless("gate", forget=self.forget) | unless(False, peepholes=self.peepholes)
        return call("GatedLSTM", x.features, self.hidden_size, **told, **unless(0.0, forget_bias=self.forget_bias))

    @classmethod
    def trials(cls) -> Trials:
        x, state = sequence(5, 4), vector(3)
        return (
            *_with_and_without({"hidden_size": 3, "peepholes": True, "forget_bias": 1.0}, 2),
            ((x, state, None, None), {"hidden_size": 3, "forget": "coupled", "peepholes": True}),
            ((x, None, None, None), {"hidden_size": 3, "forget": "none", "peepholes": True}),
        )


@block("Recurrent")
class GatedGRU(_Stepped):
    """A GRU with one bias a gate and the reset before or after the product: (T, F) → (T, hidden_size), last state."""

    source = "https://arxiv.org/abs/1406.1078"
    formula = "n = tanh(W x + b + U (r ∘ h)),  h_t = (1 − z) ∘ n + z ∘ h_(t-1)"
    keywords = "reset gate variant gated recurrent unit sequence time"
    targets = "{y}, {h}"
    reset_after: bool = flag(False, short="reset after", doc="Weigh the product with the state, not the state itself.")

    def module(self, x: Shape, *given: Shape | None) -> Call:
        return call("GatedGRU", x.features, self.hidden_size, **unless(False, reset_after=self.reset_after))

    @classmethod
    def trials(cls) -> Trials:
        return _with_and_without({"hidden_size": 3, "reset_after": True}, 1)
