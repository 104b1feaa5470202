"""Every kind of edit that the program has, as a hand does it at random. A new kind of edit costs one function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from blocks.definition import Definition
from blocks.edits import name_for
from blocks.ends import Use
from blocks.graph import Node
from blocks.setting import BadSetting, Whole
from blocks.sharing import families
from designer import actions
from designer.canvas import Decor, Intent, beside, deeds, fragment, marking
from designer.document import Edit
from designer.lift import placed
from runtime import variables
from runtime.design import Frame
from runtime.recipe import Recipe
from runtime.recipes import RECIPES
from runtime.sources import SOURCES
from tests.designer.hand_at_random import Deed, Hand, kind

_REPAIRED = "nodes wires lines blocks sums marks weights places data training elsewhere"

# --- nodes and wires ------------------------------------------------------------------------


@kind("nodes wires places", 4)
def add(hand: Hand) -> Intent:
    node = hand.node()
    name = name_for(hand.graph, node.block)
    giving = [n for n in hand.graph.nodes if hand.graph.block(n).outputs]
    wires = deeds.first_wires(hand.graph, [hand.one(giving)], name, node.block) if giving else []
    return deeds.added(hand.sheet, node, hand.spot(), wires, name)


@kind("nodes wires lines places", 4)
def insert(hand: Hand) -> Intent | None:
    if not hand.graph.wires:
        return None
    branches = [w for w in hand.graph.wires if w.place] if hand.rng.random() < 0.4 else []
    return deeds.inserted(hand.sheet, hand.rng.choice(branches or hand.graph.wires), hand.node())


@kind("wires lines places")
def thread(hand: Hand) -> Intent | None:
    wired = {name for wire in hand.graph.wires for name in (wire.source, wire.target)}
    loose = [n for n, node in hand.graph.nodes.items() if n not in wired and node.block.inputs and node.block.outputs]
    if not loose or not hand.graph.wires:
        return None
    return deeds.threaded(hand.sheet, hand.rng.choice(hand.graph.wires), hand.one(loose))


@kind("places", 5)
def move(hand: Hand) -> Intent | None:
    return deeds.moved({name: hand.spot() for name in hand.some(6)}) if hand.graph.nodes else None


@kind("wires lines", 4)
def connect(hand: Hand) -> Intent | None:
    wire = hand.wire()
    return deeds.wired(wire) if wire else None


@kind("wires lines")
def lead_elsewhere(hand: Hand) -> Intent | None:
    wire = hand.wire()
    return deeds.wired(wire, hand.rng.choice(hand.graph.wires)) if wire and hand.graph.wires else None


@kind("wires lines")
def lead_all_elsewhere(hand: Hand) -> Intent | None:
    """All wires into a port, or out of one, led to the port of another node."""
    if not hand.graph.wires:
        return None
    first, into = hand.rng.choice(hand.graph.wires), hand.rng.random() < 0.5
    end = (lambda w: (w.target, w.input)) if into else (lambda w: (w.source, w.output))
    wires = [w for w in hand.graph.wires if end(w) == end(first)]
    fed = [w.target for w in hand.graph.wires if w.place] if into and hand.rng.random() < 0.6 else []
    node = hand.one(fed)
    ports = hand.graph.block(node).inputs if into else hand.graph.block(node).outputs
    other = ports and (node, ports[0].name) != end(first)
    return deeds.rewired(wires, node, ports[0].name, into) if other else None


@kind("wires lines")
def disconnect(hand: Hand) -> Intent | None:
    """A few wires are cut, at times one beside a wire that is led through points."""
    wires, bent = hand.graph.wires, {wire[2:4] for wire in hand.beside.bends if wire.place}
    near = [w for w in wires if w[2:4] in bent and not w.place]
    if near and hand.rng.random() < 0.5:
        return deeds.disconnected([hand.rng.choice(near)])
    return deeds.disconnected(hand.rng.sample(wires, min(len(wires), hand.rng.randint(1, 3)))) if wires else None


@kind("nodes wires", 4)
def delete_healed(hand: Hand) -> Intent | None:
    """A few nodes, at times one of several branches."""
    ends = [w.source for w in hand.graph.wires if w.place]
    if ends and hand.rng.random() < 0.3:
        return deeds.removed(hand.sheet, [hand.one(ends)], True)
    return deeds.removed(hand.sheet, hand.some(3), True) if hand.graph.nodes else None


@kind("nodes wires")
def delete_unhealed(hand: Hand) -> Intent | None:
    return deeds.removed(hand.sheet, hand.some(2), False) if hand.graph.nodes else None


@kind("wires lines places")
def pull_out(hand: Hand) -> Intent | None:
    return deeds.pulled_out(hand.sheet, hand.one(), hand.spot()) if hand.graph.nodes else None


@kind("nodes wires", 3)
def rename(hand: Hand) -> Intent | None:
    new = hand.rng.choice(("first", "second", "stem", "head_1", "conv1", "a name", "Ärger"))
    return deeds.renamed(hand.sheet, hand.one(), new) if hand.graph.nodes else None


@kind("nodes wires")
def rename_in_inspector(hand: Hand) -> Edit | None:
    new = f"n{hand.rng.randint(0, 99)}"
    return actions.renamed(hand.network, hand.one(), new) if hand.graph.nodes else None


@kind("nodes wires notes frames", 3)
def paste(hand: Hand) -> Intent | None:
    """What was copied a while ago, perhaps in another network."""
    if hand.graph.nodes and (not hand.copied or hand.rng.random() < 0.5):
        hand.copy(hand.some(3))
    return deeds.pasted(hand.sheet, fragment.read(hand.copied), hand.spot()) if hand.copied else None


@kind("nodes wires notes frames", 3)
def duplicate(hand: Hand) -> Intent | None:
    names = hand.some(3) if hand.graph.nodes else []
    return deeds.duplicated(hand.sheet, names, hand.rng.random() < 0.5, hand.taken(names)) if names else None


@kind("nodes wires places", 6)
def expand(hand: Hand) -> Intent | None:
    rows = hand.document.verdict.networks[hand.network].rows
    open_ = [n for n, row in rows.items() if row.inside is not None and not row.copies]
    marked = [n for n in open_ if hand.graph.nodes[n].frozen or hand.graph.nodes[n].given]
    return deeds.expanded(hand.sheet, hand.one(marked or open_)) if open_ else None


@kind("places")
def arrange(hand: Hand) -> Intent | None:
    if not hand.graph.nodes:
        return None
    return deeds.arranged(hand.sheet, hand.some() if hand.rng.random() < 0.5 else ())


@kind(_REPAIRED, 3)
def repair(hand: Hand) -> Edit | None:
    found = [finding for finding in hand.document.verdict.diagnostics if finding.remedies or finding.ready]
    fixes = hand.document.verdict.fixes(hand.rng.choice(found)) if found else ()
    return hand.rng.choice(fixes).edit if fixes else None


# --- settings -------------------------------------------------------------------------------


@kind("blocks sums", 6)
def type_a_setting(hand: Hand) -> Iterable[Deed]:
    """Key after key in one field, and perhaps at once in another."""
    fields = [(n, s.name) for n in hand.graph.nodes for s in hand.graph.block(n).settings.values() if type(s) is Whole]
    for _ in range(hand.rng.randint(1, 2) if fields else 0):
        name, setting = hand.at_field if hand.at_field in fields else hand.rng.choice(fields)
        hand.at_field = name, setting
        keys = [hand.rng.randint(1, 40) for _ in range(hand.rng.randint(1, 4))]
        if hand.rng.random() < 0.15:  # and back to what was there
            keys.append(hand.graph.block(name).value(setting))
        for value in keys:
            edit = actions.configured(hand.network, [name], {setting: value})
            merge = actions.typing(hand.network, [name], setting)
            yield Deed("", "", placed(edit), merge, chosen=(name,), gesture=(hand.network, name, setting))
        hand.at_field = "", ""


@kind("blocks sums")
def set_several(hand: Hand) -> Edit | None:
    """What the inspector does to all that is selected and shares a setting."""
    first = hand.one() if hand.graph.nodes else ""
    settings = hand.turned(hand.graph.block(first)) if first else {}
    alike = [n for n, node in hand.graph.nodes.items() if settings.keys() <= node.block.settings.keys()]
    return actions.configured(hand.network, hand.choose(alike), settings) if settings else None


@kind("blocks", 3)
def repeat(hand: Hand) -> Intent | Edit | None:
    if not hand.graph.nodes:
        return None
    names, times = hand.some(2), hand.rng.randint(1, 4)
    on_canvas = hand.rng.random() < 0.5
    return marking.repeated(names, times) if on_canvas else actions.repeated(hand.network, names, times)


@kind("data", 3)
def set_the_data(hand: Hand) -> Edit:
    data = hand.design.data
    if data is None or hand.rng.random() < 0.2:
        return actions.with_data(hand.rng.choice([each() for each in SOURCES]))
    return _tried(data, hand.turned(data), actions.with_data)


@kind("training", 3)
def set_the_training(hand: Hand) -> Edit | None:
    phase = hand.rng.choice(hand.design.training) if hand.design.training else None
    if phase is None or not isinstance(phase.plan, Recipe):
        return None
    if hand.rng.random() < 0.2:
        return actions.with_plan(phase.name, hand.rng.choice([each() for each in RECIPES]))
    plan, name = phase.plan, phase.name
    if hand.rng.random() < 0.5:
        return _tried(plan.optimizer, hand.turned(plan.optimizer), lambda o: _planned(name, plan, optimizer=o))
    return _tried(plan, hand.turned(plan), lambda made: actions.with_plan(name, made))


def _planned(phase: str, plan: Recipe, **settings: object) -> Edit:
    return actions.with_plan(phase, plan.with_settings(**settings))


def _tried(made: Definition, settings: dict[str, object], edit: Callable[..., Edit]) -> Edit:
    try:
        return edit(made.with_settings(**settings))
    except BadSetting:
        return lambda design: design


@kind("training", 1)
def add_a_training(hand: Hand) -> Edit | None:
    return actions.with_phase if len(hand.design.training) < 3 else None


@kind("title")
def retitle(hand: Hand) -> Edit:
    return actions.retitled(hand.rng.choice(("Mine", "Ours", "  ", "A longer title", "Größe")))


# --- marks and sums -------------------------------------------------------------------------


@kind("marks", 3)
def mark(hand: Hand) -> Intent | None:
    """Nodes are muted or frozen, or no longer."""
    edit = hand.rng.choice((marking.muted, marking.frozen))
    whole = [n for n, node in hand.graph.nodes.items() if node.block.composite or node.block.role == "network"]
    telling = [*whole, *families(hand.graph, hand.graph.sharers)]
    if telling and hand.rng.random() < 0.4:
        return edit(hand.sheet, [hand.one(telling)])
    names = hand.some(3)
    return edit(hand.sheet, names) if names else None


@kind("blocks sums marks weights", 3)
def share_weights(hand: Hand) -> Intent | None:
    """One node uses the weights of another of its kind, or has its own again."""
    if not hand.graph.nodes:
        return None
    sharing = families(hand.graph, hand.graph.sharers) if hand.rng.random() < 0.6 else ()
    name = hand.one(sharing)
    lenders = marking.lenders(hand.sheet, name)
    if not lenders or (hand.graph.nodes[name].shares and hand.rng.random() < 0.5):
        return marking.alone(name)
    return marking.shared(name, hand.one(lenders))


@kind("blocks sums", 3)
def follow_a_sum(hand: Hand) -> Edit | None:
    """A setting follows from a sum over the names of the network and of the design."""
    name = hand.one() if hand.graph.nodes else ""
    known = [s.name for s in hand.graph.block(name).settings.values() if type(s) is Whole] if name else []
    names = [*hand.graph.settings, *hand.design.variables]
    if not known or not names:
        return None
    network, key = hand.network, hand.rng.choice(known)
    text = hand.rng.choice(("{}", "2*{}", "{} + 1", "5")).format(hand.rng.choice(names))
    return lambda design: variables.with_sum(design, network, [name], key, text)


@kind("variables settings blocks elsewhere", 3)
def set_a_variable(hand: Hand) -> Edit:
    """A name of the design, or of the network, gets another number, and what follows from it with it."""
    network, name, value = hand.network, hand.rng.choice(("width", "depth", "rate")), float(hand.rng.randint(1, 16))
    if hand.rng.random() < 0.5:
        return lambda design: variables.with_variable(design, name, value)
    return lambda design: variables.with_own_setting(design, network, f"own_{name}", value)


@kind("variables settings sums elsewhere")
def rename_a_variable(hand: Hand) -> Edit | None:
    """A name is renamed or deleted; sums over it follow."""
    known, own, network = list(hand.design.variables), list(hand.graph.settings), hand.network
    new, gone = f"name{hand.rng.randint(0, 9)}", hand.rng.random() < 0.4
    if own and (not known or hand.rng.random() < 0.5):
        old = hand.rng.choice(own)
        if gone:
            return lambda design: variables.without_own_setting(design, network, old)
        return lambda design: variables.renamed_own_setting(design, network, old, new)
    if not known:
        return None
    old = hand.rng.choice(known)
    if gone:
        return lambda design: variables.without_variable(design, old)
    return lambda design: variables.renamed_variable(design, old, new)


@kind("settings sums")
def promote_a_setting(hand: Hand) -> Edit | None:
    """A setting of a node becomes the network's own."""
    network, node = hand.network, hand.one() if hand.graph.nodes else ""
    known = list(hand.graph.block(node).settings) if node else []
    if not known:
        return None
    setting, name = hand.rng.choice(known), f"own{hand.rng.randint(0, 99)}"
    return lambda design: variables.promote(design, network, node, setting, name)


