"""The layer table: numbers of the checker, opened composites, totals, selection both ways, copies."""

from __future__ import annotations

import csv
import io

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from blocks import edits
from blocks.convolution import Conv2d
from blocks.graph import Node
from blocks.residual import Residual
from designer.document import Edit, OpenDesign
from designer.panels.summary import SummaryPanel
from designer.panels.summary_model import COLUMNS
from designer.theme import DARK, LIGHT
from runtime.design import Design
from tests.designs import digits, two_losses

HEADINGS = [column.heading for column in COLUMNS]


def inserted(name: str, node: Node, before: str) -> Edit:
    """A node on the wire into another."""

    def edit(design: Design) -> Design:
        graph = design.networks["LeNet"]
        (wire,) = graph.into(before)
        return design.with_network("LeNet", edits.insert(graph, wire, name, node))

    return edit


def configured(node: str, **settings: object) -> Edit:
    return lambda design: design.edited("LeNet", lambda graph: edits.configure(graph, [node], settings))


@pytest.fixture
def document() -> OpenDesign:
    """LeNet with a residual block, twice in a row, after its first pooling."""
    document = OpenDesign(digits())
    document.apply(inserted("res", Node(Residual(6), 2), "conv2"), "Add res")
    return document


@pytest.fixture
def panel(qtbot: QtBot, document: OpenDesign) -> SummaryPanel:
    """The panel on the screen."""
    made = SummaryPanel(document, LIGHT)
    qtbot.addWidget(made)
    made.resize(1200, 260)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    return made


def index(panel: SummaryPanel, *path: str) -> QModelIndex:
    """The row at a path of names."""
    parent = QModelIndex()
    for name in path:
        rows = range(panel.model.rowCount(parent))
        parent = next(i for i in (panel.model.index(r, 0, parent) for r in rows) if panel.model.layer(i).name == name)
    return parent


def cell(panel: SummaryPanel, heading: str, *path: str) -> str:
    return str(index(panel, *path).siblingAtColumn(HEADINGS.index(heading)).data())


def chosen(panel: SummaryPanel) -> list[str]:
    return [panel.model.layer(i).name for i in panel.view.selectionModel().selectedRows()]


def test_a_row_tells_shape_parameters_macs_and_receptive_field(panel: SummaryPanel) -> None:
    assert cell(panel, "Output shape", "conv1") == "6 × 8 × 8"
    assert cell(panel, "Parameters", "conv1") == "156"
    assert cell(panel, "MACs", "conv1") == "9,600"
    assert cell(panel, "Memory", "conv1") == "1.5 kB"
    assert cell(panel, "Receptive field", "conv1") == "5 × 5"
    assert cell(panel, "Parameters", "relu1") == "–"


def test_totals_are_those_of_the_check(panel: SummaryPanel, document: OpenDesign) -> None:
    checked = document.verdict.networks["LeNet"]
    text = panel.totals.text()
    assert f"{checked.parameters:,} trainable of {checked.parameters + checked.buffers:,} parameters" in text
    assert f"{checked.macs:,} MACs" in text
    assert "at batch 64 (estimated)" in text


