"""Energy models: networks without a direction, in which links weigh the same both ways."""

from __future__ import annotations

from typing import Any, ClassVar

from blocks.block import At, Block, Change, Trials, Unfit, Widen, block, gives, takes
from blocks.call import Call, call, unless
from blocks.setting import choice, number, whole
from blocks.shape import SCALAR, VECTOR, Shape, shape_of, vector

_SIZE = "Units of the layer that is seen; empty: as many as arrive. Needed where only hidden units arrive."


def _visible_size() -> Any:
    return whole(None, low=1, optional=True, doc=_SIZE)


def _hidden_size() -> Any:
    return whole(500, low=1, short="{}", always=True, doc="Units of the layer that is not seen.")


class _TwoLayers(Block):
    """What machines of visible and hidden units share: they go up from visible units, and down from hidden ones."""

    visible_features: int | None = _visible_size()
    hidden_features: int = _hidden_size()

    def _sizes(self, visible: Shape | None, hidden: Shape | None) -> tuple[int, int]:
        """How many visible and hidden units there are; raises Unfit where that is not what arrives."""
        if (visible is None) == (hidden is None):
            told = "neither" if visible is None else "both"
            raise Unfit(told, "visible units to go up from, or hidden ones to go down from", port="visible")
        if visible is not None and self.visible_features not in (None, visible.features):
            self._refuse(visible, "visible")
        if hidden is not None and hidden.features != self.hidden_features:
            self._refuse(hidden, "hidden")
        if hidden is not None and self.visible_features is None:
            raise Unfit(
                "hidden units only",
                "its visible_features, as what arrives does not say how many there are",
                setting="visible_features",
                remedies=(Change({"visible_features": 784}),),
            )
        return self.visible_features or (visible.features if visible else 0), self.hidden_features

    def _refuse(self, arrived: Shape, layer: str) -> None:
        setting = f"{layer}_features"
        wanted: int = self.value(setting)
        remedies = (Change({setting: arrived.features}), Widen(wanted))
        raise Unfit(arrived, f"{wanted} {layer} units", port=layer, setting=setting, remedies=remedies)


@block("Energy")
class RestrictedBoltzmann(_TwoLayers):
    """Two layers with links between them only: visible units (V,) → chances of the hidden ones (H,), or (H,) → (V,).

    A second node that shares its weights, fed by hidden units, goes the way back. Descending the free energy of data
    minus that of samples gone down and up again is contrastive divergence (Hinton 2002).
    """

    title = "RBM"
    source = "https://doi.org/10.1162/089976602760128018"
    formula = "P(h_j = 1) = σ(c_j + Σ_i W_ji v_i), free energy = -Σ b_i v_i - Σ_j ln(1 + e^(c_j + Σ_i W_ji v_i))"
    keywords = (
        "restricted boltzmann machine harmonium energy gibbs contrastive divergence deep belief unsupervised generative"
    )
    targets = "{y}, {sample}, {free_energy}, {bias}"
    visible = takes(VECTOR, optional=True, doc="Visible units, from 0 to 1: the way up.")
    hidden = takes(VECTOR, optional=True, doc="Hidden units, from 0 to 1: the way down.")
    below = takes(
        VECTOR,
        optional=True,
        doc="Biases of the visible units in place of its own: those that the machine below gives its hidden units.",
    )
    y = gives(VECTOR, doc="The chance of each unit of the other layer to be 1.")
    sample = gives(VECTOR, doc="Those units as 0 or 1, drawn at random; no gradient passes.")
    free_energy = gives(SCALAR, doc="Of what arrives: the lower, the likelier it is.")
    bias = gives(VECTOR, doc="The biases of the hidden units, for a machine above.")

    def shape(self, visible: Shape | None, hidden: Shape | None, below: Shape | None) -> tuple[Shape, ...]:
        seen, unseen = self._sizes(visible, hidden)
        if below is not None and below.features != seen:
            raise Unfit(below, f"a bias for each of the {seen} visible units", port="below", remedies=(Widen(seen),))
        other = vector(unseen if hidden is None else seen)
        return other, other, shape_of(()), vector(unseen)

    def parameters(self, visible: Shape | None, hidden: Shape | None, below: Shape | None) -> dict[str, Any]:
        seen, unseen = self._sizes(visible, hidden)
        own = {} if below is not None else {"visible_bias": (seen,)}
        return {"weight": (unseen, seen), **own, "hidden_bias": (unseen,)}

    def macs(self, *shapes: Any) -> int:
        seen, unseen = self._sizes(*shapes[:2])
        return seen * unseen

    def module(self, visible: Shape | None, hidden: Shape | None, below: Shape | None) -> Call:
        seen, unseen = self._sizes(visible, hidden)
        return call("RestrictedBoltzmann", seen, unseen, **unless(True, visible_bias=below is None))

    def forward(self, at: At) -> str:
        return _either_way(at, "below")

    @classmethod
    def trials(cls) -> Trials:
        sizes: dict[str, object] = {"visible_features": 7, "hidden_features": 4}
        return (((vector(7), None, vector(7)), sizes), ((None, vector(4), None), sizes))


