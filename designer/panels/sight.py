"""Whether a panel is in sight, so that one that nobody looks at does no work."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QDockWidget, QWidget


class Sight(QObject):
    """Follows a panel: it is in sight while it is shown and, in a dock, its tab is the one in front.

    Qt calls a dock behind another tab visible too; it only stands beyond the window's edge.
    """

    changed = Signal(bool)

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._dock: QDockWidget | None = None
        self.now = False
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._find_dock()
            self._set(self._dock is None or _in_front(self._dock))
        elif event.type() == QEvent.Type.Hide:
            self._set(False)
        return super().eventFilter(watched, event)

    def _find_dock(self) -> None:
        above = self._panel.parentWidget()
        while above is not None and not isinstance(above, QDockWidget):
            above = above.parentWidget()
        if above is not self._dock:
            if self._dock is not None:
                self._dock.visibilityChanged.disconnect(self._set)
            self._dock = above
            if above is not None:
                above.visibilityChanged.connect(self._set)

    def _set(self, seen: bool) -> None:
        if seen != self.now:
            self.now = seen
            self.changed.emit(seen)


def _in_front(dock: QDockWidget) -> bool:
    place = dock.geometry()
    return dock.isVisible() and (dock.isWindow() or (place.right() >= 0 and place.bottom() >= 0))
