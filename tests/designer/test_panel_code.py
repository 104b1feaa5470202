"""The code panel: the text that is trained, kept up, tied to its nodes line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlock
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from blocks import edits
from designer.document import OpenDesign
from designer.panels.code import MODEL, TRAINING, CodePanel
from designer.theme import DARK, LIGHT
from runtime.script import print_training
from runtime.source import Place, print_design
from tests.designs import digits


@pytest.fixture
def document() -> OpenDesign:
    """LeNet on digits."""
    return OpenDesign(digits())


@pytest.fixture
def panel(qtbot: QtBot, document: OpenDesign) -> CodePanel:
    """The panel on the screen."""
    made = CodePanel(document, LIGHT)
    qtbot.addWidget(made)
    made.resize(1200, 260)
    made.show()
    return made


def widen(document: OpenDesign, channels: int = 12) -> None:
    document.apply(
        lambda d: d.edited("LeNet", lambda g: edits.configure(g, ["conv1"], {"out_channels": channels})), "Widen conv1"
    )


def spoil(document: OpenDesign) -> None:
    document.apply(lambda d: d.edited("LeNet", lambda g: edits.remove(g, ["flatten"])), "Delete flatten")


def marked(panel: CodePanel) -> list[int]:
    return [mark.cursor.blockNumber() + 1 for mark in panel.view.extraSelections()]


def click(panel: CodePanel, qtbot: QtBot, line: int) -> None:
    """A real click on a line counted from 1."""
    panel.view.bring(line)
    block: QTextBlock = panel.view.document().findBlockByNumber(line - 1)
    place = panel.view.blockBoundingGeometry(block).translated(panel.view.contentOffset()).center().toPoint()
    place.setX(40)
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_what_is_shown_is_what_is_trained(panel: CodePanel, document: OpenDesign) -> None:
    assert panel.text == print_design(document.design).text
    panel.show_file(TRAINING)
    assert panel.text == print_training(document.design).text


def test_a_click_on_every_line_leads_to_its_node(panel: CodePanel, document: OpenDesign, qtbot: QtBot) -> None:
    source = print_design(document.design)
    heard: list[tuple[str, str]] = []
    panel.revealed.connect(lambda network, node: heard.append((network, node)))
    expected = []
    for line in range(1, len(source.lines) + 1):
        click(panel, qtbot, line)
        place = source.place(line)
        expected += [(place.network, place.node)] if place else []
    assert heard == expected
    assert ("LeNet", "conv2") in heard


def test_selected_nodes_have_their_lines_marked_and_in_view(panel: CodePanel, document: OpenDesign) -> None:
    panel.select("LeNet", ("fc3",))
    lines = print_design(document.design).by_place[Place("LeNet", "fc3")]
    assert marked(panel) == list(lines)
    first = panel.view.firstVisibleBlock().blockNumber() + 1
    assert first <= lines[0] < first + 20
    panel.select("LeNet", ())
    assert marked(panel) == []


def test_the_text_keeps_up_and_the_marks_with_it(panel: CodePanel, document: OpenDesign, qtbot: QtBot) -> None:
    panel.select("LeNet", ("conv1",))
    widen(document)
    qtbot.waitUntil(lambda: "nn.Conv2d(1, 12, 5" in panel.text)
    assert panel.text == print_design(document.design).text
    assert marked(panel) == list(print_design(document.design).by_place[Place("LeNet", "conv1")])


def test_only_lines_that_differ_are_replaced(panel: CodePanel, document: OpenDesign, qtbot: QtBot) -> None:
    changed: list[tuple[int, int]] = []
    panel.view.document().contentsChange.connect(lambda _, gone, come: changed.append((gone, come)))
    widen(document)
    panel.refresh()
    assert changed
    assert all(max(sizes) < len(panel.text) / 2 for sizes in changed)
    document.undo()
    panel.refresh()
    assert panel.text == print_design(document.design).text


def test_what_does_not_fit_keeps_the_last_text_and_says_why(
    panel: CodePanel, document: OpenDesign, qtbot: QtBot
) -> None:
    before = panel.text
    spoil(document)
    qtbot.waitUntil(lambda: panel.state.text().startswith("Not up to date: fc1"))
    assert panel.text == before
    assert panel.state.property("role") == "warning"
    document.undo()
    qtbot.waitUntil(lambda: "lines" in panel.state.text())
    assert panel.state.property("role") == "small"


def test_a_design_that_never_fitted_shows_nothing_yet(qtbot: QtBot) -> None:
    document = OpenDesign(digits())
    spoil(document)
    panel = CodePanel(document, LIGHT)
    qtbot.addWidget(panel)
    assert panel.text == ""
    assert panel.state.text().startswith("Nothing to show yet: fc1")


def test_a_training_without_data_says_what_it_lacks(panel: CodePanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(lambda design: replace(design, data=None), "Take the data away")
    qtbot.mouseClick(panel.files[TRAINING], Qt.MouseButton.LeftButton)
    assert panel.text == ""
    assert "Nothing to show yet" in panel.state.text()
    qtbot.mouseClick(panel.files[MODEL], Qt.MouseButton.LeftButton)
    assert "class LeNet" in panel.text


def test_lines_of_the_training_lead_to_the_step(panel: CodePanel, document: OpenDesign, qtbot: QtBot) -> None:
    panel.show_file(TRAINING)
    (line, *_) = print_training(document.design).by_place[Place("fit", "loss")]
    with qtbot.waitSignal(panel.revealed) as heard:
        click(panel, qtbot, line)
    assert heard.args == ["fit", "loss"]
    panel.select("fit", ("loss",))
    assert line in marked(panel)


def test_moving_a_node_prints_nothing(panel: CodePanel, document: OpenDesign) -> None:
    document.apply(lambda design: design.with_places("LeNet", {"conv1": (9.0, 9.0)}), "Move conv1")
    assert not panel._settle.isActive()


def test_hidden_it_prints_when_it_is_shown(panel: CodePanel, document: OpenDesign) -> None:
    panel.hide()
    widen(document)
    assert not panel._settle.isActive()
    panel.show()
    assert "nn.Conv2d(1, 12, 5" in panel.text


def test_the_whole_text_can_be_copied_and_none_typed(panel: CodePanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == panel.text
    before = panel.text
    qtbot.keyClicks(panel.view, "import os")
    assert panel.text == before


def test_selecting_text_with_the_mouse_leads_nowhere(panel: CodePanel, qtbot: QtBot) -> None:
    panel.view.selectAll()
    with qtbot.assertNotEmitted(panel.revealed):
        panel.view.setFocus()
    assert panel.view.textCursor().hasSelection()


def test_another_document_shows_nothing_of_the_last(panel: CodePanel, document: OpenDesign, qtbot: QtBot) -> None:
    other = OpenDesign(digits())
    spoil(other)
    document.show(other.design)
    qtbot.waitUntil(lambda: panel.text == "")


def test_it_changes_its_colours(panel: CodePanel) -> None:
    before = panel.view.grab().toImage()
    panel.set_theme(DARK)
    assert panel.view.grab().toImage() != before
