"""What a kind of edit promises to do, beyond what it leaves alone: a law a function, checked after every edit.

A law says in its first line what has to be, and gives False where it is not. Kinds without one are held to what they
may change (`promises.overstepped`) and to what holds of every design (`promises.unsound`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from blocks.ends import Use
from blocks.graph import Graph, Node, Wire
from blocks.sums import names_in
from tests.designer.promises import Done, lines

Law = Callable[[Done], bool]
LAWS: dict[str, list[Law]] = {}


def law(*kinds: str) -> Callable[[Law], Law]:
    """Takes a law in for some kinds of edits."""

    def taken(made: Law) -> Law:
        for each in kinds:
            LAWS.setdefault(each, []).append(made)
        return made

    return taken


def broken(kind: str, done: Done) -> str:
    """The first law that an edit of this kind broke, in words, or nothing."""
    return next(((each.__doc__ or "").splitlines()[0] for each in LAWS.get(kind, ()) if not each(done)), "")


def named(wire: Wire, names: Mapping[str, str]) -> Wire:
    """A wire between nodes under other names."""
    return wire._replace(source=names.get(wire.source, wire.source), target=names.get(wire.target, wire.target))


def plain(node: Node) -> Node:
    """A node without its marks, and with weights of its own."""
    return replace(node, muted=False, frozen=False, shares="")


# --- names ------------------------------------------------------------------------------------


@law("rename", "rename_in_inspector")
def nothing_but_the_name(done: Done) -> bool:
    """a node under another name is the same node at the same place, its wires as they were led"""
    old, new = done.old, done.new
    names = dict(zip(old.nodes, new.nodes, strict=True))
    nodes = [(names[n], replace(node, shares=names.get(node.shares, ""))) for n, node in old.nodes.items()]
    places, bends = (getattr(done.before, each).get(done.network, {}) for each in ("layout", "bends"))
    return (
        list(new.nodes.items()) == nodes
        and new.wires == tuple(named(w, names) for w in old.wires)
        and done.after.layout.get(done.network, {}) == {names[n]: at for n, at in places.items()}
        and done.after.bends.get(done.network, {}) == {named(w, names): at for w, at in bends.items()}
    )


@law("rename_a_network")
def nothing_but_the_network_s_name(done: Done) -> bool:
    """a network under another name is the same network, wherever it is used, with all that is on its canvas"""
    new = next(name for name in done.after.networks if name not in done.before.networks)
    names = {name: new if name == done.network else name for name in done.before.networks}
    for held in ("layout", "notes", "frames", "bends"):
        old = {names[n]: each for n, each in getattr(done.before, held).items()}
        if old != getattr(done.after, held):
            return False
    graphs = {names[n]: _using(graph, done.network, new) for n, graph in done.before.networks.items()}
    trained = [getattr(phase.plan, "network", "") for phase in done.before.training]
    now = [getattr(phase.plan, "network", "") for phase in done.after.training]
    return list(graphs.items()) == list(done.after.networks.items()) and [names.get(n, n) for n in trained] == now


def _using(graph: Graph, old: str, new: str) -> Graph:
    for name, node in graph.nodes.items():
        if isinstance(node.block, Use) and node.block.network == old:
            graph = graph.with_node(name, replace(node, block=node.block.with_settings(network=new)))
    return graph


@law("rename_a_variable", "promote_a_setting", "add_a_network", "use_a_network")
def every_block_is_as_it_was(done: Done) -> bool:
    """names change no number: every block is set as it was"""
    graphs = [(g, done.after.networks[n]) for n, g in done.before.networks.items() if n in done.after.networks]
    blocks = [(b.nodes[n].block, a.nodes[n].block) for b, a in graphs for n in b.nodes]
    return all(old == new for old, new in blocks if not isinstance(old, Use))


@law("set_a_variable")
def one_name_has_another_number(done: Done) -> bool:
    """one name has another number, and only what follows from it is another"""
    held = [(done.before.variables, done.after.variables)]
    held += [(g.settings, done.after.networks[n].settings) for n, g in done.before.networks.items()]
    turned = [name for old, new in held for name in new if old.get(name) != new[name]]
    kept = all(list(new)[: len(old)] == list(old) for old, new in held)
    return len(turned) == 1 and kept and all(_follows(done, n, turned[0]) for n in done.before.networks)


def _follows(done: Done, network: str, name: str) -> bool:
    old, new = done.before.networks[network], done.after.networks[network]
    return all(node == new.nodes[n] or name in names_in(node) for n, node in old.nodes.items())


# --- what comes and goes ----------------------------------------------------------------------


@law("add", "use_a_network")
def one_node_comes(done: Done) -> bool:
    """one node comes, and what is new of the wires ends at it"""
    fresh = set(done.new.wires) - set(done.old.wires)
    return len(done.came) == 1 and all(wire.target == done.came[0] for wire in fresh)


@law("insert", "thread")
def it_stands_in_the_wire(done: Done) -> bool:
    """a node put into a wire stands between its ends, and every other wire is as it was"""
    node = done.came[0] if done.came else done.chosen[-1]
    out = [w for w in done.new.wires if w.source == node]
    into = [w for w in done.new.wires if w.target == node]
    if len(out) != 1 or len(into) != 1:
        return False
    old, new = lines(done.old), lines(done.new)
    end, came, ends = out[0][2:4], out[0][:2], into[0][:2]
    new[end] = [ends if each == came else each for each in new[end]]
    del new[node, into[0].input]
    return old == new


@law("delete_healed", "delete_unhealed")
def only_the_chosen_go(done: Done) -> bool:
    """only what was chosen goes, and what is left keeps the order of its wires"""
    left = [name for name in done.old.nodes if name not in done.chosen]
    gone, now = set(done.chosen), lines(done.new)
    for end, arriving in lines(done.old).items():
        kept = [each for each in arriving if each[0] not in gone]
        if end[0] not in gone and not is_part(kept, now.get(end, [])):
            return False
    return list(done.new.nodes) == left and all(plain(done.old.nodes[n]) == plain(done.new.nodes[n]) for n in left)


@law("delete_unhealed")
def no_wire_comes(done: Done) -> bool:
    """without healing no wire comes"""
    return {w[:4] for w in done.new.wires} <= {w[:4] for w in done.old.wires}


@law("delete_healed", "pull_out")
def a_wire_that_heals_bridges_a_gap(done: Done) -> bool:
    """a wire that came leads from what fed the chosen to what they fed, where one could"""
    fresh = {w[:4] for w in done.new.wires} - {w[:4] for w in done.old.wires}
    chosen = set(done.chosen)
    feeding = {w.source for w in done.old.wires if w.target in chosen}
    fed = {w.target for w in done.old.wires if w.source in chosen}
    return all(source in feeding and target in fed for source, _, target, _ in fresh)


@law("delete_healed", "pull_out")
def a_chain_heals(done: Done) -> bool:
    """what one node passed on unchanged reaches its readers without it, in the same places"""
    if len(done.chosen) != 1:
        return True
    (name,), rows = done.chosen, done.judged[0].networks[done.network].rows
    row, into, out = rows[name], done.old.into(name), done.old.out_of(name)
    passes = row.problem is None and len(into) == 1 == len(row.inputs) and row.outputs == row.inputs[:1] != (None,)
    if not passes or any(rows[w.target].problem for w in out):
        return True
    old, new = lines(done.old), lines(done.new)
    led = {end: [into[0][:2] if each[0] == name else each for each in old[end]] for end in {w[2:4] for w in out}}
    return all(new.get(end) == arriving for end, arriving in led.items())


@law("delete_healed", "pull_out")
def a_wire_that_heals_takes_the_place(done: Done) -> bool:
    """at every port that one node fed, what fed it stands in its place, or nothing does"""
    if len(done.chosen) != 1:
        return True
    (name,), new = done.chosen, lines(done.new)
    feeding = {w[:2] for w in done.old.into(name)}
    for end, arriving in lines(done.old).items():
        gone = [each for each in arriving if each[0] != name]
        healed = [[feed if each[0] == name else each for each in arriving] for feed in feeding]
        if end[0] != name and new.get(end, []) not in (gone, *healed):
            return False
    return True


@law("pull_out")
def it_stands_alone(done: Done) -> bool:
    """a node that was taken out has no wires, and the others stay where they are"""
    old, new = (each.layout.get(done.network, {}) for each in (done.before, done.after))
    others = [n for n in old if n not in done.chosen]
    loose = not any(name in (w.source, w.target) for w in done.new.wires for name in done.chosen)
    return loose and [old[n] for n in others] == [new[n] for n in others]


# --- wires ------------------------------------------------------------------------------------


@law("connect")
def one_wire_comes(done: Done) -> bool:
    """one wire comes; what gives way is what was at its port"""
    old, new = lines(done.old), lines(done.new)
    ends = [end for end in {**old, **new} if old.get(end, []) != new.get(end, [])]
    if len(ends) != 1 or any(end not in ends and old[end] != new.get(end) for end in old):
        return False
    had, has = old.get(ends[0], []), new.get(ends[0], [])
    return len(has) == 1 >= len(had) or (len(has) == len(had) + 1 and is_part(had, has))


@law("lead_elsewhere")
def one_wire_is_led_elsewhere(done: Done) -> bool:
    """one wire leads elsewhere; only what was at its port gives way"""
    old, new = lines(done.old), lines(done.new)
    ends = [end for end in {**old, **new} if old.get(end, []) != new.get(end, [])]
    lost = len(done.old.wires) - len(done.new.wires)
    fresh = [end for end in ends if set(new.get(end, [])) - set(old.get(end, []))]
    return len(ends) <= 2 and len(fresh) <= 1 and 0 <= lost <= 1


@law("disconnect")
def others_move_up(done: Done) -> bool:
    """wires go, and those that are left keep their order"""
    old, new = lines(done.old), lines(done.new)
    if not new.keys() <= old.keys() or not 0 < len(done.old.wires) - len(done.new.wires) <= 3:
        return False
    return all(is_part(arriving, old[end]) for end, arriving in new.items())


def is_part(some: list[tuple[str, str]], every: list[tuple[str, str]]) -> bool:
    """Whether some ends come in the same order among all of them."""
    left = iter(every)
    return all(each in left for each in some)


@law("lead_all_elsewhere")
def the_wires_of_a_port_move(done: Done) -> bool:
    """as many wires as there were, but for those that give way; each has kept one of its ends"""
    lost, node = len(done.old.wires) - len(done.new.wires), done.chosen[-1]
    kept = [w for w in done.new.wires if w[:4] in {o[:4] for o in done.old.wires}]
    fresh = [w for w in done.new.wires if w not in kept]
    sources, targets = {w[:2] for w in done.old.wires}, {w[2:4] for w in done.old.wires}
    entries = done.new.block(node).inputs[:1]
    gives_way = any(not each.many for each in entries) and all(w.target == node for w in fresh)
    return (lost == 0 or (lost > 0 and gives_way)) and all(w[:2] in sources or w[2:4] in targets for w in fresh)
