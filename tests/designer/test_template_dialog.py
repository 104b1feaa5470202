"""New from template: found by a few letters, set in a form, seen with its costs, and opened as a new design."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMessageBox, QPushButton, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from blocks.zoo import TEMPLATES
from blocks.zoo.residual import ResNet
from designer.fields import ChoiceField, TextField
from designer.template_dialog import TemplateDialog
from designer.theme import DARK, LIGHT, Theme
from designer.window import MainWindow
from runtime.beginning import begun
from runtime.verdict import judge
from tests.designer.hands import CONTROL, LEFT, SHIFT, Open, key

Key = Qt.Key


def opened(window: MainWindow) -> TemplateDialog:
    key(window, Key.Key_N, CONTROL | SHIFT)
    dialog = window.findChild(TemplateDialog)
    assert isinstance(dialog, TemplateDialog)
    QTest.qWaitForWindowActive(dialog)
    return dialog


@pytest.fixture
def theme() -> dict[str, Theme]:
    """The theme of a dialog that stands alone."""
    return {"": LIGHT}


@pytest.fixture
def dialog(qtbot: QtBot, theme: dict[str, Theme]) -> Iterator[TemplateDialog]:
    """The dialog without a window, which takes what is created."""
    dialog = TemplateDialog(lambda: theme[""], lambda design: True, None)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    yield dialog
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def search(dialog: TemplateDialog, words: str) -> None:
    dialog.templates.search.selectAll()
    QTest.keyClicks(dialog.templates.search, words)


def line(dialog: TemplateDialog, setting: str) -> QLineEdit:
    """The line in which a setting is typed."""
    field = dialog.form.rows[setting].field
    assert isinstance(field, TextField)
    return field.line


def write(dialog: TemplateDialog, setting: str, words: str) -> None:
    line(dialog, setting).setFocus()
    line(dialog, setting).selectAll()
    QTest.keyClicks(line(dialog, setting), words)


def lines(tree: QTreeWidget) -> list[str]:
    items = (tree.topLevelItem(i) for i in range(tree.topLevelItemCount()))
    return [item.text(0) for item in items if item is not None]


def listed(dialog: TemplateDialog) -> list[str]:
    return [item.text(0) for item in dialog.templates._lines()]


def facts(dialog: TemplateDialog) -> dict[str, str]:
    return {name.text(): value.text() for name, value in dialog.facts._labels if not name.isHidden()}


def drawn(dialog: TemplateDialog, qtbot: QtBot) -> None:
    """Waits until the hand has come to rest, and everything is drawn."""
    qtbot.waitUntil(lambda: not dialog._pause.isActive() and not dialog._picture.isActive())


def answer(words: str) -> None:
    """Answers the next question by the button of that name."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        QTest.mouseClick(next(b for b in box.buttons() if words in b.text()), LEFT)

    QTimer.singleShot(0, press)


# Finding


def test_every_template_is_listed_under_its_family(dialog: TemplateDialog) -> None:
    assert sorted(listed(dialog)) == sorted(kind.kind() for kind in TEMPLATES)
    assert {kind.family for kind in TEMPLATES} <= set(lines(dialog.templates.list))


@pytest.mark.parametrize("words", ["resnet", "ResNet-50", "res net", "resnet50"])
def test_a_template_is_found_by_its_name_however_it_is_written(dialog: TemplateDialog, words: str) -> None:
    search(dialog, words)
    assert dialog.templates.kind is ResNet


@pytest.mark.parametrize("words", ["shortcut", "residual blocks that halve"])
def test_a_template_is_found_by_its_keywords_and_what_is_told_of_it(dialog: TemplateDialog, words: str) -> None:
    search(dialog, words)
    assert "ResNet" in listed(dialog)


def test_a_few_letters_find_only_what_begins_with_them(dialog: TemplateDialog) -> None:
    search(dialog, "resn")
    assert listed(dialog)
    for name in listed(dialog):
        kind = TEMPLATES.get(name)
        assert kind is not None
        words = f"{name} {kind.keywords} {kind.family} {kind.summary()}".lower()
        assert any("resn" in word for word in words.split()), name


