"""The step graph of a training in the window: shown, taken over by hand, edited as any graph is, with real keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest

from blocks import edits
from blocks.activation import Softmax
from blocks.graph import Graph, Node, Wire
from designer.fields import ChoiceField, FlagField, PartField, TextField
from designer.panels.objectives import ObjectiveForm, StepForm
from designer.place import Place
from designer.window import MainWindow
from runtime.by_hand import drawn_plan, with_plan
from runtime.design import Drawn, canvas_of
from runtime.file import save_design
from runtime.script import print_training
from tests.designer.hands import CONTROL, LEFT, SHIFT, Open, key, nodes, place, typed
from tests.designs import two_losses

Key = Qt.Key


@pytest.fixture
def fit(lenet: MainWindow) -> MainWindow:
    """A window on the step of LeNet's training, drawn by its recipe."""
    key(lenet.stage.canvas, Key.Key_T, CONTROL | SHIFT)
    return lenet


@pytest.fixture
def drawn(fit: MainWindow) -> MainWindow:
    """The same, taken over by hand."""
    QTest.mouseClick(fit.stage.step_bar.edit, LEFT)
    return fit


@pytest.fixture
def tug(start: Open, tmp_path: Path) -> MainWindow:
    """A window on a step with two networks that pull at each other."""
    save_design(tmp_path / "two.json", two_losses())
    window = start()
    window.files.open(tmp_path / "two.json")
    key(window.stage.canvas, Key.Key_T, CONTROL | SHIFT)
    return window


def plan_of(window: MainWindow, phase: str = "fit") -> Drawn:
    plan = drawn_plan(window.document.design, phase)
    assert plan is not None
    return plan


def form_of(window: MainWindow, phase: str = "tug") -> StepForm:
    return window.inspector.whole.steps[phase]


def objective(window: MainWindow, at: int, phase: str = "tug") -> ObjectiveForm:
    return form_of(window, phase).objectives.forms[at]


def test_the_key_leads_to_the_step_which_only_the_recipe_draws(fit: MainWindow) -> None:
    assert fit.stage.scene.place == Place(step="fit")
    assert nodes(fit) == ["image", "label", "lenet", "loss", "accuracy"]
    assert fit.stage.step_bar.isVisible()
    assert "The recipe draws this step" in fit.stage.step_bar.words.text()
    fit.stage.canvas.select(["accuracy"])
    key(fit.stage.canvas, Key.Key_Delete)
    assert "accuracy" in nodes(fit)
    assert fit.stage.scene.checked.parameters == fit.document.verdict.networks["LeNet"].parameters


def test_the_training_form_has_a_button_that_shows_the_step(lenet: MainWindow) -> None:
    button = lenet.inspector.whole.show_step["fit"]
    lenet.inspector.ensureWidgetVisible(button)
    QTest.mouseClick(button, LEFT)
    assert lenet.stage.scene.place == Place(step="fit")
    assert not lenet.commands["Show the step graph"].isEnabled()


def test_taking_the_step_over_is_one_step_and_trains_the_same(fit: MainWindow) -> None:
    before = print_training(fit.document.design).text
    cards = dict(fit.stage.canvas.sheet.shown_layout())
    QTest.mouseClick(fit.stage.step_bar.edit, LEFT)
    assert print_training(fit.document.design).text == before
    assert fit.document.history == ("Draw the step of fit by hand",)
    assert dict(fit.stage.canvas.sheet.shown_layout()) == cards
    assert not fit.stage.step_bar.isVisible()
    key(fit, Key.Key_Z, CONTROL)
    assert fit.stage.step_bar.isVisible()


