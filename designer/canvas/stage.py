"""What is shown of one network, and from where the eye looks at it. The hand is in `view`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from blocks.check import Checked, Diagnostic
from blocks.graph import Graph, Wire
from designer.accessible import readable, tell_current
from designer.canvas import words
from designer.canvas.camera import Camera, Eye
from designer.canvas.cards import Box, CardPainter
from designer.canvas.ears import Ears
from designer.canvas.frames import FramePainter, cards_box, corners, joined
from designer.canvas.glide import Glide
from designer.canvas.ground import Ground
from designer.canvas.inks import Inks
from designer.canvas.layers import WORLD, Layer
from designer.canvas.legend import Legend
from designer.canvas.metrics import Layout
from designer.canvas.minimap import Minimap
from designer.canvas.notes import NotePainter
from designer.canvas.sheet import Sheet
from designer.canvas.strands import WirePainter
from designer.canvas.trail import Trail
from designer.decor import NOTHING, Decor, Picked
from designer.theme import CARD_HEIGHT, CARD_WIDTH, LIGHT, Theme


class Stage(QGraphicsView):
    """A network to look at: cards, wires, frames and notes, with zoom, selection and overview."""

    selection_changed = Signal(object)

    def __init__(self, theme: Theme = LIGHT, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.read_only = "", False
        self.sheet, self.inks = Sheet(), Inks(theme)
        self.cards, self.strands = CardPainter(self.sheet, self.inks), WirePainter(self.sheet, self.inks)
        self.frames, self.notes = FramePainter(self.inks), NotePainter(self.inks)
        self.strands.titles = self.frames.titles
        self.ground = Ground(self.inks)
        self.decor, self.picked = Decor(), NOTHING
        self.camera, self.minimap = Camera(self), Minimap(self)
        self.legend = Legend(self)
        self.glide = Glide(self)
        self._chosen_wires: tuple[Wire, ...] = ()
        self._eyes: dict[str, Eye] = {}
        self._trails: dict[str, Trail] = {}
        self._untouched = True  # nobody has moved the eye on this network yet
        self._set_up()

    def _set_up(self) -> None:
        scene = QGraphicsScene(WORLD, self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        behind = self.frames.paint, self.notes.paint, self.strands.paint, self.frames.paint_words
        painters = (*behind, self.cards.paint, self.paint_over)
        self._layers = [Layer(float(z), paint) for z, paint in enumerate(painters)]
        for layer in self._layers:
            scene.addItem(layer)
        self.setScene(scene)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # the ground covers all of it
        self.setAccessibleName("Canvas")
        self.ears = Ears(self)
        readable(self, self.ears)

    def show_network(
        self,
        name: str,
        graph: Graph,
        checked: Checked,
        layout: Layout,
        decor: Decor,
        problems: Sequence[Diagnostic],
    ) -> None:
        """Shows a network; what did not change since the last call is not touched."""
        self.glide.finish()
        new = name != self.name
        if new:
            self.leave_for(name)
        before = self.selection()
        self.sheet.show(graph, checked, layout, problems)
        if len(decor.frames) != len(self.decor.frames) or len(decor.notes) != len(self.decor.notes):
            self.pick(NOTHING)
        self.show_decor(decor)
        self.cards.forget()
        self.legend.follow()
        if self._chosen_wires:
            wires = set(graph.wires)
            self.select_wires(w for w in self._chosen_wires if w in wires)
        if self.selection() != before:
            self.selection_told()
        if new and self._untouched:
            self.first_look()
        self.redraw()

    def show_decor(self, decor: Decor) -> None:
        """Shows other notes, frames and bend points; cheap enough for every step of a drag."""
        self.decor = decor
        self.notes.show(decor.notes)
        self.frames.show(decor.frames)
        self.sheet.bend(decor.bends)
        self.pick(self.picked.within(decor))

    def extent(self) -> Box | None:
        """The box around everything on the canvas."""
        self.sheet.wires.find(self.sheet.at)
        return self.frames.extent(self.notes.extent(self.sheet.extent()))

    def set_square(self, square: bool) -> None:
        """Draws wires level and upright, or as smooth curves, from now on."""
        self.sheet.wires.restyle(square)
        self.redraw()

    def set_channels_last(self, last: bool) -> None:
        """Writes the shapes of images with their channels last, as Keras has them, or first, as torch does."""
        self.sheet.channels_last = last
        self.redraw()

    def leave_for(self, name: str) -> None:
        """Remembers where the eye was, to be there again when the network is shown again."""
        if self.name and not self._untouched:
            self._eyes[self.name] = self.camera.eye()
        self.name, self._untouched = name, name not in self._eyes
        self.sheet.select(())
        self.pick(NOTHING)
        if not self._untouched:
            self.camera.look(self._eyes[name])

    def first_look(self) -> None:
        """Shows everything, or where that could not be read, the beginning."""
        box = self.extent()
        if box is None:
            self.camera.look((1.0, CARD_WIDTH / 2, 2.0 * CARD_HEIGHT))
        else:
            top = int(self.sheet.at[:, 1].argmin()) if len(self.sheet.at) else 0
            begin = float(self.sheet.at[top, 0]) + CARD_WIDTH / 2 if len(self.sheet.at) else (box[0] + box[2]) / 2
            self.camera.begin(box, begin)
        self.trail.look(self.camera.eye())

    def set_theme(self, theme: Theme) -> None:
        """Paints in the colours of a theme from now on."""
        self.inks = Inks(theme)
        for part in (self.cards, self.strands, self.notes, self.frames, self.ground):
            part.restyle(self.inks)
        self.redraw()

    def select(self, names: Iterable[str], picked: Picked = NOTHING) -> None:
        """Selects exactly these nodes, frames and notes; names that are not there are passed over."""
        before = self.selection()
        self.pick(picked)
        self.sheet.select(list(names))
        if self.selection() != before:
            self.selection_told()
        if (self.selection() or picked) and self._chosen_wires:
            self.select_wires(())
        self.redraw()

    def pick(self, picked: Picked) -> None:
        """Selects exactly these frames, notes and bend points beside the selected nodes."""
        if picked != self.picked:
            self.picked = picked
            self.notes.picked, self.frames.picked = picked.notes, picked.frames
            self.light(())

    def selection(self) -> tuple[str, ...]:
        """The selected nodes, in the order they were placed."""
        return self.sheet.selection()

    def selection_told(self) -> None:
        """Says to ears and to the window what is selected."""
        chosen = self.selection()
        told = [words.spoken(name, self.sheet.graph, self.sheet.checked) for name in chosen[:3]]
        self.setAccessibleDescription("; ".join(told) + (f" and {len(chosen) - 3} more" if len(chosen) > 3 else ""))
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        tell_current(self)
        self.selection_changed.emit(chosen)

    def select_wires(self, wires: Iterable[Wire]) -> None:
        """Selects exactly these wires."""
        before, self._chosen_wires = self._chosen_wires, tuple(wires)
        self.light(())
        if self._chosen_wires and self._chosen_wires != before:
            tell_current(self)

    def selected_wires(self) -> tuple[Wire, ...]:
        """The selected wires."""
        return self._chosen_wires

    def light(self, wires: Iterable[Wire]) -> None:
        """Shows some wires as meant, beside those selected."""
        held = (self.picked.bend[0],) if self.picked.bend else ()
        self.strands.lit = frozenset((*wires, *self._chosen_wires, *held))
        self.redraw()

    def fit(self) -> None:
        """Shows everything."""
        box = self.extent()
        if box is not None:
            self.camera.fit(box)
            self.looked()

    def fit_selection(self) -> None:
        """Shows the selection as large as it fits, or everything where nothing is selected."""
        box = self.chosen_box()
        if box is None:
            self.fit()
        else:
            self.camera.fit(box, 1.5)
            self.looked()

    def zoom_to(self, scale: float) -> None:
        """Shows at so many pixels of the screen for one of the canvas."""
        self.camera.zoom_to(scale)
        self.looked()

    def reveal(self, node: str) -> None:
        """Brings a node into sight; a name that is not there is passed over."""
        if node in self.sheet.index:
            x, y = self.sheet.place(node)
            self.camera.reveal((x, y, x + CARD_WIDTH, y + CARD_HEIGHT))
            self.looked()

    def looked(self) -> None:
        """The eye has moved."""
        self._untouched = False
        self.trail.look(self.camera.eye())
        self.redraw()

    @property
    def trail(self) -> Trail:
        """The views of the network that is shown."""
        return self._trails.setdefault(self.name, Trail())

    def look_again(self, eye: Eye | None) -> None:
        """Shows a view of the trail."""
        if eye is not None:
            self.camera.look(eye)
            self.looked()

    def chosen_box(self) -> Box | None:
        """The box around all that is selected; None where nothing is."""
        box = cards_box(self.sheet.at[self.sheet.selected])
        own = [corners(self.decor.frames[i]) for i in self.picked.frames]
        for each in (*own, *(self.notes.box(i) for i in self.picked.notes)):
            box = joined(box, each)
        return box

    def redraw(self) -> None:
        """Paints at the next occasion."""
        self.viewport().update()
        self.minimap.follow()

    def paint_over(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints over the cards; nothing where there is no hand."""

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        self.ground.paint(painter, self.camera.seen(), self.camera.zoom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.minimap.place()
        self.legend.place()
        if self._untouched:
            self.first_look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._untouched:
            self.first_look()
