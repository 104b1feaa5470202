"""Every kind of edit that the program has, as a hand does it at random. A new kind of edit costs one function."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from blocks.definition import Definition
from blocks.edits import extract, name_for
from blocks.ends import Use
from blocks.graph import Graph, Node
from blocks.marks import freeze, mute, share, unshare
from blocks.setting import BadSetting, Whole
from designer import actions
from designer.canvas import Decor, Intent, deeds, fragment
from designer.document import Edit
from designer.lift import placed
from runtime import variables
from runtime.design import Frame, Note
from runtime.recipe import RECIPES, Recipe
from runtime.sources import SOURCES
from tests.designer.hand_at_random import Deed, Hand, kind

# --- nodes and wires ------------------------------------------------------------------------


@kind(4)
def add(hand: Hand) -> Intent:
    node = hand.node()
    name = name_for(hand.graph, node.block)
    giving = [n for n in hand.graph.nodes if hand.graph.block(n).outputs]
    wires = deeds.first_wires(hand.graph, [hand.one(giving)], name, node.block) if giving else []
    return deeds.added(hand.sheet, node, hand.spot(), wires, name)


@kind(4)
def insert(hand: Hand) -> Intent | None:
    if not hand.graph.wires:
        return None
    return deeds.inserted(hand.sheet, hand.rng.choice(hand.graph.wires), hand.node())


@kind()
def thread(hand: Hand) -> Intent | None:
    wired = {name for wire in hand.graph.wires for name in (wire.source, wire.target)}
    loose = [n for n, node in hand.graph.nodes.items() if n not in wired and node.block.inputs and node.block.outputs]
    if not loose or not hand.graph.wires:
        return None
    return deeds.threaded(hand.sheet, hand.rng.choice(hand.graph.wires), hand.one(loose))


@kind(5)
def move(hand: Hand) -> Intent | None:
    return deeds.moved({name: hand.spot() for name in hand.some(6)}) if hand.graph.nodes else None


@kind(4)
def connect(hand: Hand) -> Intent | None:
    wire = hand.wire()
    return deeds.wired(wire) if wire else None


@kind()
def lead_elsewhere(hand: Hand) -> Intent | None:
    wire = hand.wire()
    return deeds.wired(wire, hand.rng.choice(hand.graph.wires)) if wire and hand.graph.wires else None


@kind()
def disconnect(hand: Hand) -> Intent | None:
    wires = hand.graph.wires
    return deeds.disconnected(hand.rng.sample(wires, min(len(wires), hand.rng.randint(1, 3)))) if wires else None


@kind(4)
def delete_healed(hand: Hand) -> Intent | None:
    return deeds.removed(hand.sheet, hand.some(3), True) if hand.graph.nodes else None


@kind()
def delete_unhealed(hand: Hand) -> Intent | None:
    return deeds.removed(hand.sheet, hand.some(2), False) if hand.graph.nodes else None


@kind()
def pull_out(hand: Hand) -> Intent | None:
    return deeds.pulled_out(hand.sheet, hand.one(), hand.spot()) if hand.graph.nodes else None


@kind(3)
def rename(hand: Hand) -> Intent | None:
    new = hand.rng.choice(("first", "second", "stem", "head_1", "conv1", "a name", "Ärger"))
    return deeds.renamed(hand.sheet, hand.one(), new) if hand.graph.nodes else None


@kind()
def rename_in_inspector(hand: Hand) -> Edit | None:
    new = f"n{hand.rng.randint(0, 99)}"
    return actions.renamed(hand.network, hand.one(), new) if hand.graph.nodes else None


@kind(3)
def paste(hand: Hand) -> Intent | None:
    """What was copied a while ago, perhaps in another network."""
    if hand.graph.nodes and (not hand.copied or hand.rng.random() < 0.5):
        names = hand.some(3)
        hand.copied = fragment.write(extract(hand.graph, names), hand.sheet.places(names), hand.taken(names))
    return deeds.pasted(hand.sheet, fragment.read(hand.copied), hand.spot()) if hand.copied else None


@kind(3)
def duplicate(hand: Hand) -> Intent | None:
    names = hand.some(3) if hand.graph.nodes else []
    return deeds.duplicated(hand.sheet, names, hand.rng.random() < 0.5, hand.taken(names)) if names else None


@kind(6)
def expand(hand: Hand) -> Intent | None:
    rows = hand.document.verdict.networks[hand.network].rows
    open_ = [n for n, row in rows.items() if row.inside is not None and not row.copies]
    return deeds.expanded(hand.sheet, hand.one(open_)) if open_ else None


@kind()
def arrange(hand: Hand) -> Intent | None:
    if not hand.graph.nodes:
        return None
    return deeds.arranged(hand.sheet, hand.some() if hand.rng.random() < 0.5 else ())


@kind(3)
def repair(hand: Hand) -> Edit | None:
    found = [finding for finding in hand.document.verdict.diagnostics if finding.remedies or finding.ready]
    fixes = hand.document.verdict.fixes(hand.rng.choice(found)) if found else ()
    return hand.rng.choice(fixes).edit if fixes else None


# --- settings -------------------------------------------------------------------------------


@kind(6)
def type_a_setting(hand: Hand) -> Iterable[Deed]:
    """Key after key in one field."""
    if not hand.graph.nodes:
        return
    name = hand.one()
    known = [s.name for s in hand.graph.block(name).settings.values() if isinstance(s, Whole)]
    if known:
        setting = hand.rng.choice(known)
        for _ in range(hand.rng.randint(1, 4)):
            edit = actions.configured(hand.network, [name], {setting: hand.rng.randint(1, 40)})
            yield Deed("", "", placed(edit), f"{hand.network}.{name}.{setting}")


@kind()
def set_several(hand: Hand) -> Edit | None:
    """What the inspector does to all that is selected and shares a setting."""
    first = hand.one() if hand.graph.nodes else ""
    settings = hand.turned(hand.graph.block(first)) if first else {}
    alike = [n for n, node in hand.graph.nodes.items() if settings.keys() <= node.block.settings.keys()]
    return actions.configured(hand.network, alike, settings) if settings else None


@kind(3)
def repeat(hand: Hand) -> Edit | None:
    return actions.repeated(hand.network, hand.some(2), hand.rng.randint(1, 4)) if hand.graph.nodes else None


@kind(3)
def set_the_data(hand: Hand) -> Edit:
    data = hand.design.data
    if data is None or hand.rng.random() < 0.2:
        return actions.with_data(hand.rng.choice([each() for each in SOURCES]))
    return _tried(data, hand.turned(data), actions.with_data)


@kind(3)
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


@kind(1)
def add_a_training(hand: Hand) -> Edit | None:
    return actions.with_phase if len(hand.design.training) < 3 else None


@kind()
def retitle(hand: Hand) -> Edit:
    return actions.retitled(hand.rng.choice(("Mine", "Ours", "  ", "A longer title", "Größe")))


# --- marks and sums -------------------------------------------------------------------------


@kind(3)
def mark(hand: Hand) -> Edit | None:
    """Nodes are muted or frozen, or no longer."""
    names, on = hand.some(3), hand.rng.random() < 0.6
    edit = hand.rng.choice((mute, freeze))
    return _within(hand, lambda graph: edit(graph, names, on)) if names else None


@kind(3)
def share_weights(hand: Hand) -> Edit | None:
    """One node uses the weights of another of its kind, or has its own again."""
    if not hand.graph.nodes:
        return None
    name = hand.one()
    alike = [
        n for n, node in hand.graph.nodes.items() if type(node.block) is type(hand.graph.block(name)) and n != name
    ]
    if hand.graph.nodes[name].shares or not alike:
        return _within(hand, lambda graph: unshare(graph, [name]))
    lender = hand.one(alike)
    return _within(hand, lambda graph: share(graph, name, lender))


@kind(3)
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


@kind(3)
def set_a_variable(hand: Hand) -> Edit:
    """A name of the design, or of the network, gets another number, and what follows from it with it."""
    network, name, value = hand.network, hand.rng.choice(("width", "depth", "rate")), float(hand.rng.randint(1, 16))
    if hand.rng.random() < 0.5:
        return lambda design: variables.with_variable(design, name, value)
    return lambda design: variables.with_own_setting(design, network, f"own_{name}", value)


@kind()
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


@kind()
def promote_a_setting(hand: Hand) -> Edit | None:
    """A setting of a node becomes the network's own."""
    network, node = hand.network, hand.one() if hand.graph.nodes else ""
    known = list(hand.graph.block(node).settings) if node else []
    if not known:
        return None
    setting, name = hand.rng.choice(known), f"own{hand.rng.randint(0, 99)}"
    return lambda design: variables.promote(design, network, node, setting, name)


