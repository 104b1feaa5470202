"""What a person does to the window, in a line each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget

from designer.fields import TextField
from designer.window import MainWindow

SAMPLES = Path(__file__).parents[2] / "samples"
LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Open = Callable[..., MainWindow]


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
