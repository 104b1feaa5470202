"""The outline: the same design as a table that opens, in step with the canvas, by mouse and by keys."""

from __future__ import annotations

import itertools
import time

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from blocks.block import CATALOGUE
from blocks.check import check
from blocks.graph import Graph, Node, Wire
from designer.panels.outline import OutlinePanel
from designer.panels.outline_model import HEADINGS, OutlineModel
from designer.scene import Place
from designer.sought import test_of as asked
from designer.theme import LIGHT
from designer.window import OUTLINE, MainWindow
from tests.designer.hands import CONTROL, LEFT, SHIFT, Open, key


def opened(window: MainWindow) -> OutlinePanel:
    window.bench.raise_dock(OUTLINE)
    QTest.qWait(1)
    return window.outline


@pytest.fixture
def outline(lenet: MainWindow) -> OutlinePanel:
    return opened(lenet)


def rows(panel: OutlinePanel, *path: str) -> list[str]:
    """The names of the rows at a path, from top to bottom."""
    parent = panel.model.find(path)
    return [panel.model.index(i, 0, parent).data() for i in range(panel.model.rowCount(parent))]


def cells(panel: OutlinePanel, *path: str) -> list[str]:
    index = panel.model.find(path)
    return [index.siblingAtColumn(i).data() for i in range(len(HEADINGS))]


