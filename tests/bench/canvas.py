"""How fast the canvas is with 5,000 nodes on 1600 × 1000 pixels: frames, moving, building, deleting, arranging."""

from __future__ import annotations

import itertools
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QApplication

from blocks.activation import ReLU
from blocks.block import Block
from blocks.check import Checked, check
from blocks.convolution import Conv2d
from blocks.edits import remove
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire
from blocks.merge import Add
from blocks.normalization import BatchNorm2d
from blocks.shape import image
from designer import theme
from designer.canvas import Canvas
from designer.canvas.arrange import arrange
from designer.canvas.metrics import COLUMN_PITCH, ROW_PITCH, Layout
from designer.document import OpenDesign
from designer.window import MainWindow
from runtime.design import Design
from runtime.file import save_design
from tests.bench.checking import median_ms, row
from tests.plain_scene import plain_view

NODES, MANY, HEIGHT = 5_000, 20_000, 73


def towers(count: int) -> Graph:
    """Towers of convolution, norm, activation and sum over and over; every sum has a shortcut over the three before."""
    kinds = (Conv2d(8, bias=False), BatchNorm2d(), ReLU(), Add())
    nodes: dict[str, Node] = {}
    wires: list[Wire] = []
    for i in range(count):
        floor = i % HEIGHT
        block: Block = kinds[(floor - 1) % 4] if floor else Input.of(image(8, 16, 16))
        nodes[f"n{i}"] = Node(block)
        if floor:
            wires.append(Wire(f"n{i - 1}", "y", f"n{i}", block.inputs[0].name))
        if floor and floor % 4 == 0:
            wires.append(Wire(f"n{i - 4}", "y", f"n{i}", "parts", 1))
    return Graph(nodes, tuple(wires))


