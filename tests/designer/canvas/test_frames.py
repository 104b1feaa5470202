from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from designer.canvas import frames
from designer.decor import Decor, Picked
from designer.theme import DARK, FRAME_TOKENS, THEMES
from designer.window import MainWindow
from runtime.design import Frame, Note
from runtime.file import open_design, save_design
from tests.designer.canvas.desk import Desk

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


@pytest.fixture
def framed(loose: Desk) -> Desk:
    """A frame named Body around conv and linear."""
    loose.decor = Decor(frames=(Frame("Body", (-16.0, 128.0), (520.0, 96.0), "blue"),))
    loose.show()
    return loose


def title(desk: Desk) -> QPoint:
    """The middle of the strip with the first frame's title."""
    x, y = desk.decor.frames[0].at
    return desk.at(x + 240, y + 12)


def menu(desk: Desk, pixel: QPoint) -> QMenu:
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, pixel, desk.canvas.mapToGlobal(pixel))
    QApplication.sendEvent(desk.canvas.viewport(), event)
    shown = QApplication.activePopupWidget()
    assert isinstance(shown, QMenu)
    return shown


def choose(menu: QMenu, *path: str) -> None:
    """Triggers an entry of a menu, or of one inside it, and closes the menu."""
    inner = menu
    for words in path:
        action = next(a for a in inner.actions() if a.text().partition("\t")[0] == words)
        entered = action.menu()
        if isinstance(entered, QMenu):
            inner = entered
    action.trigger()
    menu.close()


def test_a_frame_is_made_around_the_selection_and_named_at_once(loose: Desk) -> None:
    loose.canvas.select(["conv", "linear"])
    loose.key(Key.Key_F, CTRL | SHIFT)
    QTest.keyClicks(loose.canvas.title_field, "Body")
    QTest.keyClick(loose.canvas.title_field, Key.Key_Return)
    (frame,) = loose.decor.frames
    assert frame.title == "Body"
    held = frames.cards_within(frame, loose.canvas.sheet.at).tolist()
    assert [loose.canvas.sheet.names[i] for i in held] == ["conv", "linear"]


def test_frames_around_two_cards_of_a_chain_fit_between_them(chain: Desk) -> None:
    for name in ("conv", "relu"):
        chain.canvas.select([name])
        chain.key(Key.Key_F, CTRL | SHIFT)
        QTest.keyClick(chain.canvas.title_field, Key.Key_Return)
    first, second = map(frames.corners, chain.decor.frames)
    assert first[3] <= second[1]
    assert chain.decor.frames[0].color != chain.decor.frames[1].color


def test_without_a_selection_an_empty_frame_is_made_amid_the_view(empty: Desk) -> None:
    empty.key(Key.Key_F, CTRL | SHIFT)
    assert empty.canvas.viewport().rect().contains(title(empty))


def test_a_frame_dragged_by_its_title_carries_the_nodes_it_holds(framed: Desk) -> None:
    framed.drag(title(framed), title(framed) + QPoint(0, 120))
    assert framed.decor.frames[0].at == (-16.0, 248.0)
    assert (framed.layout["conv"], framed.layout["linear"]) == ((0.0, 280.0), (272.0, 280.0))
    assert framed.layout["relu"] == (-272.0, 160.0)
    assert [intent.label for intent in framed.done] == ["Move the frame Body"]


def test_a_node_that_only_touches_a_frame_stays(framed: Desk) -> None:
    framed.decor = Decor(frames=(Frame("Body", (-16.0, 128.0), (480.0, 96.0)),))
    framed.show()
    framed.drag(title(framed), title(framed) + QPoint(0, 120))
    assert framed.layout["linear"] == (272.0, 160.0)


def test_frames_and_notes_inside_a_frame_go_with_it(framed: Desk) -> None:
    inner, note = Frame("Inner", (0.0, 152.0), (100.0, 64.0)), Note("Look", (380.0, 176.0), 80.0)
    framed.decor = Decor((note,), (*framed.decor.frames, inner))
    framed.show()
    framed.drag(title(framed), title(framed) + QPoint(0, -120))
    assert framed.decor.frames[1].at == (0.0, 32.0)
    assert framed.decor.notes[0].at == (380.0, 56.0)


