"""Recurrent layers over sequences, and what reads one vector from all their steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any, ClassVar

from blocks.block import At, Block, Change, Trials, Unfit, Widen, block, gives, takes
from blocks.call import Call, call, unless
from blocks.headings import last
from blocks.mask import masked, refuse_mask
from blocks.setting import choice, flag, number, whole
from blocks.shape import SEQUENCE, VECTOR, Meaning, Shape, sequence, tokens, vector
from blocks.weighted import Started

_STATE = "one vector an example, or, of several layers or directions, one for each: (layers · directions, size)"


class _Recurrent(Started):
    """What RNN, GRU and LSTM share.

    torch gives the final states as (layers · directions, N, size). Here every tensor begins with the batch, so a state
    is a vector (size,) of a single layer in one direction, and else a sequence (layers · directions, size).
    """

    gates: ClassVar[int] = 1
    widens = "hidden_size"
    hidden_size: int = whole(128, low=1, short="{}", always=True, doc="Numbers that the layer remembers.")
    num_layers: int = whole(
        1, low=1, high=256, short="{} layers", doc="Layers, each reading the steps of the one below."
    )
    bias: bool = flag(True, doc="Add two learned vectors to every gate, as torch and cuDNN do.")
    dropout: float = number(
        0.0, low=0.0, high=1.0, short="dropout {}", doc="Part of the results zeroed between two layers in training."
    )
    bidirectional: bool = flag(
        False, short="both ways", doc="A second layer reads from the end; the results of both are joined at each step."
    )
    stateful: bool = last(
        flag(
            False,
            short="stateful",
            doc="Begin each batch with the state in which the one before ended, as for a text in order; gradients stop "
            "there (truncated back-propagation through time).",
        )
    )
    x = takes(SEQUENCE, doc="(time, features)")
    h0 = takes(VECTOR + SEQUENCE, optional=True, doc=f"The state before the first step; zeros if empty: {_STATE}.")
    mask = masked()
    y = gives(SEQUENCE, doc="The last layer's state after every step: (time, directions · size).")
    h = gives(VECTOR + SEQUENCE, doc=f"The state after the last step: {_STATE}.")

    @property
    def directions(self) -> int:
        """1, or 2 where it is bidirectional."""
        return 2 if self.bidirectional else 1

    @property
    def out(self) -> int:
        """The size of the state h."""
        return self.hidden_size

    def _sizes(self) -> dict[str, int]:
        """The size of each state."""
        return {"h": self.out}

    def _state(self, size: int) -> Shape:
        count = self.num_layers * self.directions
        return vector(size) if count == 1 else sequence(count, size)

    def shape(self, x: Shape, *given: Shape | None) -> tuple[Shape, ...]:
        states, mask = self._told(given)
        refuse_mask(x, mask)
        self._refuse_stateful(any(state is not None for state in states), mask is not None)
        for (name, size), state in zip(self._sizes().items(), states, strict=True):
            if state is not None and state is not self._state(size):
                raise self._bad_state(f"{name}0", state, self._state(size))
        finals = (self._state(size) for size in self._sizes().values())
        return (x.with_features(self.directions * self.out), *finals)

    def moved(self) -> str:
        return "the state that it keeps from batch to batch" if self.stateful else ""

    def _refuse_stateful(self, given: bool, masked: bool) -> None:
        """Raises Unfit where what is kept from batch to batch would have no meaning."""
        reasons = {"both directions": self.bidirectional, "states given from outside": given, "a mask": masked}
        wrong = next((reason for reason, holds in reasons.items() if self.stateful and holds), "")
        if wrong:
            raise Unfit(
                f"stateful with {wrong}",
                "one direction, no mask and no initial states, where it keeps its own from batch to batch",
                setting="stateful",
                remedies=(Change({"stateful": False}),),
            )

    def _told(self, given: tuple[Shape | None, ...]) -> tuple[tuple[Shape | None, ...], Shape | None]:
        """The initial states and the mask among what arrives beside x."""
        count = len(self._sizes())
        return given[:count], next(iter(given[count:]), None)

    def _bad_state(self, port: str, given: Shape, wanted: Shape) -> Unfit:
        fits = given.rank == wanted.rank and given.sizes[:-1] == wanted.sizes[:-1]
        return Unfit(
            given,
            f"an initial state {port} of {wanted}",
            "A state has hidden_size numbers (or proj_size) for each layer and direction.",
            port=port,
            remedies=(Change({"hidden_size": given.features}), Widen(wanted.features)) if fits else (),
        )

    def parameters(self, x: Shape, *given: Shape | None) -> dict[str, tuple[int, ...]]:
        rows = self.gates * self.hidden_size
        tensors: dict[str, tuple[int, ...]] = {}
        for end, width in self._layers(x):
            tensors |= {f"weight_ih{end}": (rows, width), f"weight_hh{end}": (rows, self.out)}
            if self.bias:
                tensors |= {f"bias_ih{end}": (rows,), f"bias_hh{end}": (rows,)}
            if self.out != self.hidden_size:
                tensors[f"weight_hr{end}"] = (self.out, self.hidden_size)
        return tensors

    def _layers(self, x: Shape) -> Iterator[tuple[str, int]]:
        """The end of torch's parameter names for each layer and direction, and how many features it reads."""
        for layer in range(self.num_layers):
            width = self.directions * self.out if layer else x.features
            for reverse in ("", "_reverse")[: self.directions]:
                yield f"_l{layer}{reverse}", width

    def macs(self, x: Shape, *others: Any) -> int:
        products = (prod(size) for size in self.parameters(x).values() if len(size) == 2)
        return x.sizes[0] * sum(products)

    def module(self, x: Shape, *given: Shape | None) -> Call:
        _, mask = self._told(given)
        return call(
            f"Padded{self.kind()}" if mask is not None or self._own() else f"nn.{self.kind()}",
            x.features,
            self.hidden_size,
            **unless(1, num_layers=self.num_layers),
            **unless(True, bias=self.bias),
            batch_first=True,
            # between layers only: torch warns of a dropout that has nowhere to be
            **unless(0.0, dropout=self.dropout if self.num_layers > 1 else 0.0),
            **unless(False, bidirectional=self.bidirectional),
            **self._further(),
        )

    def construct(self, *inputs: Any) -> Call | None:
        made = super().construct(*inputs)
        return replace(made, around="stateful") if made is not None and self.stateful else made

    def _own(self) -> bool:
        """Whether it has something that torch's module lacks."""
        return False

    def _further(self) -> dict[str, Any]:
        """The arguments that only this kind has."""
        return {}

    def forward(self, at: At) -> str:
        states = [self._torch_state(name) for state in self._sizes() for name in at.all(f"{state}0")]
        given = f"({', '.join(states)})" if len(states) > 1 else "".join(states)
        mask = f"mask={at.names['mask']}" if at.names.get("mask") else ""
        return f"{at.module}({', '.join(filter(None, (at.x, given, mask)))})"

    def _torch_state(self, name: str) -> str:
        single = self.num_layers * self.directions == 1
        return f"{name}.unsqueeze(0)" if single else f"{name}.transpose(0, 1).contiguous()"

    def finish(self, port: str, name: str) -> str:
        if port == "y":
            return name
        single = self.num_layers * self.directions == 1
        return f"{name}.squeeze(0)" if single else f"{name}.transpose(0, 1)"

    @classmethod
    def trials(cls) -> tuple[tuple[tuple[Shape | None, ...], dict[str, object]], ...]:
        one: dict[str, object] = {"hidden_size": 3}
        more: dict[str, object] = {"hidden_size": 3, "num_layers": 2, "bidirectional": True, "dropout": 0.5}
        states = len(cls.inputs) - 2
        return (
            ((sequence(5, 4), *[vector(3)] * states, None), one),
            ((sequence(5, 4), *[sequence(4, 3)] * states, None), more),
            ((sequence(5, 4), *[None] * states, tokens(5, 2)), one | {"bidirectional": True}),
            ((sequence(5, 4), *[vector(3)] * states, tokens(5, 2)), one),
            ((sequence(5, 4), *[None] * states, None), one | {"stateful": True, "num_layers": 2}),
        )


