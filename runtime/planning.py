"""The training steps of a design: drawn by recipes or by hand, checked, and what keeps them from running."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from blocks.check import Checked, Diagnostic, check
from blocks.edits import Fix
from blocks.graph import Graph
from blocks.repair import fixes
from blocks.shape import Shape
from runtime.design import Design, Drawn, Objective, Phase
from runtime.findings import DesignFix
from runtime.plan import idle
from runtime.recipe import CannotPlan, Recipe
from runtime.sources import NoData


@dataclass(frozen=True, eq=False)
class Planned:
    """The training step of a phase, drawn by its recipe or by hand; `problem` says why there is none."""

    phase: Phase
    step: Graph | None = None
    objectives: tuple[Objective, ...] = ()
    checked: Checked | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """The phase's name."""
        return self.phase.name


def plan_all(design: Design) -> tuple[Planned, ...]:
    """The training steps of all phases."""
    return tuple(_plan(phase, design) for phase in design.training)


def _plan(phase: Phase, design: Design) -> Planned:
    """Draws and checks the step of a phase, or says why it cannot be drawn."""
    if design.data is None:
        return Planned(phase, problem="There is no data to train on. Choose a source of data.")
    try:
        fields = design.data.fields()
        if isinstance(phase.plan, Drawn):
            step, objectives = phase.plan.step, phase.plan.objectives
        else:
            step, objectives = phase.plan.draw(design.networks, design.data)
            _refuse_stepping(step, design.networks)
    except (CannotPlan, NoData) as error:
        return Planned(phase, problem=f"{error}")
    checked = check(step, design.networks)
    problem = _misfit(step, objectives, fields, design)
    if not problem and not checked.unfit:
        problem = next((told for _, told in idle(checked, objectives)), "")
    return Planned(phase, step, objectives, checked, problem)


def _refuse_stepping(step: Graph, networks: Mapping[str, Graph]) -> None:
    """Raises CannotPlan where a recipe would train a network that can only be used at every step of a sequence."""
    for name in step.uses:
        if name in networks and networks[name].delays():
            told = "so that it goes through a sequence step by step. Use it in another network, with over_time on,"
            raise CannotPlan(f"{name} holds a delay, {told} and train that one.")


def _misfit(step: Graph, objectives: tuple[Objective, ...], fields: Mapping[str, Shape], design: Design) -> str:
    """What a step that was drawn by hand asks for and does not get."""
    for name in step.inputs():
        if name not in fields:
            return f"The step takes in {name}, which the data does not give: it gives {', '.join(fields)}."
        wanted = step.block(name).shape()
        if wanted.sizes != fields[name].sizes:
            return f"The step expects {wanted} as {name}, the data gives {fields[name]}."
    for name, node in step.nodes.items():
        if node.block.role == "network" and node.block.value("settings"):
            return f"{name} has values of its own for {node.block.value('network')}, which a step takes as it is."
    for objective in objectives:
        if objective.minimize not in step.nodes:
            return f"The step has no node {objective.minimize} to minimize."
        if step.nodes[objective.minimize].muted:
            return f"{objective.minimize} is muted, so that it cannot be minimized. Unmute it."
        for network in objective.networks:
            if network not in design.networks:
                return f"There is no network {network} to update."
    return "" if objectives else "Nothing is minimized. Add an objective."


def choices(planned: Planned, design: Design) -> tuple[DesignFix, ...]:
    """Where a recipe does not know which network to train: one fix for each of the first few."""
    plan = planned.phase.plan
    able = [name for name, graph in design.networks.items() if not graph.delays()]
    if not isinstance(plan, Recipe) or len(design.networks) < 2 or plan.network in able:
        return ()
    return tuple(DesignFix(f"Train {name}", _training(planned.phase, name)) for name in able[:4])


def _training(phase: Phase, network: str) -> Callable[[Design], Design]:
    def edit(design: Design) -> Design:
        assert isinstance(phase.plan, Recipe)
        chosen = Phase(phase.name, phase.plan.with_settings(network=network))
        return replace(design, training=tuple(chosen if each == phase else each for each in design.training))

    return edit


def uses(graph: Graph) -> set[str]:
    """The networks that stand in a graph."""
    return set(graph.uses)


def in_step(diagnostic: Diagnostic, planned: Planned, checked: Checked) -> tuple[DesignFix, ...]:
    """Fixes within a step that was drawn by hand."""
    plan = planned.phase.plan
    if not isinstance(plan, Drawn):
        return ()

    def lifted(fix: Fix) -> Callable[[Design], Design]:
        changed = Phase(planned.name, replace(plan, step=fix.edit(plan.step)))
        return lambda design: replace(
            design, training=tuple(changed if each is planned.phase else each for each in design.training)
        )

    return tuple(DesignFix(fix.title, lifted(fix)) for fix in fixes(diagnostic, checked))
