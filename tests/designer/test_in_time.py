"""A recurrent layer laid out in time in the window with one key, with the figures it had, and brought back again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from blocks.cell import LSTMCell
from blocks.edits import replace_block
from blocks.ends import Use
from blocks.graph import Graph
from blocks.recurrent_kinds import GatedLSTM
from designer.window import MainWindow
from tests.designer.hands import CONTROL, SHIFT, Open, key

Key = Qt.Key
SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def lstm(start: Open) -> MainWindow:
    """A window on a network that reads pictures row by row, with its layer selected."""
    window = start()
    window.files.open(SAMPLES / "lstm_digits.json")
    window.stage.canvas.select(["lstm"])
    return window


def figures(window: MainWindow) -> tuple[object, ...]:
    checked = window.document.verdict.networks[window.stage.scene.place.network]
    return checked.errors, checked.parameters, checked.macs


def test_t_draws_a_cell_for_every_step_all_with_the_weights_of_the_first(lstm: MainWindow) -> None:
    before = figures(lstm)
    key(lstm.stage.canvas, Key.Key_T)
    cells = {n: node for n, node in lstm.stage.scene.graph.nodes.items() if isinstance(node.block, LSTMCell)}
    assert [node.shares for node in cells.values()] == ["", *["lstm_0"] * 7]
    assert figures(lstm) == before
    assert set(lstm.stage.canvas.selection()) >= set(cells)


def test_shift_g_on_any_step_closes_them_to_the_layer_that_they_were(lstm: MainWindow) -> None:
    before, network = lstm.document.design.networks, lstm.stage.scene.place.network
    key(lstm.stage.canvas, Key.Key_T)
    lstm.stage.canvas.select(["lstm_3"])
    key(lstm.stage.canvas, Key.Key_G, SHIFT)
    after = lstm.document.design.networks
    assert dict(after[network].nodes) == dict(before[network].nodes)
    assert set(after[network].wires) == set(before[network].wires)


def test_it_is_one_step_to_undo(lstm: MainWindow) -> None:
    before = lstm.document.design
    key(lstm.stage.canvas, Key.Key_T)
    key(lstm, Key.Key_Z, CONTROL)
    assert (lstm.document.design.networks, lstm.document.design.layout) == (before.networks, before.layout)


def test_a_layer_that_torch_lacks_brings_the_network_of_its_step(lstm: MainWindow) -> None:
    def other(graph: Graph) -> Graph:
        return replace_block(graph, "lstm", GatedLSTM(16, forget="coupled"))

    network = lstm.stage.scene.place.network
    lstm.document.apply(lambda design: design.edited(network, other), "Another layer")
    before = figures(lstm)
    lstm.stage.canvas.select(["lstm"])
    key(lstm.stage.canvas, Key.Key_T)
    assert lstm.stage.scene.graph.block("lstm_0") == Use("GatedLSTMStep", ("x", "h", "c"), ("h_out", "c_out"))
    assert figures(lstm) == before
    assert not lstm.document.verdict.errors
