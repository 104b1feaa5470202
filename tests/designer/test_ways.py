"""Going about in the window: in and out of blocks, tabs, finding, commands, docks, themes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from blocks.catalogue import CATALOGUE
from designer.scene import Place
from designer.theme import DARK, LIGHT
from designer.window import INSPECTOR, PALETTE, MainWindow, chosen_theme
from runtime.source import print_design
from tests.designer.hands import CONTROL, LEFT, SAMPLES, SHIFT, Open, key, nodes


def test_a_composite_opens_in_place_and_esc_goes_back(start: Open, qtbot: QtBot) -> None:
    window = start("resnet_digits")
    canvas = window.stage.canvas
    window.reveal("ResNet", "stage2")
    key(canvas, Qt.Key.Key_Return)
    assert window.stage.scene.place == Place("ResNet", path=("stage2",))
    assert not window.stage.scene.editable
    qtbot.wait(1)
    words = [b.text() for b in window.top.crumbs.findChildren(QToolButton) if b.isVisible()]
    assert words == ["ResNet on handwritten digits", "ResNet", "stage2"]
    key(canvas, Qt.Key.Key_Escape)
    assert window.stage.scene.place == Place("ResNet")
    assert canvas.selection() == ("stage2",)


def test_the_inside_of_a_composite_refuses_edits_with_the_reason(start: Open) -> None:
    window = start("resnet_digits")
    before = window.document.design
    window.stage.open_node("stage2")
    key(window.stage.canvas, Qt.Key.Key_Tab)
    assert not window.stage.canvas.search.isVisible()
    window.stage.add(CATALOGUE.make("ReLU", {}))
    assert window.document.design is before
    assert "Expand the block" in window.status.currentMessage()


def test_undoing_a_composite_away_leads_out_of_it(start: Open) -> None:
    window = start("resnet_digits")
    window.stage.open_node("stage2")
    window.reveal("ResNet", "stage2")
    key(window.stage.canvas, Qt.Key.Key_Delete)
    window.stage.go_to(Place("ResNet", path=("stage2",)))
    assert window.stage.scene.place == Place("ResNet")


def test_the_training_step_has_a_tab_that_cannot_be_edited(lenet: MainWindow) -> None:
    tabs = lenet.stage.tabs
    assert [tabs.tabText(i) for i in range(tabs.count())] == ["LeNet", "fit · training step"]
    QTest.mouseClick(tabs, LEFT, pos=tabs.tabRect(1).center())
    assert {"image", "label", "lenet", "loss", "accuracy"} <= set(nodes(lenet))
    assert "drawn from the recipe" in lenet.stage.scene.locked


def test_networks_are_added_renamed_and_deleted_with_undo(lenet: MainWindow) -> None:
    QTest.mouseClick(lenet.stage.plus, LEFT)
    assert lenet.stage.scene.place == Place("Network")
    title = lenet.inspector.whole.network
    title.selectAll()
    QTest.keyClicks(title, "Head")
    key(title, Qt.Key.Key_Return)
    assert list(lenet.document.design.networks) == ["LeNet", "Head"]
    lenet.remove_network("Head")
    assert list(lenet.document.design.networks) == ["LeNet"]
    assert lenet.stage.scene.place == Place("LeNet")  # not a training step, which nobody can draw in
    key(lenet, Qt.Key.Key_Z, CONTROL)
    assert list(lenet.document.design.networks) == ["LeNet", "Head"]


def test_a_layer_is_checkpointed_by_a_key_said_in_its_code_and_taken_back(lenet: MainWindow) -> None:
    lenet.stage.canvas.select(("conv2",))
    key(lenet.stage.canvas, Qt.Key.Key_K)
    assert lenet.document.design.networks["LeNet"].nodes["conv2"].checkpointed
    assert "checkpoint(self.conv2, x, use_reentrant=False)" in print_design(lenet.document.design).text
    key(lenet, Qt.Key.Key_Z, CONTROL)
    assert not lenet.document.design.networks["LeNet"].nodes["conv2"].checkpointed


def test_find_goes_from_one_node_to_the_next_and_round(lenet: MainWindow) -> None:
    key(lenet, Qt.Key.Key_F, CONTROL)
    field = lenet.finder.field
    QTest.keyClicks(field, "relu")
    assert lenet.stage.canvas.selection() == ("relu1",)
    seen = []
    for _ in range(4):
        key(field, Qt.Key.Key_Return)
        seen.append(lenet.stage.canvas.selection()[0])
    assert seen == ["relu2", "relu3", "relu4", "relu1"]
    assert lenet.finder.count.text() == "1 of 4"


def test_find_knows_settings_shapes_and_problems(lenet: MainWindow) -> None:
    lenet.finder.open()
    for words, node in (("out_channels 64", "conv2"), ("64 × 4 × 4", "conv2"), ("out_features 84", "fc2")):
        lenet.finder.field.clear()
        QTest.keyClicks(lenet.finder.field, words)
        assert lenet.stage.canvas.selection() == (node,)
    lenet.finder.field.clear()
    QTest.keyClicks(lenet.finder.field, "no such thing")
    assert lenet.finder.count.text() == "nothing"


def test_every_command_can_be_given_by_its_name(lenet: MainWindow) -> None:
    key(lenet, Qt.Key.Key_P, CONTROL | SHIFT)
    QTest.keyClicks(lenet.box.field, "select all")
    key(lenet.box.field, Qt.Key.Key_Return)
    assert len(lenet.stage.canvas.selection()) == len(nodes(lenet))
    assert not lenet.box.isVisible()


def test_the_box_of_commands_says_why_one_cannot_be_given(lenet: MainWindow) -> None:
    lenet.box.open()
    QTest.keyClicks(lenet.box.field, "redo")
    assert lenet.box.why.text() == "There is nothing to do again."
    key(lenet.box.field, Qt.Key.Key_Return)
    assert lenet.box.isVisible()


def test_every_command_says_what_it_does_or_why_it_cannot(lenet: MainWindow) -> None:
    for command, action in lenet.commands.all():
        assert len(action.toolTip()) > 3, command.text
        assert action.isEnabled() or action.toolTip().endswith("."), command.text


def test_no_two_commands_share_a_key(lenet: MainWindow) -> None:
    keys = [key for command, _ in lenet.commands.all() for key in command.keys]
    assert len(keys) == len(set(keys))


def test_docks_close_come_back_and_stay_where_they_were(start: Open) -> None:
    window = start("lenet_digits")
    window.bench.docks[PALETTE].toggleViewAction().trigger()
    assert not window.bench.docks[PALETTE].isVisible()
    window.close()
    again = start("lenet_digits")
    assert not again.bench.docks[PALETTE].isVisible()
    assert again.bench.docks[INSPECTOR].isVisible()
    again.bench.settle()
    assert again.bench.docks[PALETTE].isVisible()


def test_another_theme_changes_every_part_and_keeps_the_selection(lenet: MainWindow) -> None:
    lenet.reveal("LeNet", "conv2")
    lenet.commands["Dark theme"].trigger()
    assert lenet.theme is DARK
    assert lenet.stage.canvas.selection() == ("conv2",)
    assert lenet.inspector.nodes.title.text() == "conv2"
    QApplication.instance().setStyleSheet("")  # type: ignore[union-attr]


class Surfaces(QObject):
    """Notes every widget that comes up as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.PlatformSurface and isinstance(watched, QWidget):
            self.seen.append(type(watched).__name__)
        return False


def test_nothing_flashes_as_a_window_of_its_own(start: Open, qapp: QApplication, qtbot: QtBot) -> None:
    window, surfaces = start(), Surfaces()
    qapp.installEventFilter(surfaces)
    window.files.open(SAMPLES / "resnet_digits.json")
    for name in window.bench.docks:
        window.bench.raise_dock(name)
        qtbot.wait(1)
    window.reveal("ResNet", "stage2")
    window.stage.open_node("stage2")
    window.files.new()
    qapp.removeEventFilter(surfaces)
    assert surfaces.seen == []


def test_a_chosen_theme_is_kept_for_the_next_window(lenet: MainWindow) -> None:
    lenet.commands["Dark theme"].trigger()
    assert chosen_theme() is DARK
    lenet.commands["Theme of the system"].trigger()
    assert chosen_theme() is LIGHT
    assert lenet.theme is LIGHT
    QApplication.instance().setStyleSheet("")  # type: ignore[union-attr]
