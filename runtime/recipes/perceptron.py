"""One threshold unit and the rule by which it learns (Rosenblatt 1958)."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.activation import Step
from blocks.definition import catalogued
from blocks.graph import Graph
from blocks.loss_perceptron import PerceptronCriterion
from blocks.metric import BinaryAccuracy
from blocks.setting import part
from runtime.optimizer import OPTIMIZERS, SGD, Optimizer
from runtime.recipe import RECIPES, CannotPlan, Objective, Recipe
from runtime.sources import DataSource
from runtime.step_drawing import StepDrawing


@catalogued(RECIPES)
class Perceptron(Recipe):
    """The perceptron rule, w += η (t − o) x: of the sum before the threshold or of a Step's answer, by plain SGD.

    By the rule one example makes a step: set the batch size of the data to 1.
    """

    optimizer: Optimizer = part(SGD(lr=0.1), OPTIMIZERS, doc="How weights follow; plain SGD makes it the rule.")

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        wanted, shape = list(data.fields().items())[-1]
        if shape.classes > 2:
            told = f"A threshold unit says yes or no; the data gives {wanted} of {shape.classes} classes"
            raise CannotPlan(f"{told}. Choose data of two classes, as bits, or classification.")
        step = StepDrawing(networks, data.fields())
        *given, _ = step.fields
        name = self._network(networks)
        result = next(iter(step.use(name, *(step.field(each) for each in given)).values()))
        last, target = step.last(result, name), step.field(wanted)
        if isinstance(last, Step) and last.gradient == "none":
            told = f"No gradient passes the threshold at the end of {name}, so that nothing would be learned"
            raise CannotPlan(f"{told}. Let the gradient of the Step be straight through.")
        step.add("loss", PerceptronCriterion(of="answers" if isinstance(last, Step) else "sums"), result, target)
        step.add("accuracy", BinaryAccuracy(), result, target)
        return step.graph(), (self.objective("loss", name),)
