"""Recipes draw step graphs of ordinary blocks, and say what is missing where they cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from blocks.activation import ReLU, Sigmoid, Step
from blocks.block import Block
from blocks.composite import Sketch
from blocks.convolution import Conv2d
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.loss import BinaryCrossEntropy
from blocks.noise import GaussianNoise
from blocks.reshape import Flatten, Reshape
from blocks.shape import Shape, image, vector
from runtime.data.bits import Bits
from runtime.data.curve import Curve
from runtime.data.digits import Digits
from runtime.data.pairs import Pairs, Triplets
from runtime.data.points import Moons
from runtime.data.shapes import Shapes
from runtime.design import Design, Phase
from runtime.file import dumps, loads
from runtime.model import compiled
from runtime.plan import Stretch, plan
from runtime.recipe import CannotPlan, Classification, Recipe, Regression
from runtime.recipes import RECIPES
from runtime.recipes.alike import Siamese, Triplet
from runtime.recipes.autoencoder import Autoencoder, Denoising
from runtime.recipes.counting import Counting
from runtime.recipes.distillation import Distillation
from runtime.recipes.masks import MultiLabel, Segmentation
from runtime.recipes.perceptron import Perceptron
from runtime.recipes.probe import FineTuning, Probe
from runtime.recipes.variational import Variational
from runtime.script import print_training
from runtime.sources import DataSource

DIGIT = image(1, 8, 8)


def row(start: Shape, *blocks: Block, **exits: int) -> Graph:
    """Blocks one after the other; `exits` names further outputs by how many blocks stand before them."""
    g = Sketch()
    ends = [g.input("x", start)]
    for block in blocks:
        ends.append(g.add(block, ends[-1]))
    g.output("y", ends[-1])
    for name, place in exits.items():
        g.output(name, ends[place])
    return g.graph()


ENCODER = row(DIGIT, Flatten(), Linear(16), ReLU())
DECODER = row(vector(16), Linear(64), Reshape((1, 8, 8), "image"))
HEAD = row(vector(16), Linear(10))
WHOLE = row(DIGIT, Flatten(), Linear(16), ReLU(), Linear(64), Sigmoid(), Reshape((1, 8, 8), "image"), code=3)
SEEN = row(image(3, 32, 32), Flatten(), Linear(3))
NETWORKS = {"Encoder": ENCODER, "Decoder": DECODER, "Head": HEAD}


def learned(recipe: Recipe, data: DataSource | None = None, **networks: Graph) -> Stretch:
    """The phase that a recipe draws, opened and checked."""
    design = Design("Recipe", networks or NETWORKS, data or Digits(), (Phase("fit", recipe),))
    return plan(design)[0]


def blocks_of(stretch: Stretch) -> dict[str, str]:
    return {name: type(node.block).__name__ for name, node in stretch.graph.nodes.items()}


def wire_into(stretch: Stretch, node: str, port: str) -> str:
    return next(wire.source for wire in stretch.graph.into(node) if wire.input == port)


# --- what is drawn --------------------------------------------------------------------------


def test_every_recipe_is_one_file_of_the_package() -> None:
    modules = {recipe.__module__ for recipe in RECIPES} - {Classification.__module__}
    assert all(module.startswith("runtime.recipes.") for module in modules)
    assert {"autoencoder", "denoising", "probe", "distillation", "siamese", "triplet"} <= {r.kind() for r in RECIPES}


@pytest.mark.parametrize("kind", list(RECIPES), ids=lambda kind: kind.kind())
def test_every_recipe_survives_the_file(kind: type[Recipe]) -> None:
    design = Design("Kept", NETWORKS, Digits(), (Phase("fit", kind(epochs=3)),))
    assert loads(dumps(design)).training == design.training


@pytest.mark.parametrize(
    ("loss", "block"),
    [("squared", "MeanSquaredError"), ("absolute", "MeanAbsoluteError"), ("cross-entropy", "BinaryCrossEntropy")],
)
def test_an_autoencoder_compares_with_its_own_input(loss: str, block: str) -> None:
    stretch = learned(Autoencoder(network="Encoder", decoder="Decoder", loss=loss))
    assert blocks_of(stretch)["loss"] == block
    assert [wire.source for wire in stretch.graph.into("loss")] == ["decoder", "image"]
    assert stretch.learning == ("Encoder", "Decoder")
    assert "label" not in stretch.graph.nodes


def test_behind_a_sigmoid_the_cross_entropy_is_that_of_probabilities() -> None:
    stretch = learned(Autoencoder(loss="cross-entropy"), Whole=WHOLE)
    assert blocks_of(stretch)["loss"] == "BinaryCrossEntropyOfProbabilities"


def test_later_layers_restore_the_codes_of_layers_that_stay_as_they_are() -> None:
    second, back = row(vector(16), Linear(8)), row(vector(8), Linear(16))
    recipe = Autoencoder(before=("Encoder",), network="Second", decoder="Back")
    stretch = learned(recipe, Encoder=ENCODER, Second=second, Back=back)
    assert wire_into(stretch, "loss", "target") == "encoder"
    assert stretch.learning == ("Second", "Back")


def test_noise_stands_in_front_of_the_network_and_not_of_the_target() -> None:
    stretch = learned(Denoising(network="Encoder", decoder="Decoder", noise="gaussian", level=0.2))
    assert wire_into(stretch, "encoder", "x") == "noise"
    assert wire_into(stretch, "loss", "target") == "image"
    assert stretch.graph.block("noise") == GaussianNoise(0.2)


def test_corrupted_and_clean_may_be_two_fields() -> None:
    stretch = learned(Denoising(clean="clean"), Curve(), Net=row(vector(2), Linear(2)))
    assert wire_into(stretch, "net", "x") == "point"
    assert wire_into(stretch, "loss", "target") == "clean"


def test_a_probe_learns_behind_an_encoder_that_does_not() -> None:
    stretch = learned(Probe(encoders=("Encoder",), network="Head"))
    assert stretch.learning == ("Head",)
    assert set(stretch.networks) == {"Encoder", "Head"}
    assert learned(FineTuning(encoders=("Encoder",), network="Head")).learning == ("Encoder", "Head")


def test_of_an_encoder_with_several_results_the_code_is_read() -> None:
    stretch = learned(Probe(encoders=("Whole",)), Whole=WHOLE, Head=HEAD)
    assert [(wire.source, wire.output) for wire in stretch.graph.into("head")] == [("whole", "code")]


def test_a_student_learns_from_labels_and_teacher_by_their_shares() -> None:
    design = Design("Two", {"Big": row(DIGIT, Flatten(), Linear(10)), "Small": row(DIGIT, Flatten(), Linear(10))})
    recipe = Distillation(teacher="Big", temperature=2.0, soft=0.75)
    stretch = plan(replace(design, data=Digits(), training=(Phase("fit", recipe),)))[0]
    assert stretch.learning == ("Small",)
    shares = {name: stretch.graph.block(name).value("factor") for name in stretch.graph.nodes if "share" in name}
    assert shares == {"soft_targets_share": 0.75, "cross_entropy_share": 0.25}
    assert wire_into(stretch, "soft_targets", "teacher") == "big"


@pytest.mark.parametrize(("recipe", "data", "times"), [(Siamese(), Pairs(), 2), (Triplet(), Triplets(), 3)])
def test_one_network_reads_all_that_is_compared(recipe: Recipe, data: DataSource, times: int) -> None:
    stretch = learned(recipe, data, Embed=row(DIGIT, Flatten(), Linear(4)))
    assert stretch.graph.uses == {"Embed": times}


def test_two_are_taken_for_alike_within_half_the_margin() -> None:
    stretch = learned(Siamese(margin=3.0), Pairs(), Embed=row(DIGIT, Flatten(), Linear(4)))
    assert stretch.graph.block("accuracy").value("threshold") == 1.5


@pytest.mark.parametrize(
    ("blocks", "of"), [((Linear(1),), "sums"), ((Linear(1), Step(gradient="straight through")), "answers")]
)
def test_the_perceptron_rule_takes_sums_or_what_a_threshold_makes_of_them(blocks: tuple[Block, ...], of: str) -> None:
    stretch = learned(Perceptron(), Bits(), Unit=row(vector(2), *blocks))
    assert stretch.graph.block("loss").value("of") == of


@pytest.mark.parametrize(("dice", "loss"), [(0.0, "CrossEntropy"), (0.25, "Add"), (1.0, "DiceLoss")])
def test_segmentation_mixes_the_overlap_with_the_cross_entropy(dice: float, loss: str) -> None:
    stretch = learned(Segmentation(dice=dice), Shapes(), Net=row(image(3, 32, 32), Conv2d(4, 1)))
    assert blocks_of(stretch)["loss"] == loss
    assert blocks_of(stretch)["iou"] == "MeanIoU"
    shares = {name: node.block.value("factor") for name, node in stretch.graph.nodes.items() if "share" in name}
    assert shares == ({"cross_entropy_share": 0.75, "dice_share": 0.25} if dice == 0.25 else {})


def test_several_answers_are_judged_each_by_itself() -> None:
    stretch = learned(MultiLabel(loss=BinaryCrossEntropy(pos_weight=(2.0,))), Shapes(answer="present"), Net=SEEN)
    found = {name: stretch.graph.block(name) for name in ("loss", "accuracy", "f1")}
    assert found["loss"] == BinaryCrossEntropy(pos_weight=(2.0,))
    assert blocks_of(stretch)["f1"] == "F1"


# --- what is printed ------------------------------------------------------------------------


def test_what_a_network_gives_is_named_by_its_place_where_it_is_used_twice() -> None:
    design = Design("Pairs", {"Embed": row(DIGIT, Flatten(), Linear(4))}, Pairs(), (Phase("fit", Siamese()),))
    text = print_training(design).text
    assert "    left_code = embed(left)\n    right_code = embed(right)\n" in text


def test_a_metric_of_squashed_scores_does_not_run_the_network_again() -> None:
    recipe = Autoencoder(network="Encoder", decoder="Decoder", loss="cross-entropy")
    text = print_training(Design("Digits", NETWORKS, Digits(), (Phase("fit", recipe),))).text
    assert text.count("decoder(") == 1


def test_the_teacher_is_asked_and_not_changed() -> None:
    nets = {"Big": row(DIGIT, Flatten(), Linear(10)), "Small": row(DIGIT, Flatten(), Linear(10))}
    design = Design("Two", nets, Digits(), (Phase("fit", Distillation(teacher="Big", epochs=1)),))
    script = compiled(design).script
    networks, (data, held_out) = script.build(), script.load(torch.device("cpu"))
    before = {name: p.clone() for name, p in networks["Big"].named_parameters()}
    moving = next(networks["Small"].parameters()).clone()
    script.train(script.PHASES[0], networks, data, held_out, 1, 5)
    assert all(torch.equal(p, before[name]) for name, p in networks["Big"].named_parameters())
    assert not torch.equal(next(networks["Small"].parameters()), moving)


# --- what is refused ------------------------------------------------------------------------

TWO = {"A": row(DIGIT, Flatten(), Linear(10)), "B": row(DIGIT, Flatten(), Linear(10))}


@pytest.mark.parametrize(
    ("recipe", "data", "networks", "told"),
    [
        (Autoencoder(), Digits(), NETWORKS, "Name the network that learns to restore: Encoder, Decoder, Head"),
        (Autoencoder(network="Encoder", decoder="Dekoder"), Digits(), NETWORKS, "no network named Dekoder"),
        (Autoencoder(network="Encoder", decoder="Encoder"), Digits(), NETWORKS, "cannot play two parts"),
        (Autoencoder(field="picture"), Digits(), {"A": ENCODER}, "no field picture; it has image, label"),
        (Autoencoder(before=("Decoder",), network="Encoder"), Digits(), NETWORKS, None),
        (Denoising(network="Encoder", decoder="Decoder"), Digits(), NETWORKS, "Nothing corrupts what Encoder restores"),
        (Denoising(noise="masking", level=3.0), Digits(), {"A": WHOLE}, "Set a level from 0 to 1"),
        (Probe(network="Head"), Digits(), NETWORKS, "Name the encoders"),
        (Probe(encoders=("Head",), network="Head"), Digits(), NETWORKS, "cannot be encoder and classifier"),
        (Probe(encoders=("Encoder",)), Digits(), NETWORKS, "Name the classifier: Decoder, Head"),
        (Distillation(), Digits(), TWO, "Name the teacher"),
        (Distillation(teacher="A", network="A"), Digits(), TWO, "A cannot teach itself"),
        (Distillation(teacher="A"), Curve(), TWO, "Choose data with labels"),
        (Siamese(network="A"), Digits(), TWO, "Choose pairs"),
        (Triplet(network="A"), Pairs(), TWO, "Choose triplets"),
        (Perceptron(network="A"), Digits(), TWO, "Choose data of two classes"),
        (MultiLabel(network="A"), Digits(), TWO, "Choose data with a row of 0 and 1"),
        (Segmentation(network="A"), Digits(), TWO, "Choose data with a mask"),
        (Regression(), Moons(), TWO, "Name the network to train"),
        (Variational(network="A"), Digits(), TWO, "A gives y, and no distribution of codes"),
        (Counting(network="A"), Digits(), TWO, "A holds no counts"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(
    recipe: Recipe, data: DataSource, networks: dict[str, Any], told: str | None
) -> None:
    design = Design("Missing", networks, data, (Phase("fit", recipe),))
    if told is None:  # the networks do not fit on each other, which the checker tells
        recipe.draw(networks, data)
        return
    with pytest.raises(CannotPlan, match=told):
        plan(design)


def test_a_network_with_two_inputs_cannot_be_fed_with_one_field() -> None:
    g = Sketch()
    g.input("left", vector(2))
    g.output("y", g.add(Linear(2), g.input("right", vector(2))))
    with pytest.raises(CannotPlan, match="Give it 1 input"):
        learned(Autoencoder(), Moons(), Net=g.graph())
