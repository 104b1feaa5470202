"""The canvas: shows one network, follows the hand, and says what is wanted as intents. It never changes a network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

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
    QMouseEvent,
    QPaintDevice,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QToolTip, QWidget

from blocks.check import Checked, Diagnostic
from blocks.edits import Fix
from blocks.graph import Graph, Wire
from blocks.repair import fixes
from designer.canvas import commands, picture, words
from designer.canvas.bubble import Bubble
from designer.canvas.camera import Camera, Eye
from designer.canvas.cards import CardPainter
from designer.canvas.fixes import FixCard
from designer.canvas.gestures import Drop, Gesture, Touch, begin, read_block
from designer.canvas.ground import Ground
from designer.canvas.inks import Inks
from designer.canvas.intent import Intent
from designer.canvas.layers import WORLD, Layer
from designer.canvas.metrics import REACH, WIRE_REACH, Layout
from designer.canvas.minimap import Minimap
from designer.canvas.notes import NotePainter, Written
from designer.canvas.overlay import Overlay
from designer.canvas.ports import Spot
from designer.canvas.rename import NameField
from designer.canvas.search import Search
from designer.canvas.sheet import Sheet
from designer.canvas.strands import WirePainter
from designer.theme import CARD_HEIGHT, CARD_WIDTH, LIGHT, Theme

Fixes = Callable[[Diagnostic, Checked], Sequence[Fix]]
_WHEEL = 1.0015


class Canvas(QGraphicsView):
    """One network as cards and wires.

    The window calls `set_network` at open and after every edit, and answers these signals:

    - `edited(Intent)`: what a gesture wants; do it (see `intent.applied`), then call `set_network` and `select`.
      A Refused or BadSetting that the edit raises is shown with `say`.
    - `selection_changed(tuple[str, ...])`: the nodes selected now.
    - `opened(str)`: look inside this composite or network; `back()`: leave the inside.
    - `asked_fixes(str, QPoint)`: the fixes of a node were opened, at this point of the screen.
    - `asked_repeat(str)`: how often should this node be repeated?
    - `message(str)`: a sentence for the status line, shown at the cursor already.
    """

    edited = Signal(object)
    selection_changed = Signal(object)
    opened = Signal(str)
    back = Signal()
    asked_fixes = Signal(str, QPoint)
    asked_repeat = Signal(str)
    message = Signal(str)

    why_read_only = "This is the inside of a block. Go back (Esc) and expand it to change it."

    def __init__(self, theme: Theme = LIGHT, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.read_only = "", False
        self.sheet, self.inks = Sheet(), Inks(theme)
        self.cards, self.strands = CardPainter(self.sheet, self.inks), WirePainter(self.sheet, self.inks)
        self.notes, self.ground = NotePainter(self.inks), Ground(self.inks)
        self.camera, self.overlay = Camera(self), Overlay(self)
        self.bubble, self.minimap = Bubble(self.viewport()), Minimap(self)
        self.search, self.fix_card, self.name_field = Search(self), FixCard(self), NameField(self)
        self.gesture: Gesture | None = None
        self.panning = self.panned = False  # Space is held, and was used to pan
        self.hand = Touch(QPointF(), QPointF(), Qt.KeyboardModifier.NoModifier)
        self._chosen_wires: tuple[Wire, ...] = ()
        self._eyes: dict[str, Eye] = {}
        self._unseen = True
        self._shown = 0
        self._set_up()
        self.set_theme(theme)

    def _set_up(self) -> None:
        scene = QGraphicsScene(WORLD, self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        painters = (self.notes.paint, self.strands.paint, self.cards.paint, self.overlay.paint)
        self.layers = [Layer(float(z), paint) for z, paint in enumerate(painters)]
        for layer in self.layers:
            scene.addItem(layer)
        self.setScene(scene)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Canvas")

    # What the window says

    def set_network(
        self,
        name: str,
        graph: Graph,
        checked: Checked,
        layout: Layout,
        notes: Sequence[Written] = (),
        *,
        read_only: bool = False,
        problems: Sequence[Diagnostic] | None = None,
        repairs: Fixes = fixes,
    ) -> None:
        """Shows a network, its check, the corners of its cards (those without one are placed) and its notes.

        Cheap after a small edit: what did not change is not touched. A name not shown before is fitted to the view;
        one shown before comes back as it was left. `problems` are those of `checked` unless the design knows more,
        and `repairs` gives the fixes of one of them.
        """
        if name != self.name:
            self._leave_for(name)
        self.read_only, self._repairs = read_only, repairs
        self._shown += 1
        before = self.selection()
        said = checked.diagnostics if problems is None else problems
        self._state = graph, checked, layout, said
        self.sheet.show(graph, checked, layout, said)
        self.notes.show(notes)
        self.cards.forget()
        wires = set(graph.wires)
        self.select_wires(w for w in self._chosen_wires if w in wires)
        self.fix_card.refresh()
        if self.selection() != before:
            self._tell_selection()
        self.redraw()

    def _leave_for(self, name: str) -> None:
        """Remembers where the eye was, to be there when this network is shown again."""
        if self.name and not self._unseen:
            self._eyes[self.name] = self.camera.eye()
        if self.gesture is not None:
            self._end_gesture().cancelled()
        self.search.hide()
        self.name_field.hide()
        self.name, self._unseen = name, name not in self._eyes
        self.sheet.select(())
        if not self._unseen:
            self.camera.look(self._eyes[name])

    def set_theme(self, theme: Theme) -> None:
        """Paints in the colours of a theme from now on."""
        self.inks = Inks(theme)
        for part in (self.cards, self.strands, self.notes, self.ground):
            part.restyle(self.inks)
        self.bubble.restyle(theme.text, theme.card, theme.card_border)
        self.minimap.update()
        self.redraw()

    def select(self, names: Iterable[str]) -> None:
        """Selects exactly these nodes."""
        before = self.selection()
        self.sheet.select(list(names))
        if self.selection() != before:
            self._tell_selection()
        if self.selection() and self._chosen_wires:
            self.select_wires(())
        self.redraw()

    def selection(self) -> tuple[str, ...]:
        """The selected nodes, in the order they were placed."""
        return self.sheet.selection()

    def select_wires(self, wires: Iterable[Wire]) -> None:
        """Selects exactly these wires."""
        self._chosen_wires = tuple(wires)
        self.light(())

    def selected_wires(self) -> tuple[Wire, ...]:
        """The selected wires."""
        return self._chosen_wires

    def fit(self) -> None:
        """Shows everything."""
        box = self.notes.extent(self.sheet.extent())
        if box is not None:
            self.camera.fit(box)
            self._after_look()

    def fit_selection(self) -> None:
        """Shows the selection as large as it fits, or everything where nothing is selected."""
        box = self.sheet.extent(self.sheet.selected.nonzero()[0])
        if box is None:
            self.fit()
        else:
            self.camera.fit(box, 1.5)
            self._after_look()

    def zoom_to(self, scale: float) -> None:
        """Shows at so many pixels of the screen for one of the canvas."""
        self.camera.zoom_to(scale)
        self._after_look()

    def reveal(self, node: str) -> None:
        """Brings a node into sight; a name that is not there is passed over."""
        if node in self.sheet.index:
            x, y = self.sheet.place(node)
            self.camera.reveal((x, y, x + CARD_WIDTH, y + CARD_HEIGHT))
            self._after_look()

    def picture(self, target: Path | str | QPaintDevice) -> None:
        """Paints everything into a file (.png, .svg or .pdf) or onto a device, without selection and ground."""
        picture.paint(self, target)

    def say(self, sentence: str) -> None:
        """Says why something was refused, at the hand, for a few seconds."""
        self.bubble.say(sentence, self.hand.pixel, passing=True)
        self.message.emit(sentence)

    # What gestures, keys and pop-overs ask

    def submit(self, intent: Intent) -> None:
        """Hands an intent to the window; what the hand had moved goes back where it was not done."""
        if self.read_only:
            self._restore()
            self.say(self.why_read_only)
            return
        before = self._shown
        self.edited.emit(intent)
        if self._shown == before:
            self._restore()

    def _restore(self) -> None:
        if self._shown:
            self.sheet.show(*self._state)
            self.redraw()

    def redraw(self) -> None:
        """Paints at the next occasion."""
        self.viewport().update()
        self.minimap.update()

    def _after_look(self) -> None:
        self._unseen = False
        self.fix_card.place()
        self.redraw()

    def light(self, wires: Collection[Wire]) -> None:
        """Shows some wires as meant, beside those selected."""
        self.strands.lit = frozenset((*wires, *self._chosen_wires))
        self.redraw()

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

    def repairs(self, problem: Diagnostic) -> Sequence[Fix]:
        """The fixes of a problem, worked out when asked for."""
        return self._repairs(problem, self.sheet.checked)

    def open_search(self, at: QPointF | None = None, spot: Spot | None = None) -> None:
        """Opens the search box at a point of the canvas, or at the hand; from a port it offers what fits there."""
        if self.read_only:
            self.say(self.why_read_only)
        else:
            self.search.open(self.hand.at if at is None else at, spot)

    def _tell_selection(self) -> None:
        chosen = self.selection()
        told = [words.spoken(name, self.sheet.graph, self.sheet.checked) for name in chosen[:3]]
        self.setAccessibleDescription("; ".join(told) + (f" and {len(chosen) - 3} more" if len(chosen) > 3 else ""))
        self.fix_card.refresh()
        self.selection_changed.emit(chosen)

    # Events

    def drawBackground(self, painter: QPainter, rect: object) -> None:
        self.ground.paint(painter, self.camera.seen(), self.camera.zoom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        eye = None if self._unseen else self.camera.eye()
        super().resizeEvent(event)
        self.minimap.place()
        if eye is None and self.isVisible():
            self.fit()
        self.fix_card.place()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._unseen:
            self.fit()

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
        if self.gesture is None:
            self.gesture = begin(self, touch, event.button())
            if self.gesture is not None and self.gesture.cursor is not None:
                self.viewport().setCursor(self.gesture.cursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        touch = self._touch(event)
        if self.gesture is not None:
            self.gesture.moved(touch)
            self.fix_card.place()
        else:
            self.overlay.hover(touch)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        touch = self._touch(event)
        if self.gesture is not None:
            self._end_gesture().released(touch)
            self.overlay.hover(touch)
            self.redraw()

    def _end_gesture(self) -> Gesture:
        gesture = self.gesture
        assert gesture is not None
        self.gesture = None
        self.viewport().unsetCursor()
        return gesture

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        touch = self._touch(event)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self.gesture is not None:
            self._end_gesture().cancelled()
        name = self.sheet.node_at(touch.at.x(), touch.at.y())
        if name is None:
            self.open_search(touch.at)
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
        self._after_look()
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            told = self.overlay.hint(Touch(self._on_canvas(QPointF(event.pos())), QPointF(event.pos()), self.hand.keys))
            QToolTip.showText(event.globalPos(), told, self.viewport())
            return True
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        """Takes Tab, and the keys of its own before the window's menus do."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and commands.known(event):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
                self.keyPressEvent(event)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.panning = True
        elif event.key() == Qt.Key.Key_Escape and self.gesture is not None:
            self._end_gesture().cancelled()
        elif not commands.press(self, event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            alone, self.panning = self.panning and not self.panned, False
            self.panned = False
            if alone:
                self.open_search()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.panning = False
        super().focusOutEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.hand = Touch(self._on_canvas(QPointF(event.pos())), QPointF(event.pos()), Qt.KeyboardModifier.NoModifier)
        commands.menu(self, event.globalPos())

    # Blocks dragged in from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        node = None if self.read_only else read_block(event.mimeData())
        if node is None:
            event.ignore()
            return
        self.gesture = Drop(self, self._dragged(event), node)
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self.gesture is not None:
            self.gesture.moved(self._dragged(event))
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if self.gesture is not None:
            self._end_gesture().cancelled()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.gesture is not None:
            self._end_gesture().released(self._dragged(event))
            event.acceptProposedAction()
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dragged(self, event: QDropEvent) -> Touch:
        self.hand = Touch(self._on_canvas(event.position()), event.position(), event.modifiers())
        return self.hand
