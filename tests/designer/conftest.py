"""Windows for tests, closed without a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.document import OpenDesign
from designer.theme import LIGHT
from designer.window import MainWindow
from tests.designer.hands import SAMPLES, Open

UNHURRIED = 10_000  # milliseconds between two letters of one word in a list: a busy machine takes its time


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Opens windows, and closes them without a question."""
    windows: list[MainWindow] = []
    between = QApplication.keyboardInputInterval()
    QApplication.setKeyboardInputInterval(UNHURRIED)

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
    QApplication.setKeyboardInputInterval(between)


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