def _within(hand: Hand, edit: Callable[[Graph], Graph]) -> Edit:
    network = hand.network
    return lambda design: design.edited(network, edit)


# --- networks -------------------------------------------------------------------------------


@kind()
def add_a_network(hand: Hand) -> Edit | None:
    return actions.with_new_network(actions.free_network_name(hand.design)) if len(hand.design.networks) < 4 else None


@kind()
def delete_a_network(hand: Hand) -> Edit | None:
    return actions.without_network(hand.network) if len(hand.design.networks) > 1 else None


@kind()
def rename_a_network(hand: Hand) -> Edit:
    return actions.renamed_network(hand.network, hand.rng.choice(("Net", "Head", "Body", "LeNet", "no name")))


@kind(3)
def use_a_network(hand: Hand) -> Intent | None:
    """A network placed in another as one block; in itself, or in what it uses, it stands in a circle."""
    others = [name for name in hand.design.networks if name != hand.network]
    if not others:
        return None
    used = hand.rng.choice(others)
    inner = hand.design.networks[used]
    block = Use(used, inner.inputs() or ("x",), inner.outputs() or ("y",))
    return deeds.added(hand.sheet, Node(block), hand.spot())


@kind(3)
def group(hand: Hand) -> Edit | None:
    """Nodes become a network of their own, used in their place."""
    title = actions.free_network_name(hand.design)
    return (
        actions.grouped(hand.network, hand.some(4), title)
        if hand.graph.nodes and len(hand.design.networks) < 5
        else None
    )


