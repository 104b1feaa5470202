"""Steps that a recipe draws, edited where they stand: what a hand changes in them is a change of the recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from blocks.block import Block
from blocks.graph import Graph
from blocks.naming import Refused
from blocks.setting import Part
from runtime.by_hand import with_plan
from runtime.design import Design, canvas_of
from runtime.recipe import CannotPlan, Recipe
from runtime.sources import NoData

Edit = Callable[[Design], Design]


def recipe_of(design: Design, phase: str) -> Recipe | None:
    """The recipe of a phase, None where its step is drawn by hand."""
    plan = next((each.plan for each in design.training if each.name == phase), None)
    return plan if isinstance(plan, Recipe) else None


def offered(recipe: Recipe, node: str) -> dict[str, str]:
    """The kinds of blocks that may stand at a node of the step that a recipe draws, each with the setting it is of."""
    parts = {name: recipe.settings[name] for name in recipe.settings_of(node)}
    return {
        kind.kind(): name
        for name, setting in parts.items()
        if isinstance(setting, Part)
        for kind in setting.catalogue
        if issubclass(kind, Block)
    }


def by_recipe(edit: Edit, phase: str) -> Edit:
    """An edit of a network named `canvas_of(phase)`, as one of the recipe that draws the step of that phase.

    It may put other blocks, or other settings of them, where the recipe has a setting for that; else it raises Refused.
    """
    name = canvas_of(phase)

    def whole(design: Design) -> Design:
        recipe, step = recipe_of(design, phase), _step(design, phase)
        if recipe is None or step is None:
            raise Refused(f"no recipe draws the step of {phase}")
        opened = replace(design, networks={**design.networks, name: step})
        changed = edit(opened).networks.get(name)
        return with_plan(design, phase, _told(recipe, opened.networks[name], changed))

    return whole


def _step(design: Design, phase: str) -> Graph | None:
    recipe = recipe_of(design, phase)
    if recipe is None or design.data is None:
        return None
    try:
        return recipe.draw(design.networks, design.data)[0]
    except (CannotPlan, NoData):
        return None


def _told(recipe: Recipe, before: Graph, after: Graph | None) -> Recipe:
    """The recipe that draws what was made of its step; raises Refused."""
    nodes = after.nodes if after is not None else {}
    turned = [name for name in before.nodes if nodes.get(name) != before.nodes[name]]
    odd = next((name for name in turned if name not in nodes or not offered(recipe, name)), "")
    if odd or not turned or len(nodes) != len(before.nodes):
        what = f"{odd} is" if odd else "this step is"
        raise Refused(f"{what} drawn by the recipe {recipe.kind()}: edit the step by hand to change it")
    for name in turned:
        kinds, block = offered(recipe, name), nodes[name].block
        if block.kind() not in kinds or nodes[name] != replace(before.nodes[name], block=block):
            few = ", ".join(kinds)
            raise Refused(
                f"{recipe.kind()} takes one of {few} for {name}: edit the step by hand to place another block"
            )
        recipe = recipe.with_settings(**{kinds[block.kind()]: block})
    return recipe
