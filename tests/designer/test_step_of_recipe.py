"""The step that a recipe draws, changed where it stands: the same edit as by the training form, with real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest

from blocks.loss_classes import FocalLoss
from designer.fields import PartField, TextField
from designer.panels.palette import Entry
from designer.place import Place
from designer.window import MainWindow
from runtime.recipe import Classification
from runtime.script import print_training
from tests.designer.hands import CONTROL, LEFT, SHIFT, key, nodes, place

Key = Qt.Key


@pytest.fixture
def fit(lenet: MainWindow) -> MainWindow:
    """A window on the step of LeNet's training, with its loss selected."""
    key(lenet.stage.canvas, Key.Key_T, CONTROL | SHIFT)
    lenet.stage.canvas.select(["loss"])
    return lenet


def recipe(window: MainWindow) -> Classification:
    [phase] = window.document.design.training
    assert isinstance(phase.plan, Classification)
    return phase.plan


def part(field: object) -> PartField:
    assert isinstance(field, PartField)
    return field


def write(field: object, words: str) -> None:
    assert isinstance(field, TextField)
    field.line.setFocus()
    field.line.selectAll()
    QTest.keyClicks(field.line, words)


def test_the_loss_is_chosen_on_the_graph_as_it_is_by_the_form(fit: MainWindow) -> None:
    combo = part(fit.inspector.nodes.making.form.rows["loss"].field).combo
    assert combo.isVisible()
    combo.setFocus()
    QTest.keyClicks(combo, "FocalLoss")
    assert recipe(fit).loss == FocalLoss()
    assert "FocalLoss" in print_training(fit.document.design).text
    on_graph = fit.document.history
    key(fit, Key.Key_Z, CONTROL)
    fit.stage.canvas.select(())
    combo = part(part(fit.inspector.whole.recipes["fit"]).form.rows["loss"].field).combo  # type: ignore[attr-defined]
    combo.setFocus()
    QTest.keyClicks(combo, "FocalLoss")
    assert recipe(fit).loss == FocalLoss()
    assert fit.document.history == on_graph
    assert fit.stage.scene.graph.block("loss") == FocalLoss()


def test_a_setting_of_the_loss_is_typed_on_the_graph_as_one_step(fit: MainWindow) -> None:
    form = part(fit.inspector.nodes.making.form.rows["loss"].field).form
    write(form.rows["label_smoothing"].field, "0.25")  # type: ignore[attr-defined]
    assert recipe(fit).loss.value("label_smoothing") == 0.25
    assert fit.document.history == ("Set the training's label_smoothing to 0.25 (was 0.1)",)
    assert fit.stage.canvas.selection() == ("loss",)


def test_how_the_loss_is_made_small_is_set_beside_it(fit: MainWindow) -> None:
    following = fit.inspector.nodes.following
    assert following.isVisible()
    assert "LeNet" in following.told.text()
    combo = part(following.form.rows["optimizer"].field).combo
    combo.setFocus()
    QTest.keyClicks(combo, "RMSprop")
    write(following.form.rows["gradient_clip_val"].field, "2")
    assert recipe(fit).optimizer.kind() == "RMSprop"
    assert recipe(fit).gradient_clip_val == 2.0
    assert fit.document.history[-1] == "Set the training's gradient_clip_val to 2 (was 0)"


def test_other_nodes_are_only_shown_with_the_reason(fit: MainWindow) -> None:
    fit.stage.canvas.select(["accuracy"])
    page = fit.inspector.nodes
    assert not page.making.isVisible()
    assert not page.following.isVisible()
    assert "Edit it by hand" in page.lock.text()
    assert not page.form.isEnabled()
    key(fit.stage.canvas, Key.Key_R, SHIFT)
    assert not fit.stage.canvas.search.isVisible()
    assert fit.document.history == ()


def test_the_search_box_replaces_the_loss_by_another_that_fits(fit: MainWindow) -> None:
    canvas = fit.stage.canvas
    key(canvas, Key.Key_R, SHIFT)
    assert canvas.search.isVisible()
    titles = {canvas.search.list.item(i).text() for i in range(canvas.search.list.count())}
    assert titles == {"CrossEntropy", "FocalLoss", "MultiMargin", "NegativeLogLikelihood", "BinaryCrossEntropy"}
    QTest.keyClicks(canvas.search.field, "focal 3")
    key(canvas.search.field, Key.Key_Return)
    assert recipe(fit).loss == FocalLoss(gamma=3.0)
    assert fit.document.history == ("Set the training's loss to FocalLoss (was CrossEntropy)",)
    assert nodes(fit) == ["image", "label", "lenet", "loss", "accuracy"]


def test_a_loss_out_of_the_palette_takes_the_place_of_the_one_there(fit: MainWindow) -> None:
    QTest.keyClicks(fit.palette_panel.search, "focalloss")
    key(fit.palette_panel.search, Key.Key_Return)
    assert recipe(fit).loss == FocalLoss()
    QTest.keyClicks(fit.palette_panel.search, "conv2d")
    key(fit.palette_panel.search, Key.Key_Return)
    assert len(fit.document.history) == 1


def test_a_loss_is_dropped_on_the_one_that_is_there(fit: MainWindow) -> None:
    drop(fit, "accuracy")
    assert fit.document.history == ()
    drop(fit, "loss")
    assert recipe(fit).loss == FocalLoss()


def drop(window: MainWindow, node: str) -> None:
    canvas, block = window.stage.canvas, FocalLoss()
    x, y = canvas.sheet.place(node)
    at: QPoint = canvas.mapFromScene(QPointF(x + 100, y + 20))
    held = Entry(block, block.label(), block.category).mime()
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    canvas.dragEnterEvent(QDragEnterEvent(at, action, held, LEFT, none))
    canvas.dropEvent(QDropEvent(QPointF(at), action, held, LEFT, none))


def test_on_a_network_replacing_keeps_the_wires(lenet: MainWindow) -> None:
    canvas = lenet.stage.canvas
    before = lenet.stage.scene.graph
    name = next(n for n in before.nodes if before.block(n).kind() == "Tanh" or "conv" in n)
    canvas.select([name])
    key(canvas, Key.Key_R, SHIFT)
    QTest.keyClicks(canvas.search.field, "batchnorm2d")
    key(canvas.search.field, Key.Key_Return)
    after = lenet.stage.scene.graph
    assert after.block(name).kind() == "BatchNorm2d"
    assert after.wires == before.wires
    assert lenet.document.history == (f"Replace {name} by BatchNorm2d",)


def test_the_script_follows_an_edit_on_the_graph_and_its_lines_lead_back(fit: MainWindow) -> None:
    fit.bench.raise_dock("Code")
    QTest.mouseClick(fit.code.files["train.py"], LEFT)
    assert "label_smoothing=0.1" in fit.code.text
    marked = [mark.cursor.block().text() for mark in fit.code.view.extraSelections()]
    assert any("loss = F.cross_entropy(" in text for text in marked)
    form = part(fit.inspector.nodes.making.form.rows["loss"].field).form
    write(form.rows["label_smoothing"].field, "0.25")  # type: ignore[attr-defined]
    QTest.qWait(400)
    assert "label_smoothing=0.25" in fit.code.text


def test_moving_about_other_places_leaves_the_recipe_as_it_is(fit: MainWindow) -> None:
    fit.stage.go_to(Place("LeNet"))
    fit.stage.canvas.select(["loss"])
    place(fit, "dropout")
    assert len(fit.document.history) == 1
    assert recipe(fit) == Classification(**{n: recipe(fit).value(n) for n in recipe(fit).settings})