@kind()
def detach_a_use(hand: Hand) -> Edit | None:
    """One use of a network gets a copy of it for itself."""
    uses = [n for n, node in hand.graph.nodes.items() if isinstance(node.block, Use)]
    if not uses or len(hand.design.networks) > 4:
        return None
    network, node = hand.network, hand.one(uses)
    return lambda design: variables.detach(design, network, node)


# --- the canvas -----------------------------------------------------------------------------


@kind(3)
def note(hand: Hand) -> Intent:
    """A note is put down, written or taken away."""
    at, text = hand.spot(), hand.rng.choice(("# Why", "because\n\n- of *this*", "→ 3 × 3", ""))

    def decor(held: Decor) -> Decor:
        if held.notes and hand.rng.random() < 0.3:
            return held.without([0], [])
        number = hand.rng.randint(0, len(held.notes))
        return held.with_note(number, Note(text, at, float(hand.rng.randint(80, 400))))

    return _beside("Write a note", hand, decor)


@kind(3)
def frame(hand: Hand) -> Intent:
    """A frame is drawn, moved, coloured or taken away."""
    at, color = hand.spot(), hand.rng.choice(("blue", "green", "amber", "red", "violet", "grey"))

    def decor(held: Decor) -> Decor:
        if held.frames and hand.rng.random() < 0.3:
            return held.without([], [len(held.frames) - 1])
        return held.with_frame(hand.rng.randint(0, len(held.frames)), Frame("stem", at, (320.0, 160.0), color))

    return _beside("Draw a frame", hand, decor)


@kind(4)
def bend(hand: Hand) -> Intent | None:
    """A wire is led through points, or straight again."""
    if not hand.graph.wires:
        return None
    wire, points = hand.rng.choice(hand.graph.wires), tuple(hand.spot() for _ in range(hand.rng.randint(0, 3)))
    return _beside("Bend a wire", hand, lambda held: held.with_bend(wire, points))


def _beside(label: str, hand: Hand, decor: Callable[[Decor], Decor]) -> Intent:
    now = decor(hand.beside)  # once, for what is chosen at random is chosen again otherwise
    return Intent(label, decor=lambda _: now)
