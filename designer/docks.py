"""The panels around the canvas as docks: where they stand at first, moved and closed by hand, remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QTabBar, QTabWidget, QVBoxLayout, QWidget

_STATE, _VERSION = "window/docks", 1
LEFT, RIGHT, BOTTOM = 216, 304, 288  # px at first


class Workbench(QMainWindow):
    """The canvas with its docks; a window inside the window, so that the welcome page can take its place whole."""

    def __init__(self, middle: QWidget) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("workbench")
        self.setCentralWidget(middle)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        for corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.TopLeftCorner):
            self.setCorner(corner, Qt.DockWidgetArea.LeftDockWidgetArea)
        for corner in (Qt.Corner.BottomRightCorner, Qt.Corner.TopRightCorner):
            self.setCorner(corner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.docks: dict[str, QDockWidget] = {}
        self._bottom: list[QDockWidget] = []
        self.movable = False
        self._recalled = False

    def showEvent(self, event: QShowEvent) -> None:
        """Docks can be laid out only once the window has its size, which a page gets after it is shown."""
        super().showEvent(event)
        parent = self.parentWidget()
        if not self._recalled and parent is not None:
            self._recalled = True
            self.resize(parent.size())
            self.recall()

    def add_side(self, name: str, panel: QWidget, right: bool = False) -> None:
        """A panel at the left or right of the canvas."""
        area = Qt.DockWidgetArea.RightDockWidgetArea if right else Qt.DockWidgetArea.LeftDockWidgetArea
        self.addDockWidget(area, self._dock(name, panel))

    def add_bottom(self, name: str, panel: QWidget) -> None:
        """A panel beneath the canvas, in a tab beside those there."""
        dock = self._dock(name, panel)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        if self._bottom:
            self.tabifyDockWidget(self._bottom[-1], dock)
        self._bottom.append(dock)

    def _dock(self, name: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(name)
        dock.setObjectName(f"dock {name}")
        dock.setWidget(panel)
        dock.setTitleBarWidget(_no_title(dock))
        self.docks[name] = dock
        if isinstance(panel, Later):
            dock.visibilityChanged.connect(panel.seen)  # a dock behind another tab counts as shown
        return dock

    def settle(self) -> None:
        """Puts every dock where it stands at first."""
        for dock in self.docks.values():
            dock.setFloating(False)
            if not dock.isVisible():
                dock.show()
        sides = [d for d in self.docks.values() if d not in self._bottom]
        self.resizeDocks(sides, [LEFT, RIGHT][: len(sides)], Qt.Orientation.Horizontal)
        if self._bottom:
            self.resizeDocks([self._bottom[0]], [BOTTOM], Qt.Orientation.Vertical)
            self._bottom[0].raise_()
        self.tidy()

    def raise_dock(self, name: str) -> None:
        """Brings a panel to the front, open."""
        self.docks[name].show()
        self.docks[name].raise_()

    def set_movable(self, movable: bool) -> None:
        """Shows the title bars, by which docks are moved, floated and closed; or hides them."""
        self.movable = movable
        for dock in self.docks.values():
            bar = dock.titleBarWidget()
            dock.setTitleBarWidget(None if movable else _no_title(dock))  # type: ignore[arg-type]
            if bar is not None:
                bar.deleteLater()

    def toggles(self) -> Iterator[QAction]:
        """For each dock the action that shows and hides it."""
        for dock in self.docks.values():
            yield dock.toggleViewAction()

    def retitle(self, name: str, title: str) -> None:
        """Writes something else on a panel's tab, as the number of problems."""
        if self.docks[name].windowTitle() != title:
            self.docks[name].setWindowTitle(title)

    def tidy(self) -> None:
        """Lays the tabs of the docks out at the left, as wide as their words."""
        for bar in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setExpanding(False)
            bar.setDocumentMode(True)
            bar.setDrawBase(False)
            bar.setElideMode(Qt.TextElideMode.ElideNone)  # no word is cut: where there is no room they are turned over
            bar.setUsesScrollButtons(True)
            bar.setAccessibleName("Panels")

    def remember(self) -> None:
        """Keeps where the docks stand for the next window."""
        if not self._recalled:
            return
        QSettings().setValue(_STATE, self.saveState(_VERSION))

    def recall(self) -> None:
        """Puts the docks where they stood in the last window, or where they stand at first."""
        state = QSettings().value(_STATE)
        if not isinstance(state, QByteArray) or not self.restoreState(state, _VERSION):
            self.settle()
        self.tidy()


class Later(QWidget):
    """Stands for a panel that is made when it is first seen or asked for, so that the window is up sooner."""

    def __init__(self, make: Callable[[], QWidget]) -> None:
        super().__init__()
        self._make = make
        self._panel: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def made(self) -> bool:
        """Whether the panel is there already."""
        return self._panel is not None

    def panel(self) -> QWidget:
        """The panel itself."""
        if self._panel is None:
            self._panel = self._make()
            self._column.addWidget(self._panel)
        return self._panel

    def seen(self, visible: bool) -> None:
        """Its tab came to the front: the panel has to be there."""
        if visible:
            self.panel()


def _no_title(dock: QDockWidget) -> QFrame:
    """A hairline in place of a title: the tab says the name, and panels at the side need none."""
    line = QFrame(dock)
    line.setProperty("role", "line")
    return line