@block("Energy")
class ClassRestrictedBoltzmann(_TwoLayers):
    """A restricted Boltzmann machine that also holds a label: visible units (V,) → chances of hidden ones, labels.

    The scores of the labels are exact: every label is tried, and all hidden units are summed over (Larochelle &
    Bengio 2008). With a label given beside the visible units, the hidden ones are told what it is.
    """

    title = "RBM with labels"
    source = "https://doi.org/10.1145/1390156.1390224"
    formula = "score_k = d_k + Σ_j ln(1 + e^(c_j + U_jk + Σ_i W_ji v_i)), P(label k) = softmax(score)_k"
    keywords = "class restricted boltzmann machine labels deep belief top joint classification energy discriminative"
    targets = "{y}, {sample}, {labels}, {free_energy}"
    classes: int = whole(10, low=1, short="{} labels", always=True, doc="Labels told apart.")
    visible = takes(VECTOR, optional=True, doc="Visible units, from 0 to 1: the way up.")
    hidden = takes(VECTOR, optional=True, doc="Hidden units, from 0 to 1: the way down.")
    known = takes(VECTOR, optional=True, doc="On the way up: a 1 at the label, 0 elsewhere. Empty: not known.")
    below = takes(VECTOR, optional=True, doc="Biases of the visible units in place of its own, from the machine below.")
    y = gives(VECTOR, doc="The chance of each unit of the other layer to be 1.")
    sample = gives(VECTOR, doc="Those units as 0 or 1, drawn at random; no gradient passes.")
    labels = gives(VECTOR, doc="A score for each label, whose softmax are their chances.")
    free_energy = gives(SCALAR, doc="Of what arrives: the lower, the likelier it is.")

    def shape(
        self, visible: Shape | None, hidden: Shape | None, known: Shape | None, below: Shape | None
    ) -> tuple[Shape, ...]:
        seen, unseen = self._sizes(visible, hidden)
        if known is not None and hidden is not None:
            raise Unfit("a label beside hidden units", "a label beside visible units only", port="known")
        if known is not None and known.features != self.classes:
            remedies = (Change({"classes": known.features}), Widen(self.classes))
            raise Unfit(known, f"a number for each of the {self.classes} labels", port="known", remedies=remedies)
        if below is not None and below.features != seen:
            raise Unfit(below, f"a bias for each of the {seen} visible units", port="below", remedies=(Widen(seen),))
        other = vector(unseen if hidden is None else seen)
        return other, other, vector(self.classes), shape_of(())

    def parameters(
        self, visible: Shape | None, hidden: Shape | None, known: Shape | None, below: Shape | None
    ) -> dict[str, Any]:
        seen, unseen = self._sizes(visible, hidden)
        own = {} if below is not None else {"visible_bias": (seen,)}
        weights = {"weight": (unseen, seen), "label_weight": (unseen, self.classes)}
        return {**weights, **own, "hidden_bias": (unseen,), "label_bias": (self.classes,)}

    def macs(self, *shapes: Any) -> int:
        visible, hidden, known = shapes[:3]
        seen, unseen = self._sizes(visible, hidden)
        # scores of labels need sums only; a label that is given, or asked for on the way down, a product
        return unseen * (seen + (self.classes if hidden is not None or known is not None else 0))

    def module(self, visible: Shape | None, hidden: Shape | None, known: Shape | None, below: Shape | None) -> Call:
        seen, unseen = self._sizes(visible, hidden)
        own = unless(True, visible_bias=below is None)
        return call("ClassRestrictedBoltzmann", seen, unseen, self.classes, **own)

    def forward(self, at: At) -> str:
        return _either_way(at, "known", "below")

    @classmethod
    def trials(cls) -> Trials:
        sizes: dict[str, object] = {"visible_features": 7, "hidden_features": 4, "classes": 3}
        return (
            ((vector(7), None, vector(3), None), sizes),
            ((vector(7), None, None, vector(7)), sizes),
            ((None, vector(4), None, vector(7)), sizes),
        )


def _either_way(at: At, *more: str) -> str:
    """The call of a machine: the module itself where visible units arrive, its `down` where hidden ones do."""
    up = at.names["hidden"] is None
    given = [f"{name}={at.names[name]}" for name in more if at.names[name]]
    told = ", ".join([str(at.names["visible" if up else "hidden"]), *given])
    return f"{at.module}({told})" if up else f"{at.module}.down({told})"


