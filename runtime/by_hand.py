"""Steps drawn by hand: made from what a recipe draws, edited as a network is, and what is minimized in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from blocks.block import Block
from blocks.ends import Input
from blocks.graph import Graph, Node
from blocks.naming import Refused
from blocks.shape import Shape
from runtime.design import Design, Drawn, Objective, Phase, canvas_of
from runtime.optimizer import Adam
from runtime.recipe import CannotPlan, Recipe
from runtime.schedule import Constant
from runtime.sources import DataSource, NoData

Edit = Callable[[Design], Design]


def drawn_plan(design: Design, phase: str) -> Drawn | None:
    """The plan of a phase, where its step is drawn by hand."""
    plan = next((each.plan for each in design.training if each.name == phase), None)
    return plan if isinstance(plan, Drawn) else None


def drawn_by_hand(design: Design, phase: str) -> Design:
    """With the step that a recipe draws as one drawn by hand, which trains the same; raises Refused.

    Where no recipe can draw it, as with two networks against each other, it begins with the fields of the data.
    """
    plan = next((each.plan for each in design.training if each.name == phase), None)
    if plan is None:
        raise Refused(f"there is no training named {phase}")
    if isinstance(plan, Drawn):
        raise Refused(f"the step of {phase} is drawn by hand already")
    if design.data is None:
        raise Refused("there is no data to train on: choose a source of data, so that the recipe can draw the step")
    try:
        step, objectives = _begun(plan, design.networks, design.data)
    except (CannotPlan, NoData) as why:
        raise Refused(f"the recipe cannot draw the step: {why}") from why
    return with_plan(design, phase, Drawn.on(plan, step, objectives))


def _begun(plan: Recipe, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
    try:
        return plan.draw(networks, data)
    except CannotPlan:
        if not networks:
            raise
        return Graph({name: Node(Input.of(shape)) for name, shape in data.fields().items()}), ()


def fields_left(design: Design, phase: str) -> dict[str, Shape]:
    """The fields of the data that do not stand yet in the step of a phase, where that is drawn by hand."""
    plan = drawn_plan(design, phase)
    return {} if plan is None else {n: shape for n, shape in fields_of(design).items() if n not in plan.step.nodes}


def fields_of(design: Design) -> Mapping[str, Shape]:
    """The fields of the data; none where there is none to be had."""
    try:
        return {} if design.data is None else design.data.fields()
    except NoData:
        return {}


def fits_step(kind: type[Block]) -> bool:
    """Whether blocks of this kind can stand in a step as they are: what has weights belongs into a network."""
    return not kind.composite and kind.role not in ("input", "output") and kind.parameters is Block.parameters


def with_plan(design: Design, phase: str, plan: Drawn | Recipe) -> Design:
    """With another plan for a phase."""
    phases = tuple(replace(each, plan=plan) if each.name == phase else each for each in design.training)
    return replace(design, training=phases)


def in_step(edit: Edit, phase: str) -> Edit:
    """An edit of a network named `canvas_of(phase)`, as an edit of the step that was drawn by hand for that phase.

    Where the phase has no such step the edit stays as it is.
    """
    name = canvas_of(phase)

    def whole(design: Design) -> Design:
        plan = drawn_plan(design, phase)
        if plan is None:
            return edit(design)
        opened = replace(design, networks={**design.networks, name: plan.step})
        after = edit(opened)
        if after is opened:
            return design
        networks = _others(after, name, design.networks)
        training, step = after.training, after.networks.get(name, plan.step)
        if step is not opened.networks[name]:
            training = tuple(_stepping(each, step) if each.name == phase else each for each in training)
        return replace(after, networks=networks, training=training)

    return whole


def _others(design: Design, name: str, before: Mapping[str, Graph]) -> Mapping[str, Graph]:
    """The networks without the one of that name: the very mapping from before where nothing else changed."""
    rest = {each: graph for each, graph in design.networks.items() if each != name}
    same = list(rest) == list(before) and all(graph is before[each] for each, graph in rest.items())
    return before if same else rest


def _stepping(phase: Phase, step: Graph) -> Phase:
    """A phase with another step; what is minimized follows its node to another name."""
    plan = phase.plan
    if not isinstance(plan, Drawn):
        return phase
    came = {id(node): name for name, node in step.nodes.items() if name not in plan.step.nodes}
    objectives = tuple(
        each if each.minimize in step.nodes else replace(each, minimize=_followed(each.minimize, plan.step, came))
        for each in plan.objectives
    )
    return replace(phase, plan=replace(plan, step=step, objectives=objectives))


def _followed(name: str, step: Graph, came: Mapping[int, str]) -> str:
    node = step.nodes.get(name)
    return came.get(id(node), name) if node is not None else name


# --- what is minimized ----------------------------------------------------------------------


def losses(step: Graph) -> tuple[str, ...]:
    """The nodes of a step that can be minimized: those that give one result, losses first."""
    found = [name for name, node in step.nodes.items() if node.block.role not in ("input", "metric", "output")]
    found = [name for name in found if len(step.block(name).outputs) == 1]
    return tuple(sorted(found, key=lambda name: step.block(name).role != "loss"))


def learning_from(step: Graph, name: str) -> set[str]:
    """The networks to whose weights a gradient leads back from a node of a step."""
    seen, waiting, found = {name}, [name], set[str]()
    while waiting:
        node = waiting.pop()
        block, muted = step.block(node), step.nodes[node].muted
        if not muted and (block.of_weights or (block.role == "network" and block.value("gradient"))):
            found.add(str(block.value("network")))
        fresh = {wire.source for wire in step.into(node) if muted or wire.input not in block.stops} - seen
        seen |= fresh
        waiting += fresh
    return found


def objective_for(step: Graph, name: str) -> Objective:
    """What makes a node of a step small by updating all networks on which it depends."""
    reached = learning_from(step, name)
    return Objective(name, tuple(network for network in step.uses if network in reached), Adam(), Constant())


def with_objective(phase: str, place: int, objective: Objective) -> Edit:
    """Another objective in the place of one."""

    def change(plan: Drawn) -> Drawn:
        return replace(plan, objectives=(*plan.objectives[:place], objective, *plan.objectives[place + 1 :]))

    return of_plan(phase, change)


def without_objective(phase: str, place: int) -> Edit:
    """One objective less."""
    return of_plan(
        phase, lambda plan: replace(plan, objectives=(*plan.objectives[:place], *plan.objectives[place + 1 :]))
    )


def with_another(phase: str, minimize: str = "") -> Edit:
    """One more objective: it minimizes that node, or the first loss that is not minimized; raises Refused."""

    def change(plan: Drawn) -> Drawn:
        taken = {each.minimize for each in plan.objectives}
        free = [name for name in losses(plan.step) if name not in taken and plan.step.block(name).role == "loss"]
        wanted = minimize or next(iter(free), "")
        if not wanted:
            raise Refused("every loss of the step is minimized already: place another loss first")
        return replace(plan, objectives=(*plan.objectives, objective_for(plan.step, wanted)))

    return of_plan(phase, change)


def with_term(phase: str, name: str, value: Any) -> Edit:
    """Another of the terms of a phase whose step is drawn by hand, as the number of epochs."""
    return of_plan(phase, lambda plan: plan.with_settings(**{name: value}))


def of_plan(phase: str, change: Callable[[Drawn], Drawn]) -> Edit:
    """A change of the plan of a phase whose step is drawn by hand, as an edit of the design."""

    def edit(design: Design) -> Design:
        plan = drawn_plan(design, phase)
        return design if plan is None else with_plan(design, phase, change(plan))

    return edit