@block("Recurrent")
class RNN(_Recurrent):
    """Carries a state from step to step (Elman 1990): (T, F) → (T, hidden_size) and the last state."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html"
    formula = "h_t = tanh(U x_t + W h_(t-1) + b)"
    keywords = "recurrent elman simple sequence time"
    targets = "{y}, {h}"
    nonlinearity: str = choice("tanh", ("tanh", "relu"), short="{}", doc="What is done to the sum at each step.")

    def _further(self) -> dict[str, Any]:
        return unless("tanh", nonlinearity=self.nonlinearity)


@block("Recurrent")
class GRU(_Recurrent):
    """Carries a state that an update and a reset gate change (Cho et al. 2014): (T, F) → (T, hidden_size).

    The reset gate is applied after the product, as in torch and cuDNN: n = tanh(W x + b + r ∘ (U h + b')).
    """

    gates = 3
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html"
    formula = "h_t = (1 − z) ∘ n + z ∘ h_(t-1)"
    keywords = "recurrent gated unit sequence time"
    targets = "{y}, {h}"


@block("Recurrent")
class LSTM(_Recurrent):
    """Carries a state and a cell that three gates protect (Hochreiter & Schmidhuber 1997): (T, F) → (T, hidden_size).

    With forget gates (Gers et al. 2000), and with proj_size a smaller state (Sak et al. 2014): (T, F) → (T, proj_size).
    """

    gates = 4
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html"
    formula = "c_t = f ∘ c_(t-1) + i ∘ g,  h_t = o ∘ tanh(c_t)"
    keywords = "recurrent long short-term memory sequence time"
    targets = "{y}, ({h}, {c})"
    proj_size: int = whole(
        0, low=0, short="to {}", doc="Size that the state is projected to, below hidden_size; 0: not projected."
    )
    forget_bias: float | None = number(
        None,
        optional=True,
        short="forget bias {}",
        doc="Where the forget gates begin, as the sum of torch's two biases: 1 or 2 keeps what was; empty: near 0.",
    )
    c0 = takes(VECTOR + SEQUENCE, optional=True, doc="The cell before the first step; given together with h0.")
    mask = masked()
    c = gives(VECTOR + SEQUENCE, doc=f"The cell after the last step: {_STATE}.")

    @property
    def out(self) -> int:
        return self.proj_size or self.hidden_size

    def _sizes(self) -> dict[str, int]:
        return {"h": self.out, "c": self.hidden_size}

    def shape(self, x: Shape, *given: Shape | None) -> tuple[Shape, ...]:
        if self.forget_bias is not None and not self.bias:
            raise Unfit(
                f"forget_bias {self.forget_bias:g} without a bias",
                "a bias, of which the forget gates have a part",
                setting="forget_bias",
                remedies=(Change({"bias": True}), Change({"forget_bias": None})),
            )
        if self.proj_size >= self.hidden_size:
            raise Unfit(
                f"proj_size {self.proj_size}",
                f"a proj_size below the hidden_size of {self.hidden_size}",
                setting="proj_size",
                remedies=(Change({"proj_size": 0}),),
            )
        states, _ = self._told(given)
        if len({state is None for state in states}) > 1:
            missing = "h0" if states[0] is None else "c0"
            raise Unfit(f"no {missing}", "both initial states, h0 and c0, or neither", port=missing)
        return super().shape(x, *given)

    def _own(self) -> bool:
        return self.forget_bias is not None

    def _further(self) -> dict[str, Any]:
        return unless(0, proj_size=self.proj_size) | unless(None, forget_bias=self.forget_bias)

    @classmethod
    def trials(cls) -> tuple[tuple[tuple[Shape | None, ...], dict[str, object]], ...]:
        projected: dict[str, object] = {"hidden_size": 5, "proj_size": 2, "num_layers": 2, "bidirectional": True}
        chosen: dict[str, object] = {"hidden_size": 3, "num_layers": 2, "bidirectional": True, "forget_bias": 2.0}
        given = sequence(3, 4), sequence(4, 2), sequence(4, 5), None
        return (*super().trials(), (given, projected), ((sequence(3, 4), None, None, tokens(3, 2)), chosen))


class _Readout(Block):
    """One vector for a whole sequence."""

    x = takes(SEQUENCE)
    mask = masked()
    y = gives(VECTOR)

    def shape(self, x: Shape, mask: Shape | None = None) -> Shape:
        refuse_mask(x, mask)
        return vector(x.features)

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        if have.meaning is not Meaning.SEQUENCE:
            return None
        fits = want is vector(have.features) if isinstance(want, Shape) else Meaning.VECTOR in want
        return cls() if fits else None

    @classmethod
    def trials(cls) -> Trials:
        return (((sequence(5, 3), tokens(5, 2)), {}),)


@block("Recurrent")
class LastStep(_Readout):
    """The last step of a sequence: (T, F) → (F,).

    After a bidirectional layer the backward half of that step has read one step only; its state h has read them all.
    """

    source = "https://docs.pytorch.org/docs/stable/generated/torch.select.html"
    formula = "y = x_T"
    keywords = "final select sequence to vector many to one"

    def forward(self, at: At) -> str:
        if at.names.get("mask") is None:
            return f"{at.x}[:, -1]"
        last = f"{at.names['mask']}.sum(dim=1).clamp(min=1) - 1"
        return f"{at.x}[torch.arange(len({at.x}), device={at.x}.device), {last}]"


@block("Recurrent")
class MeanOverTime(_Readout):
    """The mean over all steps of a sequence: (T, F) → (F,)."""

    formula = "y = (1 / T) Σ x_t"
    keywords = "average pool sequence to vector many to one"

    def forward(self, at: At) -> str:
        mask = at.names.get("mask")
        if mask is None:
            return f"{at.x}.mean(dim=1)"
        return f"({at.x} * {mask}.unsqueeze(-1)).sum(dim=1) / {mask}.sum(dim=1, keepdim=True).clamp(min=1)"
