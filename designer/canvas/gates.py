"""A recurrent layer opened to its gates, and closed again, for the one selected node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime import unfolding

if TYPE_CHECKING:
    from designer.canvas.view import Canvas


def unfold(canvas: Canvas) -> None:
    """Asks for the gates of the selected layer."""
    canvas.unfolded.emit(canvas.selection()[0])


def fold(canvas: Canvas) -> None:
    """Asks for the one layer that the selected network of gates stands for."""
    canvas.folded.emit(canvas.selection()[0])


def why_not_unfold(canvas: Canvas) -> str:
    """Why the selected node cannot be opened to its gates, or nothing."""
    name = canvas.selection()[0]
    row = canvas.sheet.checked.rows.get(name)
    arriving = row.inputs[0] if row is not None and row.inputs else None
    return unfolding.why_not_unfold(canvas.sheet.graph, name, arriving)


def why_not_fold(canvas: Canvas) -> str:
    """Why the selected node cannot be closed to one layer, or nothing."""
    return unfolding.why_not_fold(canvas.sheet.checked.networks, canvas.sheet.graph, canvas.selection()[0])
