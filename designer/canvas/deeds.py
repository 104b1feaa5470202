"""The intents that gestures, keys and menus share: from what the canvas shows to an edit with places and words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from blocks import edits
from blocks.block import Block
from blocks.edits import Fix, name_for
from blocks.exchange import exchanged
from blocks.graph import Graph, Node, Wire
from designer.canvas.arrange import arrange, rearranged
from designer.canvas.fragment import Fragment
from designer.canvas.intent import Intent, Repair, same_design, settled
from designer.canvas.metrics import COLUMN_PITCH, GRID, ROW_PITCH, Layout, Point, snapped
from designer.canvas.placing import room_below
from designer.canvas.sheet import Sheet
from designer.decor import Decor, Laid, decorated, grown, not_laid, renamed_bends
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from runtime.design import Design
from runtime.linking import brought, reusing

_BARE = Decor()


def counted(names: Collection[str]) -> str:
    """A few nodes in words: the name of one, the number of more."""
    return next(iter(names)) if len(names) == 1 else f"{len(names):,} nodes"


def centred(x: float, y: float) -> Point:
    """The corner, on the grid, of a card with its middle at a point."""
    return snapped(x - CARD_WIDTH / 2), snapped(y - CARD_HEIGHT / 2)


def added(sheet: Sheet, node: Node, at: Point, wires: Sequence[Wire] = (), name: str = "") -> Intent:
    """A new node at a place, with wires that call it by the name it will have (see `name_for`)."""
    name = name or name_for(sheet.graph, node.block)

    def edit(graph: Graph) -> Graph:
        graph = edits.add(graph, name, node)
        for wire in wires:
            graph = edits.connect(graph, wire)
        return graph

    return Intent(f"Add {name}", edit, {name: at}, (name,))


def inserted(sheet: Sheet, wire: Wire, node: Node) -> Intent:
    """A new node in a wire; what is downstream makes room."""
    name = name_for(sheet.graph, node.block)
    return Intent(
        f"Insert {name} between {wire.source} and {wire.target}",
        lambda graph: edits.insert(graph, wire, name, node),
        lambda graph, layout: _between(graph, layout, name, wire),
        (name,),
    )


def replaced(name: str, block: Block) -> Intent:
    """Another block where one stands, wired as that was."""
    label = f"Replace {name} by {block.label()}"
    return Intent(label, lambda graph: exchanged(graph, name, block), select=(name,))


def threaded(sheet: Sheet, wire: Wire, name: str) -> Intent:
    """A node that is there already, put into a wire."""
    return Intent(
        f"Insert {name} between {wire.source} and {wire.target}",
        lambda graph: edits.thread(edits.detach(graph, [name], heal=False), wire, name),
        lambda graph, layout: _between(graph, layout, name, wire),
        (name,),
    )


def moved(places: Mapping[str, Point]) -> Intent:
    """Nodes at other places."""
    return Intent(f"Move {counted(places)}", layout=places)


def wired(wire: Wire, instead_of: Wire | None = None) -> Intent:
    """A new wire, where wanted in place of another."""

    def edit(graph: Graph) -> Graph:
        kept = edits.disconnect(graph, [instead_of]) if instead_of else graph
        return edits.connect(kept, wire)

    return Intent(f"Connect {wire.source} to {wire.target}", edit)


def led_to(graph: Graph, wires: Sequence[Wire], node: str, port: str, into: bool) -> list[Wire]:
    """Wires with their one end at another port: `into` a node, or out of it; behind those it has already."""
    if not into:
        return [w._replace(source=node, output=port) for w in wires]
    taken = sum(1 for w in graph.wires if (w.target, w.input) == (node, port))
    many = any(p.many for p in graph.block(node).inputs if p.name == port)
    return [w._replace(target=node, input=port, place=taken + i if many else 0) for i, w in enumerate(wires)]


def rewired(wires: Sequence[Wire], node: str, port: str, into: bool) -> Intent:
    """All of some wires, those of one port, with that end at another."""

    def edit(graph: Graph) -> Graph:
        left = edits.disconnect(graph, wires) if into else graph.with_wires(w for w in graph.wires if w not in wires)
        for wire in led_to(left, wires, node, port, into):
            left = edits.connect(left, wire)
        return left

    told = "a wire" if len(wires) == 1 else f"{len(wires)} wires"
    return Intent(f"Move {told} to {node}", edit)


def disconnected(wires: Collection[Wire]) -> Intent:
    """Without some wires."""
    first = next(iter(wires))
    told = f"{first.source} from {first.target}" if len(wires) == 1 else f"{len(wires)} wires"
    return Intent(f"Disconnect {told}", lambda graph: edits.disconnect(graph, wires))


def removed(sheet: Sheet, names: Sequence[str], heal: bool) -> Intent:
    """Without some nodes; what fed a single one is selected next, so that the keyboard can go on from there."""
    networks = sheet.checked.networks
    feeding = sheet.graph.into(names[0]) if len(names) == 1 else ()
    return Intent(
        f"Delete {counted(names)}",
        lambda graph: edits.remove(graph, names, heal=heal, networks=networks),
        select=tuple(w.source for w in feeding[:1]),
    )


def pulled_out(sheet: Sheet, name: str, at: Point) -> Intent:
    """A node out of its wires, which heal, and at another place."""
    networks = sheet.checked.networks
    return Intent(f"Take {name} out", lambda graph: edits.detach(graph, [name], networks=networks), {name: at})


def renamed(sheet: Sheet, old: str, new: str) -> Intent:
    """A node under another name, at the same place."""
    after = edits.rename(sheet.graph, old, new)
    return Intent(
        f"Rename {old} to {new}",
        lambda graph: edits.rename(graph, old, new),
        {new: sheet.place(old)},
        (new,),
        decor=lambda decor: renamed_bends(decor, sheet.graph, after),
    )


def pasted(sheet: Sheet, fragment: Fragment, at: Point) -> Intent:
    """A copied fragment with its top left corner at a place, or moved on until it covers nothing.

    Networks that its nodes use come along where they are not here already.
    """
    networks, called = brought(fragment.networks, sheet.checked.networks, sheet.graph.variables)
    copied = reusing(fragment.graph, called)
    _, named = edits.paste(sheet.graph, copied)
    laid = {called[name]: held for name, held in fragment.laid.items() if name in called}
    layout = {**arrange(copied), **fragment.layout}
    corners = [*layout.values(), *(f.at for f in fragment.decor.frames), *(n.at for n in fragment.decor.notes)]
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    taken = set(sheet.shown_layout().values())
    dx, dy = snapped(at[0] - left), snapped(at[1] - top)
    while any((x + dx, y + dy) in taken for x, y in layout.values()):
        dx, dy = dx + 4 * GRID, dy + 4 * GRID
    return Intent(
        f"Paste {counted(named.values())}" if named else "Paste",
        lambda graph: edits.paste(graph, copied)[0],
        {named[name]: (layout[name][0] + dx, layout[name][1] + dy) for name in named},
        tuple(named.values()),
        decor=lambda decor: grown(decor, fragment.decor, named, (dx, dy)),
        beyond=lambda design: _with_networks(design, networks, laid),
    )


def _with_networks(design: Design, networks: Mapping[str, Graph], laid: Mapping[str, Laid]) -> Design:
    """With networks that come along, laid out as they were, as far as that was told."""
    for name, graph in networks.items():
        layout, decor = laid.get(name) or not_laid(name)
        places = settled(graph, layout)
        design = decorated(design.with_network(name, graph).with_places(name, places), name, decor)
    return design


def duplicated(sheet: Sheet, names: Sequence[str], fed: bool, beside: Decor = _BARE) -> Intent:
    """Copies of some nodes beside them with the wires among them; where `fed`, with the wires into them too.

    `beside` holds the frames, notes and bend points that are copied along.
    """
    copied = edits.extract(sheet.graph, names)
    _, named = edits.paste(sheet.graph, copied)
    outer = [w for w in sheet.graph.wires if w.target in named and w.source not in named] if fed else []

    def edit(graph: Graph) -> Graph:
        grown, _ = edits.paste(graph, copied)
        return grown.with_wires((*grown.wires, *(w._replace(target=named[w.target]) for w in outer)))

    aside = snapped(_width(sheet, names, beside) + COLUMN_PITCH)
    places = {named[n]: (x + aside, y) for n, (x, y) in sheet.places(names).items()}
    told = f"Duplicate {counted(names)}" if names else "Duplicate"
    return Intent(
        told, edit, places, tuple(named.values()), decor=lambda decor: grown(decor, beside, named, (aside, 0.0))
    )


def expanded(sheet: Sheet, name: str) -> Intent:
    """A composite replaced by what is inside; what stands lower makes room."""
    row = sheet.checked.rows[name]
    grown, inside = edits.expand(sheet.graph, name, row)
    corner = sheet.place(name)
    inner = arrange(grown, inside.values(), corner)
    drop = max((y for _, y in inner.values()), default=corner[1]) - corner[1]

    def places(graph: Graph, layout: Layout) -> dict[str, Point]:
        lower = {n: (x, y + drop) for n, (x, y) in layout.items() if y > corner[1] and n in graph.nodes}
        return {**lower, **inner}

    return Intent(f"Expand {name}", lambda graph: edits.expand(graph, name, row)[0], places, tuple(inside.values()))


def arranged(sheet: Sheet, names: Collection[str]) -> Intent:
    """Some nodes, or all where none is named, laid out anew."""
    every = list(names) or list(sheet.names)
    places = rearranged(sheet.graph, every, sheet.shown_layout())
    return Intent(f"Arrange {counted(every)}" if names else "Arrange all", layout=places)


def repaired(fix: Fix, node: str) -> Intent:
    """A fix as offered beside a problem."""
    beyond = fix.beyond if isinstance(fix, Repair) else same_design
    return Intent(fix.title, fix.edit, select=(node,) if node else None, beyond=beyond)


def first_wires(graph: Graph, sources: Sequence[str], name: str, block: Block) -> list[Wire]:
    """Wires from the results of `sources` to the first input of a new node: all of them where it takes many."""
    if not block.inputs:
        return []
    entry = block.inputs[0]
    giving = [s for s in sources if graph.block(s).outputs]
    if not entry.many:
        giving = giving[-1:]
    return [Wire(s, graph.block(s).outputs[0].name, name, entry.name, i) for i, s in enumerate(giving)]


def _width(sheet: Sheet, names: Sequence[str], beside: Decor) -> float:
    """How far right the rightmost of some cards, frames and notes ends beyond the first card's width."""
    spans = [(x, x + CARD_WIDTH) for x, _ in sheet.places(names).values()]
    spans += [(f.at[0], f.at[0] + f.size[0]) for f in beside.frames]
    spans += [(n.at[0], n.at[0] + n.width) for n in beside.notes]
    return max(right for _, right in spans) - min(left for left, _ in spans) - CARD_WIDTH


def _between(graph: Graph, layout: Layout, name: str, wire: Wire) -> dict[str, Point]:
    """Places for a node in a wire: under its source, or midway where there is room, and for what makes way."""
    (x1, y1), (x2, y2) = layout[wire.source], layout[wire.target]
    roomy = y2 - y1 >= 2 * ROW_PITCH
    at = (snapped((x1 + x2) / 2), snapped((y1 + y2) / 2)) if roomy else (x2, y1 + ROW_PITCH)
    places = {name: at}
    return {**places, **room_below(graph, name, {**layout, **places})}
