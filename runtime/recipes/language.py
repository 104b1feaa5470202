"""What follows each sign of a text."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.block import Block
from blocks.definition import catalogued
from blocks.graph import Graph
from blocks.loss import CrossEntropy
from blocks.metric import Perplexity
from blocks.setting import number, part
from blocks.shape import Meaning, Shape
from runtime.losses import OF_SIGNS
from runtime.recipe import RECIPES, CannotPlan, Objective, Recipe
from runtime.sources import DataSource


@catalogued(RECIPES)
class LanguageModel(Recipe):
    """Which sign follows each one of a text: cross-entropy at every step, and the perplexity.

    Where recurrent layers are stateful, they go on with each batch where the one before ended.
    """

    loss: Block = part(CrossEntropy(), OF_SIGNS, doc="What is made small: how surprising each next sign is.")
    gradient_clip_val: float = number(
        1.0, low=0.0, high=1e6, doc="Gradients longer than this are scaled down to it; 0 leaves them."
    )

    @classmethod
    def kind(cls) -> str:
        return "language_model"

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        read, shape = next(iter(data.fields().items()))
        if shape.meaning is not Meaning.TOKENS:
            told = f"A language model reads whole numbers in a row; the data gives {read} {shape}"
            raise CannotPlan(f"{told}. Choose text as data.")
        return super().draw(networks, data)

    def judges(self, result: Shape | None, wanted: Shape) -> Mapping[str, Block]:
        return {"loss": self.loss, "perplexity": Perplexity()}
