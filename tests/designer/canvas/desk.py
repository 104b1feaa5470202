"""A window in twenty lines around a canvas: keeps the network, does what intents want, shows it again."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from blocks.catalogue import CATALOGUE
from blocks.check import check
from blocks.edits import Refused
from blocks.graph import Graph, Node, read_wire
from designer.canvas import Canvas, Decor, Intent, applied, settled

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def node(kind: str, repeat: int = 1, **settings: object) -> Node:
    """A node by the name of its block and settings as a file writes them."""
    return Node(CATALOGUE.make(kind, settings), repeat)


def graph(nodes: Mapping[str, Node], *wires: str) -> Graph:
    """A network from nodes and wires as a file writes them."""
    return Graph(dict(nodes), tuple(read_wire(wire, nodes) for wire in wires))


def double_click(canvas: Canvas, pixel: QPoint, keys: Qt.KeyboardModifier = PLAIN) -> None:
    """Two clicks as a desktop sends them: the second press is a double one, and it is let go too."""
    QTest.mouseClick(canvas.viewport(), LEFT, keys, pixel)
    QTest.mouseDClick(canvas.viewport(), LEFT, keys, pixel)
    QTest.mouseRelease(canvas.viewport(), LEFT, keys, pixel)


class Desk:
    """Plays the window."""

    def __init__(self, shown: Graph, layout: Mapping[str, tuple[float, float]] | None = None) -> None:
        self.graph, self.layout = shown, settled(shown, layout or {})
        self.decor = Decor()
        self.canvas = Canvas()
        self.done: list[Intent] = []
        self.said: list[str] = []
        self.canvas.edited.connect(self._do)
        self.canvas.message.connect(self.said.append)
        self.canvas.resize(1000, 700)
        self.show()
        self.canvas.show()
        self.canvas.activateWindow()
        self.canvas.zoom_to(1.0)

    def show(self) -> None:
        self.canvas.set_network("net", self.graph, check(self.graph), self.layout, self.decor)

    def _do(self, intent: Intent) -> None:
        self.done.append(intent)
        try:
            self.graph, self.layout = applied(intent, self.graph, self.layout)
            self.decor = intent.decor(self.decor)
        except Refused as why:
            self.canvas.say(str(why))
            return
        self.show()
        if intent.select is not None:
            self.canvas.select(intent.select)

    # The hand

    def pixel(self, name: str, dx: float = 104.0, dy: float = 23.0) -> QPoint:
        """The pixel so far from the corner of a card; its middle where nothing is said."""
        x, y = self.canvas.sheet.place(name)
        return self.canvas.mapFromScene(QPointF(x + dx, y + dy))

    def at(self, x: float, y: float) -> QPoint:
        """The pixel of a point of the canvas."""
        return self.canvas.mapFromScene(QPointF(x, y))

    def click(self, pixel: QPoint, keys: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.mouseClick(self.canvas.viewport(), LEFT, keys, pixel)

    def hover(self, pixel: QPoint) -> None:
        QTest.mouseMove(self.canvas.viewport(), pixel)

    def press(self, pixel: QPoint, keys: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.mousePress(self.canvas.viewport(), LEFT, keys, pixel)

    def release(self, pixel: QPoint, keys: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.mouseRelease(self.canvas.viewport(), LEFT, keys, pixel)

    def drag(self, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = PLAIN) -> None:
        """Press, three moves, release; `keys` are held at the release."""
        self.press(start)
        for part in (1, 2, 3):
            self.hover(start + (end - start) * part / 3)
        self.release(end, keys)

    def double_click(self, pixel: QPoint, keys: Qt.KeyboardModifier = PLAIN) -> None:
        double_click(self.canvas, pixel, keys)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.keyClick(self.canvas, key, keys)

    def search(self, text: str, keys: Qt.KeyboardModifier = PLAIN) -> None:
        """Types into the open search box and presses Enter."""
        QTest.keyClicks(self.canvas.search.field, text)
        QTest.keyClick(self.canvas.search.field, Qt.Key.Key_Return, keys)

    def wires(self) -> set[tuple[str, str]]:
        """Who feeds whom."""
        return {(w.source, w.target) for w in self.graph.wires}
