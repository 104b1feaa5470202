"""How a phase will be trained at a glance: presets to pick, the learning rate as a curve that follows what is typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.fields import TextField
from designer.panels.pace import Pace
from designer.theme import DARK, LIGHT
from runtime.design import Design, Drawn
from runtime.optimizer import SGD
from runtime.presets import INCEPTION, PRESETS
from runtime.schedule import Cosine, Formula, Schedule
from tests.designer.hands import Open
from tests.designs import points, two_losses


@pytest.fixture
def pace(qtbot: QtBot) -> Pace:
    """The widget as wide as the inspector, on the screen."""
    made = Pace(LIGHT)
    qtbot.addWidget(made)
    made.resize(260, 180)
    made.show()
    return made


def shown(pace: Pace, design: Design) -> Pace:
    pace.show_phase(design, design.training[0])
    return pace


def test_the_curve_is_that_of_the_schedule_and_is_told(pace: Pace) -> None:
    shown(pace, points(epochs=10, optimizer=SGD(lr=0.5), schedule=Cosine()))
    assert pace.plot.curve.rates[0] == 0.5
    assert pace.told.text() == pace.plot.curve.told()
    assert pace.plot.accessibleName() == "Learning rate over the run"
    assert pace.plot.accessibleDescription().startswith("Learning rate 0.5 → ")


def test_another_schedule_is_drawn_at_once(pace: Pace) -> None:
    before = shown(pace, points(epochs=10)).grab().toImage()
    after = shown(pace, points(epochs=10, schedule=Cosine())).grab().toImage()
    assert before != after


@pytest.mark.parametrize("schedule", [Cosine(), Formula(formula="1/(1-n)"), Formula(formula="-1*p")])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_value_under_the_pointer_is_told(theme: Any, schedule: Schedule, qtbot: QtBot) -> None:
    made = Pace(theme)
    qtbot.addWidget(made)
    made.show()
    shown(made, points(epochs=10, schedule=schedule))
    plain = made.plot.grab().toImage()
    for x in (60, 12):  # two places, for a pointer that is there already would not move
        qtbot.mouseMove(made.plot, QPoint(x, 40))
    qtbot.waitUntil(lambda: made.plot.grab().toImage() != plain)
    QApplication.sendEvent(made.plot, QEvent(QEvent.Type.Leave))
    assert made.plot.grab().toImage() == plain


def test_a_preset_is_picked_as_one_edit(pace: Pace, qtbot: QtBot) -> None:
    design, edits = points(), list[tuple[str, Callable[[Design], Design], str]]()
    shown(pace, design)
    pace.wanted.connect(lambda words, edit, merge: edits.append((words, edit, merge)))
    pace.preset.setFocus()
    for _ in range(1 + PRESETS.index(INCEPTION)):
        qtbot.keyClick(pace.preset, Qt.Key.Key_Down)
    words, edit, _ = edits[-1]
    assert words == "Train as Inception"
    changed = edit(design)
    assert changed.data is not None
    assert changed.data.batch_size == 32
    assert shown(pace, changed).preset.currentText() == "Inception"
    assert "epsilon of 1" in pace.preset.toolTip()


def test_settings_of_ones_own_are_no_preset(pace: Pace) -> None:
    assert shown(pace, points()).preset.currentText() == "as set below"


def test_a_step_drawn_by_hand_shows_its_first_objective_and_none_nothing(pace: Pace) -> None:
    design = two_losses()
    assert not shown(pace, design).isHidden()
    assert pace.plot.curve.rates[0] == 0.001
    [phase, _] = design.training
    assert isinstance(phase.plan, Drawn)
    bare = replace(phase, plan=replace(phase.plan, objectives=()))
    pace.show_phase(design, bare)
    assert pace.isHidden()


def test_in_the_window_the_curve_follows_the_typing_and_a_preset_is_one_step_back(start: Open) -> None:
    window = start("lenet_digits", (1400, 900))
    page, document = window.inspector.whole, window.document
    [made] = page.paces.values()
    rate = next(field for field in page.findChildren(TextField) if field.setting.name == "lr")
    rate.line.selectAll()
    QTest.keyClicks(rate.line, "0.5")
    assert max(made.plot.curve.rates) == pytest.approx(0.5, rel=0.01)  # a warm-up joins a cosine
    before = document.design
    QTest.keyClicks(made.preset, "Incep")
    assert made.preset.currentText() == "Inception"
    assert made.plot.curve.rates[0] == 0.045
    assert document.history[-1] == "Train as Inception"
    document.undo()
    assert document.design == before
    assert max(made.plot.curve.rates) == pytest.approx(0.5, rel=0.01)
