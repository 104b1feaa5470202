"""Several answers at once, and an answer at every pixel."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.block import Block
from blocks.definition import catalogued
from blocks.graph import Graph
from blocks.loss import BinaryCrossEntropy, CrossEntropy
from blocks.loss_dense import DiceLoss, one_of_several
from blocks.metric import Accuracy, BinaryAccuracy
from blocks.metric_classes import F1, MeanIoU
from blocks.setting import number, part
from blocks.shape import Shape
from runtime.losses import OF_ANSWERS, OF_PIXELS
from runtime.recipe import RECIPES, CannotPlan, Objective, Recipe, moved
from runtime.sources import DataSource
from runtime.step_drawing import Result, StepDrawing, mixed, snake


@catalogued(RECIPES)
class MultiLabel(Recipe):
    """Several yeses and noes an example: binary cross-entropy of each answer, their accuracy and the F1 score."""

    loss: Block = part(BinaryCrossEntropy(), OF_ANSWERS, doc="What is made small: how surprising each answer is.")

    @classmethod
    def renewed(cls, stored: Mapping[str, object]) -> Mapping[str, object]:
        return moved(stored, "pos_weight", "BinaryCrossEntropy")

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        wanted, shape = list(data.fields().items())[-1]
        if shape.rank != 1 or shape.classes > 2:
            told = f"Multi-label training asks for several yeses or noes at once; the data gives {wanted} {shape}"
            raise CannotPlan(f"{told}. Choose data with a row of 0 and 1, or classification.")
        return super().draw(networks, data)

    def judges(self, result: Shape | None, wanted: Shape) -> Mapping[str, Block]:
        return {"loss": self.loss, "accuracy": BinaryAccuracy(), "f1": F1(average="micro")}


@catalogued(RECIPES)
class Segmentation(Recipe):
    """A class for every pixel: cross-entropy with, on request, the Dice loss of the overlap; accuracy and mean IoU."""

    loss: Block = part(CrossEntropy(), OF_PIXELS, doc="What is made small; of one score a pixel, binary cross-entropy.")
    dice: float = number(
        0.5, low=0.0, high=1.0, doc="Share of the Dice loss (Milletari et al. 2016); the rest is the loss above."
    )

    def settings_of(self, node: str) -> tuple[str, ...]:
        if node == "loss":
            return ("dice",) if self.dice else ("loss", "dice")
        if node.endswith("_share") or node == "dice":
            return ("dice",)
        return ("loss",) if node == _named(self.loss) else ()

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        fields, name = data.fields(), self._network(networks)
        *given, wanted = fields
        if fields[wanted].rank < 2:
            told = f"Segmentation asks for a class at every pixel; the data gives {wanted} {fields[wanted]}"
            raise CannotPlan(f"{told}. Choose data with a mask, as shapes, or classification.")
        step = StepDrawing(networks, fields)
        logits = next(iter(step.use(name, *(step.field(each) for each in given)).values()))
        mask = step.field(wanted)
        self._judge(step, logits, mask)
        return step.graph(), (self.objective("loss", name),)

    def _judge(self, step: StepDrawing, logits: Result, mask: Result) -> None:
        have, want = step.shape(logits), step.fields[mask.node]
        several = have is None or not have.rank or one_of_several(have, want)
        loss = self.loss if several or not isinstance(self.loss, CrossEntropy) else BinaryCrossEntropy()
        if 0.0 < self.dice < 1.0:
            parts = {_named(loss): (loss, 1.0 - self.dice), "dice": (DiceLoss(), self.dice)}
            mixed(step, {name: (step.add(name, part_, logits, mask), share) for name, (part_, share) in parts.items()})
        else:
            step.add("loss", DiceLoss() if self.dice else loss, logits, mask)
        step.add("accuracy", Accuracy() if several else BinaryAccuracy(), logits, mask)
        step.add("iou", MeanIoU(), logits, mask)


def _named(loss: Block) -> str:
    """The name of the node of a loss, beside which another one stands."""
    return "cross_entropy" if isinstance(loss, CrossEntropy | BinaryCrossEntropy) else snake(type(loss).label())
