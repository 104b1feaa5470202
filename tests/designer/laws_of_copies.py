"""What copies promise, edits that only tell a network otherwise, and those that change one thing."""

from __future__ import annotations

from blocks.graph import Graph, Node, Wire
from blocks.sharing import family, weightless
from runtime.design import Design
from tests.designer.laws import law, named
from tests.designer.promises import Done

# --- copies -----------------------------------------------------------------------------------


@law("paste")
def what_was_copied_comes(done: Done) -> bool:
    """what is pasted is what was copied, beside all that was there"""
    copied = done.copied.graph
    return _came_beside(done, copied, set()) and _decor_came(done)


@law("duplicate")
def a_duplicate_is_the_same_again(done: Done) -> bool:
    """a duplicate is the same again, beside all that was there, fed as it or by nothing"""
    names = set(done.chosen)
    nodes = {n: node for n, node in done.old.nodes.items() if n in names}
    wires = tuple(w for w in done.old.wires if w.source in names and w.target in names)
    outer = {w for w in done.old.wires if w.target in names and w.source not in names}
    return _came_beside(done, Graph(nodes, wires), outer) and _families_came(done) and _bends_came(done)


def _came_beside(done: Done, copied: Graph, outer: set[Wire]) -> bool:
    """Whether all of it came under names of its own, wired as it was; `outer` may or may not have come along."""
    if len(done.came) != len(copied.nodes) or done.new.wires[: len(done.old.wires)] != done.old.wires:
        return False
    names = dict(zip(copied.nodes, done.came, strict=True))
    alike = all(_alike(node, done.new.nodes[names[n]]) for n, node in copied.nodes.items())
    fresh = set(done.new.wires[len(done.old.wires) :])
    wired = {named(w, names) for w in copied.wires}
    fed = {w._replace(target=names[w.target]) for w in outer}
    return alike and fresh in (wired, wired | fed)


def _alike(old: Node, new: Node) -> bool:
    same = (old.repeat, old.muted, old.frozen) == (new.repeat, new.muted, new.frozen)
    return same and type(old.block) is type(new.block) and (bool(old.given) or old.block == new.block)


def _families_came(done: Done) -> bool:
    names = dict(zip([n for n in done.old.nodes if n in done.chosen], done.came, strict=True))
    among = set(names)
    families = {frozenset(names[m] for m in family(done.old, n) if m in among) for n in names}
    return families == {frozenset(family(done.new, n)) for n in done.came}


def _bends_came(done: Done) -> bool:
    names = dict(zip([n for n in done.old.nodes if n in done.chosen], done.came, strict=True))
    old, new = (each.bends.get(done.network, {}) for each in (done.before, done.after))
    inner = {w: points for w, points in old.items() if w.source in names and w.target in names}
    return len(new) == len(old) + len(inner) and all(
        len(new.get(named(w, names), ())) == len(at) for w, at in inner.items()
    )


@law("paste")
def places_are_kept_apart(done: Done) -> bool:
    """what is pasted stands to each other as it stood, wires led through the same points"""
    names = dict(zip(done.copied.graph.nodes, done.came, strict=True))
    stood, stands = done.copied.places, done.after.layout.get(done.network, {})
    ways = {(stands[names[n]][0] - round(x), stands[names[n]][1] - round(y)) for n, (x, y) in stood.items()}
    bends = done.after.bends.get(done.network, {})
    for wire, points in done.copied.decor.bends.items():
        now = bends.get(named(wire, names), ())
        ways |= {(a - x, b - y) for (x, y), (a, b) in zip(points, now, strict=False)}
        if len(now) != len(points):
            return False
    return len(ways) <= 1


def _decor_came(done: Done) -> bool:
    for held in ("notes", "frames"):
        old, new = (getattr(each, held).get(done.network, ()) for each in (done.before, done.after))
        if new[: len(old)] != old or len(new) - len(old) != len(getattr(done.copied.decor, held)):
            return False
    return True


@law("duplicate")
def beside_nothing_goes(done: Done) -> bool:
    """notes and frames may come with a duplicate; none goes"""
    pairs = [
        [getattr(each, held).get(done.network, ()) for each in (done.before, done.after)]
        for held in ("notes", "frames")
    ]
    return all(new[: len(old)] == old and len(new) <= len(old) + 1 for old, new in pairs)


# --- the same network, told otherwise -----------------------------------------------------------


@law("rename", "rename_in_inspector", "expand", "group", "detach_a_use", "arrange", "move", "promote_a_setting")
def it_computes_the_same(done: Done) -> bool:
    """what is only told otherwise costs as much and gives the same shapes"""
    before, after = (verdict.networks[done.network] for verdict in done.judged)
    if before.unfit or before.errors:
        return True
    ends = [[(n, c.rows[n].inputs) for n in c.graph.outputs()] for c in (before, after)]
    same = done.old.outputs() == done.new.outputs()
    costs = [(c.parameters, c.buffers, c.macs) for c in (before, after)]
    return not after.unfit and costs[0] == costs[1] and (not same or ends[0] == ends[1])


@law("group")
def all_of_it_is_still_there(done: Done) -> bool:
    """what is grouped is in the new network, at its place, with the points of its wires; the rest is as it was"""
    title = next(name for name in done.after.networks if name not in done.before.networks)
    inner = done.after.networks[title]
    gone = [n for n in done.chosen if done.old.block(n).role not in ("input", "output")]
    old = done.before.layout.get(done.network, {})
    new = done.after.layout[title]
    same = all(_alike(done.old.nodes[n], inner.nodes[n]) and old.get(n) in (None, new[n]) for n in gone)
    kept = {w for w in done.old.wires if w.source in gone and w.target in gone} <= set(inner.wires)
    bent = {w: at for w, at in done.before.bends.get(done.network, {}).items() if {w.source, w.target} <= set(gone)}
    bends = done.after.bends.get(title, {})
    return same and kept and len(done.came) <= 1 and all(bends.get(w) == at for w, at in bent.items())


