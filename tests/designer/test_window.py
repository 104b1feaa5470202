"""The window: hand → edit → document → eye, with real mouse and keys."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, QSettings, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from blocks.catalogue import CATALOGUE
from designer.app import Reporter
from designer.document import OpenDesign
from designer.fields import TextField
from designer.files import samples
from designer.scene import Place
from designer.theme import DARK, LIGHT
from designer.window import INSPECTOR, PALETTE, PROBLEMS, MainWindow
from runtime.file import dumps, open_design

SAMPLES = Path(__file__).parents[2] / "samples"
LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Open = Callable[..., MainWindow]


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Opens windows, and closes them without a question."""
    windows: list[MainWindow] = []

    def opened(sample: str = "", size: tuple[int, int] = (1400, 900)) -> MainWindow:
        window = MainWindow(OpenDesign(), LIGHT, tmp_path / "runs")
        windows.append(window)
        window.resize(*size)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        if sample:
            window.files.open(SAMPLES / f"{sample}.json")
            qtbot.wait(1)
        return window

    yield opened
    for window in windows:
        window.document.show(window.document.design)
        window.close()
        window.deleteLater()


@pytest.fixture
def lenet(start: Open) -> MainWindow:
    """A window on LeNet."""
    return start("lenet_digits")


@pytest.fixture
def blank(start: Open) -> MainWindow:
    """A window on a new design."""
    window = start()
    window.files.new()
    return window


def button(window: MainWindow, text: str) -> QToolButton:
    """The button of the bar at the top that does a command."""
    action = window.commands[text]
    if text == "Train":
        assert window.top.controls.train is not None
        return window.top.controls.train
    return next(b for b in window.top.findChildren(QToolButton) if b.defaultAction() is action)


