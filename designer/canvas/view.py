"""The canvas: shows one network, follows the hand, and says what is wanted as intents. It never changes a network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from blocks.check import Checked, Diagnostic
from blocks.edits import Fix
from blocks.graph import Graph, Wire
from blocks.repair import fixes
from blocks.shape import Shape
from designer.canvas import commands
from designer.canvas.asking import LenderList, RepeatField
from designer.canvas.bubble import Bubble
from designer.canvas.by_key import amid_chosen
from designer.canvas.cards import Box
from designer.canvas.connect import ConnectBox
from designer.canvas.edge import EdgePull
from designer.canvas.fixes import FixCard
from designer.canvas.gestures import Drop, Gesture, Touch, begin, double_pressed, name_in, read_block
from designer.canvas.grouping import GroupField
from designer.canvas.intent import Intent
from designer.canvas.keymap import Keymap
from designer.canvas.metrics import GRID, REACH, WIRE_REACH, Layout
from designer.canvas.overlay import Overlay
from designer.canvas.pinch import feel_pinches, pinched
from designer.canvas.ports import Spot
from designer.canvas.preview import Preview
from designer.canvas.rename import NameField
from designer.canvas.search import Search
from designer.canvas.stage import Stage
from designer.canvas.writing import NoteField, TitleField
from designer.decor import Decor
from designer.theme import CARD_WIDTH, LIGHT, Theme

Fixes = Callable[[Diagnostic, Checked], Sequence[Fix]]
_WHEEL = 1.0015
_HELD = {Qt.Key.Key_Alt, Qt.Key.Key_Control, Qt.Key.Key_Shift}
_BARE = Decor()


class Canvas(Stage):
    """One network as cards and wires, in the hand of a person.

    The window calls `set_network` at open and after every edit, and answers these signals:

    - `edited(Intent)`: what a gesture wants; do it (see `intent.applied`), then call `set_network` and `select`.
      A Refused or BadSetting that the edit raises is shown with `say`.
    - `selection_changed(tuple[str, ...])`: the nodes selected now.
    - `opened(str)`: look inside this composite or network; `back()`: leave the inside.
    - `detached(str)`: a network of its own is wanted for this use.
    - `grouped(tuple[str, ...], str)`: these nodes are wanted as a network of this name.
    - `unfolded(str)`: this recurrent layer is wanted gate by gate; `folded(str)`: these gates as one layer.
    - `asked_fixes(str, QPoint)`: the fixes of a node were opened, at this point of the screen.
    - `foreseen(Fix | None)`: the hand is over the button of a fix, or has left it; see `preview`.
    - `message(str)`: a sentence for the status line, shown at the cursor already.
    """

    edited = Signal(object)
    opened = Signal(str)
    back = Signal()
    detached = Signal(str)
    grouped = Signal(object, str)
    unfolded = Signal(str)
    folded = Signal(str)
    asked_fixes = Signal(str, QPoint)
    message = Signal(str)
    foreseen = Signal(object)

    offered: Mapping[str, Collection[str]] = {}  # the kinds that may stand at a node, where nothing else can be changed
    in_step = False  # a training step is in sight
    fields: Mapping[str, Shape] = {}  # of the data, those that can be placed under their own names
    why_read_only = "This is the inside of a block. Go back (Esc) and expand it to change it."

    def __init__(self, theme: Theme = LIGHT, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.overlay, self.bubble = Overlay(self), Bubble(self.viewport())
        self.search, self.fix_card, self.name_field = Search(self), FixCard(self), NameField(self)
        self.title_field, self.note_field = TitleField(self), NoteField(self)
        self.repeat_field, self.lender_list = RepeatField(self), LenderList(self)
        self.connect_box, self.group_field = ConnectBox(self), GroupField(self)
        self.guided = True  # things come to rest in line with others
        self.keymap = Keymap(commands.KEYS)
        self.gesture: Gesture | None = None
        self.panning = self.panned = False  # Space is held, and was used to pan
        self.hand: Touch | None = None
        self._button = Qt.MouseButton.NoButton  # the one that began the gesture
        self._edge = EdgePull(self)
        self._twice = False  # whether it began with the second press of a double-click
        self._shown = 0
        self._repairs: Fixes = fixes
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        feel_pinches(self.viewport())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.preview = Preview(self)
        self.set_theme(theme)

    # What the window says

    def set_network(
        self,
        name: str,
        graph: Graph,
        checked: Checked,
        layout: Layout,
        decor: Decor = _BARE,
        *,
        read_only: bool = False,
        problems: Sequence[Diagnostic] | None = None,
        repairs: Fixes = fixes,
    ) -> None:
        """Shows a network, its check, the corners of its cards (those without one are placed) and what is beside.

        Cheap after a small edit: what did not change is not touched. A name not shown before is fitted to the view;
        one shown before comes back as it was left. `problems` are those of `checked` unless the design knows more,
        and `repairs` gives the fixes of one of them.
        """
        if self.gesture is not None and self._changed(graph, layout, decor):
            self.let_go()
        self.preview.forget()
        self.read_only, self._repairs = read_only, repairs
        self._shown += 1
        said = checked.diagnostics if problems is None else problems
        self._state, self._decor = (graph, checked, layout, said), decor
        self.show_network(name, graph, checked, layout, decor, said)
        self.fix_card.refresh()

    def _changed(self, graph: Graph, layout: Layout, decor: Decor) -> bool:
        """Whether what a gesture began with is not what there is any more."""
        return graph is not self.sheet.graph or decor != self._decor or layout != self._state[2]

    def leave_for(self, name: str) -> None:
        self.let_go()
        asking = self.repeat_field, self.lender_list, self.connect_box, self.group_field
        for each in (self.search, self.name_field, *asking):
            each.hide()
        self.note_field.leave()
        super().leave_for(name)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.bubble.restyle(theme.text, theme.card, theme.card_border)

    def say(self, sentence: str) -> None:
        """Says why something was refused, at the hand, for a few seconds."""
        self.bubble.say(sentence, self.at_hand().pixel, passing=True)
        self.message.emit(sentence)

    # What gestures, keys and pop-overs ask

    def submit(self, intent: Intent) -> None:
        """Hands an intent to the window; what the hand had moved goes back where it was not done."""
        if self.read_only:
            self.restore()
            self.say(self.why_read_only)
            return
        before = self._shown
        self._untouched = False
        self.edited.emit(intent)
        if self._shown == before:
            self.restore()

    def restore(self) -> None:
        """Shows the network as it is, after something was moved or drawn for a while."""
        if self._shown:
            self.sheet.show(*self._state)
            self.show_decor(self._decor)
            self.redraw()

    def at_hand(self) -> Touch:
        """Where the hand was last, or beside the selection, or amid the view, while it has not been here."""
        if self.hand is not None:  # the eye may have moved beneath it
            return Touch(self._on_canvas(self.hand.pixel), self.hand.pixel, self.hand.keys)
        pixel = QPointF(self.viewport().rect().center())
        if self.selection():
            x, y = self.sheet.place(self.selection()[-1])
            pixel = QPointF(self.mapFromScene(QPointF(x + CARD_WIDTH + 4 * GRID, y)))
        return Touch(self._on_canvas(pixel), pixel, Qt.KeyboardModifier.NoModifier)

    def spot_under(self, touch: Touch) -> Spot | None:
        """The port under the hand; over a card one has to be nearer, so that the card can be taken too."""
        zoom = self.camera.zoom
        if zoom < 0.3:
            return None
        x, y = touch.at.x(), touch.at.y()
        reach = REACH / zoom if self.sheet.node_at(x, y) is None else min(REACH / zoom / 2, 9.0)
        return self.sheet.spot_at(x, y, reach)

    def wire_under(self, touch: Touch, reach: float = WIRE_REACH) -> Wire | None:
        """The wire under the hand."""
        return self.sheet.wire_at(touch.at.x(), touch.at.y(), reach / self.camera.zoom)

    def bend_under(self, touch: Touch) -> tuple[Wire, int] | None:
        """The bend point under the hand: its wire and its number along it."""
        return self.sheet.wires.bend_at(touch.at.x(), touch.at.y(), WIRE_REACH / self.camera.zoom)

    def repairs(self, problem: Diagnostic) -> Sequence[Fix]:
        """The fixes of a problem, worked out when asked for."""
        return self._repairs(problem, self.sheet.checked)

    def open_search(self, at: QPointF | None = None, spot: Spot | None = None) -> None:
        """Opens the search box at a point of the canvas, or at the hand; from a port it offers what fits there."""
        if self.read_only:
            self.say(self.why_read_only)
        else:
            self.search.open(self.at_hand().at if at is None else at, spot)

    def selection_told(self) -> None:
        self.fix_card.refresh()
        super().selection_told()

    def looked(self) -> None:
        super().looked()
        self.fix_card.place()
        self.note_field.place()

    def paint_over(self, painter: QPainter, box: Box, zoom: float) -> None:
        self.preview.paint(painter, box, zoom)
        self.overlay.paint(painter, box, zoom)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fix_card.place()

    def _touch(self, event: QMouseEvent) -> Touch:
        pixel = event.position()
        self.hand = Touch(self._on_canvas(pixel), pixel, event.modifiers())
        return self.hand

    def _on_canvas(self, pixel: QPointF) -> QPointF:
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(pixel)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        touch = self._touch(event)
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.bubble.hush()
        self.glide.finish()
        if self.gesture is None:
            self._begin(touch, event.button())
        event.accept()

    def _begin(self, touch: Touch, button: Qt.MouseButton, twice: bool = False) -> None:
        self.preview.end()
        self.gesture, self._button, self._twice = begin(self, touch, button), button, twice
        if self.gesture is not None and self.gesture.cursor is not None:
            self.viewport().setCursor(self.gesture.cursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        touch = self._touch(event)
        if self.gesture is not None and not event.buttons() & self._button:
            self.let_go()  # the button was let go where we were not told: in a menu, in another window
        if self.gesture is not None:
            self.gesture.moved(touch)
            self._edge.follow(touch)
            self.fix_card.step_aside(touch.far_from(self.gesture.began))
        else:
            self.overlay.hover(touch)

    def move_again(self, keys: Qt.KeyboardModifier) -> None:
        """The hand rests, but other keys are held with it, or the eye has moved beneath it."""
        if self.gesture is not None:
            at = self.at_hand()
            self.hand = Touch(at.at, at.pixel, keys)
            self.gesture.moved(self.hand)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        touch = self._touch(event)
        if self.gesture is not None and event.button() == self._button:
            gesture = self._end_gesture()
            if self._twice and not touch.far_from(gesture.began):
                gesture.cancelled()
                self._double_pressed(touch)
            else:
                gesture.released(touch)
            self.fix_card.step_aside(False)
            self.overlay.hover(touch)
            self.redraw()

    def let_go(self) -> None:
        """Ends what the hand is about as if it had not begun."""
        if self.gesture is not None:
            self._end_gesture().cancelled()
            self.fix_card.step_aside(False)

    def _end_gesture(self) -> Gesture:
        gesture = self.gesture
        assert gesture is not None
        self.gesture = None
        self._edge.stop()
        self.overlay.forget_cursor()
        return gesture

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A second press can still begin a drag, or choose more; it opens and writes where the hand lets go at once."""
        touch = self._touch(event)
        self.let_go()
        more = touch.held(Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier)
        left = event.button() == Qt.MouseButton.LeftButton
        self._begin(touch, event.button(), left and not more and not self.panning)

    def _double_pressed(self, touch: Touch) -> None:
        name = self.sheet.node_at(touch.at.x(), touch.at.y())
        if name is None:
            double_pressed(self, touch)
        elif self.name_field.over_name(name, touch.at) or not commands.can_open(self, name):
            self.name_field.open(name)
        else:
            self.opened.emit(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.camera.pan(turned.y() or turned.x(), 0)
        else:
            self.camera.zoom_at(event.position(), _WHEEL ** turned.y())
        self.looked()
        self.move_again(event.modifiers())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            told = self.overlay.hint(
                Touch(self._on_canvas(QPointF(event.pos())), QPointF(event.pos()), Qt.KeyboardModifier.NoModifier)
            )
            QToolTip.showText(event.globalPos(), told, self.viewport())
            return True
        if pinched(self, event):
            return True
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        """Takes Tab, and the keys of its own before the window's menus do."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and (self.gesture or self.keymap.name(event)):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
                self.keyPressEvent(event)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.gesture is not None:
            self._press_amid(event)
        elif event.key() == Qt.Key.Key_Space:
            self.panning = True
            self.overlay.point(Qt.CursorShape.OpenHandCursor)
        elif not commands.press(self, event):
            event.ignore()

    def _press_amid(self, event: QKeyEvent) -> None:
        """Amid a gesture keys do nothing of their own: Esc, and what takes back, end it as if it had not begun."""
        if event.key() == Qt.Key.Key_Escape or event.matches(QKeySequence.StandardKey.Undo):
            self.let_go()
        elif event.key() in _HELD:
            self.move_again(event.modifiers())

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _HELD:
            self.move_again(event.modifiers())
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            alone, self.panning = self.panning and not self.panned, False
            self.panned = False
            self.overlay.forget_cursor()
            if alone and self.gesture is None:
                self.open_search()

    def leaveEvent(self, event: QEvent) -> None:
        self.overlay.leave()
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.panning = self.panned = False
        self.let_go()
        super().focusOutEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.gesture is not None:
            return  # the other hand's button amid a drag
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        pixel = amid_chosen(self) if by_key else QPointF(event.pos())
        self.hand = Touch(self._on_canvas(pixel), pixel, Qt.KeyboardModifier.NoModifier)
        commands.menu(self, self.viewport().mapToGlobal(pixel.toPoint()))

    # Blocks dragged in from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.preview.end()
        node = read_block(event.mimeData())
        if node is None or (self.read_only and not self.offered):
            event.ignore()
            return
        self.gesture = Drop(self, self._dragged(event), node, name_in(event.mimeData()))
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self.gesture is not None:
            self.gesture.moved(self._dragged(event))
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.let_go()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.gesture is not None:
            self._end_gesture().released(self._dragged(event))
            event.acceptProposedAction()
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dragged(self, event: QDropEvent) -> Touch:
        self.hand = Touch(self._on_canvas(event.position()), event.position(), event.modifiers())
        return self.hand
