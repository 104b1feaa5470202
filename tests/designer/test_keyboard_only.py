"""From a blank canvas to a trained and exported LeNet with keys alone: not one event of a mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from designer.document import OpenDesign
from designer.theme import LIGHT
from designer.window import MainWindow
from runtime.file import open_design
from runtime.messages import Stepped

Key, Keys = Qt.Key, Qt.KeyboardModifier
PLAIN, SHIFT, CONTROL, ALT = Keys.NoModifier, Keys.ShiftModifier, Keys.ControlModifier, Keys.AltModifier
BODY = ("conv 6 5", "relu", "maxpool", "conv 16 3", "relu", "maxpool")
HEAD = ("linear 120", "relu", "linear 84", "relu", "linear 7", "output")
OF_A_MOUSE = {
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.HoverMove,
    QEvent.Type.Drop,
    QEvent.Type.TouchBegin,
}


class Watch(QObject):
    """Notes every event of a mouse, wherever it goes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in OF_A_MOUSE:
            self.seen.append(f"{event.type().name} at {watched!r}")
        return False


@pytest.fixture
def no_mouse(qapp: QApplication) -> Iterator[Watch]:
    """Fails the test in which a mouse did something."""
    watch = Watch()
    qapp.installEventFilter(watch)
    yield watch
    qapp.removeEventFilter(watch)
    assert not watch.seen


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, no_mouse: Watch) -> Iterator[MainWindow]:
    """The window as it opens for the first time."""
    opened = MainWindow(OpenDesign(), LIGHT, tmp_path / "runs")
    opened.resize(1600, 1000)
    with qtbot.waitActive(opened):
        opened.show()
        opened.activateWindow()
    yield opened
    opened.training.stop()
    qtbot.waitUntil(lambda: not opened.training.live and not opened.training._workers, timeout=15_000)
    opened.document.show(opened.document.design)
    opened.close()
    opened.deleteLater()


def press(key: Qt.Key, keys: Qt.KeyboardModifier = PLAIN, times: int = 1) -> None:
    """A key of the board: it goes to the window in front, which knows what has the keyboard."""
    for _ in range(times):
        front = QGuiApplication.focusWindow()
        assert front is not None
        QTest.keyClick(front, key, keys)
        QCoreApplication.processEvents()


def write(words: str) -> None:
    for letter in words:
        front = QGuiApplication.focusWindow()
        assert front is not None
        QTest.keyClick(front, ord(letter))


def at() -> QWidget:
    """What has the keyboard."""
    focus = QApplication.focusWidget()
    assert focus is not None
    return focus


def go(name: str, key: Qt.Key = Key.Key_Tab, keys: Qt.KeyboardModifier = PLAIN) -> QWidget:
    """Presses a key until what has the keyboard is called `name`."""
    for _ in range(60):
        focus = at()
        if name in (focus.accessibleName(), focus.text() if isinstance(focus, QAbstractButton) else ""):
            return focus
        press(key, keys)
    raise AssertionError(f"{name} cannot be reached with {key.name}")


def place(words: str, keys: Qt.KeyboardModifier = PLAIN, opened_by: Qt.Key = Key.Key_Tab) -> None:
    """A block by the search box."""
    press(opened_by)
    write(words)
    press(Key.Key_Return, keys)


def draw_lenet(window: MainWindow) -> None:
    """Every way to wire by keyboard: by the selection, with C to what comes after, with Shift+C from before."""
    canvas = window.stage.canvas
    place("input 1 8 8", opened_by=Key.Key_Space)
    for words in BODY:
        place(words)
    place("flatten", SHIFT)
    press(Key.Key_C, SHIFT)
    write("maxpool2")
    press(Key.Key_Return)
    for words in HEAD[:-1]:
        place(words)
    place(HEAD[-1], SHIFT)
    press(Key.Key_F, CONTROL)
    write("linear3")
    press(Key.Key_Return)
    press(Key.Key_Escape)
    assert canvas.selection() == ("linear3",)
    press(Key.Key_C)
    write("output")
    press(Key.Key_Return)


def answer_dialog(path: Path) -> None:
    """Fills in the dialog that asks for a file or folder, once it is up."""

    def fill() -> None:
        if not isinstance(QApplication.activeModalWidget(), QFileDialog):
            QTimer.singleShot(20, fill)
            return
        press(Key.Key_A, CONTROL)
        write(str(path))
        press(Key.Key_Return)

    QTimer.singleShot(20, fill)


def choose_data(window: MainWindow) -> None:
    """In the inspector, which shows the design where nothing is selected."""
    press(Key.Key_Escape)
    press(Key.Key_F6)
    go("Title of the design")
    press(Key.Key_A, CONTROL)
    write("By hand")
    press(Key.Key_Return)
    go("source")
    write("d")
    press(Key.Key_Return)
    assert window.document.design.data is not None
    assert window.document.design.data.kind() == "digits"
    go("epochs")
    press(Key.Key_A, CONTROL)
    write("1")
    press(Key.Key_Escape)
    assert at() is window.stage.canvas


def name_and_repair(window: MainWindow) -> None:
    """A name on the card, and the last layer by its problem in the list."""
    press(Key.Key_Down)
    press(Key.Key_F2)
    press(Key.Key_A, CONTROL)
    write("digit")
    press(Key.Key_Return)
    assert "digit" in window.stage.scene.graph.nodes
    press(Key.Key_3, ALT)
    press(Key.Key_Right)
    assert isinstance(at(), QAbstractButton)
    press(Key.Key_Return)
    assert not window.document.verdict.errors


def train(window: MainWindow, qtbot: QtBot) -> list[float]:
    losses: list[float] = []
    window.training.happened.connect(lambda e: losses.extend(e.values["loss"]) if isinstance(e, Stepped) else None)
    qtbot.waitUntil(window.commands["Train"].isEnabled)
    press(Key.Key_F5)
    qtbot.waitUntil(lambda: window.training.state == "finished", timeout=60_000)
    return losses


def test_the_watch_sees_whatever_a_mouse_does(qtbot: QtBot, qapp: QApplication) -> None:
    watch, button = Watch(), QPushButton("Press")
    qtbot.addWidget(button)
    qapp.installEventFilter(watch)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qapp.removeEventFilter(watch)
    assert [seen.partition(" ")[0] for seen in watch.seen] == ["MouseButtonPress", "MouseButtonRelease"]


def test_lenet_is_built_trained_saved_and_exported_without_a_mouse(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    go("New network")
    press(Key.Key_Return)
    draw_lenet(window)
    assert len(window.stage.scene.graph.wires) == 13
    choose_data(window)
    name_and_repair(window)
    losses = train(window, qtbot)
    assert len(losses) > 20
    assert losses[-1] < losses[0]

    saved, folder = tmp_path / "lenet.json", tmp_path / "export"
    folder.mkdir()
    answer_dialog(saved)
    press(Key.Key_S, CONTROL)
    assert open_design(saved) == window.document.design
    with qtbot.waitActive(window):  # no desktop is here that would bring it to the front
        window.activateWindow()
    answer_dialog(folder)
    press(Key.Key_E, CONTROL | SHIFT)
    compile((folder / "model.py").read_text("utf-8"), "model.py", "exec")
    assert "Conv2d" in (folder / "model.py").read_text("utf-8")
