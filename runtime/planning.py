"""The training steps of a design: drawn by recipes or by hand, checked, and what keeps them from running."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from blocks.check import Checked, Diagnostic, check
from blocks.edits import Fix
from blocks.graph import Graph
from blocks.repair import fixes
from runtime.by_hand import of_plan
from runtime.design import Design, Drawn, Objective, Phase
from runtime.findings import DesignFix
from runtime.objective_check import all_frozen, misplaced, too_coarse
from runtime.recipe import CannotPlan, Recipe
from runtime.sources import NoData
from runtime.step_check import Remark, remarks
from runtime.step_targets import comparisons


@dataclass(frozen=True, eq=False)
class Planned:
    """The training step of a phase, drawn by its recipe or by hand.

    `problem` says why it cannot be drawn, or no data be had for it; `remarks` what is wrong with it beside its shapes.
    """

    phase: Phase
    step: Graph | None = None
    objectives: tuple[Objective, ...] = ()
    checked: Checked | None = None
    problem: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Whether a hand has drawn it."""
        return isinstance(self.phase.plan, Drawn)

    @property
    def name(self) -> str:
        """The phase's name."""
        return self.phase.name


def plan_all(design: Design) -> tuple[Planned, ...]:
    """The training steps of all phases."""
    return tuple(_on_terms(_plan(phase, design), i, design) for i, phase in enumerate(design.training))


def _on_terms(planned: Planned, number: int, design: Design) -> Planned:
    """With what is wrong with the terms of the phase."""
    earlier = [phase.name for phase in design.training[:number]]
    terms = planned.phase.plan
    told = [Remark("", each) for each in misplaced(terms, earlier, design.networks)]
    told += [Remark(*each) for each in all_frozen(terms, planned.objectives, design.networks)]
    told += [Remark(*each) for each in too_coarse(terms, planned.objectives, planned.step or Graph())]
    return replace(planned, remarks=(*planned.remarks, *told)) if told else planned


def _plan(phase: Phase, design: Design) -> Planned:
    """Draws and checks the step of a phase, or says why it cannot be drawn."""
    if design.data is None:
        return _without_data(phase, design, "There is no data to train on. Choose a source of data.")
    try:
        fields = design.data.fields()
        if isinstance(phase.plan, Drawn):
            step, objectives = phase.plan.step, phase.plan.objectives
        else:
            step, objectives = phase.plan.draw(design.networks, design.data)
            _refuse_stepping(step, design.networks)
    except (CannotPlan, NoData) as error:
        return _without_data(phase, design, f"{error}")
    checked, by_hand = check(step, design.networks), isinstance(phase.plan, Drawn)
    return Planned(phase, step, objectives, checked, remarks=remarks(checked, objectives, fields, design, by_hand))


def _without_data(phase: Phase, design: Design, problem: str) -> Planned:
    """A phase that cannot be trained; a step that was drawn by hand is there all the same."""
    plan = phase.plan
    if not isinstance(plan, Drawn):
        return Planned(phase, problem=problem)
    return Planned(phase, plan.step, plan.objectives, check(plan.step, design.networks), problem)


def _refuse_stepping(step: Graph, networks: Mapping[str, Graph]) -> None:
    """Raises CannotPlan where a recipe would train a network that can only be used at every step of a sequence."""
    for name in step.uses:
        if name in networks and networks[name].delays():
            told = "so that it goes through a sequence step by step. Use it in another network, with over_time on,"
            raise CannotPlan(f"{name} holds a delay, {told} and train that one.")


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


def repairs(remark: Remark, planned: Planned) -> tuple[DesignFix, ...]:
    """What repairs a step that was drawn by hand, as edits of the design."""
    if not planned.by_hand:
        return ()
    return tuple(DesignFix(each.title, of_plan(planned.name, each.edit)) for each in remark.repairs)


def compared(diagnostic: Diagnostic, planned: Planned, checked: Checked) -> tuple[DesignFix, ...]:
    """What lets a loss or metric of a step that was drawn by hand compare what it gets."""
    if not planned.by_hand:
        return ()

    def lifted(fix: Fix) -> DesignFix:
        return DesignFix(fix.title, of_plan(planned.name, lambda plan: replace(plan, step=fix.edit(plan.step))))

    return tuple(map(lifted, comparisons(checked, diagnostic.node)))


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