# --- networks -------------------------------------------------------------------------------


@kind("networks")
def add_a_network(hand: Hand) -> Edit | None:
    return actions.with_new_network(actions.free_network_name(hand.design)) if len(hand.design.networks) < 4 else None


@kind("networks")
def delete_a_network(hand: Hand) -> Edit | None:
    return actions.without_network(hand.network) if len(hand.design.networks) > 1 else None


@kind("networks elsewhere training")
def rename_a_network(hand: Hand) -> Edit:
    return actions.renamed_network(hand.network, hand.rng.choice(("Net", "Head", "Body", "LeNet", "no name")))


@kind("nodes places", 3)
def use_a_network(hand: Hand) -> Intent | None:
    """A network placed in another as one block; in itself, or in what it uses, it stands in a circle."""
    others = [name for name in hand.design.networks if name != hand.network]
    if not others:
        return None
    used = hand.rng.choice(others)
    inner = hand.design.networks[used]
    block = Use(used, inner.inputs() or ("x",), inner.outputs() or ("y",))
    return deeds.added(hand.sheet, Node(block), hand.spot())


@kind("nodes wires networks training", 3)
def group(hand: Hand) -> Edit | None:
    """Nodes become a network of their own, used in their place."""
    title = actions.free_network_name(hand.design)
    return (
        actions.grouped(hand.network, hand.some(4), title)
        if hand.graph.nodes and len(hand.design.networks) < 5
        else None
    )


