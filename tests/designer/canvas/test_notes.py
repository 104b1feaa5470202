from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QTextDocument
from PySide6.QtTest import QTest

from designer.canvas.notes import NotePainter, Page
from designer.decor import Decor
from designer.theme import DARK
from runtime.design import Note
from tests.designer.canvas.desk import Desk

CTRL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


@pytest.fixture
def noted(chain: Desk) -> Desk:
    """A note beside the chain."""
    chain.decor = Decor((Note("# Look\nat **this**", (240.0, 88.0), 160.0),))
    chain.show()
    return chain


def middle(desk: Desk) -> QPoint:
    """A pixel amid the first note."""
    x, y = desk.decor.notes[0].at
    return desk.at(x + 60, y + 24)


def write(desk: Desk, text: str) -> None:
    QTest.keyClicks(desk.canvas.note_field, text)


def test_n_writes_a_note_at_the_hand(chain: Desk) -> None:
    chain.hover(chain.at(304, 104))
    chain.key(Key.Key_N)
    write(chain, "# Two convolutions")
    QTest.keyClick(chain.canvas.note_field, Key.Key_Escape)
    (note,) = chain.decor.notes
    assert (note.text, note.at) == ("# Two convolutions", (304.0, 104.0))
    assert [intent.label for intent in chain.done] == ["Add a note"]


def test_a_note_written_over_cards_goes_beside_them(chain: Desk) -> None:
    chain.hover(chain.pixel("conv"))
    chain.key(Key.Key_N)
    write(chain, "beside")
    QTest.keyClick(chain.canvas.note_field, Key.Key_Escape)
    assert chain.canvas.sheet.within(chain.canvas.notes.box(0)).tolist() == []
    assert chain.decor.notes[0].at[0] == chain.layout["conv"][0] + 232


def test_the_search_writes_a_note_too(empty: Desk) -> None:
    empty.key(Key.Key_Tab)
    empty.search("note")
    assert empty.canvas.note_field.isVisible()
    write(empty, "Hello")
    empty.click(QPoint(20, 20))
    assert [note.text for note in empty.decor.notes] == ["Hello"]


def test_a_note_without_words_is_no_note(chain: Desk) -> None:
    chain.key(Key.Key_N)
    QTest.keyClick(chain.canvas.note_field, Key.Key_Escape)
    assert chain.done == []
    assert not chain.canvas.note_field.isVisible()


def test_a_double_click_writes_plain_text_and_a_click_outside_ends_it(noted: Desk) -> None:
    noted.double_click(middle(noted))
    field = noted.canvas.note_field
    assert field.toPlainText() == "# Look\nat **this**"
    write(noted, "now")
    noted.click(noted.at(600, 300))
    assert noted.decor.notes[0].text == "now"
    assert noted.done[-1].label == "Write a note"


def test_enter_begins_a_line_and_ctrl_enter_ends(noted: Desk) -> None:
    noted.click(middle(noted))
    noted.key(Key.Key_Return)
    write(noted, "one")
    QTest.keyClick(noted.canvas.note_field, Key.Key_Return)
    write(noted, "two")
    QTest.keyClick(noted.canvas.note_field, Key.Key_Return, CTRL)
    assert noted.decor.notes[0].text == "one\ntwo"


def test_the_keys_of_the_canvas_are_letters_while_writing(noted: Desk) -> None:
    noted.double_click(middle(noted))
    QTest.keyClick(noted.canvas.note_field, Key.Key_A, CTRL)
    QTest.keyClick(noted.canvas.note_field, Key.Key_Delete)
    write(noted, "n1")
    assert noted.canvas.note_field.toPlainText() == "n1"
    assert noted.done == []


def test_a_note_emptied_is_deleted(noted: Desk) -> None:
    noted.double_click(middle(noted))
    QTest.keyClick(noted.canvas.note_field, Key.Key_Delete)
    QTest.keyClick(noted.canvas.note_field, Key.Key_Escape)
    assert noted.decor.notes == ()
    assert noted.done[-1].label == "Delete a note"


