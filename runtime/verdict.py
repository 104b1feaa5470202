"""A whole design judged: every network, every training step, the data; with fixes, and kept up edit by edit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from blocks.any_length import holding
from blocks.catalogue import BROKEN
from blocks.check import Checked, Diagnostic, check, recheck
from blocks.ends import Use
from blocks.graph import Graph
from blocks.lints import advice
from blocks.nesting import circle
from blocks.repair import fixes
from blocks.setting import Part
from blocks.shape import Shape
from runtime.design import Design, Drawn
from runtime.entrances import widened_entrances
from runtime.findings import DesignFix, Finding, double_softmaxes, found, in_network, of_field, translated
from runtime.planning import Planned, choices, compared, in_step, plan_all, repairs, uses
from runtime.recipe import Recipe
from runtime.source import misplaced, misplaced_told
from runtime.step_check import Remark

__all__ = ["DesignFix", "Face", "Finding", "Planned", "Verdict", "judge", "rejudge", "replanned"]

RANKS = {"error": 0, "warning": 1, "advice": 2}


@dataclass(frozen=True)
class Face:
    """What others see of a network: the shapes that go in and come out, whether it is sound, and whether it learns."""

    inputs: tuple[tuple[str, Shape | None], ...]
    outputs: tuple[tuple[str, Shape | None], ...]
    sound: bool
    learns: bool


@dataclass(frozen=True, eq=False)
class Verdict:
    """What is true of a design. `networks` and `phases` hold the checks; `diagnostics` what to say about them."""

    design: Design
    networks: Mapping[str, Checked]
    faces: Mapping[str, Face]
    phases: tuple[Planned, ...]

    @cached_property
    def diagnostics(self) -> tuple[Finding, ...]:
        """Everything wrong or worth saying, errors first; each has the name of its network and its phase."""
        everything = [*_of_networks(self), *_of_phases(self), *_of_packages()]
        return tuple(sorted(everything, key=lambda finding: RANKS[finding.level]))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Only what keeps the design from being trained."""
        return tuple(finding for finding in self.diagnostics if finding.level == "error")

    def fixes(self, finding: Diagnostic) -> tuple[DesignFix, ...]:
        """The edits of the design that repair what was found, best first; each has been tried."""
        offered = finding.ready if isinstance(finding, Finding) else ()
        if finding.network in self.networks:
            local = fixes(finding, self.networks[finding.network])
            inner = widened_entrances(finding, self.networks[finding.network], self.design)
            tried = (fix for fix in inner if self._ends(finding, fix) and self._keeps_sound(fix))
            offered = (*tried, *(in_network(finding.network, fix) for fix in local), *offered)
        if isinstance(finding, Finding) and finding.phase and finding.level == "error":
            return tuple(fix for fix in offered if self._ends(finding, fix))
        return offered

    def _ends(self, finding: Diagnostic, fix: DesignFix) -> bool:
        """Whether that is not said any more, and no more than before is wrong."""
        after = judge(fix.edit(self.design)).errors
        place = finding.network, finding.node, finding.phase if isinstance(finding, Finding) else "", finding.message
        same = any((left.network, left.node, left.phase, left.message) == place for left in after)
        return not same and len(after) <= len(self.errors)

    def _keeps_sound(self, fix: DesignFix) -> bool:
        """Whether no network that was sound has anything wrong then."""
        after = judge(fix.edit(self.design)).faces
        return all(after[name].sound for name, face in self.faces.items() if face.sound and name in after)


def judge(design: Design) -> Verdict:
    """Checks all networks, draws and checks the training steps; never raises."""
    networks = {name: check(graph, design.networks) for name, graph in design.networks.items()}
    faces = {name: _face(checked) for name, checked in networks.items()}
    return Verdict(design, networks, faces, plan_all(design))


def replanned(before: Verdict, design: Design) -> Verdict:
    """The verdict on a design that differs from the one before in its training only."""
    return Verdict(design, before.networks, before.faces, plan_all(design))