def test_a_loss_is_placed_wired_and_deleted_as_any_block(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(["lenet"])
    place(drawn, "Multi margin")
    came = plan_of(drawn).step.nodes.keys() - {"image", "label", "lenet", "loss", "accuracy"}
    assert len(came) == 1
    assert [wire.source for wire in plan_of(drawn).step.into(*came)] == ["lenet"]
    key(drawn.stage.canvas, Key.Key_Delete)
    assert len(nodes(drawn)) == 5
    for _ in range(2):
        key(drawn, Key.Key_Z, CONTROL)
    assert len(nodes(drawn)) == 5
    assert len(drawn.document.history) == 1


def test_a_setting_of_the_loss_is_one_of_the_step(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(["loss"])
    typed(drawn, "label_smoothing", "0.2")
    assert plan_of(drawn).step.block("loss").value("label_smoothing") == 0.2
    assert drawn.document.history[-1].startswith("Set loss label_smoothing to 0.2")
    assert "label_smoothing=0.2" in print_training(drawn.document.design).text


def test_a_copy_is_pasted_into_the_step_and_moved(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(["accuracy"])
    key(drawn.stage.canvas, Key.Key_C, CONTROL)
    key(drawn.stage.canvas, Key.Key_V, CONTROL)
    assert "accuracy2" in plan_of(drawn).step.nodes
    assert drawn.document.design.layout[canvas_of("fit")].keys() == plan_of(drawn).step.nodes.keys()


def test_undo_of_a_step_is_shown_where_it_was_done(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(["accuracy"])
    key(drawn.stage.canvas, Key.Key_Delete)
    drawn.stage.go_to(Place("LeNet"))
    key(drawn, Key.Key_Z, CONTROL)
    assert drawn.stage.scene.place == Place(step="fit")
    assert "accuracy" in nodes(drawn)


def test_the_objective_of_the_selected_loss_is_edited_beside_it(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(["loss"])
    form = drawn.inspector.nodes.aim.objectives.forms[0].form
    field = form.rows["gradient_clip_val"].field
    assert isinstance(field, TextField)
    field.line.setFocus()
    field.line.selectAll()
    QTest.keyClicks(field.line, "0.5")
    assert plan_of(drawn).objectives[0].gradient_clip_val == 0.5
    assert len(drawn.document.history) == 2
    drawn.stage.canvas.select(["lenet"])
    assert not drawn.inspector.nodes.aim.isVisible()


def test_the_optimizer_by_form_is_what_the_script_has(tug: MainWindow) -> None:
    tug.stage.canvas.select(())
    optimizer = objective(tug, 1).form.rows["optimizer"].field
    assert isinstance(optimizer, PartField)
    optimizer.combo.setFocus()
    QTest.keyClicks(optimizer.combo, "RMSprop")
    assert plan_of(tug, "tug").objectives[1].optimizer.kind() == "RMSprop"
    assert "RMSprop(" in print_training(tug.document.design).text
    assert tug.document.history[-1].startswith("Set push's optimizer to RMSprop")


def test_which_networks_learn_is_a_tick_each(tug: MainWindow) -> None:
    tug.stage.canvas.select(())
    field = objective(tug, 0).form.rows["learns: Second"].field
    assert isinstance(field, FlagField)
    tug.inspector.ensureWidgetVisible(field)
    key(field.box, Key.Key_Space)
    assert plan_of(tug, "tug").objectives[0].networks == ("First",)


def test_an_objective_is_taken_away_and_added_one_step_each(tug: MainWindow) -> None:
    tug.stage.canvas.select(())
    QTest.mouseClick(objective(tug, 1).remove, LEFT)
    assert [each.minimize for each in plan_of(tug, "tug").objectives] == ["draw"]
    QTest.mouseClick(form_of(tug).objectives.add, LEFT)
    assert [each.minimize for each in plan_of(tug, "tug").objectives] == ["draw", "push"]
    assert tug.document.history == ("Do not minimize push", "Minimize push")


def test_another_node_is_minimized_by_a_choice(tug: MainWindow) -> None:
    tug.stage.canvas.select(())
    QTest.mouseClick(objective(tug, 1).remove, LEFT)
    field = objective(tug, 0).form.rows["minimize"].field
    assert isinstance(field, ChoiceField)
    field.combo.setFocus()
    QTest.keyClicks(field.combo, "push")
    assert plan_of(tug, "tug").objectives[0].minimize == "push"


def test_a_line_of_the_script_leads_to_its_node_in_the_step_and_back(tug: MainWindow) -> None:
    tug.stage.go_to(Place("First"))
    tug.bench.raise_dock("Code")
    QTest.mouseClick(tug.code.files["train.py"], LEFT)
    lines = tug.code.text.splitlines()
    click_line(tug, next(i for i, text in enumerate(lines, start=1) if text.startswith("    push = F.mse_loss(")))
    assert tug.stage.scene.place == Place(step="tug")
    assert tug.stage.canvas.selection() == ("push",)
    tug.stage.canvas.select(["draw"])
    marked = [mark.cursor.block().text() for mark in tug.code.view.extraSelections()]
    assert any(text.startswith("    draw = F.mse_loss(") for text in marked)
    assert not any("push =" in text for text in marked)


def click_line(window: MainWindow, line: int) -> None:
    view = window.code.view
    view.bring(line)
    block = view.document().findBlockByNumber(line - 1)
    at = view.blockBoundingGeometry(block).translated(view.contentOffset()).center().toPoint()
    at.setX(40)
    QTest.mouseClick(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)


def test_a_problem_of_the_step_is_repaired_at_its_node(tug: MainWindow) -> None:
    tug.stage.canvas.select(())
    field = objective(tug, 1).form.rows["learns: Second"].field
    assert isinstance(field, FlagField)
    key(field.box, Key.Key_Space)
    [finding] = tug.document.verdict.errors
    assert (finding.phase, finding.node) == ("tug", "push")
    tug.stage.canvas.select(["push"])
    key(tug.stage.canvas, Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    card = tug.stage.canvas.fix_card
    assert [each.text() for each in card.buttons][:1] == ["Let First learn from push"]
    key(card.buttons[0], Key.Key_Return)
    assert tug.document.verdict.diagnostics == ()


def test_a_block_that_a_problem_asks_for_gets_a_place_in_the_step(drawn: MainWindow) -> None:
    step = plan_of(drawn).step
    wire = next(w for w in step.into("loss") if w.source == "lenet")
    drawn.do("Insert", lambda d: with_plan(d, "fit", replace(plan_of(drawn), step=softened(step, wire))))
    assert "softmax" in drawn.document.design.layout[canvas_of("fit")]
    [finding] = drawn.document.verdict.diagnostics
    assert (finding.level, finding.node) == ("advice", "softmax")


def softened(step: Graph, wire: Wire) -> Graph:
    return edits.insert(step, wire, "softmax", Node(Softmax()))


def test_a_recipe_can_be_chosen_again_in_place_of_the_drawn_step(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(())
    combo = drawn.inspector.whole.recipes["fit"].combo
    assert combo.currentIndex() == -1
    assert combo.placeholderText() == "drawn by hand"
    combo.setFocus()
    QTest.keyClicks(combo, "classif")
    assert drawn_plan(drawn.document.design, "fit") is None
    assert drawn.stage.step_bar.isVisible()


def test_the_palette_opens_what_a_step_is_made_of(drawn: MainWindow) -> None:
    tree = drawn.palette_panel.tree
    tops = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    opened = [item.text(0) for item in tops if item is not None and item.isExpanded()]
    assert opened == ["Networks of this design", "Sampling", "Loss and metric"]
    drawn.stage.go_to(Place("LeNet"))
    tops = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    assert [item.text(0) for item in tops if item is not None and item.isExpanded()] == ["Convolution", "Residual"]


def test_a_field_of_the_data_that_is_gone_is_placed_again_under_its_name(drawn: MainWindow) -> None:
    drawn.stage.canvas.select(["label"])
    key(drawn.stage.canvas, Key.Key_Delete)
    tree = drawn.palette_panel.tree
    top = tree.topLevelItem(0)
    assert top is not None
    assert top.text(0) == "Fields of the data"
    line = top.child(0)
    assert line is not None
    drop(drawn, tree.mimeData([line]))
    assert "label" in plan_of(drawn).step.nodes
    key(drawn, Key.Key_Z, CONTROL)
    drawn.stage.canvas.select(())
    place(drawn, "label")
    assert "label" in plan_of(drawn).step.nodes
    assert tree.topLevelItem(0).text(0) == "Networks of this design"  # type: ignore[union-attr]


def drop(window: MainWindow, held: QMimeData) -> None:
    at, action, none = QPoint(40, 400), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    canvas = window.stage.canvas
    canvas.dragEnterEvent(QDragEnterEvent(at, action, held, LEFT, none))
    canvas.dropEvent(QDropEvent(QPointF(at), action, held, LEFT, none))


def test_layers_with_weights_are_not_offered_in_a_step(drawn: MainWindow) -> None:
    QTest.keyClicks(drawn.palette_panel.search, "conv2d")
    first = drawn.palette_panel.tree.topLevelItem(0)
    assert first is not None
    assert "No block is called" in first.text(0)


def test_the_search_of_a_step_leaves_out_what_would_be_refused(drawn: MainWindow) -> None:
    search = drawn.stage.canvas.search
    wanted = {"prelu": False, "linear": False, "inception": False, "relu": True, "l1penalty": True}
    for words, found in wanted.items():
        key(drawn.stage.canvas, Qt.Key.Key_Tab)
        QTest.keyClicks(search.field, words)
        kinds = {search.list.item(i).text().lower() for i in range(search.list.count())}
        assert (words in kinds) is found
        key(search.field, Qt.Key.Key_Escape)


def test_where_no_recipe_can_draw_a_step_a_drawing_by_hand_begins_with_the_fields(lenet: MainWindow) -> None:
    lenet.add_network()
    place(lenet, "input 64")
    key(lenet.stage.canvas, Key.Key_T, CONTROL | SHIFT)
    bar = lenet.stage.step_bar
    assert nodes(lenet) == []
    assert "cannot draw" in bar.words.text()
    QTest.mouseClick(bar.edit, LEFT)
    assert nodes(lenet) == ["image", "label"]
    assert not bar.isVisible()
    place(lenet, "LeNet")
    assert "lenet" in nodes(lenet)


def test_a_network_that_a_step_uses_twice_is_counted_once(drawn: MainWindow) -> None:
    once = drawn.status.facts.text().partition(" ·")[0].strip()
    drawn.stage.canvas.select(["image"])
    place(drawn, "LeNet")
    assert drawn.stage.scene.checked.parameters == 2 * drawn.document.verdict.networks["LeNet"].parameters
    assert drawn.status.facts.text().startswith(once)
