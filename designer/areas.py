"""The window by keyboard: F6 from area to area, Tab from stop to stop as one reads, and a ring around where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent, QRegion
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QDockWidget,
    QFrame,
    QLabel,
    QMainWindow,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QWidget,
)

from designer.docks import Workbench
from designer.stage import Stage

_TAB, _BACKTAB = Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason
_SHORTCUT = Qt.FocusReason.ShortcutFocusReason
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_SIDES = (Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.TopDockWidgetArea)
_RING = 2  # px


@dataclass(frozen=True)
class Area:
    """A part of the window that F6 leads to: its widgets in reading order, and the one that is meant first."""

    roots: tuple[QWidget, ...]
    first: QWidget | None = None  # None means the first stop

    def stops(self) -> list[QWidget]:
        """The widgets that take the keyboard here, as one reads."""
        return [stop for root in self.roots for stop in stops(root)]

    def holds(self, widget: QWidget | None) -> bool:
        """Whether a widget is in this area."""
        return any(root is widget or _within(root, widget) for root in self.roots)


def stops(root: QWidget) -> Iterator[QWidget]:
    """The widgets at and in `root` that take the keyboard, in reading order."""
    if not root.isVisible() or not root.isEnabled():
        return
    if _takes_keyboard(root):
        yield root
    layout = root.layout()
    if layout is not None:
        layout.activate()  # what has just come into sight stands nowhere yet
    if not isinstance(root, QAbstractScrollArea) or isinstance(root, QScrollArea):  # lists and the canvas are one stop
        for child in _as_read(
            [c for c in root.children() if isinstance(c, QWidget) and c.isVisible() and not c.isWindow()]
        ):
            yield from stops(child)


def _takes_keyboard(widget: QWidget) -> bool:
    """Whether Tab stops at a widget: not at what only scrolls, nor at words without a link."""
    if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or widget.focusProxy() is not None:
        return False
    if isinstance(widget, QLabel):
        return "<a " in widget.text()
    return not isinstance(widget, QScrollArea)


def _within(outer: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and outer.isAncestorOf(widget)


def _card(widget: QWidget | None) -> QWidget | None:
    """The card that lies over the others, as a search box, in which a widget is."""
    while widget is not None and widget.property("role") != "card":
        widget = widget.parentWidget()
    return widget


def _as_read(widgets: list[QWidget]) -> list[QWidget]:
    """Line by line from the top, and in a line from the left."""
    lines: list[list[QWidget]] = []
    for widget in sorted(widgets, key=lambda w: w.y()):
        if lines and widget.y() < lines[-1][0].geometry().center().y():
            lines[-1].append(widget)
        else:
            lines.append([widget])
    return [widget for line in lines for widget in sorted(line, key=lambda w: w.x())]


def dock_areas(bench: QMainWindow, middle: Area) -> list[Area]:
    """The areas of a window with docks: those before its middle, the middle, and those after it."""
    before, after = list[Area](), list[Area]()
    for dock in bench.findChildren(QDockWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if dock.isFloating() or not dock.isVisible() or not bench.rect().intersects(dock.geometry()):
            continue  # one behind a tab counts as visible, and stands beyond the edge
        side = before if bench.dockWidgetArea(dock) in _SIDES else after
        inner = dock.widget()
        side.append(Area((*_tabs(bench, dock), dock), next(stops(inner), None)))
    return [*before, middle, *after]


def areas_of(top: QWidget, pages: QStackedWidget, bench: Workbench, stage: Stage) -> list[Area]:
    """The areas of the main window as it is now: the bar at the top, then the panels around the canvas, or a page."""
    middle = Area((stage,), stage.canvas)
    return [Area((top,)), *(dock_areas(bench, middle) if pages.currentWidget() is bench else [Area((pages,))])]


def _tabs(bench: QMainWindow, dock: QDockWidget) -> list[QWidget]:
    """The tabs among which a dock is in front; none where it stands alone."""
    bars = bench.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [bar for bar in bars if bar.isVisible() and bar.tabText(bar.currentIndex()) == dock.windowTitle()]


class Walk(QObject):
    """Takes the keyboard through the areas that `areas` names at the time; each keeps where one was in it."""

    def __init__(self, window: QWidget, areas: Callable[[], Sequence[Area]], home: QWidget) -> None:
        super().__init__(window)
        self._window, self._areas, self.home = window, areas, home
        self._last: dict[QWidget, QWidget] = {}
        self.ring: FocusRing | None = None
        QApplication.instance().focusChanged.connect(self._follow)  # type: ignore[union-attr]

    def step(self, by: int) -> None:
        """Goes to the next area, or the one before, where one was in it last."""
        self._remember()
        areas, at = self._here()
        for n in range(1, len(areas) + 1):
            if self.enter(areas[(at + by * n) % len(areas)]):
                return

    def reach(self, dock: QDockWidget) -> None:
        """Brings a panel to the front and goes to it."""
        self._remember()
        dock.show()
        dock.raise_()
        area = next((area for area in self._areas() if dock in area.roots), None)
        if area is not None:
            self.enter(area)

    def enter(self, area: Area) -> bool:
        """Goes to an area; False where nothing in it takes the keyboard."""
        known = area.stops()
        last = self._last.get(area.roots[-1])
        goal = last if last in known else area.first if area.first in known else next(iter(known), None)
        if goal is not None:
            self._go(goal, _SHORTCUT)
        return goal is not None

    def go_home(self) -> None:
        """Goes to the canvas, where it is in sight."""
        self._remember()
        if self.home.isVisible():
            self._go(self.home, _SHORTCUT)

    def tab(self, onward: bool) -> bool:
        """Goes to the next stop as one reads, or the one before; from the last of an area into the next.

        A card over the others keeps the keyboard until it is left.
        """
        focus, by = QApplication.focusWidget(), 1 if onward else -1
        card = _card(focus)
        if focus is not None and not focus.isVisible():
            return self._leave(focus, card is not None)
        areas, at = ([Area((card,))], 0) if card is not None else self._here()
        known = areas[at].stops()
        held = [i for i, stop in enumerate(known) if stop is focus or _within(stop, focus)]  # the innermost comes last
        place = held[-1] if held else -1 if onward else 0
        place += by
        for n in range(1, len(areas) + 1):
            if 0 <= place < len(known):
                self._go(known[place], _TAB if onward else _BACKTAB)
                return True
            known = areas[(at + by * n) % len(areas)].stops()
            place = 0 if onward else len(known) - 1
        if known:
            self._go(known[place], _TAB if onward else _BACKTAB)
        return bool(known)

    def _leave(self, gone: QWidget, was_card: bool) -> bool:
        """Where the keyboard goes when what had it is hidden: home from a card, else to the first stop around it."""
        around = gone.parentWidget()
        while around is not None and not was_card and not any(stops(around)):
            around = around.parentWidget()
        goal = self.home if was_card or around is None else next(stops(around))
        goal.setFocus(Qt.FocusReason.OtherFocusReason)
        return goal.isVisible()

    def _remember(self) -> None:
        """Keeps where one is, to come back there."""
        areas, at = self._here()
        focus = QApplication.focusWidget()
        if focus is not None and areas[at].holds(focus):
            self._last[areas[at].roots[-1]] = focus

    def _here(self) -> tuple[list[Area], int]:
        areas, focus = list(self._areas()), QApplication.focusWidget()
        return areas, next((i for i, area in enumerate(areas) if area.holds(focus)), 0)

    def _go(self, goal: QWidget, reason: Qt.FocusReason) -> None:
        self._follow()  # where the keyboard is there already, nothing else takes the ring away
        goal.setFocus(reason)
        outer = goal.parentWidget()
        while outer is not None and outer is not self._window:
            if isinstance(outer, QScrollArea):
                outer.ensureWidgetVisible(goal)
            outer = outer.parentWidget()
        if isinstance(goal, QAbstractScrollArea | QTabBar):
            self.ring = FocusRing(goal)

    def _follow(self, *_: object) -> None:
        """Takes the ring away from where one was."""
        if self.ring is not None and shiboken6.isValid(self.ring):
            self.ring.hide()
            self.ring.deleteLater()
        self.ring = None


class FocusRing(QFrame):
    """A line just within the edge of a list, a page of text or the canvas: the keyboard is here."""

    def __init__(self, around: QWidget) -> None:
        super().__init__(around)
        self._around = around
        self.setProperty("role", "ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._fit()
        around.installEventFilter(self)
        self.show()
        self.raise_()

    def _fit(self) -> None:
        whole = self._around.rect()
        self.setGeometry(whole)
        inner = QRect(whole).adjusted(_RING, _RING, -_RING, -_RING)
        self.setMask(QRegion(whole).subtracted(QRegion(inner)))  # what is within is not painted over

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return False


class WalkedWindow(QMainWindow):
    """A main window whose Tab follows what one reads; Enter presses a button, and Esc leads home."""

    walk: Walk | None = None

    def focusNextPrevChild(self, next: bool) -> bool:
        return self.walk.tab(next) if self.walk is not None else super().focusNextPrevChild(next)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What the widgets under it left over."""
        focus = QApplication.focusWidget()
        if event.key() in _ENTER and isinstance(focus, QAbstractButton):
            focus.click()
        elif event.key() == Qt.Key.Key_Escape and self.walk is not None:
            self.walk.go_home()
        else:
            super().keyPressEvent(event)
