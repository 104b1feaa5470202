"""Everything the window does to a design, as edits: functions from Design to Design that may refuse with a sentence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from blocks import edits
from blocks.block import Block
from blocks.check import check
from blocks.edits import Refused
from blocks.ends import Use
from blocks.graph import Graph
from blocks.measure import Row
from blocks.shape import Shape
from designer import wording
from designer.decor import decor_of, decorated, renamed_bends
from designer.document import Edit
from designer.theme import GAP
from runtime import linking, unfolding, variables
from runtime.design import Design, Drawn, Objective, Phase
from runtime.places import following
from runtime.recipe import PARTS, Classification, Recipe
from runtime.sources import SOURCES, DataSource

FIRST_NETWORK, FIRST_SOURCE = "Network", "digits"


def new_design() -> Design:
    """What File › New opens: an empty network, real digits to learn from and a training; ▶ needs only a drawing."""
    source = SOURCES.get(FIRST_SOURCE)
    return Design(
        networks={FIRST_NETWORK: Graph()},
        data=source() if source else None,
        training=(Phase("fit", Classification()),),
    )


def configured(network: str, names: Collection[str], settings: Mapping[str, object]) -> Edit:
    """Other settings of some nodes; raises BadSetting."""
    return lambda design: design.edited(network, lambda graph: edits.configure(graph, names, settings))


def typing(network: str, names: Collection[str], setting: str) -> str:
    """The gesture of typing into one field: what is typed on in it is one step, what is typed into another is not."""
    return f"{network}.{','.join(names)}.{setting}"


def summed(network: str, names: Collection[str], setting: str, text: str) -> Edit:
    """A setting of some nodes that follows from a sum; raises BadSetting."""
    return lambda design: variables.with_sum(design, network, names, setting, text)


def promoted(network: str, node: str, setting: str, name: str) -> Edit:
    """A setting of a node as the network's own; raises Refused."""
    return lambda design: variables.promote(design, network, node, setting, name)


def switched(network: str, names: Collection[str], used: str) -> Edit:
    """Another network of the design standing at some uses."""
    return lambda design: linking.switched(design, network, names, used)


def detached(network: str, node: str) -> Edit:
    """A use with a network of its own; raises Refused."""
    return lambda design: variables.detach(design, network, node)


def unfolded(network: str, node: str, x: Shape | None) -> Edit:
    """A recurrent layer drawn gate by gate, in a network of its own; raises Refused."""

    def edit(design: Design) -> Design:
        return linking.still_trained(design, unfolding.unfolded(design, network, node, x), network)

    return edit


def folded(network: str, node: str) -> Edit:
    """Drawn gates as the one layer that they stand for; raises Refused."""
    return lambda design: unfolding.folded(design, network, node)


def repeated(network: str, names: Collection[str], times: int) -> Edit:
    """Nodes repeated so many times in a row; raises Refused."""

    def edit(graph: Graph) -> Graph:
        for name in names:
            graph = edits.repeat(graph, name, times)
        return graph

    return lambda design: design.edited(network, edit)


def renamed(network: str, old: str, new: str) -> Edit:
    """A node under another name at the same place; raises Refused."""

    def edit(design: Design) -> Design:
        at, graph = design.layout.get(network, {}).get(old), design.networks[network]
        named = edits.rename(graph, old, new)
        bent = decorated(design, network, renamed_bends(decor_of(design, network), graph, named))
        training = tuple(_replanned(phase, f"{network}.{old}", f"{network}.{new}") for phase in design.training)
        after = bent.with_network(network, named)
        if training != design.training:
            after = replace(after, training=training)
        return after.with_places(network, {new: at}) if at is not None else after

    return edit


def expanded(network: str, name: str, row: Row) -> Edit:
    """A composite replaced by what is inside; raises Refused."""
    return lambda design: design.edited(network, lambda graph: edits.expand(graph, name, row)[0])


def grouped(network: str, names: Collection[str], title: str) -> Edit:
    """Some nodes as a network of their own called `title`, used once in their place; raises Refused."""

    def edit(design: Design) -> Design:
        _refuse_network(design, title)
        graph, places = design.networks[network], design.layout.get(network, {})
        inner, outer, name = edits.group(graph, names, title, check(graph, design.networks).rows)
        moved = [node for node in inner.nodes if node in graph.nodes and inner.block(node) is graph.block(node)]
        held = {node: places[node] for node in moved if node in places}
        after = design.with_network(title, inner).with_places(title, held).with_network(network, outer)
        among = set(inner.wires)
        if bent := {wire: at for wire, at in design.bends.get(network, {}).items() if wire in among}:
            after = after.with_bends(title, bent)
        corner = {name: _amid(held.values())} if held else {}
        return linking.still_trained(design, after.with_places(network, corner), network)

    return edit


