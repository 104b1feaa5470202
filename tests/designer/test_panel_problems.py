"""The list of problems: kept up, led to their nodes, repaired with a click or a key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from blocks import edits
from blocks.activation import ReLU
from blocks.convolution import Conv2d
from blocks.graph import Graph, Node, Wire
from designer.document import Edit, OpenDesign
from designer.panels.problems import MOST, ProblemsPanel
from designer.theme import DARK, LIGHT
from runtime.design import Design
from tests.designs import digits


def without(*nodes: str) -> Edit:
    """The network with some nodes taken out, their wires joined."""
    return lambda design: design.edited("LeNet", lambda graph: edits.remove(graph, nodes))


def unflattened(design: Design) -> Design:
    """The network with a vector wanted where an image arrives."""

    def edit(graph: Graph) -> Graph:
        return edits.connect(edits.remove(graph, ["flatten"]), Wire("pool2", "y", "fc1", "x"))

    return design.edited("LeNet", edit)


def with_stray(count: int) -> Edit:
    """The network with nodes that nothing comes into."""

    def edit(design: Design) -> Design:
        graph = design.networks["LeNet"]
        for number in range(count):
            graph = edits.add(graph, f"stray{number}", Node(Conv2d(8)))
        return design.with_network("LeNet", graph)

    return edit


@pytest.fixture
def document() -> OpenDesign:
    """A network in which nothing is wrong."""
    return OpenDesign(digits())


@pytest.fixture
def panel(qtbot: QtBot, document: OpenDesign) -> ProblemsPanel:
    """The panel on the screen, beside a document that does what it asks."""
    made = ProblemsPanel(document, LIGHT)
    made.applied.connect(lambda label, edit, merge: document.apply(edit, label, merge))
    qtbot.addWidget(made)
    made.resize(1200, 260)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    return made


def settled(panel: ProblemsPanel, qtbot: QtBot) -> None:
    """Waits until what is in sight is up to date."""

    def up_to_date() -> bool:
        seen = [row for row in panel.rows if not row.visibleRegion().isEmpty()]
        verdict = panel._document.verdict
        fixed = all(row.fixed_for is verdict for row in seen)
        return panel._shown is verdict and fixed and bool(seen or not panel.rows)

    qtbot.waitUntil(up_to_date)


def titles(panel: ProblemsPanel, row: int) -> list[str]:
    return [button.text() for button in panel.rows[row].buttons]


def test_where_nothing_is_wrong_it_says_so(panel: ProblemsPanel) -> None:
    assert panel._empty.isVisible()
    assert panel.count == 0


def test_a_problem_names_its_node_and_offers_its_repairs(
    panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(panel.counted, check_params_cb=lambda count: count == 1):
        document.apply(unflattened, "Delete flatten")
    settled(panel, qtbot)
    (row,) = panel.rows
    assert row.link.text() == "fc1"
    assert "fc1 expects" in row.message.text()
    assert "Insert Flatten" in titles(panel, 0)


def test_a_fix_is_one_step_that_undo_takes_back(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(unflattened, "Delete flatten")
    settled(panel, qtbot)
    button = panel.rows[0].buttons[0]
    title = button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel._empty.isVisible())
    assert document.history == ("Delete flatten", title)
    document.undo()
    qtbot.waitUntil(lambda: len(panel.rows) == 1)


def test_a_click_on_the_node_leads_to_it(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(unflattened, "Delete flatten")
    settled(panel, qtbot)
    with qtbot.waitSignal(panel.revealed) as heard:
        qtbot.mouseClick(panel.rows[0].link, Qt.MouseButton.LeftButton)
    assert heard.args == ["LeNet", "fc1"]


def test_a_hand_over_a_fix_previews_its_node(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(unflattened, "Delete flatten")
    settled(panel, qtbot)
    with qtbot.waitSignal(panel.previewed) as heard:
        panel.rows[0].buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
    assert heard.args == ["LeNet", "fc1", panel.rows[0].fixes[0].edit]
    with qtbot.waitSignal(panel.previewed) as heard:
        panel.rows[0].link.setFocus(Qt.FocusReason.TabFocusReason)
    assert heard.args == ["", "", None]


def test_errors_come_first_then_warnings_then_advice(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(with_stray(1), "Add a stray")
    document.apply(without("relu3"), "Delete relu3")
    settled(panel, qtbot)
    assert [row.finding.level for row in panel.rows] == ["error", "warning", "advice"]
    assert panel.count == 2


def test_the_keyboard_goes_through_problems_and_repairs_them(
    panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot
) -> None:
    document.apply(unflattened, "Delete flatten")
    document.apply(with_stray(1), "Add a stray")
    settled(panel, qtbot)
    first = panel.rows[0]
    panel.setFocus()
    qtbot.keyClick(panel, Qt.Key.Key_Down)
    assert first.link.hasFocus()
    qtbot.keyClick(first.link, Qt.Key.Key_Down)
    assert panel.rows[1].link.hasFocus()
    qtbot.keyClick(panel.rows[1].link, Qt.Key.Key_Up)
    qtbot.keyClick(first.link, Qt.Key.Key_Right)
    assert first.buttons[0].hasFocus()
    qtbot.keyClick(first.buttons[0], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(panel.rows) == 2)
    assert panel.rows[0].link.hasFocus()


def test_a_row_whose_problem_stays_is_kept(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(unflattened, "Delete flatten")
    settled(panel, qtbot)
    row, buttons = panel.rows[0], panel.rows[0].buttons
    document.apply(
        lambda design: design.edited("LeNet", lambda g: edits.configure(g, ["conv2"], {"out_channels": 32})), ""
    )
    settled(panel, qtbot)
    assert panel.rows == [row]
    assert "(32, 2, 2)" in row.message.text()
    assert row.buttons == buttons


def test_a_fix_worked_out_before_an_edit_repairs_what_is_there_now(
    panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot
) -> None:
    document.apply(unflattened, "Delete flatten")
    settled(panel, qtbot)
    button = panel.rows[0].buttons[0]
    rename = lambda design: design.edited("LeNet", lambda graph: edits.rename(graph, "pool2", "last"))  # noqa: E731
    document.apply(rename, "Rename pool2")
    button.click()
    assert document.history[-1] == button.text()
    assert not document.verdict.errors


def test_hundreds_of_problems_are_counted_not_built(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(with_stray(200), "Add strays")
    settled(panel, qtbot)
    assert len(panel.rows) == MOST
    assert panel.more.text().startswith(f"and {400 - MOST} more")
    assert panel.count == 400
    assert sum(row.fixed_for is not None for row in panel.rows) < MOST / 2


def test_fixes_appear_as_rows_come_into_sight(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(with_stray(30), "Add strays")
    settled(panel, qtbot)
    assert panel.rows[-1].fixed_for is None
    bar = panel._scroll.verticalScrollBar()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: panel.rows[-1].fixed_for is document.verdict)


def test_a_problem_of_the_training_names_its_phase(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(lambda design: replace(design, data=None), "Take the data away")
    settled(panel, qtbot)
    assert panel.rows[0].link.text() == "fit"
    with qtbot.waitSignal(panel.step_revealed) as heard:
        qtbot.mouseClick(panel.rows[0].link, Qt.MouseButton.LeftButton)
    assert heard.args == ["fit", ""]


def test_a_message_can_be_copied(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(unflattened, "Delete flatten")
    settled(panel, qtbot)
    panel.rows[0].link.setFocus()
    qtbot.keyClick(panel.rows[0].link, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == panel.rows[0].finding.message


def test_hidden_it_only_counts_and_catches_up_when_shown(
    panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot
) -> None:
    panel.hide()
    with qtbot.waitSignal(panel.counted, check_params_cb=lambda count: count == 1):
        document.apply(unflattened, "Delete flatten")
    assert not panel.rows
    panel.show()
    settled(panel, qtbot)
    assert len(panel.rows) == 1


def test_it_changes_its_theme_while_it_shows_problems(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(with_stray(2), "Add strays")
    settled(panel, qtbot)
    before = panel.rows[0]._icon.toImage()
    panel.set_theme(DARK)
    assert panel.rows[0]._icon.toImage() != before


def test_an_edit_of_the_layout_changes_nothing(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(with_stray(1), "Add a stray")
    settled(panel, qtbot)
    shown = panel._shown
    document.apply(lambda design: design.with_places("LeNet", {"conv1": (5.0, 5.0)}), "Move conv1")
    qtbot.wait(20)
    assert panel._shown is shown


def test_further_fixes_are_in_a_menu(panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(with_stray(1), "Add a stray")
    document.apply(lambda d: d.edited("LeNet", lambda g: edits.add(g, "late", Node(ReLU()))), "Add late")
    document.apply(
        lambda d: d.edited("LeNet", lambda g: edits.connect(g, Wire("conv1", "y", "stray0", "x"))), "Connect"
    )
    settled(panel, qtbot)
    row = next(row for row in panel.rows if row.finding.node == "stray0")
    assert [fix.title for fix in row.fixes] == ["Connect stray0 to late", "Add an Output after stray0"]


@pytest.mark.parametrize("width, beside", [(1200, True), (500, False)])
def test_nothing_of_a_problem_is_cut_where_the_panel_is_narrow(
    panel: ProblemsPanel, document: OpenDesign, qtbot: QtBot, width: int, beside: bool
) -> None:
    panel.resize(width, 260)
    document.apply(unflattened, "Take flatten out")
    settled(panel, qtbot)
    row = panel.rows[0]
    qtbot.waitUntil(lambda: (row.buttons[0].y() < row.message.geometry().bottom()) == beside)
    assert len(row.buttons) == 2
    for part in (row.link, row.message, *row.buttons):
        assert part.mapTo(panel, part.rect().bottomRight()).x() < width
    assert row.message.width() >= 200