@block("Energy")
class BoltzmannMachine(_TwoLayers):
    """Every unit linked with every other: visible units (V,) → the hidden ones (H,) after some sweeps, or (H,) → (V,).

    What arrives is held; the units of the other layer are asked one after the other, each seeing all others. A second
    node that shares its weights, fed by hidden units, goes the way back (Ackley, Hinton & Sejnowski 1985).
    """

    source = "https://doi.org/10.1207/s15516709cog0901_7"
    formula = "P(s_i = 1) = σ(b_i + Σ_j w_ij s_j), energy = -Σ b_i s_i - Σ_{i<j} w_ij s_i s_j, w_ij = w_ji"
    keywords = "energy gibbs mean field symmetric undirected complete stochastic unsupervised generative"
    targets = "{y}, {sample}, {energy}"
    hidden_features: int = whole(5, low=1, short="{}", always=True, doc="Units that are not seen.")
    update: str = choice(
        "mean field",
        ("mean field", "Gibbs"),
        short="{}",
        doc="What a unit shows the others while they are asked: its chance, or a 0 or 1 drawn at random.",
    )
    sweeps: int = whole(1, low=1, high=10_000, short="{} sweeps", doc="How often all units are asked, in turn.")
    visible = takes(VECTOR, optional=True, doc="Visible units, from 0 to 1, held as they are.")
    hidden = takes(VECTOR, optional=True, doc="Hidden units, from 0 to 1, held as they are.")
    y = gives(VECTOR, doc="The chance of each unit of the other layer to be 1.")
    sample = gives(VECTOR, doc="Those units as 0 or 1; no gradient passes.")
    energy = gives(SCALAR, doc="Of all units together as they are in the end.")

    def shape(self, visible: Shape | None, hidden: Shape | None) -> tuple[Shape, ...]:
        seen, unseen = self._sizes(visible, hidden)
        other = vector(unseen if hidden is None else seen)
        return other, other, shape_of(())

    def parameters(self, visible: Shape | None, hidden: Shape | None) -> dict[str, tuple[int, ...]]:
        units = sum(self._sizes(visible, hidden))
        return {"weight": (units * (units - 1) // 2,), "bias": (units,)}

    def macs(self, *shapes: Any) -> int:
        seen, unseen = self._sizes(*shapes[:2])
        asked = unseen if shapes[1] is None else seen
        return self.sweeps * asked * (seen + unseen - 1)

    def module(self, visible: Shape | None, hidden: Shape | None) -> Call:
        told = unless("mean field", update=self.update) | unless(1, sweeps=self.sweeps)
        return call("BoltzmannMachine", *self._sizes(visible, hidden), **told)

    def forward(self, at: At) -> str:
        return _either_way(at)

    @classmethod
    def trials(cls) -> Trials:
        sizes: dict[str, object] = {"visible_features": 7, "hidden_features": 4, "sweeps": 3}
        return (((vector(7), None), {**sizes, "update": "Gibbs"}), ((None, vector(4)), sizes))


@block("Energy")
class Hopfield(Block):
    """A memory that falls into the nearest of its patterns: (N,) → (N,), the units asked one after the other.

    Each unit sees all others and turns to the side on which its energy is lower, so that the energy never rises
    (Hopfield 1982). About 0.138 N random patterns can be kept.
    """

    source = "https://doi.org/10.1073/pnas.79.8.2554"
    formula = "s_i = sign(Σ_j w_ij s_j), energy = -Σ_{i<j} w_ij s_i s_j, w_ij = w_ji, no w_ii"
    keywords = "associative memory attractor hebb energy symmetric undirected recall pattern"
    targets = "{y}, {energy}"
    ways: ClassVar[int] = 2
    sweeps: int = whole(1, low=1, high=10_000, short="{} sweeps", doc="How often all units are asked, in turn.")
    temperature: float = number(
        0.0,
        low=0.0,
        high=1e6,
        short="T {}",
        doc="0: units are -1 or 1. Above: tanh of what they see by this, through which gradients pass (Hopfield 1984).",
    )
    x = takes(VECTOR, doc="Where the units begin; what is not above 0 begins at -1 where the temperature is 0.")
    y = gives(VECTOR, doc="The units in the end.")
    energy = gives(SCALAR, doc="Of the units in the end.")

    def shape(self, x: Shape) -> tuple[Shape, Shape]:
        if x.features < self.ways:
            raise Unfit(x, "two units at least, as no unit is linked with itself", remedies=(Widen(self.ways),))
        return x, shape_of(())

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (x.features * (x.features - 1) // 2,)}

    def macs(self, x: Shape, *results: Shape) -> int:
        return self.sweeps * x.features * (x.features - 1)

    def module(self, x: Shape) -> Call:
        told = unless(1, sweeps=self.sweeps) | unless(0.0, temperature=self.temperature)
        return call("Hopfield", x.features, **told)

    @classmethod
    def trials(cls) -> Trials:
        return (((vector(6),), {"sweeps": 3, "temperature": 0.5}),)