def test_a_name_with_a_number_sets_the_depth(dialog: TemplateDialog, qtbot: QtBot) -> None:
    search(dialog, "resnet18")
    drawn(dialog, qtbot)
    assert dialog.title.text() == "ResNet-18"
    depth = dialog.form.rows["depth"].field
    assert isinstance(depth, ChoiceField)
    assert depth.combo.currentText() == "18"
    assert facts(dialog)["parameters"] == "11,689,512"


def test_what_is_not_found_is_said_and_cannot_be_created(dialog: TemplateDialog, qtbot: QtBot) -> None:
    search(dialog, "qqqq")
    drawn(dialog, qtbot)
    assert listed(dialog) == []
    assert lines(dialog.templates.list) == ["No architecture is called “qqqq”"]
    assert not dialog.create_button.isEnabled()
    assert dialog.sight.shown is None
    assert facts(dialog) == {}


def test_below_a_name_that_is_not_known_stand_the_nearest(dialog: TemplateDialog, qtbot: QtBot) -> None:
    search(dialog, "resnte")
    drawn(dialog, qtbot)
    assert lines(dialog.templates.list)[:2] == ["No architecture is called “resnte”", "ResNet"]
    assert not dialog.create_button.isEnabled()
    QTest.keyClick(dialog.templates.search, Qt.Key.Key_Down)
    drawn(dialog, qtbot)
    assert dialog.templates.kind is ResNet


def test_arrows_in_the_search_go_through_the_list_and_a_click_chooses(dialog: TemplateDialog) -> None:
    names = listed(dialog)
    for pressed, at in ((Key.Key_Down, 1), (Key.Key_Down, 2), (Key.Key_Up, 1), (Key.Key_PageUp, 0)):
        key(dialog.templates.search, pressed)
        assert dialog.templates.kind is TEMPLATES.get(names[at])
    view = dialog.templates.list
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualItemRect(dialog.templates._lines()[1]).center())
    assert dialog.templates.kind is TEMPLATES.get(names[1])


# Settings, counts, picture


def test_the_counts_and_the_picture_are_those_of_the_settings_at_hand(dialog: TemplateDialog, qtbot: QtBot) -> None:
    search(dialog, "resnet")
    drawn(dialog, qtbot)
    before = dialog.sight.grab().toImage()
    depth = dialog.form.rows["depth"].field
    assert isinstance(depth, ChoiceField)
    depth.combo.setFocus()
    QTest.keyClicks(depth.combo, "18")
    write(dialog, "classes", "10")
    drawn(dialog, qtbot)
    checked = judge(begun(ResNet("18", classes=10))).networks["ResNet"]
    told = facts(dialog)
    assert told["parameters"] == f"{checked.parameters:,}"
    assert told["with buffers"] == f"{checked.parameters + checked.buffers:,}"
    assert told["MACs"] == f"{checked.macs:,}"
    assert (told["in"], told["out"]) == ("3 × 224 × 224", "10")
    assert told["weights"] == "42.7 MB in float32"
    assert told["receptive field"] == "435 × 435 px"
    assert dialog.sight.grab().toImage() != before


def test_typing_is_drawn_only_once_the_hand_rests(dialog: TemplateDialog, qtbot: QtBot) -> None:
    search(dialog, "resnet")
    drawn(dialog, qtbot)
    before = dialog.foreseen
    write(dialog, "classes", "123")
    assert dialog.foreseen is before
    drawn(dialog, qtbot)
    assert dialog.foreseen is not before
    assert facts(dialog)["out"] == "123"