def test_numbers_stand_at_the_right_and_headings_say_how_they_are_known(panel: SummaryPanel) -> None:
    header = panel.model
    for place, column in enumerate(COLUMNS):
        told = header.headerData(place, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        assert told == column.tip
        assert ("omputed" in told) == column.number


def test_what_is_inside_is_made_when_it_is_opened(panel: SummaryPanel, qtbot: QtBot) -> None:
    before = len(panel.model._layers)
    panel.view.setExpanded(index(panel, "res"), True)
    copy = index(panel, "res", "copy 1")
    panel.view.setExpanded(copy, True)
    assert len(panel.model._layers) > before + 2
    names = {panel.model.layer(panel.model.index(r, 0, copy)).name for r in range(panel.model.rowCount(copy))}
    assert "conv1" in names
    assert cell(panel, "Parameters", "res", "copy 1", "conv1") == "324"


def test_the_table_keeps_up_with_the_drawing(panel: SummaryPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(configured("conv1", out_channels=12), "Widen conv1")
    qtbot.waitUntil(lambda: cell(panel, "Output shape", "conv1") == "12 × 8 × 8")
    document.undo()
    qtbot.waitUntil(lambda: cell(panel, "Output shape", "conv1") == "6 × 8 × 8")


def test_what_was_opened_and_selected_stays_so_after_an_edit(
    panel: SummaryPanel, document: OpenDesign, qtbot: QtBot
) -> None:
    panel.view.setExpanded(index(panel, "res"), True)
    panel.select("LeNet", ("fc1",))
    document.apply(inserted("more", Node(Conv2d(6, 3)), "conv2"), "Add more")
    qtbot.waitUntil(lambda: panel.model.rowCount() == len(document.design.networks["LeNet"].nodes))
    assert panel.view.isExpanded(index(panel, "res"))
    assert chosen(panel) == ["fc1"]


def test_a_click_reveals_the_node_also_from_inside_a_block(panel: SummaryPanel, qtbot: QtBot) -> None:
    panel.view.setExpanded(index(panel, "res"), True)
    for path in (("pool1",), ("res", "copy 2")):
        place = panel.view.visualRect(index(panel, *path)).center()
        panel.view.scrollTo(index(panel, *path))
        place = panel.view.visualRect(index(panel, *path)).center()
        with qtbot.waitSignal(panel.revealed) as heard:
            qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert heard.args == ["LeNet", path[0]]


def test_selecting_from_outside_marks_rows_and_reveals_nothing(panel: SummaryPanel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(panel.revealed):
        panel.select("LeNet", ("fc2", "fc3"))
    assert chosen(panel) == ["fc2", "fc3"]
    assert panel.view.viewport().rect().contains(panel.view.visualRect(index(panel, "fc2")).center())


def test_another_network_is_shown_when_it_is_looked_at(qtbot: QtBot) -> None:
    panel = SummaryPanel(OpenDesign(two_losses()), LIGHT)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.network == "First"
    panel.set_network("Second")
    qtbot.waitUntil(lambda: panel.network == "Second" and not panel._stale)
    panel.set_network("")
    assert panel.network == "Second"


def test_a_row_that_does_not_fit_says_why(panel: SummaryPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(configured("conv2", kernel_size=(9, 9), padding=(0, 0)), "Spoil conv2")
    qtbot.waitUntil(lambda: cell(panel, "Output shape", "conv2") == "unknown")
    tip = index(panel, "conv2").data(Qt.ItemDataRole.ToolTipRole)
    assert "conv2 expects" in tip
    ink = index(panel, "conv2").data(Qt.ItemDataRole.ForegroundRole)
    assert ink.name() == LIGHT.error_text


def test_ctrl_c_copies_text_and_with_shift_csv(panel: SummaryPanel, qtbot: QtBot) -> None:
    panel.view.setFocus()
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(panel.view, Qt.Key.Key_C, control)
    assert QApplication.clipboard().text().splitlines()[0].split()[:2] == ["Layer", "Block"]
    qtbot.keyClick(panel.view, Qt.Key.Key_C, control | shift)
    rows = list(csv.DictReader(io.StringIO(QApplication.clipboard().text())))
    conv1 = next(row for row in rows if row["Layer"] == "conv1")
    assert (conv1["Parameters"], conv1["MACs"], conv1["Memory"]) == ("156", "9600", "1536")


def test_of_several_selected_rows_only_those_are_copied(panel: SummaryPanel) -> None:
    panel.select("LeNet", ("conv1", "fc3"))
    panel.copy()
    assert len(QApplication.clipboard().text().splitlines()) == 3


def test_an_empty_network_says_what_will_be_here(qtbot: QtBot) -> None:
    panel = SummaryPanel(OpenDesign(Design()), LIGHT)
    qtbot.addWidget(panel)
    panel.show()
    assert panel._empty.isVisible()


def test_hidden_it_waits_until_it_is_shown(panel: SummaryPanel, document: OpenDesign) -> None:
    panel.hide()
    document.apply(configured("conv1", out_channels=12), "Widen conv1")
    assert not panel._settle.isActive()
    panel.show()
    assert cell(panel, "Output shape", "conv1") == "12 × 8 × 8"


def test_it_changes_its_theme(panel: SummaryPanel) -> None:
    before = panel.grab().toImage()
    panel.set_theme(DARK)
    assert panel.grab().toImage() != before
