"""Some nodes of a network turned into a network of their own, which stands in their place as one node."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, Wire
from blocks.naming import Refused, fresh_name
from blocks.row import Row
from blocks.shape import Shape
from blocks.sharing import owner
from blocks.sums import entrusted

_ENDS = {"input", "output"}
End = tuple[str, str]  # a node and its output port


class Grouped(NamedTuple):
    """The network made of some nodes, the one they were taken from, and the node that stands there instead."""

    inner: Graph
    outer: Graph
    name: str


def group(graph: Graph, names: Collection[str], network: str, rows: Mapping[str, Row], name: str = "") -> Grouped:
    """Some nodes, but no Input or Output, as a network of their own, called `network`, used once; raises Refused.

    `rows` are those of the checked network, from which the shapes that enter come. Without a `name` the node is
    called after the network.
    """
    chosen = [n for n in graph.nodes if n in set(names) and graph.block(n).role not in _ENDS]
    if not chosen:
        raise Refused("Select the nodes to group; an Input or Output stays where it is")
    _refuse_delay(graph, chosen)
    _refuse_gap(graph, chosen)
    _refuse_divided(graph, chosen)
    parts = _Parts(graph, chosen, rows)
    left = {n for n in graph.nodes if n not in chosen}
    name = fresh_name(left, name or _words(network))
    use = Use(network, tuple(parts.entrances.values()), tuple(parts.exits.values()))
    placed, inner = entrusted(Node(use), parts.inner())
    return Grouped(inner, parts.outer(name, placed), name)


def _refuse_gap(graph: Graph, chosen: list[str]) -> None:
    """What the selection feeds may not feed it again within a step: there would be a circle."""
    wires = [w for w in graph.wires if graph.block(w.target).role != "delay"]
    after = _reached(chosen, ((w.source, w.target) for w in wires))
    before = _reached(chosen, ((w.target, w.source) for w in wires))
    for between in graph.nodes:
        if between in after and between in before and between not in chosen:
            raise Refused(
                f"{between} is in the way: it is fed by the selected nodes and feeds them. "
                f"Select it too, or group what is before and after it by themselves"
            )


def _reached(start: Iterable[str], pairs: Iterable[tuple[str, str]]) -> set[str]:
    """All that can be reached from some nodes along pairs."""
    following: dict[str, list[str]] = {}
    for source, target in pairs:
        following.setdefault(source, []).append(target)
    waiting, found = list(start), set[str]()
    while waiting:
        fresh = [n for n in following.get(waiting.pop(), ()) if n not in found]
        found.update(fresh)
        waiting += fresh
    return found


def _refuse_delay(graph: Graph, chosen: list[str]) -> None:
    """A network that holds a delay goes through all steps, but what is grouped stands within one."""
    delay = next((n for n in graph.delays() if n in chosen), None)
    if delay is not None:
        raise Refused(f"{delay} remembers from step to step, which only the whole network can. Leave it out")


def _refuse_divided(graph: Graph, chosen: list[str]) -> None:
    """Weights cannot be shared across the border of a network."""
    for sharer in graph.sharers:
        lender = owner(graph.nodes, sharer)
        if lender != sharer and (sharer in chosen) != (lender in chosen):
            inner, outer = (sharer, lender) if sharer in chosen else (lender, sharer)
            raise Refused(f"{inner} shares its weights with {outer}, which is not selected. Select both or neither")


class _Parts:
    """The two halves of a network that is being divided, and what passes between them."""

    def __init__(self, graph: Graph, chosen: list[str], rows: Mapping[str, Row]) -> None:
        self._graph, self._chosen, self._rows = graph, set(chosen), rows
        self._entering = [w for w in graph.wires if w.target in self._chosen and w.source not in self._chosen]
        self._leaving = [w for w in graph.wires if w.source in self._chosen and w.target not in self._chosen]
        if not self._entering:
            raise Refused("Nothing feeds the selected nodes, so the network would have no input. Connect them first")
        taken = set(self._chosen)
        coming = list(dict.fromkeys((w.source, w.output) for w in self._entering))
        self.entrances = {end: self._free(taken, self._entrance(end, len(coming) == 1)) for end in coming}
        going = list(dict.fromkeys((w.source, w.output) for w in self._leaving)) or list(self._loose())
        self.exits = {end: self._free(taken, self._exit(end, len(going) == 1)) for end in going}

    @staticmethod
    def _free(taken: set[str], wanted: str) -> str:
        name = fresh_name(taken, wanted)
        taken.add(name)
        return name

    def _loose(self) -> Iterable[End]:
        """The results that nothing uses, where none leaves the selection."""
        feeding = {w.source for w in self._graph.wires}
        for name in self._graph.nodes:
            block = self._graph.block(name)
            if name in self._chosen and name not in feeding and block.outputs:
                yield name, block.outputs[0].name

    def _entrance(self, end: End, only: bool) -> str:
        """What comes in is called as the network's own Input is; else x, or after the node it comes from."""
        if self._graph.block(end[0]).role == "input":
            return end[0]
        return "x" if only else self._told(end)

    def _exit(self, end: End, only: bool) -> str:
        """What goes out is called as the network's own Output is; else y, or after the node it comes from."""
        readers = {w.target for w in self._leaving if (w.source, w.output) == end}
        if len(readers) == 1 and self._graph.block(reader := next(iter(readers))).role == "output":
            return reader
        return "y" if only else f"{self._told(end)}_out"

    def _told(self, end: End) -> str:
        several = len(self._graph.block(end[0]).outputs) > 1
        return f"{end[0]}_{end[1]}" if several else end[0]

    def _shape(self, end: End) -> Shape:
        place = [p.name for p in self._graph.block(end[0]).outputs].index(end[1])
        row = self._rows.get(end[0])
        shape = row.outputs[place] if row is not None else None
        if shape is None:
            raise Refused(f"What {end[0]} gives has no known shape yet. Repair what comes before the selection first")
        return shape

    def inner(self) -> Graph:
        """The nodes that were chosen between an Input for all that enters and an Output for all that leaves."""
        nodes = {name: Node(Input.of(self._shape(end))) for end, name in self.entrances.items()}
        nodes |= {name: node for name, node in self._graph.nodes.items() if name in self._chosen}
        nodes |= {name: Node(Output()) for name in self.exits.values()}
        wires = [w._replace(source=self.entrances[w.source, w.output], output="y") for w in self._entering]
        wires += [w for w in self._graph.wires if w.source in self._chosen and w.target in self._chosen]
        wires += [Wire(source, output, name, "x") for (source, output), name in self.exits.items()]
        return replace(self._graph, nodes=nodes, wires=tuple(wires))

    def outer(self, name: str, use: Node) -> Graph:
        """The others, with one node where the first of the chosen ones stood."""
        nodes: dict[str, Node] = {}
        for each, node in self._graph.nodes.items():
            if each not in self._chosen:
                nodes[each] = node
            else:
                nodes.setdefault(name, use)
        apart = [w for w in self._graph.wires if not {w.source, w.target} & self._chosen]
        wires = [Wire(source, output, name, port) for (source, output), port in self.entrances.items()]
        wires += [w._replace(source=name, output=self.exits[w.source, w.output]) for w in self._leaving]
        return replace(self._graph, nodes=nodes, wires=(*apart, *wires))


def _words(network: str) -> str:
    """A network's name as that of a node: in small letters."""
    return "".join(c if c.isalnum() else "_" for c in network).strip("_").lower()