def _amid(places: Collection[tuple[float, float]]) -> tuple[float, float]:
    """The middle of the top of some places, on the grid: where one node stands for them all."""
    across = [x for x, _ in places]
    middle = (min(across) + max(across)) / 2
    return float(round(middle / GAP) * GAP), min(y for _, y in places)


def retitled(title: str) -> Edit:
    """Another title."""
    return lambda design: replace(design, title=title.strip() or "Untitled")


def with_data(source: DataSource) -> Edit:
    """Another source of data."""
    return lambda design: replace(design, data=source)


def with_plan(phase: str, plan: Recipe | Drawn) -> Edit:
    """Another plan for a phase of the training."""

    def edit(design: Design) -> Design:
        phases = (replace(p, plan=plan) if p.name == phase else p for p in design.training)
        return replace(design, training=tuple(phases))

    return edit


def with_recipe(phase: str, old: object, new: Recipe) -> tuple[Edit, str]:
    """Other settings of a recipe, or another one, and the gesture of which that is a part where it is typed."""
    word = wording.typed(old if isinstance(old, Recipe) else None, new)
    return with_plan(phase, new), word and f"plan.{phase}.{word}"


def with_phase(design: Design) -> Design:
    """With a first phase of training."""
    taken = {phase.name for phase in design.training}
    return replace(design, training=(*design.training, Phase(edits.fresh_name(taken, "fit"), Classification())))


def free_network_name(design: Design) -> str:
    """A name that no network of the design has."""
    return edits.fresh_name(design.networks, FIRST_NETWORK)


def with_new_network(name: str) -> Edit:
    """One more, empty network; raises Refused."""

    def edit(design: Design) -> Design:
        _refuse_network(design, name)
        return design.with_network(name, Graph())

    return edit


def without_network(name: str) -> Edit:
    """Without a network; raises Refused where another one or a phase needs it."""

    def edit(design: Design) -> Design:
        used = variables.uses_of(design, name)
        if used:
            places = ", ".join(used[:4]) + (f" and {len(used) - 4:,} more" if len(used) > 4 else "")
            raise Refused(f"{name} stands as a block at {places}; delete it there first")
        return design.without_network(name)

    return edit


def renamed_network(old: str, new: str) -> Edit:
    """A network under another name, wherever it is used; raises Refused."""

    def edit(design: Design) -> Design:
        if new == old:
            return design
        _refuse_network(design, new)
        networks = {new if n == old else n: _reusing(graph, old, new) for n, graph in design.networks.items()}
        return replace(
            design,
            networks=networks,
            layout={new if n == old else n: at for n, at in design.layout.items()},
            notes={new if n == old else n: notes for n, notes in design.notes.items()},
            frames={new if n == old else n: frames for n, frames in design.frames.items()},
            bends={new if n == old else n: bends for n, bends in design.bends.items()},
            training=tuple(_replanned(phase, old, new) for phase in design.training),
        )

    return edit


def _refuse_network(design: Design, name: str) -> None:
    if not edits.NAME.fullmatch(name):
        raise Refused(f"{name!a} is not a name: letters, digits and _ , not beginning with a digit, 64 at most")
    if name in design.networks:
        raise Refused(f"there is already a network named {name}; choose another name")


def _is_use(block: Block, name: str) -> bool:
    return (isinstance(block, Use) or block.of_weights) and block.value("network") == name


def _reusing(graph: Graph, old: str, new: str) -> Graph:
    for name, node in graph.nodes.items():
        if _is_use(node.block, old):
            graph = graph.with_node(name, replace(node, block=node.block.with_settings(network=new)))
    return graph


def _replanned(phase: Phase, old: str, new: str) -> Phase:
    """A phase after a network has got another name, or a node of one, said as `Net.node`."""
    plan = following(phase.plan, old, new)
    if isinstance(plan, Drawn):
        learning = tuple(_relearned(each, old, new) for each in plan.objectives)
        plan = replace(plan, step=_reusing(plan.step, old, new), objectives=learning)
    return phase if plan == phase.plan else replace(phase, plan=plan)


def _relearned(objective: Objective, old: str, new: str) -> Objective:
    networks = tuple(new if each == old else each for each in objective.networks)
    return replace(objective, networks=networks, parts=PARTS.renamed(objective.parts, old, new))
