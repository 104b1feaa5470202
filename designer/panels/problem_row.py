"""One problem in a line: how bad, where, what, and its repairs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer import icons
from designer.theme import GAP, Theme
from runtime.verdict import DesignFix, Finding, Verdict

_ICONS = {"error": "circle-alert", "warning": "triangle-alert", "advice": "lightbulb"}
_EDGE, _ICON, _LINK = 20, 16, 136  # px
_WORDS = 200  # px that a message needs beside its fixes; with less all stand one beneath the other
_BUTTONS = 2  # beside the message; further fixes are in a menu


def key_of(finding: Finding) -> tuple[object, ...]:
    """What stays the same of a problem while its numbers change."""
    return finding.level, finding.network, finding.phase, finding.node, finding.setting, finding.port, finding.index


class ProblemRow(QWidget):
    """Shows a Finding. Nothing is worked out here: fixes are handed in."""

    wanted = Signal(object)  # this row: show where it is
    previewed = Signal(str, str, object)  # network, node, and the edit of the design; nothing when the hand leaves
    picked = Signal(object, object)  # this row, a DesignFix
    stepped = Signal(object, int)  # this row, to the next or the one before
    seen = Signal()  # it was painted, so it is in sight

    def __init__(self, key: tuple[object, ...], theme: Theme) -> None:
        super().__init__()
        self.key, self._theme = key, theme
        self.finding: Finding = Finding("advice", "", "")
        self.fixed_for: Verdict | None = None
        self.fixes: tuple[DesignFix, ...] = ()
        self.buttons: list[QToolButton] = []
        self._icon, self.message = QPixmap(), QLabel()
        self.link = QPushButton()
        self.link.clicked.connect(self._reveal)
        self._lay_out()

    def _lay_out(self) -> None:
        self.link.setProperty("link", True)
        self.link.setFixedWidth(_LINK)
        self.link.installEventFilter(self)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setContentsMargins(0, 3, 0, 0)
        self.setMinimumWidth(1)  # else a long line of buttons would make the whole list wider than there is room
        line = self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        line.setContentsMargins(_EDGE + _ICON + GAP, 7, 12, 8)
        line.setSpacing(GAP)
        top = Qt.AlignmentFlag.AlignTop
        beside = QVBoxLayout()  # so that the link stands on the line of the message
        beside.setContentsMargins(0, 3, 0, 0)
        beside.addWidget(self.link, 0, top)
        line.addLayout(beside)
        line.addWidget(self.message, 1, top)
        line.addSpacing(GAP)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(6)
        line.addLayout(self._actions)
        line.setAlignment(self._actions, top | Qt.AlignmentFlag.AlignLeft)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """Lays all out in a line, or where that has no room, one beneath the other."""
        needed = _EDGE + _ICON + _LINK + _WORDS + self._actions.sizeHint().width() + 4 * GAP + 12
        beside, beneath = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._line.setDirection(beside if self.width() >= needed else beneath)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme
        self._show_icon()

    def show_finding(self, finding: Finding, several: bool) -> None:
        """Shows a problem; `several` networks are told apart by name."""
        if finding == self.finding:
            return
        fresh = finding.level != self.finding.level
        self.finding = finding
        where = _where(finding, several)
        metrics = QFontMetrics(self.link.font())
        self.link.setText(metrics.elidedText(where, Qt.TextElideMode.ElideMiddle, _LINK - 2).replace("&", "&&"))
        self.link.setToolTip(f"Show {where}")
        self.message.setText(finding.message)
        self.link.setAccessibleName(f"{finding.level}, {where}: {finding.message}")
        if fresh:
            self._show_icon()

    def _show_icon(self) -> None:
        level = self.finding.level
        colour = self._theme.hint if level == "advice" else str(getattr(self._theme, level))
        self._icon = icons.pixmap(_ICONS[level], colour, _ICON, self.devicePixelRatio())
        self.setToolTip({"error": "Error: keeps it from training", "warning": "Warning"}.get(level, "Advice"))
        self.update()

    # --- fixes --------------------------------------------------------------------------

    def show_fixes(self, fixes: Sequence[DesignFix], verdict: Verdict) -> None:
        """Shows the repairs that fit a verdict; where they read the same as before nothing moves."""
        same = [fix.title for fix in fixes] == [fix.title for fix in self.fixes]
        self.fixes, self.fixed_for = tuple(fixes), verdict
        if same:
            return
        for button in self.buttons:
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(i) for i in range(min(len(fixes), _BUTTONS))]
        if len(fixes) > _BUTTONS:
            self.buttons.append(self._menu_button())
        for button in self.buttons:
            self._actions.addWidget(button)
            button.show()
        self._turn()

    def _button(self, place: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(self.fixes[place].title.replace("&", "&&"))
        button.setProperty("compact", True)
        button.setProperty("primary" if place == 0 and self.finding.level == "error" else "boxed", True)
        button.setToolTip("One step, which undo takes back")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(partial(self._pick, place))
        button.installEventFilter(self)
        return button

    def _menu_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setText(f"{len(self.fixes) - _BUTTONS} more")
        button.setProperty("compact", True)
        button.setProperty("boxed", True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for place in range(_BUTTONS, len(self.fixes)):
            action = menu.addAction(self.fixes[place].title.replace("&", "&&"))
            action.triggered.connect(partial(self._pick, place))
            action.hovered.connect(partial(self._foresee, place))
        menu.aboutToHide.connect(self._look_away)
        button.setMenu(menu)
        return button

    def _foresee(self, place: int) -> None:
        fix = self.fixes[place] if place < len(self.fixes) else None
        self.previewed.emit(self.finding.network, self.finding.node, fix and fix.edit)

    def _look_away(self) -> None:
        self.previewed.emit("", "", None)

    def _pick(self, place: int, *_: object) -> None:
        self.picked.emit(self, self.fixes[place])

    def _reveal(self) -> None:
        self.wanted.emit(self)

    # --- hands --------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:  # not widgets of their own: a hundred rows are made at once
            painter.drawPixmap(_EDGE, 10, self._icon)
            painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._theme.line))
        self.seen.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes keys before the buttons do, and tells which node a fix is about while hand or focus is on it."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._key(event):
            return True
        if watched is not self.link and event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            own = (place for place, button in enumerate(self.buttons[:_BUTTONS]) if button is watched)
            self._foresee(next(own, len(self.fixes)))
        elif watched is not self.link and event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut, QEvent.Type.Hide):
            self._look_away()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        """Up and down go through the problems, left and right through a problem's fixes, Enter does one."""
        stops: list[QPushButton | QToolButton] = [self.link, *self.buttons]
        focus = next((i for i, each in enumerate(stops) if each.hasFocus()), 0)
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                self.stepped.emit(self, 1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Right | Qt.Key.Key_Left:
                place = focus + (1 if event.key() == Qt.Key.Key_Right else -1)
                stops[max(0, min(place, len(stops) - 1))].setFocus(Qt.FocusReason.TabFocusReason)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                stops[focus].click()
            case _ if event.matches(QKeySequence.StandardKey.Copy):
                QApplication.clipboard().setText(self.finding.message)
            case _:
                return False
        return True


def _where(finding: Finding, several: bool) -> str:
    """The node, with the name of its network where there are several; or the network or phase as a whole."""
    if not finding.node:
        return finding.network or finding.phase
    if not finding.network:
        return f"{finding.phase} › {finding.node}"
    return f"{finding.network} › {finding.node}" if several else finding.node