@law("expand")
def parts_are_marked_as_the_whole(done: Done) -> bool:
    """the parts of what was frozen are frozen, where they have weights"""
    whole = done.old.nodes[done.chosen[0]]
    parts = [done.new.nodes[n] for n in done.came]
    return not whole.frozen or all(node.frozen or weightless(node.block) for node in parts)


@law("detach_a_use")
def the_copy_is_the_original(done: Done) -> bool:
    """the network of its own is a copy of the other, with all that is on its canvas"""
    title = next(name for name in done.after.networks if name not in done.before.networks)
    node = next(n for n in done.stayed if done.old.nodes[n] != done.new.nodes[n])
    used = str(done.old.block(node).value("network"))
    return _canvas(done.after, title) == _canvas(done.before, used) and done.new.uses[title] == 1


def _canvas(design: Design, name: str) -> object:
    return design.networks[name], *(getattr(design, h).get(name) for h in ("layout", "notes", "frames", "bends"))


# --- one thing at a time ------------------------------------------------------------------------


@law("move", "arrange")
def only_the_chosen_move(done: Done) -> bool:
    """only what was chosen stands elsewhere"""
    old, new = (each.layout.get(done.network, {}) for each in (done.before, done.after))
    return not done.chosen or all(at == new[n] for n, at in old.items() if n not in done.chosen)


@law("mark", "repeat", "share_weights", "follow_a_sum", "type_a_setting", "set_several")
def others_are_left_alone(done: Done) -> bool:
    """only the chosen, and those that share weights with them, are others"""
    meant = {member for g in (done.old, done.new) for n in done.chosen for member in family(g, n)}
    return all(done.old.nodes[n] == done.new.nodes[n] for n in done.old.nodes if n not in meant)


@law("type_a_setting", "follow_a_sum", "set_several", "share_weights")
def one_family_one_setting(done: Done) -> bool:
    """nodes that share weights are set alike"""
    return all(bool(done.new.block(n) == done.new.block(m)) for n, node in done.new.nodes.items() if (m := node.shares))


@law("type_a_setting", "follow_a_sum")
def one_setting_is_another(done: Done) -> bool:
    """one setting of a node is another, and no more"""
    name = done.chosen[0]
    old, new = done.old.nodes[name], done.new.nodes[name]
    keys = {k for k in new.block.settings if new.block.value(k) != old.block.value(k)}
    keys |= {k for k, _ in set(old.given) ^ set(new.given)}
    return len(keys) == 1


@law("note")
def one_note_is_another(done: Done) -> bool:
    """one note comes, goes or is another in one respect"""
    return _one_differs(done, "notes")


@law("frame")
def one_frame_is_another(done: Done) -> bool:
    """one frame comes, goes or is another in one respect"""
    return _one_differs(done, "frames")


@law("bend")
def one_wire_is_led_otherwise(done: Done) -> bool:
    """one wire is led through other points, one more or less of them unless it is straight again"""
    old, new = (each.bends.get(done.network, {}) for each in (done.before, done.after))
    turned = [w for w in {**old, **new} if old.get(w) != new.get(w)]
    counts = [len(each.get(turned[0], ())) for each in (old, new)]
    return len(turned) == 1 and (counts[1] == 0 or abs(counts[0] - counts[1]) == 1)


@law("carry")
def all_on_board_moves_as_far(done: Done) -> bool:
    """what is carried moves as far as the frame that carries it, and nothing else does"""
    frames, notes = (
        [getattr(d, h).get(done.network, ()) for d in (done.before, done.after)] for h in ("frames", "notes")
    )
    way = _way(frames[0][0].at, frames[1][0].at)
    places = [d.layout.get(done.network, {}) for d in (done.before, done.after)]
    moved = {n: _way(places[0][n], places[1][n]) for n in done.old.nodes if n in places[0]}
    beside = [_way(a.at, b.at) for a, b in zip(notes[0][:1], notes[1][:1], strict=True)]
    still = frames[0][1:] == frames[1][1:] and notes[0][1:] == notes[1][1:]
    return (
        bool(still) and all(moved[n] == (way if n in done.chosen else (0, 0)) for n in moved) and beside in ([], [way])
    )


def _way(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    return end[0] - start[0], end[1] - start[1]


def _one_differs(done: Done, held: str) -> bool:
    old, new = (getattr(each, held).get(done.network, ()) for each in (done.before, done.after))
    if len(old) == len(new):
        turned = [(vars(a), vars(b)) for a, b in zip(old, new, strict=True) if a != b]
        return len(turned) == 1 and sum(turned[0][0][key] != value for key, value in turned[0][1].items()) == 1
    longer, shorter = max(old, new, key=len), min(old, new, key=len)
    return any(bool((*longer[:i], *longer[i + 1 :]) == shorter) for i in range(len(longer)))


@law("set_the_training")
def one_phase_is_another(done: Done) -> bool:
    """one phase of the training is another"""
    old, new = done.before.training, done.after.training
    return len(old) == len(new) and sum(a != b for a, b in zip(old, new, strict=True)) == 1


@law("add_a_training")
def one_phase_comes(done: Done) -> bool:
    """one phase comes after those there are"""
    old, new = done.before.training, done.after.training
    return bool(new[:-1] == old) and new[-1].name not in {phase.name for phase in old}
