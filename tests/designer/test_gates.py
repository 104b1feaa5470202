"""A recurrent layer opened to its gates in the window with one key, looked into, and closed with another."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from blocks.ends import Use
from blocks.recurrent import LSTM
from designer.scene import Place
from designer.window import MainWindow
from tests.designer.hands import CONTROL, Open, key

Key, SHIFT = Qt.Key, Qt.KeyboardModifier.ShiftModifier
SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def lstm(start: Open) -> MainWindow:
    """A window on a network that reads pictures row by row, with its layer selected."""
    window = start()
    window.files.open(SAMPLES / "lstm_digits.json")
    window.stage.canvas.select(["lstm"])
    return window


def test_g_opens_a_layer_to_its_gates_and_shift_g_closes_it(lstm: MainWindow) -> None:
    before = lstm.document.design.networks
    [network] = before
    key(lstm.stage.canvas, Key.Key_G)
    assert isinstance(lstm.document.design.networks[network].block("lstm"), Use)
    assert lstm.document.verdict.networks[network].errors == ()
    lstm.stage.canvas.select(["lstm"])
    key(lstm.stage.canvas, Key.Key_Return)
    assert lstm.stage.scene.place == Place("LSTMCell")
    assert {"forget", "let_in", "let_out", "candidate", "h", "c"} <= set(lstm.stage.scene.graph.nodes)
    key(lstm.stage.canvas, Key.Key_Escape)
    key(lstm.stage.canvas, Key.Key_G, SHIFT)
    assert lstm.document.design.networks == before


def test_both_are_one_step_to_undo(lstm: MainWindow) -> None:
    before = lstm.document.design.networks
    [network] = before
    key(lstm.stage.canvas, Key.Key_G)
    key(lstm, Key.Key_Z, CONTROL)
    assert lstm.document.design.networks == before
    assert isinstance(lstm.document.design.networks[network].block("lstm"), LSTM)


def test_of_what_has_no_gates_it_says_so(lstm: MainWindow) -> None:
    before = lstm.document.design
    lstm.stage.canvas.select(["image"])
    key(lstm.stage.canvas, Key.Key_G)
    assert lstm.document.design is before
