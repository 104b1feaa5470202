"""The manual in the window: F1 leads to the page of what is meant, links and a search lead on, Esc leads back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTreeWidgetItem

from blocks.catalogue import CATALOGUE
from designer.icons import block_icon, category_icon, names
from designer.manual import Manual
from designer.manual_html import BLOCK, linked, page_html
from designer.manual_pictures import pictures_of
from designer.theme import CONTRAST, DARK, LIGHT
from designer.window import MainWindow
from runtime.manual import ManualPage
from tests.designer.hands import LEFT, key

ALT = Qt.KeyboardModifier.AltModifier
F1, ESCAPE, DOWN = Qt.Key.Key_F1, Qt.Key.Key_Escape, Qt.Key.Key_Down


def manual(window: MainWindow) -> Manual:
    found = window.pages.currentWidget()
    assert isinstance(found, Manual)
    return found


@pytest.fixture
def open_page(lenet: MainWindow) -> Manual:
    """The manual, open at the first convolution of LeNet."""
    lenet.stage.canvas.select(["conv1"])
    key(lenet.stage.canvas, F1)
    return manual(lenet)


def click_link(page: Manual, name: str) -> None:
    """Clicks the link to a block, wherever on the page it stands."""
    cursor = page.text.document().find(name, page.text.document().rootFrame().firstPosition())
    while not cursor.isNull() and cursor.charFormat().anchorHref() != f"{BLOCK}{name}":
        cursor = page.text.document().find(name, cursor)
    assert not cursor.isNull(), f"no link to {name}"
    page.text.setTextCursor(cursor)
    page.text.ensureCursorVisible()
    at = page.text.cursorRect(cursor).center() - QPoint(8, 0)
    QTest.mouseClick(page.text.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)


def test_f1_leads_to_the_page_of_the_selected_node_and_escape_back(open_page: Manual, lenet: MainWindow) -> None:
    assert open_page.name == "Conv2d"
    text = open_page.text.toPlainText()
    for told in (
        "Slides learned kernels",
        "y = Σ w · x + b",
        "kernel_size",
        "nn.Conv2d(64, 32, 3, padding=1)",
        "18,464",
    ):
        assert told in text
    key(open_page.search, ESCAPE)
    assert lenet.at_work
    assert lenet.stage.canvas.selection() == ("conv1",)


def test_f1_again_leaves(open_page: Manual, lenet: MainWindow) -> None:
    key(open_page.search, F1)
    assert lenet.at_work


def test_f1_in_the_palette_means_its_line(lenet: MainWindow) -> None:
    lenet.palette_panel.focus_search()
    QTest.keyClicks(lenet.palette_panel.search, "squeezeex")
    key(lenet.palette_panel.search, F1)
    assert manual(lenet).name == "SqueezeExcite"


def test_f1_in_the_search_on_the_canvas_means_the_line_that_is_lit(lenet: MainWindow) -> None:
    canvas = lenet.stage.canvas
    key(canvas, Qt.Key.Key_Tab)
    QTest.keyClicks(canvas.search.field, "gelu")
    key(canvas.search.field, F1)
    assert manual(lenet).name == "GELU"


def test_with_nothing_selected_all_blocks_are_listed(lenet: MainWindow) -> None:
    lenet.stage.canvas.select([])
    key(lenet.stage.canvas, F1)
    assert manual(lenet).name == ""
    assert f"{len(CATALOGUE):,} blocks" in manual(lenet).text.toPlainText()


def test_a_link_leads_to_another_page_and_back_again(open_page: Manual) -> None:
    click_link(open_page, "ConvUnit")
    assert open_page.name == "ConvUnit"
    key(open_page.search, Qt.Key.Key_Left, ALT)
    assert open_page.name == "Conv2d"


def test_the_search_finds_pages_and_the_arrows_go_through_them(open_page: Manual) -> None:
    QTest.keyClicks(open_page.search, "pool max")
    key(open_page.search, Qt.Key.Key_Return)
    first = open_page.name
    assert "MaxPool" in first
    key(open_page.search, DOWN)
    assert open_page.name != first
    assert open_page.list.currentItem() is not None


def test_a_search_without_a_hit_says_so(open_page: Manual) -> None:
    QTest.keyClicks(open_page.search, "xyzzy")
    item = open_page.list.topLevelItem(0)
    assert item is not None
    assert item.text(0) == "No page has “xyzzy”"


def test_a_click_in_the_list_opens_the_page(open_page: Manual) -> None:
    items: list[QTreeWidgetItem] = open_page.list.findItems("Flatten", Qt.MatchFlag.MatchExactly)
    open_page.list.scrollToItem(items[0])
    at = open_page.list.visualItemRect(items[0]).center()
    QTest.mouseClick(open_page.list.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)
    assert open_page.name == "Flatten"


def test_the_block_of_the_page_can_be_placed(open_page: Manual, lenet: MainWindow) -> None:
    before = len(lenet.stage.scene.graph.nodes)
    QTest.mouseClick(open_page.add, LEFT)
    assert lenet.at_work
    assert len(lenet.stage.scene.graph.nodes) == before + 1


def test_the_page_follows_the_theme(open_page: Manual, lenet: MainWindow) -> None:
    assert LIGHT.accent_text in open_page.text.toHtml()
    lenet.set_theme(DARK)
    assert DARK.accent_text in open_page.text.toHtml()
    assert open_page.name == "Conv2d"


def test_the_inside_of_a_composite_is_a_picture_on_its_page(open_page: Manual) -> None:
    open_page.show_page("Inception")
    kind = QTextDocument.ResourceType.ImageResource.value
    picture = open_page.text.document().resource(kind, QUrl("picture:Inception:0"))
    assert isinstance(picture, QImage)
    assert not picture.isNull()
    assert "INSIDE" in open_page.text.toPlainText()


def test_the_manual_opens_from_the_welcome_page_and_leads_back_there(start: object, qtbot: object) -> None:
    window = start()  # type: ignore[operator]
    window.commands["Manual"].trigger()
    key(manual(window).search, ESCAPE)
    assert window.pages.currentWidget() is window.welcome


@pytest.mark.parametrize("name", ["Conv2d", "Inception", "LSTM", "Use", "Concat", "UNetUp"])
def test_pages_have_a_picture_where_there_is_an_example(name: str, qapp: QApplication) -> None:
    kind = CATALOGUE.get(name)
    assert kind is not None
    made = list(pictures_of(kind, CONTRAST, 720, 1.0))
    assert bool(made) is (ManualPage(kind).example is not None)
    assert all(0 < picture.width() <= 720 for _, picture in made)


@pytest.mark.slow
def test_every_page_can_be_written(qapp: QApplication) -> None:
    for kind in CATALOGUE:
        text = page_html(ManualPage(kind), LIGHT, ())
        assert kind.kind() in text


def test_names_of_blocks_in_a_text_are_links_and_ordinary_words_are_not() -> None:
    assert linked("For MaxUnpool2d & Linear") == f'For <a href="{BLOCK}MaxUnpool2d">MaxUnpool2d</a> &amp; Linear'
    assert linked("As Conv2d", own="Conv2d") == "As Conv2d"


def test_every_block_has_an_icon() -> None:
    known = set(names())
    assert {kind.kind() for kind in CATALOGUE if block_icon(kind) not in known} == set()
    assert {kind.category for kind in CATALOGUE if category_icon(kind.category) == "box"} == set()
