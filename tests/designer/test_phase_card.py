"""The phases of a training in order: added, moved, renamed, duplicated, folded and removed with real clicks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from blocks.edits import Refused
from designer import phases
from designer.groups import Heading
from designer.panels.phase_card import PhaseCard
from designer.window import MainWindow
from runtime.by_hand import drawn_by_hand
from runtime.design import canvas_of
from runtime.terms import STOPPING
from tests.designer.hands import CONTROL, LEFT, key
from tests.designs import digits

Key = Qt.Key


def names(window: MainWindow) -> list[str]:
    return [phase.name for phase in window.document.design.training]


def card(window: MainWindow, name: str = "fit") -> PhaseCard:
    return window.inspector.whole.cards[name]


def click(window: MainWindow, button: QWidget) -> None:
    window.inspector.ensureWidgetVisible(button)
    QTest.mouseClick(button, LEFT)


def test_a_phase_is_added_and_moved_before_the_other(lenet: MainWindow) -> None:
    assert not card(lenet).up.isVisible()
    click(lenet, lenet.inspector.whole.add_phase)
    assert names(lenet) == ["fit", "fit2"]
    assert card(lenet, "fit2").heading.text() == "TRAINING 2 OF 2"
    assert not card(lenet).up.isEnabled()
    click(lenet, card(lenet, "fit2").up)
    assert names(lenet) == ["fit2", "fit"]
    assert list(lenet.inspector.whole.cards) == ["fit2", "fit"]
    assert lenet.document.history == ("Add a training", "Move the training fit2 before the one above")
    key(lenet, Key.Key_Z, CONTROL)
    assert names(lenet) == ["fit", "fit2"]


def test_a_phase_is_renamed_in_place(lenet: MainWindow) -> None:
    title = card(lenet).title
    lenet.inspector.ensureWidgetVisible(title)
    title.setFocus()
    title.selectAll()
    QTest.keyClicks(title, "warm up")
    key(title, Key.Key_Return)
    assert names(lenet) == ["warm up"]
    assert card(lenet, "warm up").title.text() == "warm up"
    assert lenet.document.history == ("Rename the training fit to warm up",)


def test_a_phase_is_duplicated_after_itself_and_removed(lenet: MainWindow) -> None:
    click(lenet, card(lenet).duplicate)
    first, second = lenet.document.design.training
    assert (first.name, second.name) == ("fit", "fit2")
    assert second.plan == first.plan
    click(lenet, card(lenet).remove)
    assert names(lenet) == ["fit2"]
    click(lenet, card(lenet, "fit2").remove)
    assert names(lenet) == []
    assert lenet.inspector.whole.add_phase.text() == "Add a training"


def test_a_phase_folds_to_its_name_and_stays_so(lenet: MainWindow) -> None:
    click(lenet, card(lenet).fold)
    assert not card(lenet).body.isVisible()
    assert card(lenet).title.isVisible()
    click(lenet, lenet.inspector.whole.add_phase)
    assert not card(lenet).body.isVisible()
    click(lenet, card(lenet).fold)
    assert card(lenet).body.isVisible()


def test_what_is_rarely_set_is_folded_until_its_heading_is_clicked(lenet: MainWindow) -> None:
    form = card(lenet).recipe.form
    rows, heading = form.rows, form.headings[STOPPING]  # type: ignore[attr-defined]
    assert isinstance(heading, Heading)
    assert [rows[name].field.isVisible() for name in ("loss", "optimizer", "schedule", "epochs")] == [True] * 4
    assert not rows["patience"].field.isVisible()
    click(lenet, heading)
    assert rows["patience"].field.isVisible()
    field = rows["patience"].field
    field.setFocus()
    field.line.selectAll()
    QTest.keyClicks(field.line, "4")
    click(lenet, heading)
    assert not rows["patience"].field.isVisible()
    assert heading.text() == f"{STOPPING}  •"
    assert "patience" in heading.toolTip()


def test_a_data_source_shows_its_own_settings_first(lenet: MainWindow) -> None:
    assert list(lenet.inspector.whole.data.form.rows)[:2] == ["resolution", "batch_size"]  # type: ignore[attr-defined]


def test_what_names_a_phase_and_stands_on_its_canvas_follows_it() -> None:
    design = phases.duplicated("fit")(drawn_by_hand(digits(weights=""), "fit"))
    design = design.with_places(canvas_of("fit"), {"loss": (8.0, 8.0)})
    second = design.training[1].plan.with_settings(weights="fit")
    design = replace(design, training=(design.training[0], replace(design.training[1], plan=second)))
    after = phases.renamed("fit", "first")(design)
    assert after.training[1].plan.value("weights") == "first"
    assert after.layout[canvas_of("first")] == {"loss": (8.0, 8.0)}
    assert canvas_of("first") not in phases.removed("first")(after).layout
    with pytest.raises(Refused, match="already a phase"):
        phases.renamed("first", "fit2")(after)
