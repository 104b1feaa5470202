"""What a design's training comes to: every phase with its step graph drawn, checked and opened to plain blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from blocks.check import Checked, check
from blocks.edits import expand
from blocks.graph import Graph
from blocks.marks import bypassed
from blocks.row import Row
from runtime.design import Design, Drawn, Phase
from runtime.naming import attribute, free, variable
from runtime.objective_check import all_frozen, contradictions, misplaced, too_coarse
from runtime.places import network_of
from runtime.recipe import CannotPlan, Objective
from runtime.source import CannotPrint
from runtime.sources import DataSource
from runtime.terms import Terms

Better = Literal["lower", "higher"]
_JUDGES = ("loss", "metric")


@dataclass(frozen=True, eq=False)
class Stretch:
    """One phase ready to be printed: its step graph without composites, what is minimized, and its terms.

    `identifier` is the phase's name as it stands in code.
    """

    name: str
    identifier: str
    checked: Checked
    objectives: tuple[Objective, ...]
    terms: Terms

    @property
    def graph(self) -> Graph:
        """The step graph."""
        return self.checked.graph

    @property
    def watched(self) -> str:
        """The loss by which the best weights are known: the first that is minimized."""
        return self.objectives[0].minimize

    @property
    def learning(self) -> tuple[str, ...]:
        """The networks whose weights change, or the nodes of them, where nothing else of them does."""
        told = dict.fromkeys(place for objective in self.objectives for place in self.follows(objective))
        return tuple(place for place in told if network_of(place) == place or network_of(place) not in told)

    @property
    def frozen(self) -> tuple[str, ...]:
        """What does not learn, of the networks that do."""
        learners = {network_of(place) for place in self.learning}
        return tuple(place for place in self.terms.frozen if network_of(place) in learners)

    def follows(self, objective: Objective) -> tuple[str, ...]:
        """What learns from an objective, without networks and nodes that are frozen as a whole."""
        frozen = self.terms.frozen
        return tuple(p for p in objective.places if p not in frozen and network_of(p) not in frozen)

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks that the step graph uses, or whose weights it reads."""
        blocks = [node.block for node in self.graph.nodes.values()]
        return tuple(dict.fromkeys(b.value("network") for b in blocks if b.role == "network" or b.of_weights))

    def judged(self) -> Mapping[str, Better]:
        """Every loss and metric, with which of two values is the better one."""
        found = {name: node.block for name, node in self.graph.nodes.items() if node.block.role in _JUDGES}
        rest = {o.minimize: self.graph.block(o.minimize) for o in self.objectives}
        return {name: getattr(block, "better", "lower") for name, block in (rest | found).items()}

    def gathers(self, name: str) -> bool:
        """Whether what a node gives is an average, of which its number is made when all examples are seen."""
        minimized = any(objective.minimize == name for objective in self.objectives)
        return self.graph.block(name).gathers and not minimized and not self.graph.out_of(name)

    def behind(self, *names: str) -> tuple[str, ...]:
        """The nodes that must run before these, and these, in order."""
        wanted, waiting = set(names), list(names)
        while waiting:
            for wire in self.graph.into(waiting.pop()):
                if wire.source not in wanted:
                    wanted.add(wire.source)
                    waiting.append(wire.source)
        return tuple(name for name in self.checked.order if name in wanted)


def plan(design: Design) -> tuple[Stretch, ...]:
    """The phases of a design in order; raises CannotPlan, CannotPrint or NoData where it cannot be trained."""
    if design.data is None:
        raise CannotPlan("The design has no data to learn from. Choose a data source.")
    if not design.training:
        raise CannotPlan("The design has no training. Add a phase, such as classification.")
    taken: set[str] = set()
    for i, phase in enumerate(design.training):
        for told in misplaced(phase.plan, [each.name for each in design.training[:i]], design.networks):
            raise CannotPrint(phase.name, "", told)
    return tuple(_stretch(design, phase, design.data, taken) for phase in design.training)


def seed_of(design: Design) -> int:
    """The seed of weights, order and dropout: that of the first phase."""
    return next((phase.plan.seed for phase in design.training), 0)


def _stretch(design: Design, phase: Phase, data: DataSource, taken: set[str]) -> Stretch:
    drawn = phase.plan
    if isinstance(drawn, Drawn):
        graph, objectives = drawn.step, drawn.objectives
    else:
        graph, objectives = drawn.draw(design.networks, data)
    checked = _opened(phase.name, check(graph, design.networks))
    of_terms = (*all_frozen(drawn, objectives, design.networks), *too_coarse(drawn, objectives, checked.graph))
    for wrong in (*_wrong(checked, objectives, design, data), *of_terms):
        raise CannotPrint(phase.name, *wrong)
    identifier = free(taken, variable(phase.name.lower()))
    return Stretch(phase.name, identifier, checked, objectives, drawn)


