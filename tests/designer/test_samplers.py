"""Samplers and uses of networks on the canvas of a training step: placed from the palette, set in the form."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.fields import ChoiceField, FlagField
from designer.window import MainWindow
from runtime.by_hand import drawn_plan, learning_from
from runtime.design import Drawn
from runtime.script import print_training
from tests.designer.hands import CONTROL, LEFT, SHIFT, key, nodes

Key = Qt.Key


@pytest.fixture
def drawn(lenet: MainWindow) -> MainWindow:
    """A window on the step of LeNet's training, taken over by hand."""
    key(lenet.stage.canvas, Key.Key_T, CONTROL | SHIFT)
    QTest.mouseClick(lenet.stage.step_bar.edit, LEFT)
    return lenet


def plan_of(window: MainWindow) -> Drawn:
    plan = drawn_plan(window.document.design, "fit")
    assert plan is not None
    return plan


def test_a_sampler_is_placed_from_the_palette_and_follows_what_is_selected(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(["image"])
    QTest.keyClicks(drawn.palette_panel.search, "latent")
    key(drawn.palette_panel.search, Key.Key_Return)
    [came] = plan_of(drawn).step.nodes.keys() - {"image", "label", "lenet", "loss", "accuracy"}
    [wire] = plan_of(drawn).step.into(came)
    assert (wire.source, wire.input) == ("image", "like")
    assert drawn.stage.scene.checked.rows[came].outputs[0] is not None
    assert drawn.document.verdict.diagnostics == ()


def test_the_distribution_of_noise_is_chosen_in_its_form(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(["image"])
    QTest.keyClicks(drawn.palette_panel.search, "random noise")
    key(drawn.palette_panel.search, Key.Key_Return)
    field = drawn.inspector.nodes.form.rows["distribution"].field
    assert isinstance(field, ChoiceField)
    key(field.combo, Key.Key_Down)
    [name] = drawn.stage.canvas.selection()
    assert plan_of(drawn).step.block(name).value("distribution") == "uniform"


def test_a_use_is_set_to_evaluation_without_gradient_in_its_form_and_its_card_says_so(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(["lenet"])
    rows = drawn.inspector.nodes.form.rows
    mode = rows["mode"].field
    assert isinstance(mode, ChoiceField)
    for _ in range(2):
        key(mode.combo, Key.Key_Down)
    gradient = drawn.inspector.nodes.form.rows["gradient"].field
    assert isinstance(gradient, FlagField)
    key(gradient.box, Key.Key_Space)
    assert plan_of(drawn).step.block("lenet").shorthand() == "LeNet · no grad · eval"
    assert "without_gradient(in_mode, lenet, image, training=False)" in print_training(drawn.document.design).text
    assert learning_from(plan_of(drawn).step, "loss") == set()
    [finding] = drawn.document.verdict.errors
    assert finding.message == "loss does not depend on the weights of LeNet: no gradient leads there."
    assert nodes(drawn) == ["image", "label", "lenet", "loss", "accuracy"]
