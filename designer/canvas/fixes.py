"""The card beside a node that cannot run: what is wrong, and its repairs as buttons."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from blocks.check import Diagnostic
from blocks.edits import Fix
from blocks.graph import Graph
from designer.canvas import deeds
from designer.hovering import Hovering
from designer.theme import CARD_HEIGHT, CARD_WIDTH, GAP

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_WIDTH = 404
_AWAY = 28  # px of the screen from the node
_EDGE = 12


class FixCard(QFrame):
    """Stands beside the one selected node that has a problem. Fixes are worked out when it shows."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.viewport())
        self._canvas = canvas
        self._problem: Diagnostic | None = None
        self._graph: Graph | None = None
        self._fixes: tuple[Fix, ...] = ()
        self.buttons: list[QPushButton] = []
        self.setProperty("role", "card")
        self.setObjectName("fixes")
        self.title, self.body, self.key = QLabel(), QLabel(), QLabel("Alt+Enter")
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        self.key.setProperty("role", "small")
        self.body.setProperty("role", "muted")
        self.title.setStyleSheet("font-weight: 600;")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.body.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self.title, self.body):
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 14, 2 * GAP, 12)
        column.setSpacing(GAP)
        column.addWidget(self.title)
        column.addWidget(self.body)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(GAP)
        column.addLayout(self._rows)
        column.addWidget(self.key)

    def refresh(self) -> None:
        """Shows itself for the one selected node if it has an error or a warning, else hides."""
        chosen = self._canvas.selection()
        problem = self._canvas.sheet.problem(chosen[0]) if len(chosen) == 1 else None
        if problem is None or problem.level == "advice" or self._canvas.read_only or not self._pressing(problem):
            self._dismiss()
        elif problem != self._problem or self._canvas.sheet.graph is not self._graph:
            self._fill(problem)

    def _dismiss(self) -> None:
        self._problem = self._graph = None
        self.hide()

    def _pressing(self, problem: Diagnostic) -> bool:
        """Whether it is said unasked: what does not fit is; what is only not connected yet waits for Alt+Enter."""
        row = self._canvas.sheet.checked.rows.get(problem.node)
        return problem.level == "error" and row is not None and row.problem is not None

    def _fill(self, problem: Diagnostic) -> None:
        self._problem, self._graph = problem, self._canvas.sheet.graph
        self._fixes = tuple(self._canvas.repairs(problem))
        title, _, rest = problem.message.partition(". ")
        repair = "Repair:" if self._fixes else ""
        self.title.setText(title.rstrip("."))
        self.title.setProperty("role", "error" if problem.level == "error" else "warning")
        self.body.setText(f"{rest} {repair}".strip())
        self.body.setVisible(bool(self.body.text()))
        self.key.setVisible(bool(self._fixes))
        self._make_buttons()
        self._polish()
        self.show()
        self.place()

    def _make_buttons(self) -> None:
        for button in self.buttons:
            button.hide()
            button.deleteLater()
        while self._rows.count():
            self._rows.takeAt(0)
        self.buttons = [self._button(fix) for fix in self._fixes]
        row, used = QHBoxLayout(), 0
        for button in self.buttons:
            wide = button.sizeHint().width() + GAP
            if used and used + wide - GAP > _WIDTH - 4 * GAP:
                self._rows.addLayout(_filled(row))
                row, used = QHBoxLayout(), 0
            row.setSpacing(GAP)
            row.addWidget(button)
            button.show()
            used += wide
        self._rows.addLayout(_filled(row))

    def _button(self, fix: Fix) -> QPushButton:
        button = QPushButton(fix.title, self)
        button.setProperty("primary", "true" if fix is self._fixes[0] else "false")
        button.clicked.connect(partial(self._apply, fix))
        Hovering(button, partial(self._foresee, fix))
        return button

    def _foresee(self, fix: Fix, on: bool) -> None:
        self._canvas.foreseen.emit(fix if on else None)

    def _apply(self, fix: Fix) -> None:
        problem = self._problem
        self._dismiss()
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        if problem is not None:
            self._canvas.submit(deeds.repaired(fix, problem.node))

    def _polish(self) -> None:
        """Has the style sheet see the new roles."""
        for part in (self.title, self.body, self.key, *self.buttons):
            part.style().unpolish(part)
            part.style().polish(part)
        self.setFixedWidth(_WIDTH)
        for label in (self.title, self.body):
            label.setFixedWidth(_WIDTH - 4 * GAP - 2)
            label.setFixedHeight(label.heightForWidth(_WIDTH - 4 * GAP - 2))
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()
        self.adjustSize()

    def step_aside(self, aside: bool) -> None:
        """Makes room while the hand moves something; comes back afterwards."""
        if aside:
            self.hide()
        else:
            self.place()

    def place(self) -> None:
        """Goes beside its node: right of it, else left, within the view; hides while the node is out of sight."""
        if self._problem is None or self._problem.node not in self._canvas.sheet.index:
            return
        canvas = self._canvas
        x, y = canvas.sheet.place(self._problem.node)
        left = canvas.mapFromScene(QPointF(x, y))
        right = canvas.mapFromScene(QPointF(x + CARD_WIDTH, y + CARD_HEIGHT))
        area = canvas.viewport().rect()
        self.setVisible(area.adjusted(-40, -20, 40, 20).contains(QPoint((left.x() + right.x()) // 2, left.y())))
        top = (left.y() + right.y() - self.height()) // 2
        top = max(_EDGE, min(top, area.bottom() - self.height() - _EDGE))
        beside = right.x() + _AWAY
        if beside + self.width() > area.right() - _EDGE or self._over_map(QPoint(beside, top)):
            beside = max(_EDGE, left.x() - _AWAY - self.width())
        self.move(beside, top)
        self.raise_()

    def _over_map(self, corner: QPoint) -> bool:
        """Whether it would hide the overview there."""
        minimap = self._canvas.minimap
        return minimap.isVisible() and minimap.geometry().intersects(QRect(corner, self.size()))

    def enter(self) -> bool:
        """Takes the keyboard to the first fix; False where there is none to take."""
        chosen = self._canvas.selection()
        problem = self._canvas.sheet.problem(chosen[0]) if len(chosen) == 1 else None
        if problem is None:
            return False
        self._fill(problem)
        if not self.buttons:
            return False
        self.place()
        self.buttons[0].setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._canvas.asked_fixes.emit(problem.node, self.mapToGlobal(QPoint(0, 0)))
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._dismiss()
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            for button in [b for b in self.buttons if b.hasFocus()]:
                button.click()
        elif event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Right}:
            self.focusNextChild()
        elif event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Left}:
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)
        event.accept()  # what a button leaves over is not meant for the canvas


def _filled(row: QHBoxLayout) -> QHBoxLayout:
    row.addStretch(1)
    return row
