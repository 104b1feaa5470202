"""A hand that edits a design at random, from a seed: what it chooses from, and how it chooses."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from blocks.catalogue import CATALOGUE
from blocks.definition import Definition
from blocks.edits import Refused
from blocks.graph import Graph, Node, Wire
from blocks.setting import BadSetting, Flag, Number, Setting, Text, Whole
from designer.canvas import Decor, Intent, decor_of
from designer.canvas.metrics import snapped
from designer.canvas.sheet import Sheet
from designer.document import Edit, OpenDesign
from designer.lift import lifted, placed
from runtime.design import Design

MOST = 36  # nodes in a network, above which the hand rather deletes
CALM = (
    "ReLU",
    "Identity",
    "Dropout",
    "BatchNorm2d",
    "Tanh",
    "Conv2d",
    "Conv2d",
    "Linear",
    "MaxPool2d",
    "Flatten",
    "ConvUnit",
    "Residual",
)
KINDS = [kind.kind() for kind in CATALOGUE if kind.kind() not in ("Use", "Output", "Input")]


@dataclass(frozen=True)
class Deed:
    """One edit with its words and the gesture it is part of."""

    kind: str
    label: str
    edit: Edit
    merge: str = ""


Kind = Callable[["Hand"], "Iterable[Deed] | Intent | Edit | None"]
EDITS: dict[str, tuple[Kind, int]] = {}


def kind(weight: int = 2) -> Callable[[Kind], Kind]:
    """Takes a kind of edit in, to be chosen so often."""

    def taken(made: Kind) -> Kind:
        EDITS[made.__name__] = made, weight
        return made

    return taken


class Hand:
    """Chooses what to do next, by the seed and by what the document holds."""

    def __init__(self, document: OpenDesign, seed: int) -> None:
        self.document, self.rng = document, random.Random(seed)
        self.network = ""
        self.copied = ""

    def deeds(self) -> list[Deed]:
        """What it does next: mostly one edit, of a gesture in several parts all of them; nothing where none is due."""
        self.network = self.rng.choice(list(self.design.networks))
        names = list(EDITS)
        name = self.rng.choices(names, [EDITS[each][1] for each in names])[0]
        if len(self.graph.nodes) > MOST and self.rng.random() < 0.6:
            name = "delete_healed"
        try:
            wanted = EDITS[name][0](self)
        except (Refused, BadSetting):  # what the canvas tries before it lets a person do it
            return []
        if wanted is None:
            return []
        if isinstance(wanted, Intent):
            merge = f"{self.network}.{wanted.merge_key}" if wanted.merge_key else ""
            return [Deed(name, wanted.label, placed(lifted(wanted, self.network)), merge)]
        if callable(wanted):
            return [Deed(name, "" if self.rng.random() < 0.5 else name, placed(wanted))]
        return [replace(deed, kind=name) for deed in wanted]

    @property
    def design(self) -> Design:
        """The document as it is now."""
        return self.document.design

    @property
    def graph(self) -> Graph:
        """The network the hand is at."""
        return self.design.networks[self.network]

    @property
    def sheet(self) -> Sheet:
        """The network as a canvas lays it out."""
        sheet, checked = Sheet(), self.document.verdict.networks[self.network]
        sheet.show(self.graph, checked, self.design.layout.get(self.network, {}), ())
        return sheet

    @property
    def beside(self) -> Decor:
        """What stands on the canvas beside cards and wires."""
        return decor_of(self.design, self.network)

    def taken(self, names: Sequence[str]) -> Decor:
        """What is copied along with some nodes: the bends of the wires among them, a note and a frame."""
        bends = {w: at for w, at in self.beside.bends.items() if w.source in names and w.target in names}
        return Decor(self.beside.notes[:1], self.beside.frames[:1], bends)

    def one(self, names: Iterable[str] = ()) -> str:
        """A node."""
        return self.rng.choice(list(names) or list(self.graph.nodes))

    def some(self, most: int = 4) -> list[str]:
        """A few nodes, in their order."""
        names = list(self.graph.nodes)
        chosen = set(self.rng.sample(names, min(self.rng.randint(1, most), len(names))))
        return [name for name in names if name in chosen]

    def node(self) -> Node:
        """A block with the settings it has at first; rather one that leaves shapes as they are."""
        name = self.rng.choice(CALM if self.rng.random() < 0.7 else KINDS)
        return Node(CATALOGUE.make(name, {}))

    def spot(self) -> tuple[float, float]:
        """A place on the grid."""
        return snapped(self.rng.uniform(-800, 800)), snapped(self.rng.uniform(-400, 2000))

    def wire(self) -> Wire | None:
        """A wire that may be possible or not."""
        sources = [n for n, node in self.graph.nodes.items() if node.block.outputs]
        targets = [n for n, node in self.graph.nodes.items() if node.block.inputs]
        if not sources or not targets:
            return None
        source, target = self.rng.choice(sources), self.rng.choice(targets)
        output = self.rng.choice(self.graph.block(source).outputs).name
        return Wire(source, output, target, self.rng.choice(self.graph.block(target).inputs).name)

    def value(self, setting: Setting, now: object) -> object:
        """Another value of a setting, which may be refused."""
        if isinstance(setting, Flag):
            return not now
        if isinstance(setting, Whole):
            return self.rng.randint(1, 12)
        if isinstance(setting, Number):
            return round(self.rng.random(), 3)
        return self.rng.choice(setting.examples())

    def turned(self, made: Definition) -> dict[str, object]:
        """One setting of a definition with another value; nothing where it has none."""
        known = [s for s in made.settings.values() if not isinstance(s, Text) and s.name not in ("takes", "gives")]
        if not known:
            return {}
        setting = self.rng.choice(known)
        return {setting.name: self.value(setting, made.value(setting.name))}