def test_the_field_grows_with_the_words(noted: Desk) -> None:
    noted.double_click(middle(noted))
    field = noted.canvas.note_field
    before = field.height()
    write(noted, "many words that need more than one line of so narrow a note " * 3)
    assert field.height() > before + 60
    assert field.verticalScrollBar().maximum() == 0


def test_the_field_stays_on_its_note_while_the_eye_moves(noted: Desk) -> None:
    noted.double_click(middle(noted))
    noted.canvas.camera.pan(-50, 30)
    noted.canvas.looked()
    assert noted.canvas.note_field.pos() == noted.at(240, 88)


def test_a_drag_moves_a_note_in_one_step(noted: Desk) -> None:
    noted.drag(middle(noted), middle(noted) + QPoint(400, 203))
    assert noted.decor.notes[0].at == (640.0, 288.0)
    assert [intent.label for intent in noted.done] == ["Move a note"]


def test_a_drag_of_the_right_edge_changes_the_width(noted: Desk) -> None:
    edge = noted.at(400, 100)
    noted.hover(edge)
    assert noted.canvas.viewport().cursor().shape() == Qt.CursorShape.SizeHorCursor
    noted.drag(edge, edge + QPoint(120, 0))
    assert noted.decor.notes[0].width == 280.0
    noted.drag(noted.at(520, 100), noted.at(0, 100))
    assert noted.decor.notes[0].width == 80.0


def test_delete_removes_a_note(noted: Desk) -> None:
    noted.click(middle(noted))
    noted.key(Key.Key_Delete)
    assert noted.decor.notes == ()
    assert len(noted.graph.nodes) == 6


def test_notes_and_nodes_move_together(noted: Desk) -> None:
    noted.click(noted.pixel("image"))
    noted.click(middle(noted), CTRL)
    noted.drag(middle(noted), middle(noted) + QPoint(0, -168))
    assert (noted.layout["image"][1], noted.decor.notes[0].at[1]) == (-168.0, -80.0)


def test_a_note_alone_is_copied_and_pasted(noted: Desk) -> None:
    noted.click(middle(noted))
    noted.key(Key.Key_C, CTRL)
    assert json.loads(QGuiApplication.clipboard().text())["notes"][0]["text"].startswith("# Look")
    noted.hover(noted.at(600, 323))
    noted.key(Key.Key_V, CTRL)
    assert noted.decor.notes[1].text == noted.decor.notes[0].text


def test_a_rubber_band_selects_notes_it_touches(noted: Desk) -> None:
    noted.drag(noted.at(230, 70), noted.at(300, 130))
    assert noted.canvas.picked.notes == frozenset({0})


@pytest.mark.parametrize(
    "text", ["![cat](http://example.org/cat.png)", '<img src="file:///etc/hostname">', "<iframe src='http://a.b'/>"]
)
def test_a_note_loads_nothing(noted: Desk, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Page, "loadResource", lambda self, kind, name: asked.append(name))
    noted.decor = Decor((Note(text, (240.0, 88.0), 160.0),))
    noted.show()
    noted.canvas.grab()
    assert asked == []


def test_a_page_asked_for_a_file_has_none() -> None:
    page = Page()
    assert page.resource(QTextDocument.ResourceType.ImageResource, QUrl("file:///etc/hostname")) is None


def test_a_moved_note_is_not_laid_out_again(noted: Desk) -> None:
    painter: NotePainter = noted.canvas.notes
    pages = dict(painter._pages)
    noted.drag(middle(noted), middle(noted) + QPoint(80, 80))
    assert painter._pages == pages


def test_a_selected_note_is_framed_in_the_accent(noted: Desk) -> None:
    noted.canvas.set_theme(DARK)
    noted.click(middle(noted))
    noted.canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    edge = noted.at(300, 88)
    assert noted.canvas.grab().toImage().pixelColor(edge) == QColor(DARK.accent)