def test_escape_puts_a_frame_and_its_nodes_back(framed: Desk) -> None:
    framed.press(title(framed))
    framed.hover(title(framed) + QPoint(90, 90))
    assert framed.canvas.decor != framed.decor
    framed.key(Key.Key_Escape)
    assert framed.canvas.decor == framed.decor
    assert framed.canvas.sheet.place("conv") == (0.0, 160.0)
    assert framed.done == []


@pytest.mark.parametrize(
    ("corner", "at", "size"),
    [
        ((-16.0, 128.0), (-64.0, 88.0), (568.0, 136.0)),
        ((504.0, 224.0), (-16.0, 128.0), (472.0, 64.0)),
        ((504.0, 180.0), (-16.0, 128.0), (472.0, 96.0)),
        ((200.0, 224.0), (-16.0, 128.0), (520.0, 64.0)),
    ],
)
def test_a_corner_or_an_edge_resizes(
    framed: Desk, corner: tuple[float, float], at: tuple[float, float], size: tuple[float, float]
) -> None:
    framed.drag(framed.at(*corner), framed.at(*corner) + QPoint(-48, -40))
    assert (framed.decor.frames[0].at, framed.decor.frames[0].size) == (at, size)
    assert framed.layout["conv"] == (0.0, 160.0)


def test_the_hand_sees_what_an_edge_does(framed: Desk) -> None:
    framed.hover(framed.at(504.0, 180.0))
    assert framed.canvas.viewport().cursor().shape() == Qt.CursorShape.SizeHorCursor
    framed.hover(framed.at(504.0, 224.0))
    assert framed.canvas.viewport().cursor().shape() == Qt.CursorShape.SizeFDiagCursor
    framed.hover(framed.at(600.0, 400.0))
    assert framed.canvas.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_double_click_on_the_title_writes_it(framed: Desk) -> None:
    framed.double_click(title(framed))
    QTest.keyClicks(framed.canvas.title_field, "Stem")
    framed.click(framed.at(600, 400))
    assert framed.decor.frames[0].title == "Stem"


def test_escape_keeps_the_old_title(framed: Desk) -> None:
    framed.click(title(framed))
    framed.key(Key.Key_F2)
    QTest.keyClicks(framed.canvas.title_field, "Stem")
    QTest.keyClick(framed.canvas.title_field, Key.Key_Escape)
    assert framed.decor.frames[0].title == "Body"
    assert not framed.canvas.title_field.isVisible()


def test_the_menu_of_a_frame_changes_its_colour(framed: Desk) -> None:
    choose(menu(framed, title(framed)), "Colour", "Green")
    assert framed.decor.frames[0].color == "green"
    assert framed.done[-1].label == "Make a frame green"


def test_the_menu_of_a_frame_fits_it_to_its_nodes(framed: Desk) -> None:
    framed.decor = Decor(frames=(Frame("Body", (-100.0, 40.0), (800.0, 400.0)),))
    framed.show()
    choose(menu(framed, title(framed)), "Fit to its nodes")
    assert framed.decor.frames[0].size == (512.0, 86.0)


def test_delete_takes_the_frame_and_keeps_its_nodes(framed: Desk) -> None:
    framed.click(title(framed))
    framed.key(Key.Key_Delete)
    assert framed.decor.frames == ()
    assert set(framed.graph.nodes) == {"image", "conv", "linear", "relu"}
    assert framed.done[-1].label == "Delete the frame Body"


def test_nodes_and_frames_are_deleted_together(framed: Desk) -> None:
    framed.canvas.select(["relu"], Picked(frames=frozenset({0})))
    framed.key(Key.Key_Delete)
    assert "relu" not in framed.graph.nodes
    assert framed.decor.frames == ()
    assert framed.done[-1].label == "Delete relu and the frame Body"