def test_a_refused_text_is_said_beneath_its_field_and_keeps_the_button_off(
    dialog: TemplateDialog, qtbot: QtBot
) -> None:
    search(dialog, "resnet")
    write(dialog, "classes", "0")
    row = dialog.form.rows["classes"]
    assert "at least 1" in row.complaint.text()
    assert row.complaint.isVisible()
    assert not dialog.create_button.isEnabled()
    assert "at least 1" in dialog.create_button.toolTip()
    assert not dialog.facts.isEnabled()
    write(dialog, "classes", "7")
    drawn(dialog, qtbot)
    assert not row.complaint.isVisible()
    assert dialog.create_button.isEnabled()
    assert dialog.facts.isEnabled()


def test_settings_that_do_not_go_together_are_said_in_a_sentence(dialog: TemplateDialog, qtbot: QtBot) -> None:
    search(dialog, "resnet")
    write(dialog, "layers", "1, 1, 1, 1, 1, 1, 1, 1")
    drawn(dialog, qtbot)
    write(dialog, "width", "268435456")
    drawn(dialog, qtbot)
    assert dialog.why.text().endswith(".")
    assert " expects " in dialog.why.text()
    assert not dialog.create_button.isEnabled()
    assert dialog.create_button.toolTip() == dialog.why.text()
    assert not dialog.sight.isEnabled()  # the picture of before is faded
    write(dialog, "width", "64")
    drawn(dialog, qtbot)
    assert dialog.why.text() == ""
    assert dialog.sight.isEnabled()


def test_a_template_looked_at_again_is_as_it_was_set(dialog: TemplateDialog) -> None:
    search(dialog, "resnet")
    write(dialog, "classes", "10")
    search(dialog, "perceptron")
    assert "classes" not in dialog.form.rows
    search(dialog, "resnet")
    assert line(dialog, "classes").text() == "10"


SEVERAL = [kind for kind in TEMPLATES if len(begun(kind()).networks) > 1]


def test_of_several_networks_each_is_listed_and_can_be_looked_at(dialog: TemplateDialog, qtbot: QtBot) -> None:
    kind = SEVERAL[0]
    search(dialog, kind.kind())
    drawn(dialog, qtbot)
    design = begun(kind())
    second = list(design.networks)[1]
    assert lines(dialog.networks) == list(design.networks)
    key(dialog.networks, Key.Key_Down)
    drawn(dialog, qtbot)
    assert facts(dialog)["parameters"] == f"{judge(design).networks[second].parameters:,}"
    assert dialog.sight.shown is not None
    assert dialog.sight.shown.title == second
    dialog.draw()
    assert dialog._network == second  # also when another setting is drawn
    search(dialog, "resnet")
    drawn(dialog, qtbot)
    assert not dialog.networks.isVisible()


def test_every_template_can_be_seen(dialog: TemplateDialog) -> None:
    for kind in TEMPLATES:
        dialog._choose(kind())
        dialog.draw()
        dialog._paint()
        assert dialog.create_button.isEnabled(), f"{kind.kind()}: {dialog.why.text()}"
        assert dialog.sight.shown is not None
        assert "unknown" not in facts(dialog).values(), kind.kind()


def test_the_picture_follows_the_theme(dialog: TemplateDialog, theme: dict[str, Theme], qtbot: QtBot) -> None:
    drawn(dialog, qtbot)
    theme[""] = DARK
    QApplication.sendEvent(dialog, QEvent(QEvent.Type.PaletteChange))
    drawn(dialog, qtbot)
    assert dialog.sight.shown is not None
    assert dialog.sight.shown.ground.name() == DARK.canvas.lower()
    assert dialog.form.isVisible()
    assert dialog.form.rows


# Creating


def test_enter_creates_a_new_unsaved_design_laid_out_as_the_template_says(start: Open) -> None:
    window = start()
    dialog = opened(window)
    search(dialog, "resnet50")
    key(dialog.templates.search, Key.Key_Return)
    design = begun(ResNet("50"))
    assert window.document.design == design
    assert window.document.modified
    assert window.document.path is None
    assert window.at_work
    assert not dialog.isVisible()
    canvas = window.stage.canvas
    assert canvas.viewport().rect().contains(canvas.mapFromScene(*canvas.sheet.place("conv1")))
    assert not window.commands["Undo"].isEnabled()


