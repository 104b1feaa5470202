"""Undo and redo as a person sees them: what is taken back is in sight at once, and said."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from designer.document import OpenDesign
from designer.stage import Stage


class Rewind(QObject):
    """Goes back and forth in the history of a document, and shows on the stage what that changed."""

    said = Signal(str)

    def __init__(self, document: OpenDesign, stage: Stage) -> None:
        super().__init__(stage)
        self._document, self._stage = document, stage

    def undo(self) -> None:
        """Takes back the last step."""
        self.go_to(self._document.position - 1)

    def redo(self) -> None:
        """Does again what was taken back last."""
        self.go_to(self._document.position + 1)

    def go_to(self, position: int) -> None:
        """Undoes or redoes until so many steps are done.

        Where the step was done in another network that one is shown, and named: nothing is taken back out of sight.
        """
        before, seen = self._document.position, self._stage.scene.place
        change = self._document.go_to(position)
        if change is None:
            return
        forward, steps = position > before, abs(self._document.position - before)
        self._stage.show_view(change.shown(forward))
        place = self._stage.scene.place
        where = f" in {place.network or place.step}" if place != seen else ""
        many = f" ({steps:,} steps)" if steps > 1 else ""
        self.said.emit(f"{'Done again' if forward else 'Undone'}{where}: {change.label}{many}")