def refuse_unfollowed(stretch: Stretch, steps: int) -> None:
    """Raises CannotPrint where a phase of so many steps has too few for what gathers the gradients of several."""
    for name, batches in ((each.minimize, each.accumulate) for each in stretch.objectives):
        if batches > steps:
            told = f"{name} gathers the gradients of {batches:,} batches, but {stretch.name} has {steps:,} in all"
            raise CannotPrint(stretch.name, name, f"{told}: nothing would be learned. Gather fewer, or train longer.")


def _opened(phase: str, checked: Checked) -> Checked:
    """With every composite replaced by what is inside; raises CannotPrint where a block does not fit."""
    while True:
        wrong = next((d for d in checked.errors if d.node), None)  # a step graph has no Output
        if wrong is not None:
            raise CannotPrint(phase, wrong.node, wrong.message)
        inside = next((n for n, node in checked.graph.nodes.items() if node.block.composite and not node.muted), None)
        if inside is None:
            heard = bypassed(checked.graph)
            return checked if heard is checked.graph else check(heard, checked.networks)
        opened, _ = expand(checked.graph, inside, checked.rows[inside])
        checked = check(opened, checked.networks)


def _wrong(
    checked: Checked, objectives: tuple[Objective, ...], design: Design, data: DataSource
) -> Iterator[tuple[str, str]]:
    """What keeps a step graph from being trained: (node, sentence)."""
    graph, fields = checked.graph, data.fields()
    if not objectives:
        yield "", "Nothing is minimized. Choose a loss."
    for objective in objectives:
        if objective.minimize not in graph.nodes:
            yield "", f"{objective.minimize} is to be minimized, but there is no such node. Choose a loss."
        for name in objective.networks:
            if name not in design.networks:
                yield objective.minimize, f"There is no network {name} that could learn. Choose one of the design."
    yield from idle(checked, objectives)
    yield from contradictions(objectives, design.networks)
    for name, node in graph.nodes.items():
        if node.block.role == "input" and name not in fields:
            yield name, f"The data has no field {name}; it has {', '.join(fields)}. Rename the input."
        if node.block.role == "network" and node.block.value("settings"):
            told = f"Give {node.block.value('network')} itself these values, or detach it and do so."
            yield name, f"{name} cannot have values of its own in a training step. {told}"
        if node.block.role != "network" and checked.rows[name].parameters:
            yield name, f"{name} has weights of its own, which nothing would train. Place it in a network."


def idle(checked: Checked, objectives: tuple[Objective, ...]) -> Iterator[tuple[str, str]]:
    """What keeps networks of a step from learning: a use that is frozen, or nothing in them that could."""
    nodes, rows = checked.graph.nodes, dict[str, Row]()
    yield from _misread(checked)
    for name in checked.graph.delays():
        yield name, f"{name} is a delay, but a training step goes through no sequence. Place it in a network."
    for name, node in nodes.items():
        if node.block.role != "network" or name not in checked.rows:
            continue
        rows[node.block.value("network")] = checked.rows[name]
        if node.frozen:
            told = f"Freeze what is in {node.block.value('network')}, or do not let it be updated."
            yield name, f"{name} cannot be frozen in a training step. {told}"
        if node.checkpointed:
            told = f"Checkpoint what is in {node.block.value('network')}."
            yield name, f"{name} cannot be checkpointed in a training step. {told}"
    for objective in objectives:
        updated = [rows[name] for name in objective.networks if name in rows and None not in rows[name].outputs]
        if updated and len(updated) == len(objective.networks) and not any(row.parameters for row in updated):
            told = f"Nothing in {' or '.join(objective.networks)} can learn: there are no weights, or all are frozen."
            yield objective.minimize, told


def _misread(checked: Checked) -> Iterator[tuple[str, str]]:
    """What reads the weights of a network, or of a node in it, that is not there."""
    known = checked.networks
    for name, node in checked.graph.nodes.items():
        if not node.block.of_weights:
            continue
        network, part = node.block.value("network"), node.block.value("part")
        if network not in known:
            told = f"no network {network}" if network else "no network named"
            yield name, f"{name} reads weights, but there is {told}. Name one of {', '.join(known)}."
        elif part and (part not in known[network].nodes or attribute(part) != part):
            yield name, f"{name} reads the weights of {part}, which {network} does not hold. Name a node of it."
