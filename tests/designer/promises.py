"""What holds of every design however it came about, and what an edit may change: the promises of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from blocks.block import Block
from blocks.ends import Use
from blocks.graph import Graph, port
from blocks.sharing import family, owner
from blocks.sums import names_in, scope_of, setting_at, value_at, worked_out
from designer.decor import Decor
from runtime.design import Design
from runtime.verdict import Verdict

OF_CANVAS = ("layout", "notes", "frames", "bends")  # held by the names of networks


@dataclass(frozen=True)
class Copied:
    """What was taken into the clipboard: nodes with the wires among them, where they stood, what was beside them."""

    graph: Graph = field(default_factory=Graph)
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    decor: Decor = field(default_factory=Decor)


@dataclass(frozen=True)
class Done:
    """One edit that was done in `network`: with the nodes that were chosen for it and the text that was copied."""

    before: Design
    after: Design
    network: str
    judged: tuple[Verdict, Verdict]
    chosen: tuple[str, ...] = ()
    copied: Copied = field(default_factory=Copied)

    @property
    def old(self) -> Graph:
        """The network before."""
        return self.before.networks[self.network]

    @property
    def new(self) -> Graph:
        """The network after."""
        return self.after.networks[self.network]

    @property
    def stayed(self) -> list[str]:
        """The nodes that are there before and after, in their order before."""
        return [name for name in self.old.nodes if name in self.new.nodes]

    @property
    def came(self) -> list[str]:
        """The nodes that were not there before, in their order."""
        return [name for name in self.new.nodes if name not in self.old.nodes]


def lines(graph: Graph) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """What arrives at every port that something arrives at, in the order of the places."""
    arriving: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for wire in sorted(graph.wires, key=lambda w: w.place):
        arriving.setdefault((wire.target, wire.input), []).append((wire.source, wire.output))
    return arriving


# --- what holds of every design -----------------------------------------------------------------


def unsound(design: Design, known: Design) -> str:
    """What is wrong within a design, or nothing. Networks that `known` holds as they are have been looked at."""
    for held in OF_CANVAS:
        strange = getattr(design, held).keys() - design.networks.keys()
        if strange:
            return f"{held} of {', '.join(strange)}, which is no network"
    for name, graph in design.networks.items():
        same = all(_held(design, each, name) is _held(known, each, name) for each in ("networks", *OF_CANVAS))
        wrong = "" if same else next(_wrong(design, name, graph), "")
        if wrong:
            return f"in {name} {wrong}"
    return ""


def _held(design: Design, what: str, name: str) -> object:
    return getattr(design, what).get(name)


def _wrong(design: Design, name: str, graph: Graph) -> Iterator[str]:
    if graph.variables != design.variables:
        yield "the variables are others than the design's"
    if list(design.layout.get(name, {})) and design.layout[name].keys() != graph.nodes.keys():
        yield f"places and nodes differ: {sorted(design.layout[name].keys() ^ graph.nodes.keys())}"
    for wire, points in design.bends.get(name, {}).items():
        if wire not in graph.wires or not points:
            yield f"bend points stand for {wire}"
    yield from _wrong_wires(graph)
    yield from _wrong_weights(graph)
    yield from _wrong_sums(graph)
    yield from _wrong_memory(graph)


def _wrong_wires(graph: Graph) -> Iterator[str]:
    taken: set[tuple[str, str, int]] = set()
    for wire in graph.wires:
        ends = wire.source in graph.nodes and wire.target in graph.nodes
        leaves = port(graph.block(wire.source).outputs, wire.output) if ends else None
        enters = port(graph.block(wire.target).inputs, wire.input) if ends else None
        if leaves is None or enters is None:
            yield f"{wire} has an end that is not there"
        elif (wire.target, wire.input, wire.place) in taken or (wire.place and not enters.many):
            yield f"{wire} arrives where another does"
        taken.add((wire.target, wire.input, wire.place))


def _wrong_weights(graph: Graph) -> Iterator[str]:
    for name in [name for name, node in graph.nodes.items() if node.shares]:
        lender = graph.nodes[name].shares
        if owner(graph.nodes, name) != lender:
            yield f"{name} uses the weights of {lender}, which owns none"
        elif graph.nodes[name].frozen != graph.nodes[lender].frozen:
            yield f"{name} and {lender} share weights, of which one pair is frozen"
        elif graph.nodes[name].given != graph.nodes[lender].given:
            yield f"{name} and {lender} share weights and follow other sums"
        elif graph.nodes[lender].muted and not graph.nodes[name].muted:
            yield f"{name} uses the weights of {lender}, which is muted"


def _wrong_sums(graph: Graph) -> Iterator[str]:
    scope = scope_of(graph)
    for name, node in graph.nodes.items():
        if not set(names_in(node)) <= scope.keys():
            yield f"{name} follows a sum over a name that is not there"
            return
        for key, text in node.given:
            if worked_out(setting_at(node.block, key), text, scope) != value_at(node.block, key):
                yield f"{key} of {name} is not what {text} works out to"


def _wrong_memory(graph: Graph) -> Iterator[str]:
    """What a network remembers of itself has to be what a fresh look gives."""
    fresh = Graph(graph.nodes, graph.wires, graph.settings, graph.variables)
    if "structure" in graph.__dict__:
        told, true = graph.structure, fresh.structure
        if (told.order, told.plan, told.missing, told.unused) != (true.order, true.plan, true.missing, true.unused):
            yield "what is remembered of its order is stale"
    if graph.sharers != fresh.sharers or graph.uses != fresh.uses:
        yield "what is remembered of its nodes is stale"


# --- what an edit may change --------------------------------------------------------------------


def overstepped(done: Done, touches: frozenset[str]) -> str:
    """What an edit changed though its kind may not, or nothing. `touches` are keys of `ASPECTS`."""
    unknown = touches - ASPECTS.keys()
    if unknown:
        raise ValueError(f"nothing an edit could touch: {', '.join(unknown)}")
    for name, aspect in ASPECTS.items():
        if name not in touches and not (name in OF_NETWORK and done.network not in done.after.networks):
            before, after = aspect(done)
            if before != after:
                return f"it changed the {name}"
    return ""


Aspect = Callable[[Done], tuple[Any, Any]]


def _of_design(name: str) -> Aspect:
    return lambda done: (_ordered(getattr(done.before, name)), _ordered(getattr(done.after, name)))


def _ordered(value: Any) -> Any:
    return list(value.items()) if isinstance(value, Mapping) else value


def _names(done: Done) -> tuple[Any, Any]:
    return list(done.old.nodes), list(done.new.nodes)


def _order(done: Done) -> tuple[Any, Any]:
    return done.stayed, [name for name in done.new.nodes if name in done.old.nodes]


def _blocks(done: Done) -> tuple[Any, Any]:
    told = [[(n, g.nodes[n].block, g.nodes[n].repeat) for n in done.stayed] for g in (done.old, done.new)]
    return told[0], told[1]


def _sums(done: Done) -> tuple[Any, Any]:
    told = [[(n, g.nodes[n].given) for n in done.stayed] for g in (done.old, done.new)]
    return told[0], told[1]


def _marks(done: Done) -> tuple[Any, Any]:
    told = [[(n, g.nodes[n].muted, g.nodes[n].frozen) for n in done.stayed] for g in (done.old, done.new)]
    return told[0], told[1]


def _weights(done: Done) -> tuple[Any, Any]:
    """Who shares weights with whom, among those that stayed."""
    stayed = set(done.stayed)
    told = [{frozenset(family(g, n)) & stayed for n in stayed} if g.sharers else None for g in (done.old, done.new)]
    return (told[0] or {frozenset((n,)) for n in stayed}), (told[1] or {frozenset((n,)) for n in stayed})


def _wires(done: Done) -> tuple[Any, Any]:
    return done.old.wires, done.new.wires


def _wires_apart(done: Done) -> tuple[Any, Any]:
    """The wires between nodes that stayed, as sets that may only grow where a node went."""
    stayed, left = set(done.stayed), Counter(w[:4] for w in done.new.wires)
    kept = Counter(w[:4] for w in done.old.wires if w.source in stayed and w.target in stayed)
    return kept - left, Counter[Any]()


def _places(done: Done) -> tuple[Any, Any]:
    """Where what stayed stands; a node that had no place may get one."""
    old, new = (each.layout.get(done.network, {}) for each in (done.before, done.after))
    return {n: old[n] for n in done.stayed if n in old}, {n: new.get(n) for n in done.stayed if n in old}


def _beside(held: str) -> Aspect:
    def told(done: Done) -> tuple[Any, Any]:
        before, after = getattr(done.before, held), getattr(done.after, held)
        return before.get(done.network, ()), after.get(done.network, ())

    return told


def _bends(done: Done) -> tuple[Any, Any]:
    """The points of wires that are there before and after, whatever place they have at their port."""
    counts = [Counter(w[:4] for w in graph.wires) for graph in (done.old, done.new)]
    both = {end for end, count in counts[0].items() if count == 1 == counts[1][end]}
    told = [
        {w[:4]: at for w, at in each.bends.get(done.network, {}).items() if w[:4] in both}
        for each in (done.before, done.after)
    ]
    return told[0], told[1]


def _settings(done: Done) -> tuple[Any, Any]:
    return list(done.old.settings.items()), list(done.new.settings.items())


def _networks(done: Done) -> tuple[Any, Any]:
    return list(done.before.networks), list(done.after.networks)


def _elsewhere(done: Done) -> tuple[Any, Any]:
    """All other networks with what is on their canvases; ports of uses follow the inputs and outputs they are of."""
    names = [n for n in done.before.networks if n != done.network]
    ends = [(g.inputs(), g.outputs()) for d in (done.before, done.after) if (g := d.networks.get(done.network))]
    of = done.network if ends[0] != ends[-1] else ""
    told = [[(n, *_seen_apart(each, n, of)) for n in names] for each in (done.before, done.after)]
    return told[0], told[1]


def _seen_apart(design: Design, name: str, of: str) -> list[Any]:
    """A network and its canvas; without wires and ports where it uses `of`."""
    graph = design.networks.get(name)
    if graph is None or of not in graph.uses:
        return [graph, *(_held(design, each, name) or {} for each in OF_CANVAS)]
    nodes = {n: replace(node, block=_portless(node.block, of)) for n, node in graph.nodes.items()}
    return [nodes, *(_held(design, each, name) for each in ("layout", "notes", "frames"))]


def _portless(block: Block, of: str) -> Block:
    uses = isinstance(block, Use) and block.network == of
    return block.with_settings(takes=("x",), gives=("y",)) if uses else block


OF_NETWORK: Mapping[str, Aspect] = {
    "nodes": _names,
    "order": _order,
    "blocks": _blocks,
    "sums": _sums,
    "marks": _marks,
    "weights": _weights,
    "wires": _wires,
    "lines": _wires_apart,
    "places": _places,
    "notes": _beside("notes"),
    "frames": _beside("frames"),
    "bends": _bends,
    "settings": _settings,
}
ASPECTS: Mapping[str, Aspect] = {
    **OF_NETWORK,
    **{name: _of_design(name) for name in ("title", "data", "training", "variables", "kept")},
    "networks": _networks,
    "elsewhere": _elsewhere,
}
