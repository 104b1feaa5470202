"""The form: fields made from settings alone, edited with real keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from blocks.catalogue import CATALOGUE
from blocks.definition import Definition
from blocks.headings import where
from blocks.setting import Text, choice, flag, number, part, per_axis, sizes, text, whole
from designer.fields import ChoiceField, FlagField, PartField, TextField
from designer.form import FIELDS, Form, field_for
from designer.groups import by_group
from designer.theme import LIGHT
from runtime.data import SOURCES
from runtime.optimizer import OPTIMIZERS, SGD, Adam
from runtime.recipes import RECIPES


class Everything(Definition):
    """One setting of most kinds."""

    width: int = whole(8, low=1, high=512, unit="channels", doc="How wide.")
    rate: float = number(0.5, low=0.0, high=1.0, doc="How fast.")
    kernel: Any = per_axis(3, low=1, doc="How large.")
    bias: bool = flag(True, doc="With a bias.")
    mode: str = choice("zeros", ("zeros", "reflect"), doc="How.")
    shape: Any = sizes((1, 28, 28), doc="Sizes.")
    title: str = text("", doc="A name.")
    optimizer: Any = part(Adam(), OPTIMIZERS, doc="How weights follow.")


class Sheet:
    """A form that keeps the value, as a window does."""

    def __init__(self, *subjects: Definition) -> None:
        self.subjects = list(subjects)
        self.edits: list[tuple[str, object]] = []
        self.form = Form(LIGHT)
        self.form.edited.connect(self._take)
        self.form.look_at(self.subjects)
        self.form.resize(300, 600)
        self.form.show()
        self.form.activateWindow()

    def _take(self, name: str, value: object) -> None:
        self.edits.append((name, value))
        self.subjects = [subject.with_settings(**{name: value}) for subject in self.subjects]
        self.form.look_at(self.subjects)

    def line(self, name: str) -> TextField:
        field = self.form.rows[name].field
        assert isinstance(field, TextField)
        return field

    def type(self, name: str, words: str) -> None:
        """Types over what stands in a field."""
        line = self.line(name).line
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, words)

    def value(self, name: str) -> object:
        return self.subjects[0].value(name)

    def complaint(self, name: str) -> str:
        label = self.form.rows[name].complaint
        return label.text() if label.isVisible() else ""


@pytest.fixture
def sheet(qtbot: QtBot) -> Sheet:
    """A form over one definition."""
    made = Sheet(Everything())
    qtbot.addWidget(made.form)
    return made


def definitions() -> list[type[Definition]]:
    return [*CATALOGUE, *OPTIMIZERS, *RECIPES, *SOURCES]


@pytest.mark.parametrize("kind", definitions(), ids=lambda kind: kind.__name__)
def test_every_definition_has_a_form_with_a_field_for_each_setting(kind: type[Definition], qtbot: QtBot) -> None:
    form = Form(LIGHT)
    qtbot.addWidget(form)
    form.look_at([kind()])
    assert list(form.rows) == [setting.name for setting in by_group(kind.settings.values())]


def test_typing_gives_the_value_at_once(sheet: Sheet) -> None:
    sheet.type("width", "64")
    assert sheet.edits == [("width", 6), ("width", 64)]
    assert sheet.line("width").hint.text() == "channels"


def test_a_sum_is_worked_out_and_stays_as_typed(sheet: Sheet) -> None:
    sheet.type("width", "2*32")
    assert sheet.value("width") == 64
    assert sheet.line("width").line.text() == "2*32"
    assert sheet.line("width").hint.text() == "= 64"


def test_a_value_out_of_bounds_says_so_and_keeps_the_typed_text(sheet: Sheet) -> None:
    sheet.type("width", "9999")
    assert sheet.complaint("width") == "width expects a whole number from 1 to 512, received 9999"
    assert sheet.line("width").line.property("invalid") is True
    assert sheet.line("width").line.text() == "9999"
    assert sheet.value("width") == 99


def test_text_that_is_no_number_complains_and_is_forgiven_when_repaired(sheet: Sheet) -> None:
    sheet.type("rate", "fast")
    assert "rate expects a number from 0.0 to 1.0" in sheet.complaint("rate")
    sheet.type("rate", "0.25")
    assert sheet.complaint("rate") == ""
    assert sheet.value("rate") == 0.25


def test_up_and_down_step_within_the_bounds(sheet: Sheet) -> None:
    line = sheet.line("width").line
    sheet.type("width", "2")
    for _ in range(5):
        QTest.keyClick(line, Qt.Key.Key_Down)
    assert sheet.value("width") == 1
    QTest.keyClick(line, Qt.Key.Key_Up)
    assert sheet.value("width") == 2


def test_a_kernel_takes_one_number_or_one_for_each_axis(sheet: Sheet) -> None:
    sheet.type("kernel", "3x5")
    assert sheet.value("kernel") == (3, 5)
    sheet.type("kernel", "7")
    assert sheet.value("kernel") == 7


def test_a_flag_is_a_box_and_a_choice_a_list(sheet: Sheet) -> None:
    box, mode = sheet.form.rows["bias"].field, sheet.form.rows["mode"].field
    assert isinstance(box, FlagField)
    assert isinstance(mode, ChoiceField)
    QTest.mouseClick(box.box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.box.height() // 2))
    QTest.keyClick(mode.combo, Qt.Key.Key_Down)
    assert (sheet.value("bias"), sheet.value("mode")) == (False, "reflect")
    assert box.box.text() == "no"


def test_a_changed_setting_is_marked_and_goes_back_to_its_default(sheet: Sheet) -> None:
    row = sheet.form.rows["width"]
    assert not row.mark.isVisible()
    sheet.type("width", "64")
    assert row.mark.isVisible()
    assert "default, 8" in row.mark.toolTip()
    QTest.mouseClick(row.mark, Qt.MouseButton.LeftButton)
    assert sheet.value("width") == 8
    assert not row.mark.isVisible()


def test_a_part_is_chosen_and_its_settings_stand_beneath(sheet: Sheet) -> None:
    field = sheet.form.rows["optimizer"].field
    assert isinstance(field, PartField)
    QTest.keyClicks(field.combo, "SGD")
    assert isinstance(sheet.value("optimizer"), SGD)
    inner = field.form
    assert isinstance(inner, Form)
    momentum = inner.rows["momentum"].field
    assert isinstance(momentum, TextField)
    momentum.line.selectAll()
    QTest.keyClicks(momentum.line, "0.9")
    assert sheet.value("optimizer") == SGD(momentum=0.9)


def test_several_share_what_they_have_in_common_and_differences_are_mixed(qtbot: QtBot) -> None:
    sheet = Sheet(Everything(width=4), Everything(width=16))
    qtbot.addWidget(sheet.form)
    line = sheet.line("width").line
    assert (line.text(), line.placeholderText()) == ("", "mixed")
    sheet.type("width", "32")
    assert [subject.value("width") for subject in sheet.subjects] == [32, 32]


def test_different_definitions_share_settings_of_one_kind(qtbot: QtBot) -> None:
    conv, linear = CATALOGUE.make("Conv2d", {}), CATALOGUE.make("Linear", {})
    sheet = Sheet(conv, linear)
    qtbot.addWidget(sheet.form)
    assert list(sheet.form.rows) == ["bias", "parametrization", "init", "init_scale"]


def test_what_is_typed_survives_a_repaint_with_the_same_value(sheet: Sheet) -> None:
    sheet.type("width", "2*3")
    sheet.form.look_at(sheet.subjects)
    assert sheet.line("width").line.text() == "2*3"


def test_a_value_from_elsewhere_replaces_the_text(sheet: Sheet) -> None:
    sheet.type("width", "abc")
    sheet.form.look_at([Everything(width=9)])
    assert sheet.line("width").line.text() == "9"
    assert sheet.complaint("width") == ""


def test_undo_goes_to_the_document_and_not_to_the_line(sheet: Sheet) -> None:
    sheet.type("width", "64")
    control = Qt.KeyboardModifier.ControlModifier
    asked = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, control)
    asked.ignore()
    sheet.line("width").line.event(asked)
    assert not asked.isAccepted()


def test_the_wheel_changes_no_choice_while_scrolling(sheet: Sheet) -> None:
    field = sheet.form.rows["mode"].field
    assert isinstance(field, ChoiceField)
    middle, none = QPointF(field.combo.rect().center()), Qt.MouseButton.NoButton
    plain, still = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    turned = QWheelEvent(middle, middle, QPoint(0, 0), QPoint(0, -120), none, plain, still, False)
    QApplication.sendEvent(field.combo, turned)
    assert sheet.value("mode") == "zeros"


def test_a_kind_of_setting_without_an_entry_is_typed_as_text() -> None:
    @dataclass(frozen=True)
    class Colour(Text):
        """A kind that the form has not heard of."""

    assert Colour not in FIELDS
    assert isinstance(field_for(Colour("red", "A colour.", name="colour"), LIGHT), TextField)


class Dependent(Definition):
    """A setting that has an effect beside some values of another, and one beside any that is set."""

    way: str = choice("none", ("none", "slow", "fast"), doc="Which way.")
    memory: float = where(number(0.5, doc="How much stays."), "way", "slow")
    share: float = where(number(0.0, doc="Of all."), "way")
    scale: float = where(number(1.0, doc="Of the share."), "share")


def test_a_setting_without_effect_is_out_of_sight_until_it_has_one(qtbot: QtBot) -> None:
    sheet = Sheet(Dependent())
    qtbot.addWidget(sheet.form)
    seen = lambda: [name for name, row in sheet.form.rows.items() if row.field.isVisible()]  # noqa: E731
    assert seen() == ["way"]
    way = sheet.form.rows["way"].field.combo  # type: ignore[attr-defined]
    QTest.keyClick(way, Qt.Key.Key_Down)
    assert seen() == ["way", "memory", "share"]
    line = sheet.line("share").line
    sheet.type("share", "2")
    assert seen() == ["way", "memory", "share", "scale"]
    assert sheet.line("share").line is line  # in which one was typing
    QTest.keyClick(way, Qt.Key.Key_Down)
    assert seen() == ["way", "share", "scale"]


@pytest.mark.parametrize("kind", [*RECIPES, *OPTIMIZERS, *SOURCES], ids=lambda kind: kind.kind())
def test_what_a_setting_depends_on_is_there_and_can_be_so(kind: type[Definition]) -> None:
    for setting in kind.settings.values():
        if setting.where is not None:
            other = kind.settings[setting.where.name]
            assert all(other.parse(value) == value for value in setting.where.values)
