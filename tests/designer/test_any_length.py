"""Rows of any length in the window: a hand says so at the Input, and every wire says `T` where it goes along."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from blocks.ends import Input, Output
from blocks.linear import Linear
from blocks.recurrent import GRU
from blocks.reshape import Flatten
from designer.fields import FlagField
from designer.window import MainWindow
from runtime.design import Design
from runtime.file import save_design
from tests.blocks.test_any_length import drawn
from tests.designer.hands import LEFT, Open


@pytest.fixture
def reader(start: Open, tmp_path: Path) -> MainWindow:
    """A window on a network that reads sixteen steps, its Input selected."""
    read = drawn({"x": Input((16, 8)), "rnn": GRU(128), "flat": Flatten(), "fc": Linear(3), "y": Output()})
    places = {name: (0.0, 112.0 * i) for i, name in enumerate(read.nodes)}
    save_design(tmp_path / "rows.json", Design("rows", {"net": read}, layout={"net": places}))
    window = start()
    window.files.open(tmp_path / "rows.json")
    window.stage.canvas.fit()
    window.stage.canvas.zoom_to(1.0)
    window.stage.canvas.select(["x"])
    return window


def vary(window: MainWindow) -> None:
    """Ticks the box in the inspector."""
    field = window.inspector.nodes.form.rows["varies"].field
    assert isinstance(field, FlagField)
    QTest.mouseClick(field.box, LEFT, pos=QPoint(8, field.box.height() // 2))


def written(window: MainWindow) -> set[str]:
    """The shapes that are painted beside wires now."""
    strands = window.stage.canvas.strands
    strands.restyle(window.stage.canvas.inks)
    window.stage.canvas.grab()
    return {label.text() for label, _ in strands._labels.values()}


def test_the_wires_say_t_once_the_rows_may_be_of_any_length(reader: MainWindow) -> None:
    assert {"16 × 8", "16 × 128", "2048"} <= written(reader)
    vary(reader)
    assert written(reader) == {"T × 8", "T × 128", "128·T", "3"}
    reader.document.undo()
    assert "16 × 128" in written(reader)


def test_the_inspector_and_the_problems_say_so_too(reader: MainWindow) -> None:
    vary(reader)
    reader.stage.canvas.select(["rnn"])
    facts = reader.inspector.nodes.facts.findChildren(QLabel)
    assert {"T × 8", "T × 128"} <= {label.text() for label in facts if label.isVisible()}
    [warned] = [said for said in reader.document.verdict.diagnostics if said.node == "fc"]
    assert warned.message.startswith("fc holds the length of a row at 16: it learns 6,147 numbers for it")
    [replaced, kept] = reader.document.verdict.fixes(warned)
    assert (replaced.title, kept.title) == ("Replace flat by MeanOverTime", "Set varies to no on x")
