"""The context menus of what is beside the network: a frame, a note, a wire with its bend points."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QActionGroup, QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu

from blocks.graph import Wire
from designer.canvas import beside, deeds, deepening, frames
from designer.canvas.gestures.double import bend_here
from designer.canvas.gestures.gesture import Touch
from designer.canvas.intent import Intent
from designer.decor import Picked

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_SWATCH = 14  # px


def menu_at(canvas: Canvas, touch: Touch) -> QMenu | None:
    """The menu of the bend, wire, note or frame under the hand; None where there is another thing, or none."""
    x, y = touch.at.x(), touch.at.y()
    if canvas.read_only or canvas.sheet.node_at(x, y) is not None:
        return None
    wire = canvas.wire_under(touch)
    if wire is not None:
        return _wire_menu(canvas, touch, wire)
    note = canvas.notes.note_at(x, y)
    if note is not None:
        return _note_menu(canvas, note)
    grip = canvas.frames.grip_at(x, y, canvas.camera.zoom)
    return None if grip is None else _frame_menu(canvas, grip[0])


def _frame_menu(canvas: Canvas, number: int) -> QMenu:
    if number not in canvas.picked.frames:
        canvas.select((), Picked(frames=frozenset({number})))
    menu = QMenu(canvas)
    menu.addAction("Name…", partial(canvas.title_field.open, number))
    menu.addMenu(_colours(canvas, menu))
    menu.addAction("Fit to its nodes", partial(_fit, canvas, number))
    menu.addAction("Select its nodes", partial(_select_held, canvas, number))
    menu.addSeparator()
    _add(menu, canvas, "Delete the frame, keep its nodes", "Del", _delete)
    return menu


def _colours(canvas: Canvas, parent: QMenu) -> QMenu:
    menu = QMenu("Colour", parent)
    group = QActionGroup(menu)
    chosen = sorted(canvas.picked.frames)
    now = {canvas.decor.frames[i].color for i in chosen}
    for color in beside.COLORS:
        action = menu.addAction(_swatch(canvas, color), color.capitalize())
        action.setCheckable(True)
        action.setChecked(now == {color})
        action.triggered.connect(partial(_colour, canvas, chosen, color))
        group.addAction(action)
    return menu


def _swatch(canvas: Canvas, color: str) -> QIcon:
    ratio = canvas.devicePixelRatioF()
    picture = QPixmap(round(_SWATCH * ratio), round(_SWATCH * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    line = QColor(canvas.inks.theme.frame_colour(color))
    fill = QColor(line)
    fill.setAlphaF(0.35)
    painter.setPen(QPen(line, 1.5))
    painter.setBrush(fill)
    painter.drawRoundedRect(QRectF(1, 1, _SWATCH - 2, _SWATCH - 2), 3, 3)
    painter.end()
    return QIcon(picture)


def _note_menu(canvas: Canvas, number: int) -> QMenu:
    if number not in canvas.picked.notes:
        canvas.select((), Picked(notes=frozenset({number})))
    menu = QMenu(canvas)
    menu.addAction("Write…", partial(canvas.note_field.open, number))
    menu.addSeparator()
    _add(menu, canvas, "Delete", "Del", _delete)
    return menu


def _wire_menu(canvas: Canvas, touch: Touch, wire: Wire) -> QMenu:
    canvas.select(())
    canvas.select_wires((wire,))
    menu = QMenu(canvas)
    menu.setToolTipsVisible(True)
    held = canvas.bend_under(touch)
    if held is not None:
        menu.addAction("Remove the bend point", partial(_submit, canvas, beside.straightened(*held)))
    else:
        menu.addAction("Add a bend point", partial(bend_here, canvas, touch, wire))
    straight = menu.addAction("Straighten", partial(_submit, canvas, beside.straightened(wire)))
    if wire not in canvas.decor.bends:
        straight.setEnabled(False)
        straight.setToolTip("This wire has no bend points. Double-click it to add one.")
    menu.addSeparator()
    menu.addAction("Insert a block…", partial(canvas.open_search, touch.at))
    why = deepening.why_not(canvas)
    deeper = menu.addAction("Insert identity layer\tI", partial(deepening.insert, canvas))
    deeper.setEnabled(not why)
    deeper.setToolTip(why or "A layer that changes nothing until it has learned")
    _add(menu, canvas, "Disconnect", "Del", lambda canvas: canvas.submit(deeds.disconnected([wire])))
    return menu


def _submit(canvas: Canvas, intent: Intent) -> None:
    canvas.submit(intent)


def _colour(canvas: Canvas, numbers: list[int], color: str, checked: bool = True) -> None:
    canvas.submit(beside.coloured(numbers, color))


def _fit(canvas: Canvas, number: int) -> None:
    intent = beside.fitted(canvas, number)
    if intent is None:
        canvas.say("This frame holds nothing to fit to.")
    else:
        canvas.submit(intent)


def _select_held(canvas: Canvas, number: int) -> None:
    held = frames.cards_within(canvas.decor.frames[number], canvas.sheet.at)
    canvas.select([canvas.sheet.names[i] for i in held.tolist()])


def _delete(canvas: Canvas) -> None:
    canvas.submit(beside.removed(canvas, (), canvas.picked, heal=True))


def _add(menu: QMenu, canvas: Canvas, title: str, key: str, run: Callable[[Canvas], None]) -> None:
    menu.addAction(f"{title}\t{key}", lambda: run(canvas))
