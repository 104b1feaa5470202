"""Pre-training layer by layer from the menu: one command, and one step to take it back."""

from __future__ import annotations

from PySide6.QtCore import Qt

from designer.layerwise import why_not_by_layers
from runtime.recipes.autoencoder import Denoising
from runtime.recipes.probe import FineTuning
from tests.designer.hands import CONTROL, Open, key

COMMAND = "Pre-train layer by layer"


def test_the_network_in_sight_is_cut_into_layers_that_learn_one_by_one(start: Open) -> None:
    window = start("xor_mlp")
    before = window.document.design
    window.commands[COMMAND].trigger()
    design = window.document.design
    assert list(design.networks) == ["Encoder1", "Classifier", "Decoder1"]
    assert [type(phase.plan) for phase in design.training] == [Denoising, FineTuning]
    assert window.stage.scene.place.network in design.networks
    assert [finding.message for finding in window.document.verdict.diagnostics] == []
    key(window.stage.canvas, Qt.Key.Key_Z, CONTROL)
    assert window.document.design is before


def test_where_there_is_no_chain_the_command_says_why_not(start: Open) -> None:
    window = start("resnet_digits")
    assert not window.commands[COMMAND].isEnabled()
    assert "is no chain of layers" in why_not_by_layers(window)


def test_without_a_design_there_is_nothing_to_pretrain(start: Open) -> None:
    assert why_not_by_layers(start()) == "No design is open."