def test_a_frame_is_copied_with_its_nodes(framed: Desk) -> None:
    framed.canvas.select(["conv", "linear"])
    framed.key(Key.Key_C, CTRL)
    assert '"title": "Body"' in QGuiApplication.clipboard().text()
    framed.hover(framed.at(104, 423))
    framed.key(Key.Key_V, CTRL)
    assert framed.decor.frames[1].title == "Body"
    held = frames.cards_within(framed.decor.frames[1], framed.canvas.sheet.at).tolist()
    assert [framed.canvas.sheet.names[i] for i in held] == ["conv2", "linear2"]


def test_a_selected_frame_takes_its_nodes_along_when_duplicated(framed: Desk) -> None:
    framed.click(title(framed))
    framed.key(Key.Key_D, CTRL)
    assert {"conv2", "linear2"} <= set(framed.graph.nodes)
    first, second = framed.decor.frames
    assert frames.corners(second)[0] >= frames.corners(first)[2]


def test_a_rubber_band_inside_a_frame_selects_nodes(framed: Desk) -> None:
    framed.drag(framed.at(250, 155), framed.at(290, 215))
    assert framed.canvas.selection() == ("linear",)
    assert framed.canvas.picked.frames == frozenset()


def test_ctrl_adds_a_frame_to_the_selection(framed: Desk) -> None:
    framed.click(framed.pixel("relu"))
    framed.click(title(framed), CTRL)
    assert (framed.canvas.selection(), framed.canvas.picked.frames) == (("relu",), frozenset({0}))
    framed.click(title(framed), CTRL)
    assert framed.canvas.picked.frames == frozenset()


def test_frames_are_fitted_into_the_view(framed: Desk) -> None:
    framed.decor = Decor(frames=(Frame("Far", (2_000.0, 0.0)),))
    framed.show()
    framed.key(Key.Key_Home)
    assert framed.canvas.viewport().rect().contains(framed.at(2_300, 200))


@pytest.mark.parametrize("name", list(THEMES))
def test_every_colour_of_a_frame_can_be_told_from_the_ground(framed: Desk, name: str) -> None:
    theme = THEMES[name]
    framed.canvas.set_theme(theme)
    for color in FRAME_TOKENS:
        framed.decor = Decor(frames=(Frame("", (200.0, -100.0), (200.0, 200.0), color),))
        framed.show()
        shown = framed.canvas.grab().toImage().pixelColor(framed.at(310, -10))
        assert shown != QColor(theme.canvas)


def test_a_title_stays_readable_from_afar(framed: Desk) -> None:
    framed.canvas.set_theme(DARK)
    framed.canvas.camera.look((0.2, 0.0, 0.0))
    shown = framed.canvas.grab().toImage()
    corner = framed.at(*framed.decor.frames[0].at)
    inks = {shown.pixelColor(corner + QPoint(x, y)).lightness() for x in range(2, 40) for y in range(2, 16)}
    assert max(inks) > 180


def test_inside_a_block_frames_cannot_be_moved(framed: Desk) -> None:
    framed.canvas.read_only = True
    framed.drag(title(framed), title(framed) + QPoint(0, 120))
    assert framed.done == []
    assert framed.said == [framed.canvas.why_read_only]


def test_a_frame_of_the_window_is_saved_and_undone(lenet: MainWindow, tmp_path: Path) -> None:
    canvas, network = lenet.stage.canvas, lenet.stage.scene.place.network
    before = lenet.document.design
    canvas.select(list(lenet.stage.scene.graph.nodes)[1:3])
    QTest.keyClick(canvas, Key.Key_F, CTRL | SHIFT)
    QTest.keyClick(canvas.title_field, Key.Key_Return)
    save_design(tmp_path / "framed.json", lenet.document.design)
    assert open_design(tmp_path / "framed.json").frames[network] == canvas.decor.frames
    assert "frame" in lenet.document.history[-1].lower()
    lenet.commands["Undo"].trigger()
    assert lenet.document.design == before
    assert canvas.decor.frames == ()
