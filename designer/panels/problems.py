"""Everything wrong or worth saying about the design, each with the way to its node and its repairs as buttons."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from blocks.check import described
from designer.document import OpenDesign
from designer.panels.empty import Empty
from designer.panels.problem_row import ProblemRow, key_of
from designer.panels.sight import Sight
from designer.place import Place
from designer.theme import Theme
from runtime.verdict import DesignFix, Finding, Verdict

MOST = 60  # rows that are built; the rest is counted
_CALM = "Everything fits, from the data to the loss. Problems appear here while you draw."
_BUDGET = 0.008  # seconds of working out fixes before the window may draw again


class ProblemsPanel(QWidget):
    """The list of problems, errors first. Fixes are worked out for the rows in sight only.

    `revealed` and `step_revealed` lead to a node, `inner_revealed` to one within a block or use; `previewed` tells the
    node whose fix the hand hovers over, and the fix, empty when it leaves; `counted` is the number of errors and
    warnings, for the title of the tab.
    """

    revealed = Signal(str, str)  # network, node
    step_revealed = Signal(str, str)  # phase, node
    inner_revealed = Signal(object, str)  # the Place within a block or a use, node
    previewed = Signal(str, str, object)  # network, node, an edit of the design
    counted = Signal(int)
    applied = Signal(str, object, str)  # words, an edit of the design, what it may merge with
    said = Signal(str)  # why a fix is not done

    def __init__(self, document: OpenDesign, theme: Theme) -> None:
        super().__init__()
        self._document, self._theme = document, theme
        self._shown: Verdict | None = None
        self.rows: list[ProblemRow] = []
        self.more = QLabel()
        self._empty = Empty("circle-check", _CALM, theme, title="Nothing wrong.", colour="good")
        self._sight = Sight(self)
        self._sight.changed.connect(self.refresh)
        self._lay_out()
        self._fixing = QTimer(self, singleShot=True, interval=0)
        self._fixing.timeout.connect(self._work_out_fixes)
        self._settle = QTimer(self, singleShot=True, interval=0)
        self._settle.timeout.connect(self.refresh)
        document.changed.connect(self._later)
        self.set_theme(theme)
        self.refresh()

    @property
    def count(self) -> int:
        """How many errors and warnings there are; advice is not counted."""
        return sum(finding.level != "advice" for finding in self._document.verdict.diagnostics)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme
        self._empty.set_theme(theme)
        for row in self.rows:
            row.set_theme(theme)

    def set_document(self, document: OpenDesign) -> None:
        """Shows what is wrong with another document."""
        self._document.changed.disconnect(self._later)
        self._document = document
        document.changed.connect(self._later)
        self.refresh()

    # --- layout -------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._page = QWidget()
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 4, 0, 8)
        self._column.setSpacing(0)
        self.more.setProperty("role", "muted")
        self.more.setContentsMargins(44, 10, 0, 4)
        self._column.addWidget(self.more)
        self._column.addStretch(1)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._page)
        self._scroll.setAccessibleName("Problems")
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._scroll)

    # --- keeping up ---------------------------------------------------------------------

    def _later(self, *_: object) -> None:
        if self._document.verdict is not self._shown:
            self._settle.start()

    def refresh(self, *_: object) -> None:
        """Shows the document's verdict now; of a list that nobody sees only the count is kept."""
        self._settle.stop()
        self.counted.emit(self.count)
        verdict = self._document.verdict
        if verdict is self._shown or not self._sight.now:
            return
        self._shown = verdict
        found = verdict.diagnostics
        self._stack.setCurrentIndex(1 if found else 0)
        self._keep_rows(found[:MOST])
        self.more.setText(f"and {len(found) - MOST:,} more; they appear as these are repaired")
        self.more.setVisible(len(found) > MOST)
        for row in self.rows:
            row.update()  # once it is laid out and painted, its fixes are looked for

    def _keep_rows(self, found: Sequence[Finding]) -> None:
        """Puts the rows in order; a row whose problem is still there stays as it is, and so does the focus."""
        held = next((i for i, row in enumerate(self.rows) if row.isAncestorOf(_focus(self))), -1)
        old = {row.key: row for row in self.rows}
        several = len(self._document.design.networks) > 1
        rows = []
        for place, (finding, key) in enumerate(zip(found, _keys(found), strict=True)):
            row = old.pop(key, None) or self._new_row(key)
            row.show_finding(finding, several)
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
            rows.append(row)
        gone = held >= 0 and self.rows[held] in old.values()
        self.rows = rows
        if gone and rows:
            rows[min(held, len(rows) - 1)].link.setFocus()
        for row in old.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()

    def _new_row(self, key: tuple[object, ...]) -> ProblemRow:
        row = ProblemRow(key, self._theme)
        row.wanted.connect(self._reveal)
        row.previewed.connect(self.previewed)
        row.picked.connect(self._apply)
        row.stepped.connect(self._step)
        row.seen.connect(self._look_for_fixes)
        return row

    # --- fixes --------------------------------------------------------------------------

    def _look_for_fixes(self, *_: object) -> None:
        if self._sight.now and not self._fixing.isActive():
            self._fixing.start()

    def _work_out_fixes(self) -> None:
        """Fills in the fixes of rows in sight, some at a time."""
        if self._shown is None:
            return
        end = time.perf_counter() + _BUDGET
        for row in self.rows:
            laid_out = row.height() >= row.minimumSizeHint().height()  # before, more rows are in sight than will be
            if row.fixed_for is not self._shown and laid_out and not row.visibleRegion().isEmpty():
                row.show_fixes(self._shown.fixes(row.finding), self._shown)
                if time.perf_counter() > end:
                    self._fixing.start()
                    return

    def _apply(self, row: ProblemRow, fix: DesignFix) -> None:
        """Asks for a fix; one worked out before the last edit is worked out again."""
        self.refresh()
        verdict = self._document.verdict
        if row.fixed_for is not verdict:
            fresh = verdict.fixes(row.finding) if row in self.rows else ()
            again = next((each for each in fresh if each.title == fix.title), None)
            if again is None:
                self.said.emit(f"“{fix.title}” is not needed any more")
                return
            fix = again
        self.applied.emit(fix.title, fix.edit, "")

    # --- hands --------------------------------------------------------------------------

    def _reveal(self, row: ProblemRow) -> None:
        """Leads to the node; where something within it is to blame, to that."""
        finding = row.finding
        way = blamed(self._document.verdict, finding)
        if way:
            place = Place(finding.network, "" if finding.network else finding.phase, (finding.node, *way[:-1]))
            self.inner_revealed.emit(place, way[-1])
        elif finding.network:
            self.revealed.emit(finding.network, finding.node)
        else:
            self.step_revealed.emit(finding.phase, finding.node)

    def _step(self, row: ProblemRow, by: int) -> None:
        place = self.rows.index(row) + by
        if 0 <= place < len(self.rows):
            self.rows[place].link.setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(self.rows[place], 0, 8)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down goes into the list."""
        if event.key() == Qt.Key.Key_Down and self.rows:
            self.rows[0].link.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)


def blamed(verdict: Verdict, finding: Finding) -> tuple[str, ...]:
    """The names from within the node of a problem to the one inside that is to blame; none where it is itself."""
    phases = (planned.checked for planned in verdict.phases if planned.name == finding.phase)
    checked = verdict.networks.get(finding.network) or (None if finding.network else next(phases, None))
    row = checked.rows.get(finding.node) if checked is not None else None
    problem = row.problem if row is not None else None
    return problem.way if problem is not None and finding.message == described(finding.node, problem) else ()


def _keys(found: Sequence[Finding]) -> list[tuple[object, ...]]:
    """What tells the problems apart, the same before and after an edit that leaves them."""
    seen: dict[tuple[object, ...], int] = {}
    keys = []
    for finding in found:
        key = key_of(finding)
        seen[key] = seen.get(key, 0) + 1
        keys.append((*key, seen[key]))
    return keys


def _focus(panel: QWidget) -> QWidget:
    return QApplication.focusWidget() or panel
