"""What is dragged to the edge of the view pulls the view along, so that a wire reaches what is out of sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from designer.canvas.gestures.gesture import Touch

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_BAND = 24.0  # px from the edge within which it pulls
_FASTEST = 16.0  # px a step
_STEP = 16  # ms


class EdgePull(QTimer):
    """Runs while a gesture is held near the edge; the nearer, the faster."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas, self._way = canvas, (0.0, 0.0)
        self.setInterval(_STEP)
        self.timeout.connect(self._step)

    def follow(self, touch: Touch) -> None:
        """The hand is here now, with a gesture in it."""
        gesture, room = self._canvas.gesture, self._canvas.viewport().size()
        self._way = _push(touch.pixel.x(), room.width()), _push(touch.pixel.y(), room.height())
        wanted = gesture is not None and gesture.pulls and touch.far_from(gesture.began) and any(self._way)
        if wanted != self.isActive():
            self.start() if wanted else self.stop()

    def _step(self) -> None:
        canvas = self._canvas
        canvas.camera.pan(-self._way[0], -self._way[1])
        canvas.looked()
        canvas.move_again(canvas.at_hand().keys)


def _push(at: float, room: float) -> float:
    """How far a step goes along one axis: back near its beginning, on near its end."""
    beyond = min(at - _BAND, 0.0) or max(at - (room - _BAND), 0.0)
    return max(-1.0, min(beyond / _BAND, 1.0)) * _FASTEST
