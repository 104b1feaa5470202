"""What is wrong, or worth saying, about a training step beyond its shapes: fields, objectives, who learns from what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from blocks import edits
from blocks.check import Checked, Level
from blocks.ends import Input, Use
from blocks.graph import Graph
from blocks.lints import double_softmax, scored
from blocks.shape import Shape
from runtime.by_hand import learning_from, objective_for
from runtime.design import Design, Drawn, Objective
from runtime.objective_check import contradictions
from runtime.plan import idle

Fields = Mapping[str, Shape]
Change = Callable[[Drawn], Drawn]
_MOST = 3  # choices offered as fixes


@dataclass(frozen=True)
class Repair:
    """An edit of a step drawn by hand, with the words on its button."""

    title: str
    edit: Change


@dataclass(frozen=True)
class Remark:
    """One thing wrong with a step or worth saying, at a node of it or at none, and what repairs it."""

    node: str
    message: str
    repairs: tuple[Repair, ...] = ()
    level: Level = "error"


def remarks(
    checked: Checked, objectives: tuple[Objective, ...], fields: Fields, design: Design, by_hand: bool
) -> tuple[Remark, ...]:
    """What is said about a step; advice on who learns only where it was drawn `by_hand`, for a recipe knows why."""
    step = checked.graph
    found = [*_of_fields(step, fields), *_of_uses(checked), *_of_objectives(step, objectives, design)]
    if not found and not checked.unfit:
        found += (Remark(node, told) for node, told in idle(checked, objectives))
        found += (Remark(node, told) for node, told in contradictions(objectives, design.networks))
    if by_hand:
        found += [*_unlearned(checked, objectives, design), *_double_softmaxes(step)]
    return tuple(found)


# --- what the data gives --------------------------------------------------------------------


def _of_fields(step: Graph, fields: Fields) -> Iterator[Remark]:
    for name in step.inputs():
        if name not in fields:
            message = f"The step takes in {name}, which the data does not give: it gives {', '.join(fields)}."
            yield Remark(name, message, _other_fields(step, name, fields))
            continue
        wanted, given = step.block(name).shape(), fields[name]
        if (wanted.sizes, wanted.dtype, wanted.classes) != (given.sizes, given.dtype, given.classes):
            both = _told(wanted, given), _told(given, wanted)
            message = f"The step expects {both[0]} as {name}, the data gives {both[1]}."
            yield Remark(name, message, (_as_given(name, given),))


def _told(shape: Shape, other: Shape) -> str:
    if shape.dtype == other.dtype and shape.classes == other.classes:
        return f"{shape}"
    return f"{shape} of {shape.classes:,} classes" if shape.classes else f"{shape} of {shape.dtype}"


def _as_given(name: str, given: Shape) -> Repair:
    def change(plan: Drawn) -> Drawn:
        node = replace(plan.step.nodes[name], block=Input.of(given))
        return replace(plan, step=plan.step.with_node(name, node))

    return Repair(f"Set {name} to what the data gives", change)


def _other_fields(step: Graph, name: str, fields: Fields) -> tuple[Repair, ...]:
    """The fields that the step does not take in yet, each in the place of one that there is not; or without it."""

    def taking(field: str) -> Change:
        def change(plan: Drawn) -> Drawn:
            named = replace(plan, step=edits.rename(plan.step, name, field))
            return _as_given(field, fields[field]).edit(named)

        return change

    free = [field for field in fields if field not in step.nodes][:_MOST]
    return (*(Repair(f"Take in {field} instead", taking(field)) for field in free), _without(name))


def _without(name: str) -> Repair:
    return Repair(f"Delete {name}", lambda plan: replace(plan, step=edits.remove(plan.step, [name])))


# --- what stands in the step ----------------------------------------------------------------


def _of_uses(checked: Checked) -> Iterator[Remark]:
    for name, node in checked.graph.nodes.items():
        block, row = node.block, checked.rows.get(name)
        if block.role == "network" and block.value("settings"):
            told = f"{name} has values of its own for {block.value('network')}, which a step takes as it is."
            yield Remark(name, told, (_plain(name),))
        elif block.role != "network" and row is not None and row.parameters:
            yield Remark(name, f"{name} has weights of its own, which nothing would train. Place it in a network.")


def _plain(name: str) -> Repair:
    def change(plan: Drawn) -> Drawn:
        node = plan.step.nodes[name]
        bare = replace(node, block=node.block.with_settings(settings={}), given=())
        return replace(plan, step=plan.step.with_node(name, bare))

    return Repair(f"Take the values of {name} away", change)


def _double_softmaxes(step: Graph) -> Iterator[Remark]:
    """Advice on a softmax or sigmoid that stands in the step itself before a loss that takes scores."""
    for name, node in step.nodes.items():
        each = (double_softmax(step, wire.source, node.block.label()) for wire in scored(step, name))
        for advised in filter(None, each):
            diagnostic, fix = advised
            repair = Repair(fix.title, lambda plan, fix=fix: replace(plan, step=fix.edit(plan.step)))  # type: ignore[misc]
            yield Remark(diagnostic.node, diagnostic.message, (repair,), "advice")


# --- what is minimized ----------------------------------------------------------------------


def _of_objectives(step: Graph, objectives: tuple[Objective, ...], design: Design) -> Iterator[Remark]:
    if not objectives:
        yield Remark("", "Nothing is minimized. Add an objective.", _minimizing(step, objectives))
    for place, each in enumerate(objectives):
        dropped = (_dropped(each),) if len(objectives) > 1 else ()
        if each.minimize not in step.nodes:
            message = f"The step has no node {each.minimize} to minimize."
            yield Remark("", message, (*_instead(step, objectives, place), *dropped))
        elif step.nodes[each.minimize].muted:
            message = f"{each.minimize} is muted, so that it cannot be minimized. Unmute it."
            yield Remark(each.minimize, message, (_unmuted(each.minimize), *dropped))
        elif step.nodes[each.minimize].block.role == "metric":
            message = f"{each.minimize} is a metric: it judges, but gives no gradient. Minimize a loss."
            yield Remark(each.minimize, message, (*_instead(step, objectives, place), *dropped))
        elif any(other.minimize == each.minimize for other in objectives[:place]):
            yield Remark(each.minimize, f"{each.minimize} is minimized twice. Remove one objective.", (_last(place),))
        else:
            yield from _of_learning(step, each, place, design, dropped)


def _of_learning(
    step: Graph, each: Objective, place: int, design: Design, dropped: tuple[Repair, ...]
) -> Iterator[Remark]:
    """What is wrong with who learns from one objective."""
    name, reached = each.minimize, learning_from(step, each.minimize)
    lost = [network for network in each.networks if network not in design.networks]
    for network in lost:
        rest = [other for other in each.networks if other != network]
        without = _learning(place, each, rest, f"Do not update {network}")
        yield Remark(name, f"There is no network {network} to update.", (without,))
    able = [network for network in step.uses if network in reached]
    if not each.networks:
        told = f"{name} is minimized, but it updates no network. Say which of them learn from it."
        ways = tuple(_learning(place, each, [n], f"Let {n} learn from {name}") for n in able[:_MOST])
        yield Remark(name, told, (*ways, *dropped))
    elif not lost and (idle_ones := [network for network in each.networks if network not in reached]):
        yield _unreached(step, each, place, idle_ones, able, dropped)


def _unreached(
    step: Graph,
    each: Objective,
    place: int,
    idle_ones: Sequence[str],
    able: Sequence[str],
    dropped: tuple[Repair, ...],
) -> Remark:
    """A loss that does not depend on networks that are to learn from it."""
    names, left = " or ".join(idle_ones), [n for n in each.networks if n not in idle_ones]
    message = f"{each.minimize} does not depend on the weights of {names}: no gradient leads there."
    recorded = tuple(_recording(name) for name in _unrecorded(step, each.minimize, idle_ones))[:_MOST]
    if left:
        repair = _learning(place, each, left, f"Do not update {names} by {each.minimize}")
        return Remark(each.minimize, message, (repair, *recorded), "warning")
    ways = (_learning(place, each, [n], f"Let {n} learn from {each.minimize}") for n in able[:_MOST])
    return Remark(each.minimize, message, (*recorded, *ways, *dropped))


def _unrecorded(step: Graph, name: str, networks: Sequence[str]) -> Iterator[str]:
    """The uses before a node of which one that recorded its gradient would let some networks learn from the node."""
    for use, node in step.nodes.items():
        if isinstance(node.block, Use) and not node.block.gradient:
            opened = step.with_node(use, replace(node, block=node.block.with_settings(gradient=True)))
            if not learning_from(opened, name).isdisjoint(networks):
                yield use


def _recording(name: str) -> Repair:
    def change(plan: Drawn) -> Drawn:
        node = plan.step.nodes[name]
        use = replace(node, block=node.block.with_settings(gradient=True))
        return replace(plan, step=plan.step.with_node(name, use))

    return Repair(f"Let the gradient through {name}", change)


def _unlearned(checked: Checked, objectives: tuple[Objective, ...], design: Design) -> Iterator[Remark]:
    """Advice on a network with weights that neither this phase nor another one updates."""
    step, said = checked.graph, _updated_elsewhere(design) | {n for each in objectives for n in each.networks}
    for name, node in step.nodes.items():
        network = str(node.block.value("network")) if isinstance(node.block, Use) and node.block.gradient else ""
        row = checked.rows.get(name)
        if not network or network in said or row is None or not row.parameters:
            continue
        said.add(network)
        ways = [
            _learning(i, each, [*each.networks, network], f"Let {network} learn from {each.minimize}")
            for i, each in enumerate(objectives)
            if each.minimize in step.nodes and network in learning_from(step, each.minimize)
        ]
        message = f"No objective updates {network}, so that it stays as it is. Leave it so, or let it learn."
        yield Remark(name, message, tuple(ways[:_MOST]), "advice")


def _updated_elsewhere(design: Design) -> set[str]:
    plans = [phase.plan for phase in design.training]
    told = {n for plan in plans if isinstance(plan, Drawn) for each in plan.objectives for n in each.networks}
    if any(not isinstance(plan, Drawn) for plan in plans):
        told |= set(design.networks)  # what a recipe trains is its own affair
    return told


# --- repairs of objectives ------------------------------------------------------------------


def _with(plan: Drawn, place: int, *objectives: Objective) -> Drawn:
    return replace(plan, objectives=(*plan.objectives[:place], *objectives, *plan.objectives[place + 1 :]))


def _learning(place: int, each: Objective, networks: Sequence[str], title: str) -> Repair:
    return Repair(title, lambda plan: _with(plan, place, replace(each, networks=tuple(networks))))


def _last(place: int) -> Repair:
    return Repair("Remove the second", lambda plan: _with(plan, place))


def _dropped(each: Objective) -> Repair:
    def change(plan: Drawn) -> Drawn:
        return replace(plan, objectives=tuple(other for other in plan.objectives if other != each))

    return Repair(f"Do not minimize {each.minimize}", change)


def _free(step: Graph, objectives: Sequence[Objective]) -> list[str]:
    """The losses that nothing minimizes yet."""
    taken = {each.minimize for each in objectives}
    return [name for name, node in step.nodes.items() if node.block.role == "loss" and name not in taken][:_MOST]


def _instead(step: Graph, objectives: Sequence[Objective], place: int) -> Iterator[Repair]:
    for name in _free(step, objectives):
        other = replace(objectives[place], minimize=name)
        yield Repair(f"Minimize {name}", lambda plan, other=other: _with(plan, place, other))  # type: ignore[misc]


def _minimizing(step: Graph, objectives: Sequence[Objective]) -> tuple[Repair, ...]:
    def adding(name: str) -> Change:
        return lambda plan: replace(plan, objectives=(*plan.objectives, objective_for(plan.step, name)))

    return tuple(Repair(f"Minimize {name}", adding(name)) for name in _free(step, objectives))


def _unmuted(name: str) -> Repair:
    return Repair(f"Unmute {name}", lambda plan: replace(plan, step=edits.mute(plan.step, [name], False)))
