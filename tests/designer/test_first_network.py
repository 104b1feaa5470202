"""From a blank canvas to exported Python, with nothing but mouse and keys: the way of a newcomer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from designer.document import OpenDesign
from designer.fields import TextField
from designer.theme import LIGHT
from designer.window import MainWindow
from runtime.messages import Stepped

PLAIN, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
LENET = ("input 1 8 8", "conv 6 5", "relu", "maxpool", "conv 16 3", "relu", "maxpool")
HEAD = ("linear 120", "relu", "linear 84", "relu", "linear 7", "output")
STRICT = """
import sys, torch
from model import Network
from safetensors.torch import load_model
model = Network()
load_model(model, "Network.safetensors", strict=True)
assert model.eval()(torch.zeros(3, 1, 8, 8)).shape == (3, 10)
assert "designer" not in sys.modules and "blocks" not in sys.modules
"""


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
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


def search(window: MainWindow, words: str, keys: Qt.KeyboardModifier = PLAIN) -> None:
    """Types a block into the search box of the canvas."""
    QTest.keyClick(window.stage.canvas, Qt.Key.Key_Tab)
    QTest.keyClicks(window.stage.canvas.search.field, words)
    QTest.keyClick(window.stage.canvas.search.field, Qt.Key.Key_Return, keys)


def port(window: MainWindow, node: str, *, into: bool) -> QPoint:
    """The pixel of a port on the canvas."""
    canvas = window.stage.canvas
    spot = next(s for s in canvas.sheet.spots(node) if s.port.into is into)
    return canvas.mapFromScene(QPointF(spot.x, spot.y))


def wire(window: MainWindow, source: str, target: str) -> None:
    """Drags from one port to another."""
    view = window.stage.canvas.viewport()
    start, end = port(window, source, into=False), port(window, target, into=True)
    QTest.mousePress(view, LEFT, PLAIN, start)
    for part in (1, 2, 3):
        QTest.mouseMove(view, start + (end - start) * part / 3)
    QTest.mouseRelease(view, LEFT, PLAIN, end)


def draw_lenet(window: MainWindow) -> None:
    for words in LENET:
        search(window, words)
    search(window, "flatten", SHIFT)
    window.stage.canvas.fit()
    wire(window, "maxpool2", "flatten1")
    window.stage.canvas.select(["flatten1"])
    for words in HEAD:
        search(window, words)


def answer_folder(folder: Path) -> None:
    """Fills in the dialog that asks for a folder, as soon as it is up."""

    def fill() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        line = dialog.findChild(QLineEdit)
        assert line is not None
        line.setText(str(folder))
        QTest.keyClick(line, Qt.Key.Key_Return)
        if dialog.isVisible():
            dialog.done(QDialog.DialogCode.Accepted)

    QTimer.singleShot(300, fill)


def set_field(window: MainWindow, name: str, words: str) -> None:
    """Types a setting of the training into the inspector, with nothing selected."""
    window.stage.canvas.select(())
    field = next(f for f in window.inspector.findChildren(TextField) if f.line.accessibleName().startswith(name))
    field.line.setFocus()
    field.line.selectAll()
    QTest.keyClicks(field.line, words)


def test_from_a_blank_canvas_through_lenet_to_a_training_and_its_exported_program(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    new = next(b for b in window.welcome.findChildren(QPushButton) if b.text() == "New network")
    QTest.mouseClick(new, LEFT)
    draw_lenet(window)
    assert len(window.stage.scene.graph.wires) == 13
    finding = window.document.verdict.errors[0]
    fix = window.document.verdict.fixes(finding)[0]
    assert fix.title == "Set out_features to 10 on linear3"
    window.problems.applied.emit(fix.title, fix.edit, "")
    assert not window.document.verdict.errors

    set_field(window, "epochs", "6")
    qtbot.waitUntil(window.commands["Train"].isEnabled)
    losses: list[float] = []
    window.training.happened.connect(lambda e: losses.extend(e.values["loss"]) if isinstance(e, Stepped) else None)
    assert window.top.controls.train is not None
    QTest.mouseClick(window.top.controls.train, LEFT)
    qtbot.waitUntil(lambda: len(losses) > 20, timeout=60_000)
    qtbot.waitUntil(lambda: window.training.state == "finished", timeout=60_000)
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])
    curve = window.curves.curves._record.curves["loss"]
    assert len(curve.raw) == len(losses)
    assert len(curve.validation) == 6

    target = tmp_path / "export"
    target.mkdir()
    answer_folder(target)
    window.commands["Export code…"].trigger()
    run = window.training.run
    assert run is not None
    assert (target / "model.py").read_bytes() == (run.folder / "model.py").read_bytes()
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    for program in (["-c", STRICT], ["train.py", "--steps", "5"]):
        done = subprocess.run([sys.executable, *program], cwd=target, env=clean, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


WITHOUT_TORCH = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings, QTimer
from designer.app import application
from designer.document import OpenDesign
from designer.window import MainWindow

app = application("light")
window = MainWindow(OpenDesign(), app.property("theme"), Path(sys.argv[2]))
window.show()
window.files.open(Path(sys.argv[1]), sample=True)
states = []
window.training.state_changed.connect(states.append)
window.training.state_changed.connect(lambda state: app.quit() if state in ("finished", "failed") else None)
QTimer.singleShot(0, window.commands["Train"].trigger)
QTimer.singleShot(120_000, app.quit)
app.exec()
assert "finished" in states, states
assert "torch" not in sys.modules, "the window imported torch"
"""


@pytest.mark.slow
def test_the_windows_process_has_not_torch_after_it_has_trained_a_sample(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "samples" / "xor_mlp.json"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(sample), str(tmp_path / "runs")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
