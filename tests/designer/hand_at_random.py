"""A hand that edits a design at random, from a seed: what it chooses from, and how it chooses."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from blocks.catalogue import CATALOGUE
from blocks.definition import Definition
from blocks.edits import Refused, extract
from blocks.graph import Graph, Node, Wire
from blocks.setting import BadSetting, Flag, Number, Setting, Text, Whole
from designer.canvas import Decor, Intent, decor_of, fragment
from designer.canvas.metrics import snapped
from designer.canvas.sheet import Sheet
from designer.document import Edit, OpenDesign, View
from designer.lift import lifted, placed
from designer.place import Place
from runtime.design import Design
from tests.designer.promises import Copied

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
    """One edit with its words, the gesture it is part of, and what was in sight.

    `network`, `chosen` and `copied` say what it is done with: a promise that it keeps may be about these. Deeds of one
    `gesture` in a row have to become one step, and no others.
    """

    kind: str
    label: str
    edit: Edit
    merge: str = ""
    seen: View = View()
    network: str = ""
    chosen: tuple[str, ...] = ()
    copied: Copied = Copied()
    gesture: tuple[str, ...] = ()


Doing = Callable[["Hand"], "Iterable[Deed] | Intent | Edit | None"]


class Kind(NamedTuple):
    """A kind of edit: how a hand does it, what it may change (see `promises.ASPECTS`), and how often it is chosen."""

    do: Doing
    touches: frozenset[str]
    weight: int


EDITS: dict[str, Kind] = {}


def kind(touches: str, weight: int = 2) -> Callable[[Doing], Doing]:
    """Takes a kind of edit in, with what it may change."""

    def taken(made: Doing) -> Doing:
        EDITS[made.__name__] = Kind(made, frozenset(touches.split()), weight)
        return made

    return taken


class Hand:
    """Chooses what to do next, by the seed and by what the document holds."""

    def __init__(self, document: OpenDesign, seed: int) -> None:
        self.document, self.rng = document, random.Random(seed)
        self.network = ""
        self.copied, self.original = "", Copied()
        self.typed: tuple[str, ...] = ()  # the network, node and setting typed into last
        self.at_field = "", ""  # the field that has the cursor
        self._chosen: list[str] = []

    def deeds(self) -> list[Deed]:
        """What it does next: mostly one edit, of a gesture in several parts all of them; nothing where none is due."""
        if self.network not in self.design.networks or self.rng.random() < 0.4:  # mostly it stays where it is
            self.network = self.rng.choice(list(self.design.networks))
        self._chosen = []
        names, typed, self.typed = list(EDITS), self.typed, ()
        name = self.rng.choices(names, [EDITS[each].weight for each in names])[0]
        if len(self.graph.nodes) > MOST and self.rng.random() < 0.6:
            name = "delete_healed"
        if typed and typed[0] in self.design.networks and self.rng.random() < 0.5:  # goes on where it was
            name, self.network, self.at_field = "type_a_setting", typed[0], (typed[1], typed[2])
        try:
            wanted = EDITS[name].do(self)
            made = self._made(wanted) if wanted is not None else []
        except (Refused, BadSetting):  # what the canvas tries before it lets a person do it
            return []
        chosen, self.typed = tuple(self._chosen), made[-1].gesture if made else ()
        looked = self.rng.choice([self.network] * 5 + list(self.design.networks))  # a fix may be offered elsewhere
        seen = View(Place(looked), chosen[:2] if looked == self.network else ())
        return [
            replace(
                deed, kind=name, seen=seen, network=self.network, chosen=deed.chosen or chosen, copied=self.original
            )
            for deed in made
        ]

    def _made(self, wanted: Iterable[Deed] | Intent | Edit) -> list[Deed]:
        """What a kind of edit gave, as the window would do it."""
        if isinstance(wanted, Intent):
            merge = f"{self.network}.{wanted.merge_key}" if wanted.merge_key else ""
            return [Deed("", wanted.label, placed(lifted(wanted, self.network)), merge)]
        if callable(wanted):
            return [Deed("", "" if self.rng.random() < 0.5 else "In words", placed(wanted))]
        return list(wanted)

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

    def copy(self, names: Sequence[str]) -> None:
        """Takes nodes into the clipboard."""
        graph, beside, places = extract(self.graph, names), self.taken(names), self.sheet.places(names)
        self.copied = fragment.write(graph, places, beside)
        kept = {n: self.graph.nodes[n] for n in self.graph.nodes if n in names}
        wires = tuple(w for w in self.graph.wires if w.source in kept and w.target in kept)
        self.original = Copied(Graph(kept, wires), places, beside)

    def one(self, names: Iterable[str] = ()) -> str:
        """A node."""
        return self.choose([self.rng.choice(list(names) or list(self.graph.nodes))])[0]

    def choose(self, names: list[str]) -> list[str]:
        """Remembers that an edit is about these nodes."""
        self._chosen += names
        return names

    def some(self, most: int = 4) -> list[str]:
        """A few nodes, in their order."""
        names = list(self.graph.nodes)
        chosen = set(self.rng.sample(names, min(self.rng.randint(1, most), len(names))))
        return self.choose([name for name in names if name in chosen])

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
        several = [n for n in targets if len(self.graph.block(n).inputs) > 1] if self.rng.random() < 0.3 else []
        source, target = self.rng.choice(sources), self.rng.choice(several or targets)
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