def key(widget: QWidget, pressed: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(widget, pressed, keys)


def place(window: MainWindow, words: str) -> None:
    """Places a block by the search box of the canvas, as a person types it."""
    canvas = window.stage.canvas
    key(canvas, Qt.Key.Key_Tab)
    QTest.keyClicks(canvas.search.field, words)
    key(canvas.search.field, Qt.Key.Key_Return)


def nodes(window: MainWindow) -> list[str]:
    return list(window.stage.scene.graph.nodes)


def typed(window: MainWindow, setting: str, words: str) -> None:
    """Types into a field of the inspector."""
    field = window.inspector.nodes.form.rows[setting].field
    assert isinstance(field, TextField)
    field.line.setFocus()
    field.line.selectAll()
    QTest.keyClicks(field.line, words)


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


# Going about


def test_a_composite_opens_in_place_and_esc_goes_back(start: Open, qtbot: QtBot) -> None:
    window = start("resnet_digits")
    canvas = window.stage.canvas
    window.reveal("ResNet", "stage2")
    key(canvas, Qt.Key.Key_Return)
    assert window.stage.scene.place == Place("ResNet", path=("stage2",))
    assert not window.stage.scene.editable
    qtbot.wait(1)
    words = [b.text() for b in window.top.crumbs.findChildren(QToolButton) if b.isVisible()]
    assert words == ["ResNet on handwritten digits", "ResNet", "stage2"]
    key(canvas, Qt.Key.Key_Escape)
    assert window.stage.scene.place == Place("ResNet")
    assert canvas.selection() == ("stage2",)


def test_the_inside_of_a_composite_refuses_edits_with_the_reason(start: Open) -> None:
    window = start("resnet_digits")
    before = window.document.design
    window.stage.open_node("stage2")
    key(window.stage.canvas, Qt.Key.Key_Tab)
    assert not window.stage.canvas.search.isVisible()
    window.stage.add(CATALOGUE.make("ReLU", {}))
    assert window.document.design is before
    assert "Expand the block" in window.status.currentMessage()


def test_undoing_a_composite_away_leads_out_of_it(start: Open) -> None:
    window = start("resnet_digits")
    window.stage.open_node("stage2")
    window.reveal("ResNet", "stage2")
    key(window.stage.canvas, Qt.Key.Key_Delete)
    window.stage.go_to(Place("ResNet", path=("stage2",)))
    assert window.stage.scene.place == Place("ResNet")


def test_the_training_step_has_a_tab_that_cannot_be_edited(lenet: MainWindow) -> None:
    tabs = lenet.stage.tabs
    assert [tabs.tabText(i) for i in range(tabs.count())] == ["LeNet", "fit · training step"]
    QTest.mouseClick(tabs, LEFT, pos=tabs.tabRect(1).center())
    assert {"image", "label", "lenet", "loss", "accuracy"} <= set(nodes(lenet))
    assert "drawn from the recipe" in lenet.stage.scene.locked


def test_networks_are_added_renamed_and_deleted_with_undo(lenet: MainWindow) -> None:
    QTest.mouseClick(lenet.stage.plus, LEFT)
    assert lenet.stage.scene.place == Place("Network")
    title = lenet.inspector.whole.network
    title.selectAll()
    QTest.keyClicks(title, "Head")
    key(title, Qt.Key.Key_Return)
    assert list(lenet.document.design.networks) == ["LeNet", "Head"]
    lenet.remove_network("Head")
    assert list(lenet.document.design.networks) == ["LeNet"]
    key(lenet, Qt.Key.Key_Z, CONTROL)
    assert list(lenet.document.design.networks) == ["LeNet", "Head"]


def test_find_goes_from_one_node_to_the_next_and_round(lenet: MainWindow) -> None:
    key(lenet, Qt.Key.Key_F, CONTROL)
    field = lenet.finder.field
    QTest.keyClicks(field, "relu")
    assert lenet.stage.canvas.selection() == ("relu1",)
    seen = []
    for _ in range(4):
        key(field, Qt.Key.Key_Return)
        seen.append(lenet.stage.canvas.selection()[0])
    assert seen == ["relu2", "relu3", "relu4", "relu1"]
    assert lenet.finder.count.text() == "1 of 4"


def test_find_knows_settings_shapes_and_problems(lenet: MainWindow) -> None:
    lenet.finder.open()
    for words, node in (("out_channels 64", "conv2"), ("64 × 4 × 4", "conv2"), ("out_features 84", "fc2")):
        lenet.finder.field.clear()
        QTest.keyClicks(lenet.finder.field, words)
        assert lenet.stage.canvas.selection() == (node,)
    lenet.finder.field.clear()
    QTest.keyClicks(lenet.finder.field, "no such thing")
    assert lenet.finder.count.text() == "nothing"


def test_every_command_can_be_given_by_its_name(lenet: MainWindow) -> None:
    key(lenet, Qt.Key.Key_P, CONTROL | SHIFT)
    QTest.keyClicks(lenet.box.field, "select all")
    key(lenet.box.field, Qt.Key.Key_Return)
    assert len(lenet.stage.canvas.selection()) == len(nodes(lenet))
    assert not lenet.box.isVisible()


def test_the_box_of_commands_says_why_one_cannot_be_given(lenet: MainWindow) -> None:
    lenet.box.open()
    QTest.keyClicks(lenet.box.field, "redo")
    assert lenet.box.why.text() == "There is nothing to do again."
    key(lenet.box.field, Qt.Key.Key_Return)
    assert lenet.box.isVisible()


def test_every_command_says_what_it_does_or_why_it_cannot(lenet: MainWindow) -> None:
    for command, action in lenet.commands.all():
        assert len(action.toolTip()) > 3, command.text
        assert action.isEnabled() or action.toolTip().endswith("."), command.text


def test_no_two_commands_share_a_key(lenet: MainWindow) -> None:
    keys = [key for command, _ in lenet.commands.all() for key in command.keys]
    assert len(keys) == len(set(keys))


def test_docks_close_come_back_and_stay_where_they_were(start: Open) -> None:
    window = start("lenet_digits")
    window.bench.docks[PALETTE].toggleViewAction().trigger()
    assert not window.bench.docks[PALETTE].isVisible()
    window.close()
    again = start("lenet_digits")
    assert not again.bench.docks[PALETTE].isVisible()
    assert again.bench.docks[INSPECTOR].isVisible()
    again.bench.settle()
    assert again.bench.docks[PALETTE].isVisible()


def test_another_theme_changes_every_part_and_keeps_the_selection(lenet: MainWindow) -> None:
    lenet.reveal("LeNet", "conv2")
    lenet.commands["Dark theme"].trigger()
    assert lenet.theme is DARK
    assert lenet.stage.canvas.selection() == ("conv2",)
    assert lenet.inspector.nodes.title.text() == "conv2"
    QApplication.instance().setStyleSheet("")  # type: ignore[union-attr]


class Surfaces(QObject):
    """Notes every widget that comes up as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.PlatformSurface and isinstance(watched, QWidget):
            self.seen.append(type(watched).__name__)
        return False


def test_nothing_flashes_as_a_window_of_its_own(start: Open, qapp: QApplication, qtbot: QtBot) -> None:
    window, surfaces = start(), Surfaces()
    qapp.installEventFilter(surfaces)
    window.files.open(SAMPLES / "resnet_digits.json")
    for name in window.bench.docks:
        window.bench.raise_dock(name)
        qtbot.wait(1)
    window.reveal("ResNet", "stage2")
    window.stage.open_node("stage2")
    window.files.new()
    qapp.removeEventFilter(surfaces)
    assert surfaces.seen == []


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
    window = start("lenet_digits")
    QTest.mouseClick(button(window, "Train"), LEFT, pos=QPoint(10, 10))
    assert window.training.live
    assert not window.commands["Train"].isEnabled()
    qtbot.waitUntil(lambda: window.training.progress.step > 0, timeout=60_000)
    assert window.top.controls.bar.isVisible()
    assert "epoch" in window.status.pace.text()
    QTest.mouseClick(button(window, "Stop"), LEFT, pos=QPoint(10, 10))
    qtbot.waitUntil(lambda: not window.training.live, timeout=30_000)
    psutil.wait_procs(psutil.Process().children(), timeout=20)
    qtbot.wait(100)  # the window notices that the process is gone
    assert window.commands["Train"].isEnabled()
    assert "torch" not in sys.modules


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
