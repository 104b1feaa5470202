"""A small network learns from the answers of a large one (Hinton, Vinyals and Dean 2015)."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.definition import catalogued
from blocks.graph import Graph
from blocks.loss import CrossEntropy
from blocks.loss_classes import Distillation as SoftTargets
from blocks.metric import Accuracy
from blocks.setting import number
from runtime.places import network_name
from runtime.recipe import RECIPES, CannotPlan, Objective, Recipe
from runtime.sources import DataSource
from runtime.step_drawing import StepDrawing, mixed, network_of


@catalogued(RECIPES)
class Distillation(Recipe):
    """A student learns from labels and from a teacher's softened answers; the teacher stays as it is.

    A phase before this one, as classification, trains the teacher.
    """

    teacher: str = network_name(doc="The network that has learned already and does not change.")
    temperature: float = number(
        4.0, low=0.01, high=1e4, doc="Higher: what the teacher thinks of wrong classes counts for more."
    )
    soft: float = number(0.9, low=0.0, high=1.0, doc="Share of the teacher's answers; the labels have the rest.")

    def settings_of(self, node: str) -> tuple[str, ...]:
        ours = {"soft_targets": "temperature", "soft_targets_share": "soft", "cross_entropy_share": "soft"}
        return (ours[node],) if node in ours else super().settings_of(node)

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        teacher, student = self._pair(networks)
        step = StepDrawing(networks, data.fields())
        *given, wanted = step.fields
        if step.fields[wanted].dtype != "int64":
            told = f"Distillation compares with one label an example; the data gives {wanted} {step.fields[wanted]}"
            raise CannotPlan(f"{told}. Choose data with labels.")
        ends = [step.field(each) for each in given]
        learned = next(iter(step.use(student, *ends).values()))
        known = next(iter(step.use(teacher, *ends).values()))
        label = step.field(wanted)
        soft = step.add("soft_targets", SoftTargets(self.temperature), learned, known)
        hard = step.add("cross_entropy", CrossEntropy(), learned, label)
        mixed(step, {"soft_targets": (soft, self.soft), "cross_entropy": (hard, 1.0 - self.soft)})
        step.add("accuracy", Accuracy(), learned, label)
        return step.graph(), (self.objective("loss", student),)

    def _pair(self, networks: Mapping[str, Graph]) -> tuple[str, str]:
        if not self.teacher:
            told = "Name the teacher, the network that has learned already"
            raise CannotPlan(f"{told}: {', '.join(networks) or 'the design has none yet'}.")
        teacher = network_of("teacher", self.teacher, networks)
        student = network_of("student in network", self.network, networks, (teacher,))
        if teacher == student:
            raise CannotPlan(f"{teacher} cannot teach itself. Name another network as the student.")
        return teacher, student
