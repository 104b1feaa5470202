"""Energy models: restricted and full Boltzmann machines, deep belief nets and Hopfield's memory."""

from __future__ import annotations

from blocks.composite import End
from blocks.energy import BoltzmannMachine, ClassRestrictedBoltzmann, Hopfield, RestrictedBoltzmann
from blocks.setting import choice, flag, number, sizes, whole
from blocks.shape import vector
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

_FAMILY = "Energy"


@template(_FAMILY)
class RBM(Template):
    """A restricted Boltzmann machine, gone up and, by the same weights, down again (Hinton 2002).

    Samples of hidden units go down, chances of visible ones go up again.
    """

    source = "https://doi.org/10.1162/089976602760128018"
    keywords = "restricted boltzmann machine harmonium energy gibbs contrastive divergence cd-1 unsupervised"
    visible: int = whole(784, low=1, doc="Units that are seen: the pixels of a picture.")
    hidden: int = whole(500, low=1, doc="Units that are not seen: features.")
    steps: int = whole(1, low=0, high=32, doc="How often it goes down and up again; 0: up only.")

    def title(self) -> str:
        return "Restricted Boltzmann machine"

    def draw(self, d: Drawing) -> None:
        rbm = RestrictedBoltzmann(self.visible, self.hidden)
        x = d.begin("visible", vector(self.visible))
        hidden, sample, *_ = d.below_all("rbm", rbm, x)
        d.end_aside("hidden", hidden, 1.0)
        for step in range(1, self.steps + 1):
            if step > 1:
                sample = self._by_same(d, f"up{step}", rbm, visible=x)[1]
            x = self._by_same(d, "down" if step == 1 else f"down{step}", rbm, hidden=sample)[0]
        if self.steps:
            d.end("reconstruction", x)

    @staticmethod
    def _by_same(d: Drawing, name: str, rbm: RestrictedBoltzmann, **given: End) -> tuple[End, ...]:
        """Another pass through the one machine."""
        ends = d.below_all(name, rbm, **given)
        d.share(name, "rbm")
        return ends


@template(_FAMILY)
class DBN(Template):
    """A deep belief net: machines on each other, the top one joined to labels (Hinton, Osindero & Teh 2006, fig. 1).

    A layer between two machines has one set of biases: the hidden ones of the lower are led to the upper. The way
    back goes from a sample of the top down to a picture, by the same weights, before they are untied.
    """

    source = "https://doi.org/10.1162/neco.2006.18.7.1527"
    keywords = "deep belief net rbm stack greedy layer-wise pretraining labels generative energy"
    visible: int = whole(784, low=1, doc="Units that are seen: the pixels of a picture.")
    layers: tuple[int, ...] = sizes((500, 500), doc="Hidden units of each machine below the top.")
    top: int = whole(2000, low=1, doc="Hidden units of the machine that also holds the label.")
    classes: int = whole(10, low=1, doc="Labels told apart.")
    generate: bool = flag(True, doc="Draw the way back as well: from the top down to a picture.")

    def title(self) -> str:
        return "Deep belief net"

    def draw(self, d: Drawing) -> None:
        seen, biases = d.begin("image", vector(self.visible)), list[End]()
        for place, machine in enumerate(self._machines(), 1):
            seen, _, _, bias = d.below_all(f"rbm{place}", machine, seen, **_below(biases))
            biases.append(bias)
        top = ClassRestrictedBoltzmann(seen.shape.features, self.top, self.classes)
        _, sample, labels, _ = d.below_all("top", top, seen, **_below(biases))
        d.end_aside("labels", labels, -1.0)
        if self.generate:
            self._draw_way_back(d, top, sample, biases)

    def _draw_way_back(self, d: Drawing, top: ClassRestrictedBoltzmann, sample: End, biases: list[End]) -> None:
        x, *_ = d.below_all("top_down", top, hidden=sample, **_below(biases))
        d.share("top_down", "top")
        for place, machine in reversed(list(enumerate(self._machines(), 1))):
            biases = biases[:-1]
            x, *_ = d.below_all(f"rbm{place}_down", machine, hidden=x, **_below(biases))
            d.share(f"rbm{place}_down", f"rbm{place}")
        d.end("picture", x)

    def _machines(self) -> list[RestrictedBoltzmann]:
        """The machines below the top, from the picture upwards."""
        seen = (self.visible, *self.layers)
        return [RestrictedBoltzmann(low, high) for low, high in zip(seen, self.layers, strict=False)]


def _below(biases: list[End]) -> dict[str, End]:
    """What leads the hidden biases of the machine below to the next one, where there is one."""
    return {"below": biases[-1]} if biases else {}


@template(_FAMILY)
class Boltzmann(Template):
    """A Boltzmann machine: every unit linked with every other, seen or not (Ackley, Hinton & Sejnowski 1985)."""

    source = "https://doi.org/10.1207/s15516709cog0901_7"
    keywords = "boltzmann machine energy gibbs mean field symmetric undirected complete graph stochastic"
    visible: int = whole(10, low=1, doc="Units that are seen.")
    hidden: int = whole(5, low=1, doc="Units that are not seen.")
    update: str = choice(
        "mean field",
        ("mean field", "Gibbs"),
        doc="What a unit shows the others while they are asked: its chance, or a 0 or 1 drawn at random.",
    )
    sweeps: int = whole(1, low=1, high=1000, doc="How often all hidden units are asked, in turn.")

    def title(self) -> str:
        return "Boltzmann machine"

    def draw(self, d: Drawing) -> None:
        x = d.begin("visible", vector(self.visible))
        machine = BoltzmannMachine(self.visible, self.hidden, self.update, self.sweeps)
        hidden, _, energy = d.below_all("machine", machine, x)
        d.ends(hidden=hidden, energy=energy)


@template(_FAMILY)
class HopfieldNetwork(Template):
    """A memory of patterns: units linked with all others, none with itself, that fall into one (Hopfield 1982)."""

    source = "https://doi.org/10.1073/pnas.79.8.2554"
    keywords = "hopfield associative memory attractor energy hebb symmetric undirected recall"
    units: int = whole(100, low=2, doc="Units, each -1 or 1.")
    sweeps: int = whole(1, low=1, high=1000, doc="How often all units are asked, in turn.")
    temperature: float = number(0.0, low=0.0, high=1e6, doc="0: units are -1 or 1; above: between, by tanh.")

    def title(self) -> str:
        return "Hopfield network"

    def draw(self, d: Drawing) -> None:
        x = d.begin("start", vector(self.units))
        state, energy = d.below_all("memory", Hopfield(self.sweeps, self.temperature), x)
        d.ends(state=state, energy=energy)
