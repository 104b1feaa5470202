"""Data and training of a newer program: kept in the file as they are, and refused with a sentence when used."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.graph import Graph
from blocks.shape import Shape
from runtime.recipe import RECIPES, CannotPlan, Objective, Recipe
from runtime.sources import SOURCES, DataSource, NoData


class UnknownSource(DataSource):
    """Data that this program does not know; `unknown` holds the file's words about it."""

    def fields(self) -> Mapping[str, Shape]:
        known = ", ".join(source.kind() for source in SOURCES)
        raise NoData(f"data {self.unknown.get('source')}", f"one of {known}", "Choose another source of data.")


class UnknownRecipe(Recipe):
    """A way of training that this program does not know; `unknown` holds the file's words about it."""

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        known = ", ".join(recipe.kind() for recipe in RECIPES)
        kind = self.unknown.get("recipe")
        raise CannotPlan(f"The recipe {kind}, or a setting of it, is not known here. Choose one of {known}.")
