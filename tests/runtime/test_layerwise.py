"""Layers that learn one by one: one edit cuts a network, adds the phases, and loses nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from blocks.activation import ReLU
from blocks.block import Block
from blocks.check import check
from blocks.convolution import Conv2d
from blocks.linear import Linear
from blocks.naming import Refused
from blocks.regularization import Dropout
from blocks.reshape import Flatten
from blocks.shape import vector
from blocks.units import LinearUnit
from runtime.data.digits import Digits
from runtime.design import Design, Note, Phase
from runtime.file import dumps, loads
from runtime.layerwise import layer_by_layer, why_not_layer_by_layer
from runtime.model import compiled
from runtime.optimizer import SGD
from runtime.plan import plan
from runtime.recipe import Classification, Regression
from runtime.recipes.autoencoder import Denoising
from runtime.recipes.probe import FineTuning
from runtime.verdict import judge
from tests.taught import DIGIT, column
from tests.taught_codes import stacked_digits

FIT = Phase("fit", Classification(epochs=7, optimizer=SGD(lr=0.2), patience=3))
LAYERS: tuple[tuple[str, Block], ...] = (
    ("flatten", Flatten()),
    ("fc1", Linear(32)),
    ("relu", ReLU()),
    ("drop", Dropout(0.1)),
    ("fc2", LinearUnit(16)),
    ("fc3", Linear(10)),
)


def chain(*layers: tuple[str, Block], phase: Phase = FIT) -> Design:
    drawing = column("image", DIGIT, "logits", *layers)
    notes = {"Net": (Note("# Mine"),)}
    return Design("Chain", {"Net": drawing.graph()}, Digits(), (phase,), {"Net": drawing.layout()}, notes)


def test_every_hidden_layer_becomes_an_encoder_and_the_last_one_the_classifier() -> None:
    made = layer_by_layer("Net")(chain(*LAYERS))
    assert list(made.networks) == ["Encoder1", "Encoder2", "Classifier", "Decoder1", "Decoder2"]
    held = [name for network in list(made.networks)[:3] for name in made.networks[network].nodes]
    assert [name for name in held if name in dict(LAYERS)] == [name for name, _ in LAYERS]
    assert [phase.name for phase in made.training] == ["layer 1", "layer 2", "fit"]
    assert made.notes["Encoder1"] == (Note("# Mine"),)
    assert all(made.layout[name].keys() == graph.nodes.keys() for name, graph in made.networks.items())


def test_what_was_said_of_the_training_is_kept() -> None:
    *layers, last = (phase.plan for phase in layer_by_layer("Net")(chain(*LAYERS)).training)
    assert isinstance(last, FineTuning)
    assert (last.epochs, last.optimizer, last.patience) == (7, SGD(lr=0.2), 3)
    assert [(type(p), p.epochs, p.value("before")) for p in layers if isinstance(p, Denoising)] == [
        (Denoising, 7, ()),
        (Denoising, 7, ("Encoder1",)),
    ]


def test_the_parts_together_have_the_weights_of_the_whole() -> None:
    design = chain(*LAYERS)
    made = layer_by_layer("Net")(design)
    parts = [check(made.networks[name]).parameters for name in ("Encoder1", "Encoder2", "Classifier")]
    assert sum(parts) == check(design.networks["Net"]).parameters


def test_what_is_made_is_checked_saved_and_trained() -> None:
    made = layer_by_layer("Net")(chain(*LAYERS))
    assert [finding.message for finding in judge(made).diagnostics] == []
    assert loads(dumps(made)) == made
    script = compiled(made).script
    networks, (data, held_out) = script.build(), script.load(torch.device("cpu"))
    first = [script.train(phase, networks, data, held_out, 1, 2)[0] for phase in script.PHASES]
    assert len(first) == 3
    assert [stretch.learning for stretch in plan(made)] == [
        ("Encoder1", "Decoder1"),
        ("Encoder2", "Decoder2"),
        ("Encoder1", "Encoder2", "Classifier"),
    ]


def test_encoders_that_a_fine_tuning_names_are_taken_as_they_are() -> None:
    whole = stacked_digits()
    parts = {name: graph for name, graph in whole.networks.items() if not name.startswith("Decoder")}
    bare = replace(whole, networks=parts, training=whole.training[-1:])
    for network in ("Classifier", "Encoder2"):
        made = layer_by_layer(network)(bare)
        assert list(made.networks) == [*parts, "Decoder1", "Decoder2", "Decoder3"]
        assert [phase.name for phase in made.training] == ["layer 1", "layer 2", "layer 3", "fine-tuning"]
        assert plan(made)[1].learning == ("Encoder2", "Decoder2")


@pytest.mark.parametrize(
    ("design", "told"),
    [
        (chain(("flatten", Flatten()), ("fc", Linear(10))), "Net has no hidden dense layer"),
        (chain(("conv", Conv2d(4)), *LAYERS), "conv of Net is no dense layer"),
        (chain(*LAYERS, phase=Phase("fit", Regression())), "no phase trains Net as a classifier"),
        (replace(chain(*LAYERS), training=(Phase("tune", FineTuning(network="Net", encoders=("Up",))),)), "named Up"),
    ],
)
def test_what_cannot_be_learned_layer_by_layer_is_refused_in_words(design: Design, told: str) -> None:
    with pytest.raises(Refused, match=told):
        layer_by_layer("Net")(design)
    assert why_not_layer_by_layer(design, "Net").endswith(".")


def test_without_a_training_one_is_added() -> None:
    made = layer_by_layer("Net")(replace(chain(*LAYERS), training=()))
    assert [phase.name for phase in made.training] == ["layer 1", "layer 2", "tune"]
    assert vector(16) is check(made.networks["Classifier"]).rows["fc3"].inputs[0]
