"""The loss of a recipe is a setting of it: each one offered fits, prints, and is kept in the file."""

from __future__ import annotations

import json

import pytest

from blocks.block import Block
from blocks.convolution import Conv2d
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.loss import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from blocks.reshape import Flatten
from blocks.shape import image, vector
from runtime.data.curve import Curve
from runtime.data.digits import Digits
from runtime.data.points import Xor
from runtime.data.shapes import Shapes
from runtime.design import Design, Phase
from runtime.file import dumps, loads
from runtime.plan import plan
from runtime.recipe import Classification, Recipe, Regression
from runtime.recipes.masks import MultiLabel, Segmentation
from runtime.recipes.probe import Probe
from runtime.sources import DataSource
from runtime.unknown import UnknownRecipe
from tests.runtime.test_recipes import row

DIGIT, PICTURE = image(1, 8, 8), image(3, 32, 32)
OFFERING: tuple[tuple[type[Recipe], DataSource, Graph], ...] = (
    (Classification, Digits(), row(DIGIT, Flatten(), Linear(10))),
    (Regression, Curve(), row(vector(2), Linear(2))),
    (MultiLabel, Shapes(answer="present"), row(PICTURE, Flatten(), Linear(3))),
    (Segmentation, Shapes(), row(PICTURE, Conv2d(4, 1))),
)


def design(recipe: Recipe, data: DataSource, network: Graph) -> Design:
    return Design("Losses", {"Net": network}, data, (Phase("fit", recipe),))


def offered(kind: type[Recipe]) -> list[type[Block]]:
    return list(kind.settings["loss"].catalogue)  # type: ignore[attr-defined]


def cases() -> list[tuple[type[Recipe], DataSource, Graph, type[Block]]]:
    """Every loss of every recipe; yes or no of classes is judged where there are two."""
    found = []
    for kind, data, network in OFFERING:
        several = kind is MultiLabel
        found += [(kind, data, network, loss) for loss in offered(kind) if several or loss is not BinaryCrossEntropy]
    return [*found, (Classification, Xor(), row(vector(2), Linear(1)), BinaryCrossEntropy)]


@pytest.mark.parametrize(
    ("kind", "data", "network", "loss"), cases(), ids=[f"{kind.kind()}-{loss.kind()}" for kind, _, _, loss in cases()]
)
def test_a_loss_that_is_offered_stands_in_the_step(
    kind: type[Recipe], data: DataSource, network: Graph, loss: type[Block]
) -> None:
    made = design(kind(loss=loss()), data, network)
    assert loss() in [node.block for node in plan(made)[0].graph.nodes.values()]
    assert loads(dumps(made)) == made


def test_one_score_for_two_classes_is_judged_by_yes_or_no_unless_another_loss_is_chosen() -> None:
    yes_or_no, wanted = vector(1), Xor().fields()["label"]
    assert Classification().judges(yes_or_no, wanted)["loss"] == BinaryCrossEntropy()
    weighed = BinaryCrossEntropy(pos_weight=(2.0,))
    assert Classification(loss=weighed).judges(yes_or_no, wanted)["loss"] == weighed


@pytest.mark.parametrize(
    ("recipe", "old", "loss"),
    [
        ("classification", {"label_smoothing": 0.1}, CrossEntropy(label_smoothing=0.1)),
        ("probe", {"label_smoothing": 0.1, "encoders": ["Net"]}, CrossEntropy(label_smoothing=0.1)),
        ("multilabel", {"pos_weight": [2.0]}, BinaryCrossEntropy(pos_weight=(2.0,))),
    ],
)
def test_what_was_a_setting_of_the_recipe_opens_as_one_of_its_loss(
    recipe: str, old: dict[str, object], loss: Block
) -> None:
    [phase] = loads(_file(recipe, old)).training
    assert not isinstance(phase.plan, UnknownRecipe)
    assert phase.plan.loss == loss  # type: ignore[union-attr]


def test_a_loss_that_is_not_known_is_kept_with_the_recipe() -> None:
    text = _file("regression", {"loss": {"kind": "Newer", "knob": 3}})
    [phase] = loads(text).training
    assert isinstance(phase.plan, UnknownRecipe)
    assert '"loss": { "kind": "Newer", "knob": 3 }'.replace("{ ", "{").replace(" }", "}") in dumps(loads(text))


def _file(recipe: str, settings: dict[str, object]) -> str:
    plain = dumps(Design("Old", {"Net": row(DIGIT, Flatten(), Linear(10))}, Digits(), (Phase("fit", Regression()),)))
    tree = json.loads(plain)
    tree["training"] = [{"phase": "fit", "recipe": recipe, **settings}]
    return json.dumps(tree)


def test_a_recipe_says_which_of_its_settings_make_a_node() -> None:
    assert Classification().settings_of("loss") == ("loss",)
    assert Classification().settings_of("accuracy") == ()
    assert Probe().settings_of("loss") == ("loss",)
    mixed = Segmentation()
    assert mixed.settings_of("cross_entropy") == ("loss",)
    assert mixed.settings_of("dice_share") == ("dice",)
    assert Segmentation(dice=0.0).settings_of("loss") == ("loss", "dice")
    assert isinstance(Regression().value("loss"), MeanSquaredError)
