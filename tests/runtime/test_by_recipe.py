"""What a hand changes in the step of a recipe is a change of the recipe, or refused."""

from __future__ import annotations

import pytest

from blocks import edits
from blocks.edits import Refused
from blocks.exchange import exchanged
from blocks.graph import Graph
from blocks.loss import CrossEntropy, MeanSquaredError
from blocks.loss_classes import FocalLoss
from runtime.by_recipe import Edit, by_recipe, offered, recipe_of
from runtime.design import canvas_of
from runtime.recipe import Classification
from tests.designs import digits


def of_step(edit: object) -> Edit:
    """An edit of the step of `fit`, as one of the design."""
    assert callable(edit)
    return by_recipe(lambda design: design.edited(canvas_of("fit"), edit), "fit")


def test_another_loss_in_the_step_is_the_one_of_the_recipe() -> None:
    after = of_step(lambda step: exchanged(step, "loss", FocalLoss()))(digits(epochs=3))
    recipe = recipe_of(after, "fit")
    assert isinstance(recipe, Classification)
    assert (recipe.loss, recipe.epochs) == (FocalLoss(), 3)
    assert after.networks is not None
    assert list(after.networks) == ["LeNet"]


def test_what_the_recipe_has_no_setting_for_is_refused_with_what_to_do() -> None:
    for edit in (lambda s: edits.remove(s, ["accuracy"]), lambda s: edits.rename(s, "loss", "error")):
        with pytest.raises(Refused, match="edit the step by hand"):
            of_step(edit)(digits())
    with pytest.raises(Refused, match="takes one of CrossEntropy"):
        of_step(lambda step: exchanged(step, "loss", MeanSquaredError()))(digits())


def test_only_where_a_block_may_be_chosen_is_one_offered() -> None:
    assert list(offered(Classification(), "loss"))[:2] == ["CrossEntropy", "FocalLoss"]
    assert offered(Classification(), "accuracy") == {}


def test_another_block_takes_over_the_wires_port_by_port() -> None:
    step = digits().training[0].plan.draw(digits().networks, digits().data)[0]  # type: ignore[union-attr, arg-type]
    after: Graph = exchanged(step, "loss", MeanSquaredError())
    assert [(w.source, w.input) for w in after.into("loss")] == [("lenet", "prediction"), ("label", "target")]
    assert exchanged(after, "loss", CrossEntropy()).wires == step.wires
