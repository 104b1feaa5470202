"""Composites of one kind that differ by optional parts: the fullest stands for all, the others go past its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from blocks.graph import Graph, Wire

Around = Mapping[str, Wire]  # a node that is left out -> the wire whose load goes on in its place


@dataclass(frozen=True)
class Switches:
    """What turns optional nodes on: the name of a flag for each, and the wire that goes on where it is off."""

    flags: Mapping[str, str] = field(default_factory=dict)
    around: Around = field(default_factory=dict)


def left_out(whole: Graph, lesser: Graph) -> Around | None:
    """The nodes of `whole` that `lesser` goes past; None where the two differ in another way."""
    gone = whole.nodes.keys() - lesser.nodes.keys()
    alike = all(n in whole.nodes and type(whole.block(n)) is type(lesser.block(n)) for n in lesser.nodes)
    if not gone or not alike or not all(_can_be_left_out(whole, name) for name in gone):
        return None
    finder = _Finder(whole, gone)
    fed = {(w.target, w.input, w.place): (w.source, w.output) for w in lesser.wires}
    for wire in whole.wires:
        if wire.target not in gone:
            wanted = fed.pop((wire.target, wire.input, wire.place), None)
            if wanted is None or not finder.leads(wire, wanted):
                return None
    return finder.around if not fed and finder.around.keys() == gone else None


def _can_be_left_out(graph: Graph, name: str) -> bool:
    block = graph.block(name)
    return len(block.outputs) == 1 and graph.nodes[name].repeat == 1 and block.role not in ("input", "output", "delay")


class _Finder:
    """Follows wires up through nodes that are gone, and remembers by which wire it came through each."""

    def __init__(self, whole: Graph, gone: Iterable[str]) -> None:
        self.around: dict[str, Wire] = {}
        self._into: dict[str, list[Wire]] = {name: [] for name in gone}
        for wire in whole.wires:
            if wire.target in self._into:
                self._into[wire.target].append(wire)

    def leads(self, wire: Wire, wanted: tuple[str, str]) -> bool:
        """Whether a wire carries what is wanted once the nodes that are gone are gone past."""
        if wire.source not in self._into:
            return (wire.source, wire.output) == wanted
        for above in self._into[wire.source]:
            if self.leads(above, wanted):
                return self.around.setdefault(wire.source, above) == above
        return False


def named_switches(ways: Iterable[Around], names: Mapping[str, str]) -> Switches:
    """One flag for the nodes that are always left out together, named after the first of them."""
    ways = list(ways)
    around = {name: wire for way in ways for name, wire in way.items()}
    flags: dict[tuple[bool, ...], str] = {}
    told = {name: flags.setdefault(tuple(name in way for way in ways), names[name]) for name in names if name in around}
    return Switches(told, around)


def agree(ways: Iterable[Around]) -> bool:
    """Whether the same wires go on past the same nodes in all of them."""
    around: dict[str, Wire] = {}
    return all(around.setdefault(name, wire) == wire for way in ways for name, wire in way.items())
