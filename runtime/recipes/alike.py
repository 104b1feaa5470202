"""What is alike: one network reads two or three examples with the same weights, and places them near or far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from blocks.definition import catalogued
from blocks.graph import Graph
from blocks.loss_pairs import ContrastiveLoss, TripletMargin
from blocks.metric_pairs import PairAccuracy, TripletAccuracy
from blocks.setting import number
from blocks.shape import Shape
from runtime.recipe import RECIPES, CannotPlan, Objective, Recipe
from runtime.sources import DataSource
from runtime.step_drawing import Result, StepDrawing


class _Alike(Recipe):
    """What ways of learning distances share: a network that is used for several fields."""

    def settings_of(self, node: str) -> tuple[str, ...]:
        return ("margin",) if node == "loss" else ()

    def _read(self, step: StepDrawing, network: str, fields: Sequence[str]) -> list[Result]:
        """What the network makes of each of these fields."""
        ends = [(each, step.field(each)) for each in fields]
        return [next(iter(step.use(network, end, name=f"{each}_code").values())) for each, end in ends]


@catalogued(RECIPES)
class Siamese(_Alike):
    """Pairs that are alike or not: one network reads both, the contrastive loss draws together or pushes apart.

    Bromley et al. 1993; Hadsell et al. 2006. Two are taken for alike where they are nearer than half the margin.
    """

    margin: float = number(1.0, low=1e-6, doc="How far apart is enough for what is not alike.")

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        name = self._network(networks)
        step = StepDrawing(networks, data.fields())
        if not _are_pairs(step.fields):
            told = "Siamese training needs two fields of one shape, and a label that is 1 where they are alike"
            raise CannotPlan(f"{told}; the data gives {_told(step.fields)}. Choose pairs.")
        left, right, wanted = step.fields
        first, second = self._read(step, name, (left, right))
        label = step.field(wanted)
        step.add("loss", ContrastiveLoss(self.margin), first, second, label)
        step.add("accuracy", PairAccuracy(self.margin / 2), first, second, label)
        return step.graph(), (self.objective("loss", name),)


@catalogued(RECIPES)
class Triplet(_Alike):
    """An anchor nearer to what is like it than to what is not: one network reads all three (Schroff et al. 2015)."""

    margin: float = number(1.0, low=1e-6, doc="By how much nearer the positive shall be than the negative.")

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        name = self._network(networks)
        step = StepDrawing(networks, data.fields())
        if len(step.fields) != 3 or len({shape.sizes for shape in step.fields.values()}) > 1:
            told = "Triplet training needs three fields of one shape: an anchor, one like it and one unlike it"
            raise CannotPlan(f"{told}; the data gives {_told(step.fields)}. Choose triplets.")
        codes = self._read(step, name, tuple(step.fields))
        step.add("loss", TripletMargin(margin=self.margin), *codes)
        step.add("accuracy", TripletAccuracy(), *codes)
        return step.graph(), (self.objective("loss", name),)


def _are_pairs(fields: Mapping[str, Shape]) -> bool:
    if len(fields) != 3:
        return False
    left, right, label = fields.values()
    return left.sizes == right.sizes and not label.sizes and label.classes in (0, 2)


def _told(fields: Mapping[str, Shape]) -> str:
    return ", ".join(f"{name} {shape}" for name, shape in fields.items()) or "nothing"
