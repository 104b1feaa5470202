"""The welcome page: lessons under their headings, told at once, and their pictures drawn one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from blocks.check import check
from designer import files
from designer.figures.composition import compose
from designer.figures.story import story
from designer.lessons import READ, START, TRAINED, Lesson, lessons, thumbnail
from designer.theme import DARK, LIGHT, THEMES
from designer.welcome import LessonCard, Welcome
from runtime.design import Design
from runtime.file import open_design
from tests.designer.hands import SAMPLES, Open, key

Key = Qt.Key


@pytest.fixture
def page(qtbot: QtBot) -> Welcome:
    page = Welcome(LIGHT)
    qtbot.addWidget(page)
    page.resize(1300, 700)
    page.show()
    return page


def drawn(page: Welcome) -> list[LessonCard]:
    return [card for card in page.cards if card.drawn]


def test_every_sample_stands_under_one_heading_and_the_first_ones_first() -> None:
    found = lessons()
    paths = [lesson.path for held in found.values() for lesson in held]
    assert sorted(paths) == sorted(SAMPLES.glob("*.json"))
    assert [lesson.path.stem for lesson in found[START]] == list(files.STARTERS)
    assert all(lesson.trains for lesson in found[START] + found[TRAINED])
    assert not any(lesson.trains for lesson in found[READ])


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_what_is_told_of_a_lesson_is_what_its_design_says(path: Path) -> None:
    lesson, design = Lesson.at(path), open_design(path)
    first = next(iter(design.notes.values()))[0]
    assert lesson.title == design.title
    assert first.text.startswith(f"# {lesson.about}\n")
    assert lesson.trains is (design.data is not None)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"notes": 3}', '{"notes": {"A": [{"text": 4}, 5]}, "title": null}'])
def test_a_file_that_cannot_be_read_is_listed_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text)
    assert Lesson.at(tmp_path / "odd.json") == Lesson(tmp_path / "odd.json", "odd", "", False)


def test_titles_are_told_before_anything_is_drawn_and_pictures_come_one_by_one(page: Welcome, qtbot: QtBot) -> None:
    assert [card.title.text() for card in page.cards][1] == "LeNet on handwritten digits"
    before = len(drawn(page))
    assert before < 3
    for more in (1, 2, 3):
        page._draw_next()
        assert len(drawn(page)) == before + more
    qtbot.waitUntil(lambda: len(drawn(page)) == len(page.cards), timeout=20_000)
    assert not any(card.picture.pixmap().isNull() for card in page.cards)
    qtbot.waitUntil(lambda: not page._draw.isActive())


def test_pictures_are_drawn_once_for_each_theme(page: Welcome) -> None:
    page._draw_next()
    first = page.cards[0].picture.pixmap().cacheKey()
    page.refresh()
    page._draw_next()
    assert page.cards[0].picture.pixmap().cacheKey() == first
    page.set_theme(DARK)
    page._draw_next()
    assert page.cards[0].picture.pixmap().cacheKey() != first


def test_nothing_is_read_or_drawn_while_the_page_is_out_of_sight(qtbot: QtBot) -> None:
    page = Welcome(LIGHT)
    qtbot.addWidget(page)
    page.refresh()
    assert page.cards == []
    page.say("bad.json cannot be read")
    page.show()
    assert page.cards
    assert page.message.isVisible()
    page.hide()
    page._draw_next()
    assert drawn(page) == []


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_a_picture_shows_the_network_in_the_colours_of_the_theme(theme: object) -> None:
    design = open_design(SAMPLES / "xor_mlp.json")
    size = QSize(268, 128)
    shown, empty = (thumbnail(each, theme, size).toImage() for each in (design, Design()))  # type: ignore[arg-type]
    assert shown.size() == size
    assert shown != empty


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_small_picture_has_no_word_and_all_feature_maps(path: Path) -> None:
    design = open_design(path)
    graph = next(iter(design.networks.values()))
    told = story(graph, check(graph, design.networks))
    full, bare = (compose(told, lambda text, role: 6.0 * len(text), words=words) for words in (True, False))
    assert {word.role for word in bare.words} <= {"sign"}
    assert [placed.part for placed in bare.solids] == [placed.part for placed in full.solids]
    assert bare.box[2] - bare.box[0] < full.box[2] - full.box[0]


def test_recent_files_stand_above_the_lessons(start: Open, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "mine.json"
    path.write_text((SAMPLES / "xor_mlp.json").read_text())
    window = start()
    assert window.files.open(path)
    window.show_welcome()
    link = next(b for b in window.welcome.findChildren(QPushButton) if b.text() == "mine.json")
    heading = next(each for each in window.welcome.findChildren(QLabel) if each.text() == START.upper())
    qtbot.waitUntil(lambda: 0 < link.geometry().top() < heading.geometry().top())  # both in the one column


def test_a_large_lesson_is_opened_by_enter(start: Open, qtbot: QtBot) -> None:
    window = start()
    card = next(card for card in window.welcome.cards if card.title.text() == "ResNet-50")
    card.setFocus()
    key(card, Key.Key_Return)
    assert window.document.design.title == "ResNet-50"