@kind("blocks networks")
def detach_a_use(hand: Hand) -> Edit | None:
    """One use of a network gets a copy of it for itself."""
    uses = [n for n, node in hand.graph.nodes.items() if isinstance(node.block, Use)]
    if not uses or len(hand.design.networks) > 4:
        return None
    network, node = hand.network, hand.one(uses)
    return lambda design: variables.detach(design, network, node)


# --- the canvas -----------------------------------------------------------------------------


@kind("notes", 3)
def note(hand: Hand) -> Intent:
    """A note is put down, written, widened or taken away."""
    notes, text = hand.beside.notes, hand.rng.choice(("# Why", "because\n\n- of *this*", "→ 3 × 3", ""))
    if not notes or hand.rng.random() < 0.4:
        return beside.noted(text, hand.spot())
    number, wide = hand.rng.randrange(len(notes)), float(hand.rng.randint(80, 400))
    if hand.rng.random() < 0.4:
        return Intent("Widen a note", decor=lambda now: now.with_note(number, replace(now.notes[number], width=wide)))
    return beside.rewritten(number, text)


@kind("frames", 3)
def frame(hand: Hand) -> Intent:
    """A frame is drawn, named, coloured or taken away."""
    frames, color = hand.beside.frames, hand.rng.choice(beside.COLORS)
    made = Frame("stem", hand.spot(), (320.0, 160.0), color)
    if not frames or hand.rng.random() < 0.4:
        return Intent("Add a frame", decor=lambda now: replace(now, frames=(*now.frames, made)))
    number, what = hand.rng.randrange(len(frames)), hand.rng.random()
    if what < 0.3:
        return Intent("Delete a frame", decor=lambda now: now.without([], [number]))
    if what < 0.6:
        return beside.titled(number, hand.rng.choice(("Stem", "Head", "")))
    return beside.coloured([number], color)


