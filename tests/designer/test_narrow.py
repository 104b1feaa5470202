"""Narrow windows: words give way to icons, cards wrap, buttons go on in the next line; nothing is cut off."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRect, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QTabBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from blocks.catalogue import CATALOGUE
from designer.form import Form
from designer.panels.flow import Flow
from designer.theme import LIGHT
from designer.welcome import Welcome
from runtime.optimizer import OPTIMIZERS
from runtime.recipes import RECIPES
from runtime.schedule import SCHEDULES
from tests.designer.hands import Open

ICONS, WORDS = Qt.ToolButtonStyle.ToolButtonIconOnly, Qt.ToolButtonStyle.ToolButtonTextOnly


def test_a_window_fits_half_of_a_small_screen(start: Open, qtbot: QtBot) -> None:
    window = start("lenet_digits", (900, 560))
    qtbot.wait(20)
    assert window.width() <= 900
    for button in window.top.findChildren(QToolButton):
        if button.isVisible():
            at = button.mapTo(window.top, button.rect().topLeft())
            assert window.top.rect().contains(QRect(at, button.size())), button.text()


def test_words_of_the_bar_give_way_to_icons_and_come_back(start: Open, qtbot: QtBot) -> None:
    window = start("lenet_digits", (1400, 560))
    new = next(b for b in window.top.findChildren(QToolButton) if b.text() == "New")
    styles = []
    for width in (1400, 620, 1400):
        window.resize(width, 560)
        qtbot.wait(20)
        styles.append(new.toolButtonStyle())
        assert window.top.crumbs.width() >= 100
    assert styles == [WORDS, ICONS, WORDS]
    assert new.defaultAction().toolTip().startswith("An empty network")


def test_lessons_go_on_in_the_next_line_where_the_window_is_narrow(qtbot: QtBot) -> None:
    page = Welcome(LIGHT)
    qtbot.addWidget(page)
    page.show()
    rows = []
    for width in (1300, 760, 400):
        page.resize(width, 600)
        qtbot.wait(20)
        rows.append(len({card.y() for card in page.cards}))
        assert all(card.geometry().right() <= width for card in page.cards)
        assert page.horizontalScrollBar().maximum() == 0
    assert rows[0] < rows[1] < rows[2] == len(page.cards)


def test_a_row_of_buttons_breaks_like_words(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    flow = Flow(QMargins(8, 8, 8, 8), 8)
    holder.setLayout(flow)
    for words in ("Show curves", "Stop", "Resume", "Open design"):
        flow.addWidget(QPushButton(words))
    holder.show()
    for width, lines in ((800, 1), (260, 2), (130, 4)):
        holder.resize(width, flow.heightForWidth(width))
        buttons = holder.findChildren(QPushButton)
        assert len({b.y() for b in buttons}) >= lines
        assert all(holder.rect().contains(b.geometry()) for b in buttons)


def test_no_name_of_a_setting_is_cut_in_the_narrowest_inspector(qtbot: QtBot) -> None:
    form = Form(LIGHT)
    qtbot.addWidget(form)
    form.resize(236, 900)
    form.show()
    for kind in (*CATALOGUE, *RECIPES, *OPTIMIZERS, *SCHEDULES):
        form.look_at([kind()])
        for heading in form.headings.values():
            heading.open(True)
        form._share_out()
        QApplication.processEvents()  # new rows are laid out as they come into sight
        for row in form.rows.values():
            assert row.label.width() >= row.label.sizeHint().width(), f"{kind.__name__}.{row.setting.name}"
            assert row.field.geometry().right() <= form.width()


def test_words_of_tabs_are_turned_over_where_there_is_no_room_and_never_cut(start: Open, qtbot: QtBot) -> None:
    window = start("lenet_digits", (900, 600))
    qtbot.wait(20)
    for bar in window.bench.findChildren(QTabBar):
        for place in range(bar.count()):
            assert bar.tabRect(place).width() >= bar.fontMetrics().horizontalAdvance(bar.tabText(place))
    panels = next(bar for bar in window.bench.findChildren(QTabBar) if bar.accessibleName() == "Panels")
    arrows = [button for button in panels.findChildren(QToolButton) if button.isVisible()]
    assert len(arrows) == 2
    assert all(arrow.width() >= 12 for arrow in arrows)