def test_what_was_typed_last_is_created_even_if_it_is_not_drawn_yet(start: Open) -> None:
    dialog = opened(window := start())
    search(dialog, "resnet")
    write(dialog, "classes", "10")
    key(line(dialog, "classes"), Key.Key_Return)
    assert window.document.design == begun(ResNet(classes=10))


def test_a_refused_text_is_not_created(dialog: TemplateDialog) -> None:
    search(dialog, "resnet")
    write(dialog, "classes", "0")
    key(line(dialog, "classes"), Key.Key_Return)
    assert dialog.isVisible()


@pytest.mark.parametrize(("button", "stays"), [("Cancel", True), ("Discard", False)])
def test_what_was_not_saved_is_asked_about(lenet: MainWindow, button: str, stays: bool) -> None:
    lenet.stage.canvas.select(["relu1"])
    key(lenet.stage.canvas, Key.Key_Delete)
    dialog = opened(lenet)
    search(dialog, "resnet")
    answer(button)
    QTest.mouseClick(dialog.create_button, LEFT)
    assert ("LeNet" in lenet.document.design.networks) is stays
    assert dialog.isVisible() is stays
    if not stays:
        answer("Discard")  # of what was begun from the template, which no file has
        assert lenet.files.may_leave()


# By keyboard, and found


def test_the_keyboard_goes_from_the_search_into_the_form_and_on_to_the_buttons(
    dialog: TemplateDialog, qtbot: QtBot
) -> None:
    search(dialog, "resnet")
    drawn(dialog, qtbot)
    assert QApplication.focusWidget() is dialog.templates.search
    stops: list[QWidget | None] = []
    for _ in range(len(dialog.form.rows) + 6):
        key(QApplication.focusWidget() or dialog, Key.Key_Tab)
        stops.append(QApplication.focusWidget())
    fields = [row.field.focusProxy() for row in dialog.form.rows.values()]
    assert list(dict.fromkeys(stops)) == [
        *fields,
        dialog.about,
        dialog.cancel,
        dialog.create_button,
        dialog.templates.search,
    ]


def test_a_depth_is_chosen_and_created_by_keyboard_alone(start: Open, qtbot: QtBot) -> None:
    dialog = opened(window := start())
    QTest.keyClicks(dialog.templates.search, "resnet")
    drawn(dialog, qtbot)
    key(dialog.templates.search, Key.Key_Tab)
    combo = QApplication.focusWidget()
    assert isinstance(combo, QComboBox)
    QTest.keyClicks(combo, "34")
    key(combo, Key.Key_Return)
    assert window.document.design.title == "ResNet-34"


def test_escape_closes_and_nothing_is_opened(start: Open, qtbot: QtBot) -> None:
    window = start()
    dialog = opened(window)
    with qtbot.waitSignal(dialog.destroyed):
        key(dialog.templates.search, Key.Key_Escape)
    assert not window.at_work
    assert window.findChild(TemplateDialog) is None


def test_a_second_call_brings_the_same_dialog_to_the_front(start: Open) -> None:
    window = start()
    dialog = opened(window)
    window.commands["New from template…"].trigger()
    assert window.findChildren(TemplateDialog) == [dialog]


def test_the_welcome_page_has_a_button_for_it(start: Open) -> None:
    window = start()
    button = next(b for b in window.welcome.findChildren(QPushButton) if b.text() == "New from template…")
    QTest.mouseClick(button, LEFT)
    assert window.findChild(TemplateDialog) is not None


def test_a_small_window_cuts_nothing(start: Open) -> None:
    dialog = opened(start(size=(900, 560)))
    for kind in TEMPLATES:
        dialog._choose(kind())
        dialog.form._grid.activate()
        for row in dialog.form.rows.values():
            assert row.label.width() >= row.label.sizeHint().width(), f"{kind.__name__}.{row.setting.name}"
    assert dialog.width() <= 900
    assert dialog.rect().contains(dialog.create_button.geometry())
