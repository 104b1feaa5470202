"""Data and training of a newer program: kept in the file as they are, and refused with a sentence when used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from blocks.definition import Catalogue
from blocks.graph import Graph
from blocks.setting import Part
from blocks.shape import Shape
from runtime.optimizer import OPTIMIZERS
from runtime.recipe import RECIPES, CannotPlan, Objective, Recipe
from runtime.schedule import SCHEDULES
from runtime.sources import SOURCES, DataSource, NoData
from runtime.terms import Terms


class UnknownSource(DataSource):
    """Data that this program does not know; `unknown` holds the file's words about it."""

    def fields(self) -> Mapping[str, Shape]:
        known = ", ".join(source.kind() for source in SOURCES)
        raise NoData(f"data {self.unknown.get('source')}", f"one of {known}", "Choose another source of data.")


class UnknownRecipe(Recipe):
    """A way of training that this program does not know; `unknown` holds the file's words about it."""

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        raise CannotPlan(next(_strange(self.unknown)))


def _strange(entry: Mapping[str, Any]) -> Iterator[str]:
    """What of a phase is not known here, as the file says it; the phase as a whole where nothing else is."""
    if "step" in entry:
        yield from _beyond(entry, ("step", "objectives", *Terms.settings), "A step drawn by hand")
        for each in (each for each in entry.get("objectives", ()) if isinstance(each, dict)):
            yield from _beyond(each, [field.name for field in fields(Objective)], "An objective")
            yield from _parts(each, {"optimizer": OPTIMIZERS, "schedule": SCHEDULES})
    elif (recipe := RECIPES.get(str(entry.get("recipe")))) is not None:
        yield from _parts(entry, {n: s.catalogue for n, s in recipe.settings.items() if isinstance(s, Part)})
    known = ", ".join(recipe.kind() for recipe in RECIPES)
    yield f"The recipe {entry.get('recipe')} is not known here. Choose one of {known}."


def _parts(entry: Mapping[str, Any], catalogues: Mapping[str, Catalogue[Any]]) -> Iterator[str]:
    """Each part whose kind is not known, with those that are."""
    for name, catalogue in catalogues.items():
        part = entry.get(name)
        kind = part.get("kind") if isinstance(part, dict) else None
        if isinstance(kind, str) and kind not in catalogue:
            known = ", ".join(each.kind() for each in catalogue)
            yield f"The {name} {kind} is not known here, or not for this. Choose one of {known}."


def _beyond(entry: Mapping[str, Any], known: Sequence[str], whose: str) -> Iterator[str]:
    """Each entry that is not known."""
    for name in entry:
        if name not in known:
            told = f"{whose} has the entry {name}, which is not known here"
            yield f"{told}. Remove it, or use one of {', '.join(known)}."
