"""Fields that name what the design holds: chosen from a list of what there is, by button and by key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from designer.name_field import NameField
from designer.window import MainWindow
from runtime.design import Phase
from runtime.recipe import Classification
from runtime.recipes.autoencoder import Denoising
from runtime.terms import BEGINNING
from tests.designer.hands import LEFT, Open, key
from tests.designs import two_losses

Key = Qt.Key


@pytest.fixture
def window(start: Open) -> MainWindow:
    """A window on two networks that are trained in two phases."""
    opened = start()
    opened.files.new()
    first, then = Phase("first", Classification(network="First")), Phase("then", Classification())
    opened.document.show(replace(two_losses(), training=(first, then)))
    return opened


def field(window: MainWindow, name: str, phase: str = "then") -> NameField:
    form = window.inspector.whole.cards[phase].recipe.form
    row = form.rows[name]  # type: ignore[attr-defined]
    if not row.shown:
        QTest.mouseClick(form.headings[row.setting.group], LEFT)  # type: ignore[attr-defined]
    found = row.field
    assert isinstance(found, NameField)
    window.inspector.ensureWidgetVisible(found)
    return found


def listed(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def action(menu: QMenu, text: str) -> QAction:
    return next(each for each in menu.actions() if each.text() == text)


def pick(menu: QMenu, text: str) -> None:
    """A click on a line of a list that is open."""
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action(menu, text)).center())


def open_list(wanted: NameField) -> None:
    """A click on the button within a field."""
    assert wanted._inside is not None
    QTest.mouseClick(wanted._inside, LEFT)


def plan(window: MainWindow) -> Classification:
    found = window.document.design.training[1].plan
    assert isinstance(found, Classification)
    return found


def test_a_network_is_chosen_from_those_of_the_design(window: MainWindow) -> None:
    wanted = field(window, "network")
    open_list(wanted)
    assert listed(wanted.menu) == ["First", "Second"]
    pick(wanted.menu, "Second")
    assert (plan(window).network, wanted.line.text()) == ("Second", "Second")
    open_list(wanted)
    assert action(wanted.menu, "Second").isChecked()
    pick(wanted.menu, "Leave empty")
    assert plan(window).network == ""


def test_the_list_opens_with_a_key_and_is_gone_through_by_keys(window: MainWindow) -> None:
    wanted = field(window, "network")
    wanted.line.setFocus()
    key(wanted.line, Key.Key_Down)
    assert wanted.menu.isVisible()
    key(wanted.menu, Key.Key_Down)
    key(wanted.menu, Key.Key_Return)
    assert plan(window).network == "First"


def test_nodes_stand_under_their_network_and_several_are_ticked(window: MainWindow) -> None:
    wanted = field(window, "frozen")
    nodes = [name for name, row in window.document.verdict.networks["First"].rows.items() if row.parameters]
    for place in nodes[0], "All of First":
        wanted.open_menu()
        inner = action(wanted.menu, "First").menu()
        assert isinstance(inner, QMenu)
        assert listed(inner) == ["All of First", *nodes]
        action(inner, place).trigger()
    assert plan(window).frozen == (f"First.{nodes[0]}", "First")
    wanted.open_menu()
    inner = action(wanted.menu, "First").menu()
    assert isinstance(inner, QMenu)
    action(inner, nodes[0]).trigger()
    assert plan(window).frozen == ("First",)


def test_weights_come_from_an_earlier_phase_or_a_file(window: MainWindow) -> None:
    wanted = field(window, "weights")
    wanted.open_menu()
    assert listed(wanted.menu) == ["first", "Choose a file…"]
    pick(wanted.menu, "first")
    assert plan(window).weights == "first"
    early = field(window, "weights", "first")
    early.open_menu()
    assert listed(early.menu) == ["Choose a file…"]


def test_a_factor_of_the_learning_rate_begins_with_the_usual_one(window: MainWindow) -> None:
    wanted = field(window, "rates")
    wanted.open_menu()
    name = listed(wanted.menu)[0]
    pick(wanted.menu, name)
    assert plan(window).rates == ((name, 0.1),)


def test_a_field_of_the_data_is_chosen(window: MainWindow) -> None:
    design = window.document.design
    window.document.show(replace(design, training=(Phase("then", Denoising(network="First")),)))
    wanted = field(window, "clean")
    wanted.open_menu()
    assert listed(wanted.menu) == list(design.data.fields())  # type: ignore[union-attr]


def test_a_phase_says_how_much_of_the_networks_learns(window: MainWindow) -> None:
    told = window.inspector.whole.cards["first"].learning
    first = window.document.verdict.networks["First"].parameters
    assert told.text() == f"{first:,} parameters learn."
    wanted = field(window, "frozen", "first")
    node = next(name for name, row in window.document.verdict.networks["First"].rows.items() if row.parameters)
    wanted.line.setFocus()
    QTest.keyClicks(wanted.line, f"First.{node}")
    stays = window.document.verdict.networks["First"].rows[node].parameters
    assert told.text() == f"{first - stays:,} parameters learn, {stays:,} stay as they are."
    assert wanted.setting.group == BEGINNING