def rejudge(before: Verdict, design: Design, network: str, touched: Iterable[str]) -> Verdict:
    """The verdict on a design that differs from the one before in some nodes of one network.

    The training steps, and the networks that nothing of it stands in, are checked again only if a face has changed.
    """
    old = replace(before.networks[network], networks=design.networks)
    checked = recheck(old, design.networks[network], touched)
    networks = {name: _among(other, design.networks) for name, other in before.networks.items()}
    networks[network] = checked
    face = _face_again(before, network, checked)
    users = _users(design, network)
    for name in users:
        networks[name] = check(design.networks[name], design.networks)
    faces = {**before.faces, **{name: _face(networks[name]) for name in users}, network: face}
    # Two faces that are not sound look alike, yet a step may see less of the one.
    if faces == before.faces and all(faces[name].sound for name in (network, *users)):
        return Verdict(design, networks, before.faces, before.phases)
    return Verdict(design, networks, faces, plan_all(design))


def _among(checked: Checked, networks: Mapping[str, Graph]) -> Checked:
    """A check that still holds, among the networks as they are now; what was worked out from it is kept."""
    kept = replace(checked, networks=networks, changed=frozenset())
    kept.__dict__.update((name, value) for name, value in checked.__dict__.items() if name == "diagnostics")
    return kept


def _face(checked: Checked) -> Face:
    return _seen(checked, checked.graph.inputs(), checked.graph.outputs(), not checked.errors)


def _face_again(before: Verdict, network: str, checked: Checked) -> Face:
    """The face after an edit of settings, from the names that were known; other edits look at all nodes."""
    face, old = before.faces[network], before.networks[network]
    same_wires = checked.graph.structure is old.graph.structure
    if not same_wires or not face.sound or checked.unfit:
        return _face(checked)
    return _seen(checked, [name for name, _ in face.inputs], [name for name, _ in face.outputs], True)


def _seen(checked: Checked, inputs: Sequence[str], outputs: Sequence[str], sound: bool) -> Face:
    rows = checked.rows
    arriving = ((name, rows[name].inputs[0] if name in rows else None) for name in outputs)
    learns = checked.parameters > 0
    return Face(tuple((name, checked.shape(name)) for name in inputs), tuple(arriving), sound, learns)


def _users(design: Design, network: str) -> list[str]:
    """The networks in which a network stands, also within others."""
    users: list[str] = []
    waiting = [network]
    while waiting:
        used = waiting.pop()
        more = [n for n, graph in design.networks.items() if used in uses(graph) and n not in users]
        users += more
        waiting += more
    return [name for name in users if name != network]


# --- networks -----------------------------------------------------------------------------


def _of_networks(verdict: Verdict) -> Iterator[Finding]:
    for name, checked in verdict.networks.items():
        for diagnostic in checked.diagnostics:
            if not _echoes(diagnostic, name, checked.graph, verdict):
                yield found(diagnostic, name)
        for node in misplaced(checked.graph):
            yield Finding("error", node, misplaced_told(node), network=name)
        yield from _unknown_settings(name, checked.graph)
        for diagnostic, *advised in (*holding(checked), *advice(checked)):
            yield found(diagnostic, name, ready=tuple(in_network(name, fix) for fix in advised))


def _echoes(diagnostic: Diagnostic, name: str, graph: Graph, verdict: Verdict) -> bool:
    """Whether it only repeats what is said about the network that stands at the node."""
    block = graph.block(diagnostic.node) if diagnostic.node in graph.nodes else None
    if not isinstance(block, Use) or diagnostic.port or not _broken(block.network, verdict):
        return False
    way = circle(block.network, verdict.design.networks)
    return name not in way  # those in a circle all say so


def _broken(network: str, verdict: Verdict) -> bool:
    face = verdict.faces.get(network)
    return face is not None and not face.sound