def packed(graph: Graph) -> Layout:
    """Tower beside tower, so that as many nodes as can be are in sight at once."""
    return {
        name: (float(i // HEIGHT * COLUMN_PITCH), float(i % HEIGHT * ROW_PITCH)) for i, name in enumerate(graph.nodes)
    }


def rows() -> list[dict[str, object]]:
    """Every figure of the canvas beside its line, and a plain scene of Qt's own items beside some of them."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, theme.LIGHT)
    graph = towers(NODES)
    checked, layout = check(graph), packed(graph)
    canvas = _shown_canvas(app)
    found = [*_changing(canvas, graph, checked, layout), *_frames(canvas), *_moving(canvas), *_arranging()]
    result = [_row(name, value, line) for name, value, line in found]
    result += [_row(name, value, None, _PLAIN) for name, value in _plain(app, graph, layout)]
    many = towers(MANY)
    canvas.set_network("many", many, check(many), packed(many))
    worst = max(value for name, value, _ in [*_frames(canvas), *_moving(canvas)] if "handler" not in name)
    result.append(_row("worst frame, 20,000 nodes", worst, 20.0, f"{MANY:,} nodes, processor time"))
    canvas.close()
    return [*result, *_window(app, graph, layout)]


_PLAIN = f"{NODES:,} nodes as items of a plain QGraphicsScene, same run"


def _shown_canvas(app: QApplication) -> Canvas:
    canvas = Canvas(theme.LIGHT)
    canvas.resize(1600, 1000)
    canvas.show()
    app.processEvents()
    return canvas


def _row(
    name: str, value: float, line: float | None, against: str = f"{NODES:,} nodes, processor time"
) -> dict[str, object]:
    return row(name, value, "ms", line, against=against)


def _plain(app: QApplication, graph: Graph, layout: Layout) -> list[tuple[str, float]]:
    """The same frames where every card, port, text and wire is an item of Qt."""
    start = time.process_time_ns()
    view = plain_view(graph, layout)
    view.show()
    app.processEvents()
    built = (time.process_time_ns() - start) / 1e6
    frame, result = view.viewport().repaint, [("build 5,000, plain items", built)]
    middle = view.sceneRect().center()
    view.fitInView(view.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio)
    result.append(("far view, plain items", median_ms(frame, 5)))
    for name, zoom in (("zoom 0.5, plain items", 0.5), ("1:1, plain items", 1.0)):
        view.setTransform(QTransform.fromScale(zoom, zoom))
        view.centerOn(middle)
        result.append((name, median_ms(frame, 5)))
    view.close()
    return result


def _window(app: QApplication, graph: Graph, layout: Layout) -> list[dict[str, object]]:
    """The whole window with every panel: opening a file of 5,000 nodes, and one setting changed in it."""
    against = f"the whole window, {NODES:,} nodes, processor time"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "towers.json"
        save_design(file, Design("Towers", {"net": _ended(graph)}, layout={"net": layout}))
        window = MainWindow(OpenDesign(), theme.LIGHT, Path(folder))
        window.resize(1600, 1000)
        window.show()
        app.processEvents()

        def opened() -> None:
            window.files.open(file)
            app.processEvents()

        taken = median_ms(opened, 1)
        paddings = itertools.cycle(("reflect", "zeros"))

        def edited() -> None:
            node = Node(Conv2d(8, padding_mode=next(paddings), bias=False))
            window.document.apply(lambda d: d.edited("net", lambda net: net.with_node("n1001", node)), "Set")
            window.stage.canvas.viewport().repaint()

        edit = median_ms(edited, 21)
        window.document.show(Design())
        window.close()
    return [
        _row("open a design of 5,000", taken, 1000.0, against),
        _row("one setting: everything told, canvas repainted", edit, 16.7, against),
    ]


def _ended(graph: Graph) -> Graph:
    """With an Output on every tower, so that nothing is wrong."""
    tops = graph.structure.unused
    nodes = {**graph.nodes, **{f"{top}_out": Node(Output()) for top in tops}}
    return Graph(nodes, (*graph.wires, *(Wire(top, "y", f"{top}_out", "x") for top in tops)))


def _frames(canvas: Canvas) -> list[tuple[str, float, float]]:
    frame = canvas.viewport().repaint
    canvas.fit()
    result = [("far view", median_ms(frame), 8.0)]
    x1, y1, x2, y2 = canvas.sheet.extent() or (0.0, 0.0, 0.0, 0.0)
    worst = 0.0
    for zoom in (0.35, 0.4, 0.45, 0.5, 0.62, 0.7):
        canvas.camera.look((zoom, (x1 + x2) / 2, (y1 + y2) / 2))
        worst = max(worst, median_ms(frame))
    canvas.camera.look((1.0, (x1 + x2) / 2, (y1 + y2) / 2))
    return [*result, ("worst zoom", worst, 16.0), ("1:1", median_ms(frame), 6.0)]


def _moving(canvas: Canvas) -> list[tuple[str, float, float]]:
    moved = np.arange(2_000, 2_100)
    by = np.array([8.0, 8.0])
    handler = median_ms(lambda: canvas.sheet.move(moved, by), 31)

    def step() -> None:
        canvas.sheet.move(moved, by)
        canvas.viewport().repaint()

    return [("moving 100 nodes, handler", handler, 1.0), ("moving 100 nodes, frame", median_ms(step), 6.0)]


def _changing(canvas: Canvas, graph: Graph, checked: Checked, layout: Layout) -> list[tuple[str, float, float]]:
    build = median_ms(lambda: canvas.set_network("net", graph, checked, layout), 1)
    less = remove(graph, [f"n{i}" for i in range(2_000, 3_000)], heal=False)
    left, places = check(less), {name: layout[name] for name in less.nodes}
    for each in (left, checked):
        _ = each.diagnostics  # the problem list needs them too
    deleted, undone = [], []
    for _ in range(5):
        deleted.append(median_ms(lambda: canvas.set_network("net", less, left, places), 1))
        undone.append(median_ms(lambda: canvas.set_network("net", graph, checked, layout), 1))
    return [
        ("build 5,000", build, 150.0),
        ("delete 1,000", statistics.median(deleted), 20.0),
        ("undo it", statistics.median(undone), 25.0),
    ]


def _arranging() -> list[tuple[str, float, float]]:
    result = []
    for count, line in ((1_000, 100.0), (NODES, 500.0)):
        graph = towers(count)
        _ = graph.structure
        result.append((f"arrange {count:,}", median_ms(lambda graph=graph: arrange(graph), 3), line))  # type: ignore[misc]
    return result