@kind("bends", 4)
def bend(hand: Hand) -> Intent | None:
    """A wire is led through one more point, or through one less, or straight again."""
    if not hand.graph.wires:
        return None
    bends = hand.beside.bends
    if not bends or hand.rng.random() < 0.6:
        later = [w for w in hand.graph.wires if w.place] if hand.rng.random() < 0.5 else []
        wire = hand.rng.choice(later or hand.graph.wires)
        return beside.bent(wire, hand.rng.randint(0, len(bends.get(wire, ()))), hand.spot())
    wire = hand.rng.choice(list(bends))
    return beside.straightened(wire, hand.rng.choice((None, len(bends[wire]) - 1)))


@kind("notes frames bends places")
def carry(hand: Hand) -> Intent | None:
    """A frame is dragged with a few nodes, a note, and the points of the wires between them."""
    now, (dx, dy), frames = hand.beside, hand.spot(), hand.beside.frames
    if not frames or not hand.graph.nodes:
        return None
    names = hand.some(5)
    places = {n: (x + dx, y + dy) for n, (x, y) in hand.sheet.places(names).items()}
    inner = [w for w in now.bends if w.source in names and w.target in names]
    bends = {**now.bends, **{w: tuple((x + dx, y + dy) for x, y in now.bends[w]) for w in inner}}
    notes = tuple(replace(n, at=(n.at[0] + dx, n.at[1] + dy)) for n in now.notes[:1]) + now.notes[1:]
    moved = replace(frames[0], at=(frames[0].at[0] + dx, frames[0].at[1] + dy))
    after = Decor(notes, (moved, *frames[1:]), bends)
    return Intent(f"Move {deeds.counted(names)} and a frame", layout=places, decor=lambda _: after)