def _unknown_settings(name: str, graph: Graph) -> Iterator[Finding]:
    for node, placed in graph.nodes.items():
        for setting in placed.block.unknown:
            message = f"{node} has the setting {setting}, which is not known here; it is kept but has no effect."
            yield Finding("warning", node, message, setting=setting, network=name)


def _of_packages() -> Iterator[Finding]:
    """Blocks of other packages that could not be taken in: the design may be waiting for them."""
    for broken in BROKEN:
        yield Finding("warning", "", str(broken))


# --- training -----------------------------------------------------------------------------


def _of_phases(verdict: Verdict) -> Iterator[Finding]:
    said: set[tuple[str, str, str]] = set()
    for planned in verdict.phases:
        for finding in _of_phase(planned, verdict):
            key = finding.network, finding.node, finding.setting or finding.message
            if key not in said:
                said.add(key)
                yield finding


def _of_phase(planned: Planned, verdict: Verdict) -> Iterator[Finding]:
    if any(_broken(name, verdict) for name in _involved(planned, verdict.design)):
        return  # what is wrong with the network is said there
    if planned.problem:
        yield Finding("error", "", planned.problem, phase=planned.name, ready=choices(planned, verdict.design))
    for remark in planned.remarks:
        ready = repairs(remark, planned)
        yield Finding(remark.level, remark.node, remark.message, phase=planned.name, ready=ready)
    if planned.checked is not None:
        for diagnostic in planned.checked.errors:
            # a step has no Output, and needs none
            if diagnostic.node and not _follows(diagnostic.node, planned.checked.graph, planned.remarks):
                yield _of_step(diagnostic, planned, planned.checked, verdict)
        for advised in double_softmaxes(planned.checked.graph, verdict.networks):
            yield replace(advised, phase=planned.name)
    for setting in _unknown(planned, verdict.design):
        message = f"The setting {setting} is not known here; it is kept but has no effect."
        yield Finding("warning", "", message, setting=setting, phase=planned.name)


def _follows(node: str, step: Graph, remarks: Iterable[Remark]) -> bool:
    """Whether a network is only wrong for a field that the data gives otherwise, as is said there."""
    wrong = {each.node for each in remarks if each.level == "error"} & set(step.inputs())
    used = step.block(node).role == "network"
    return used and any(wire.target == node and wire.source in wrong for wire in step.wires)


def _of_step(diagnostic: Diagnostic, planned: Planned, checked: Checked, verdict: Verdict) -> Finding:
    ours = planned.by_hand and of_field(diagnostic, checked.graph)
    told = None if ours else translated(diagnostic, checked, verdict.networks)
    finding = told or found(diagnostic, ready=in_step(diagnostic, planned, checked))
    return replace(finding, phase=planned.name, ready=(*finding.ready, *compared(diagnostic, planned, checked)))


def _unknown(planned: Planned, design: Design) -> list[str]:
    """The settings of the data and of the recipe that are not known here, where the rest of them is."""
    plan, data = planned.phase.plan, design.data
    if planned.step is None or data is None:
        return []
    followed = {f"objectives[{i}]": each for i, each in enumerate(plan.objectives)} if isinstance(plan, Drawn) else {}
    parts = {name: plan.value(name) for name, setting in plan.settings.items() if isinstance(setting, Part)}
    parts |= {f"{place}.optimizer": each.optimizer for place, each in followed.items()}
    parts |= {f"{place}.schedule": each.schedule for place, each in followed.items()}
    within = [f"{place}.{name}" for place, part in parts.items() for name in part.unknown]
    return [*data.unknown, *plan.unknown, *within]


def _involved(planned: Planned, design: Design) -> set[str]:
    """The networks that a phase trains or uses, as far as that can be told."""
    if planned.step is not None:
        return uses(planned.step)
    named = planned.phase.plan.network if isinstance(planned.phase.plan, Recipe) else ""
    return {named} if named in design.networks else set(design.networks) if len(design.networks) == 1 else set()