def click(panel: OutlinePanel, *path: str, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    index = panel.model.find(path)
    panel.view.scrollTo(index)
    at = panel.view.visualRect(index).center()
    QTest.mouseClick(panel.view.viewport(), LEFT, keys, at)


def test_networks_nodes_and_insides_stand_in_the_order_in_which_they_run(start: Open) -> None:
    panel = opened(start("resnet_digits"))
    assert rows(panel) == ["ResNet"]
    assert rows(panel, "ResNet")[:3] == ["image", "stem", "conv1"]
    assert "conv" in rows(panel, "ResNet", "stem")
    assert cells(panel, "ResNet", "stem", "conv")[3] == "24 × 8 × 8"


def test_a_row_says_block_settings_shape_parameters_and_problem(outline: OutlinePanel, lenet: MainWindow) -> None:
    assert cells(outline, "LeNet", "conv2") == ["conv2", "Conv2d", "64 · 3×3", "64 × 4 × 4", "18,496", ""]
    lenet.reveal("LeNet", "flatten")
    key(lenet.stage.canvas, Qt.Key.Key_Delete, CONTROL)
    outline.refresh()
    assert cells(outline, "LeNet", "fc1")[5].startswith("fc1 has nothing connected to its input x")
    assert cells(outline, "LeNet")[1] == f"{len(lenet.stage.scene.graph.nodes)} nodes"


def test_what_is_selected_on_the_canvas_is_marked_here(outline: OutlinePanel, lenet: MainWindow) -> None:
    lenet.stage.canvas.select(["conv2", "relu2"])
    assert outline.selected() == (Place("LeNet"), ("conv2", "relu2"))


def test_what_is_clicked_or_walked_to_here_is_selected_there(outline: OutlinePanel, lenet: MainWindow) -> None:
    canvas = lenet.stage.canvas
    click(outline, "LeNet", "conv1")
    assert canvas.selection() == ("conv1",)
    key(outline.view, Qt.Key.Key_Down)
    assert canvas.selection() == ("relu1",)
    key(outline.view, Qt.Key.Key_Down, SHIFT)
    key(outline.view, Qt.Key.Key_Down, SHIFT)
    assert canvas.selection() == ("relu1", "pool1", "conv2")
    click(outline, "LeNet", "fc3", keys=CONTROL)
    assert "fc3" in canvas.selection()


def test_a_row_inside_a_block_opens_that_block_on_the_canvas(start: Open) -> None:
    window = start("resnet_digits")
    panel = opened(window)
    click(panel, "ResNet", "stem")
    key(panel.view, Qt.Key.Key_Right)
    key(panel.view, Qt.Key.Key_Right)
    assert window.stage.scene.place == Place("ResNet", path=("stem",))
    assert len(window.stage.canvas.selection()) == 1
    click(panel, "ResNet", "stage2")
    assert (window.stage.scene.place, window.stage.canvas.selection()) == (Place("ResNet"), ("stage2",))


def test_enter_goes_to_the_node_on_the_canvas(outline: OutlinePanel, lenet: MainWindow) -> None:
    click(outline, "LeNet", "fc2")
    key(outline.view, Qt.Key.Key_Return)
    assert lenet.stage.canvas.hasFocus()
    assert lenet.stage.canvas.selection() == ("fc2",)


def test_f2_renames_a_node_and_a_network_as_one_step(outline: OutlinePanel, lenet: MainWindow, qtbot: QtBot) -> None:
    for path, name in ((("LeNet", "conv1"), "first"), (("LeNet",), "Net")):
        click(outline, *path)
        key(outline.view, Qt.Key.Key_F2)
        field = outline.view.findChildren(QLineEdit)[-1]
        assert isinstance(field, QLineEdit)
        field.selectAll()
        QTest.keyClicks(field, name)
        key(field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: lenet.document.history[-1:] != ())
    qtbot.waitUntil(lambda: rows(outline) == ["Net"])
    assert "first" in rows(outline, "Net")
    assert lenet.document.history[-2:] == ("Rename conv1 to first", "Rename the network LeNet to Net")


def test_the_filter_takes_what_finding_takes(outline: OutlinePanel) -> None:
    QTest.keyClicks(outline.field, "kernel_size=3")
    assert rows(outline, "LeNet") == ["conv1", "conv2"]
    assert outline.count.text() == "2 nodes found"
    key(outline.field, Qt.Key.Key_Return)
    assert outline.selected() == (Place("LeNet"), ("conv1",))
    outline.field.selectAll()
    key(outline.field, Qt.Key.Key_Backspace)
    assert len(rows(outline, "LeNet")) > 10


def test_the_filter_keeps_what_a_find_is_inside_of(start: Open) -> None:
    panel = opened(start("resnet_digits"))
    QTest.keyClicks(panel.field, "stride=2")
    assert rows(panel, "ResNet") == ["stage2"]
    assert "relu1" not in rows(panel, "ResNet", "stage2")


def test_edits_undo_and_another_document_are_followed(outline: OutlinePanel, lenet: MainWindow, qtbot: QtBot) -> None:
    lenet.reveal("LeNet", "relu1")
    key(lenet.stage.canvas, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "relu1" not in rows(outline, "LeNet"))
    key(lenet, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: "relu1" in rows(outline, "LeNet"))
    lenet.files.new()
    qtbot.waitUntil(lambda: rows(outline) == ["Network"])


# The model alone


class Watched:
    """Counts what a model tells its views."""

    def __init__(self, model: OutlineModel) -> None:
        self.inserted = self.removed = self.changed = self.resets = 0
        model.rowsInserted.connect(lambda _, a, b: self._add("inserted", b - a + 1))
        model.rowsRemoved.connect(lambda _, a, b: self._add("removed", b - a + 1))
        model.dataChanged.connect(lambda a, b: self._add("changed", b.row() - a.row() + 1))
        model.modelReset.connect(lambda: self._add("resets", 1))

    def _add(self, name: str, count: int) -> None:
        setattr(self, name, getattr(self, name) + count)


def chain(count: int) -> Graph:
    relu = Node(CATALOGUE.make("ReLU", {}))
    nodes = {"image": Node(CATALOGUE.make("Input", {"shape": [3]})), **{f"n{i}": relu for i in range(count)}}
    names = list(nodes)
    return Graph(nodes, tuple(Wire(a, "y", b, "x") for a, b in itertools.pairwise(names)))


def visited(model: OutlineModel) -> None:
    network = model.index(0, 0)
    assert model.rowCount(network) > 0


def test_an_edit_among_ten_thousand_nodes_tells_of_one_row(qapp: object) -> None:
    graph = chain(10_000)
    model = OutlineModel(LIGHT, qapp)  # type: ignore[arg-type]
    model.show({"net": check(graph)}, ())
    visited(model)
    watched = Watched(model)
    grown = graph.with_node("n5000", Node(CATALOGUE.make("GELU", {})))
    begun = time.perf_counter()
    model.show({"net": check(grown)}, ())
    assert time.perf_counter() - begun < 2.0  # a rebuild would show here; the figure itself is not a promise
    # the edited row, and that of the network with its totals
    assert (watched.inserted, watched.removed, watched.changed, watched.resets) == (0, 0, 2, 0)


def test_a_node_put_in_and_taken_out_tells_of_one_row(qapp: object) -> None:
    model, graph = OutlineModel(LIGHT, qapp), chain(50)  # type: ignore[arg-type]
    model.show({"net": check(graph)}, ())
    visited(model)
    watched = Watched(model)
    nodes = {**graph.nodes, "more": graph.nodes["n3"]}
    model.show({"net": check(Graph(nodes, (*graph.wires, Wire("n49", "y", "more", "x"))))}, ())
    model.show({"net": check(graph)}, ())
    assert (watched.inserted, watched.removed, watched.resets) == (1, 1, 0)


def test_the_tree_is_sound_through_edits_and_filters(qapp: object, qtmodeltester: object) -> None:
    model = OutlineModel(LIGHT, qapp)  # type: ignore[arg-type]
    qtmodeltester.check(model)  # type: ignore[attr-defined]
    for count in (3, 9, 0, 5):
        model.show({"a": check(chain(count)), "b": check(chain(2))}, ())
        model.filter(asked("n1"))
        model.filter(None)
        qtmodeltester.check(model)  # type: ignore[attr-defined]
    assert model.parent(QModelIndex()) == QModelIndex()
