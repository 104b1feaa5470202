"""The window: hand → edit → document → eye, files and training, with real mouse and keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from designer.app import Reporter
from designer.fields import TextField
from designer.files import samples
from designer.window import PROBLEMS, MainWindow
from runtime.file import dumps, open_design
from tests.designer.hands import CONTROL, LEFT, SAMPLES, SHIFT, Open, button, key, nodes, place, typed

# The loop


def test_a_new_design_can_be_drawn_on_with_the_keyboard_at_once(blank: MainWindow) -> None:
    for words in ("input", "conv 6 3", "relu", "flatten", "linear 10", "output"):
        place(blank, words)
    assert nodes(blank) == ["input", "conv1", "relu1", "flatten1", "linear1", "output"]
    assert len(blank.stage.scene.graph.wires) == 5
    assert blank.document.design.layout["Network"].keys() == set(nodes(blank))


def test_a_setting_typed_in_the_inspector_shows_on_the_wires(lenet: MainWindow) -> None:
    lenet.reveal("LeNet", "conv1")
    typed(lenet, "out_channels", "12")
    assert lenet.stage.canvas.sheet.checked.shape("conv1") is not None
    assert str(lenet.stage.canvas.sheet.checked.shape("conv1")) == "(12, 8, 8)"
    assert "unsaved changes" in lenet.status.facts.text() or "not saved" in lenet.status.facts.text()


def test_undo_and_redo_go_over_everything_in_words(lenet: MainWindow) -> None:
    before = dumps(lenet.document.design)
    lenet.reveal("LeNet", "conv1")
    key(lenet.stage.canvas, Qt.Key.Key_Delete)
    assert "conv1" not in nodes(lenet)
    key(lenet, Qt.Key.Key_Z, CONTROL)
    assert dumps(lenet.document.design) == before
    assert lenet.status.currentMessage() == "Undone: Delete conv1"
    key(lenet, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert "conv1" not in nodes(lenet)


def test_undo_reaches_what_was_typed_while_the_cursor_is_in_the_field(lenet: MainWindow) -> None:
    lenet.reveal("LeNet", "conv1")
    typed(lenet, "out_channels", "12")
    field = lenet.inspector.nodes.form.rows["out_channels"].field
    assert isinstance(field, TextField)
    key(field.line, Qt.Key.Key_Z, CONTROL)
    assert field.line.text() == "32"


def test_a_block_of_the_palette_is_added_under_the_selection_and_wired(lenet: MainWindow) -> None:
    lenet.reveal("LeNet", "pool2")
    QTest.keyClicks(lenet.palette_panel.search, "gelu")
    key(lenet.palette_panel.search, Qt.Key.Key_Return)
    assert lenet.stage.canvas.selection() == ("gelu1",)
    assert lenet.stage.scene.graph.into("gelu1")[0].source == "pool2"
    layout = lenet.document.design.layout["LeNet"]
    assert layout["gelu1"][1] > layout["pool2"][1]


def test_a_refused_edit_is_a_sentence_and_changes_nothing(lenet: MainWindow) -> None:
    before = lenet.document.design
    lenet.reveal("LeNet", "conv1")
    title = lenet.inspector.nodes.title
    title.selectAll()
    QTest.keyClicks(title, "conv2")
    key(title, Qt.Key.Key_Return)
    assert lenet.document.design is before
    assert "already a node named conv2" in lenet.status.currentMessage()


def test_problems_are_counted_on_their_tab_and_in_the_status_line(lenet: MainWindow, qtbot: QtBot) -> None:
    lenet.reveal("LeNet", "fc3")
    typed(lenet, "out_features", "7")
    qtbot.waitUntil(lambda: lenet.bench.docks[PROBLEMS].windowTitle() == "Problems  1")
    assert "1 problem" in lenet.status.facts.text()
    assert not lenet.commands["Train"].isEnabled()
    assert lenet.commands["Train"].toolTip().startswith("Solve this first: fc3")


def test_a_fix_in_the_list_of_problems_repairs_and_finds_its_place(lenet: MainWindow, qtbot: QtBot) -> None:
    lenet.reveal("LeNet", "flatten")
    key(lenet.stage.canvas, Qt.Key.Key_Delete, CONTROL)
    assert lenet.document.verdict.errors
    problem = next(p for p in lenet.document.verdict.diagnostics if lenet.document.verdict.fixes(p))
    fix = lenet.document.verdict.fixes(problem)[0]
    lenet.problems.applied.emit(fix.title, fix.edit, "")
    assert lenet.document.history[-1] == fix.title
    assert lenet.document.design.layout["LeNet"].keys() == set(nodes(lenet))


# Files


def test_the_welcome_page_opens_a_lesson_with_a_click(start: Open, qtbot: QtBot) -> None:
    window = start()
    assert len(window.welcome.cards) == len(samples()) >= 7
    card = window.welcome.cards[1]
    qtbot.waitUntil(lambda: card.title.text() == "LeNet on handwritten digits")
    QTest.mouseClick(card, LEFT)
    assert window.at_work
    assert window.document.design.title == "LeNet on handwritten digits"
    assert window.document.path is None


def test_a_bad_file_is_a_sentence_on_the_welcome_page(start: Open, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"format": 1, "networks": {"A": {"nodes": {"x": {"block": 3}}}}}')
    window = start()
    assert not window.files.open(tmp_path / "bad.json")
    assert not window.at_work
    assert "bad.json" in window.welcome.message.text()
    assert window.welcome.message.isVisible()


def test_a_bad_file_leaves_open_what_was_open(lenet: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text('{"format": 1')
    before = lenet.document.design
    lenet.files.open(tmp_path / "cut.json")
    assert lenet.document.design is before
    assert "cut.json" in lenet.status.currentMessage()


def test_a_design_is_saved_and_remembered(lenet: MainWindow, tmp_path: Path) -> None:
    lenet.reveal("LeNet", "conv1")
    typed(lenet, "out_channels", "12")
    lenet.document.save(tmp_path / "mine.json")
    typed(lenet, "out_channels", "13")
    key(lenet, Qt.Key.Key_S, CONTROL)
    assert open_design(tmp_path / "mine.json").networks["LeNet"].block("conv1").value("out_channels") == 13
    assert not lenet.isWindowModified()
    lenet.show_welcome()
    assert any(label.text() == "RECENT" for label in lenet.welcome.findChildren(QLabel))


def test_closing_with_changes_asks_once_and_cancel_stays(lenet: MainWindow, qtbot: QtBot) -> None:
    lenet.reveal("LeNet", "conv1")
    typed(lenet, "out_channels", "12")
    asked: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.button(QMessageBox.StandardButton.Cancel).click()

    QTimer.singleShot(0, answer)
    assert not lenet.close()
    assert asked == ["Save the changes to “LeNet on handwritten digits”?"]
    assert lenet.isVisible()


def test_a_design_dropped_on_the_window_opens(blank: MainWindow) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(SAMPLES / "xor_mlp.json"))])
    at, action, none = QPointF(50, 50), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    blank.dropEvent(QDropEvent(at, action, data, Qt.MouseButton.LeftButton, none))
    assert blank.document.design.title == "XOR with a hidden layer"


# Training


def test_train_pause_stop_say_why_they_cannot_be_pressed(blank: MainWindow) -> None:
    assert blank.commands["Train"].toolTip() == "There is nothing to train yet: draw a network first."
    assert blank.commands["Pause"].toolTip() == "No training is under way."
    assert not button(blank, "Stop").isEnabled()


def test_a_sample_trains_at_one_press_and_the_window_knows_no_torch(start: Open, qtbot: QtBot) -> None:
    held = "torch" in sys.modules  # by a test before this one, in the same process
    window = start("lenet_digits")
    QTest.mouseClick(button(window, "Train"), LEFT, pos=QPoint(10, 10))
    assert window.training.live
    assert not window.commands["Train"].isEnabled()
    qtbot.waitUntil(lambda: window.training.progress.step > 0, timeout=60_000)
    assert window.top.controls.bar.isVisible()
    assert "epoch" in window.status.pace.text()
    QTest.mouseClick(button(window, "Stop"), LEFT, pos=QPoint(10, 10))
    qtbot.waitUntil(lambda: not window.training.live, timeout=30_000)
    qtbot.waitUntil(lambda: not window.training._workers, timeout=30_000)  # the process is gone, and was noticed
    assert window.commands["Train"].isEnabled()
    assert ("torch" in sys.modules) == held


# Errors that nobody expected


def test_an_unexpected_error_is_shown_once_and_the_design_saved_aside(lenet: MainWindow) -> None:
    reporter = Reporter(lenet)
    try:
        raise RuntimeError("a mistake of ours")
    except RuntimeError as error:
        reporter.report(type(error), error, error.__traceback__)
        reporter.report(type(error), error, error.__traceback__)
    boxes = lenet.findChildren(QMessageBox)
    assert len(boxes) == 1
    assert "a mistake of ours" in boxes[0].detailedText()
    saved = Path(boxes[0].informativeText().split("saved to ")[1].split("design.json")[0]) / "design.json"
    assert dumps(open_design(saved)) == dumps(lenet.document.design)
    boxes[0].close()


def test_the_program_writes_a_picture_of_itself_without_a_screen(tmp_path: Path) -> None:
    out = tmp_path / "window.png"
    words = [sys.executable, "-m", "designer.app", str(SAMPLES / "lenet_digits.json"), "--picture", str(out)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert out.stat().st_size > 50_000


def test_opening_the_window_imports_no_torch() -> None:
    text = "import designer.app, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", text], timeout=60, check=False).returncode == 0


def test_settings_of_tests_are_not_a_persons(start: Open) -> None:
    start("lenet_digits")
    assert "home" in QSettings().fileName() or "settings" in QSettings().fileName()


def test_a_message_and_the_facts_are_never_painted_over_each_other(lenet: MainWindow) -> None:
    lenet.show_welcome()
    lenet.say("A training is followed here.")
    lenet.show_bench()
    assert lenet.status.currentMessage() == "A training is followed here."
    assert not lenet.status.facts.isVisible()
    lenet.status.clearMessage()
    assert lenet.status.facts.isVisible()
