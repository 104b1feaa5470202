"""The clipboard: nodes between two windows and two processes, and PyTorch code out and in."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from blocks.check import check
from runtime import pasted
from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
C, V, X = Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_X
# Another process with a clipboard of its own: what it is given it pastes, copies again, and tells.
OTHER = """
import sys
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
app = QApplication([])
from PySide6.QtCore import Qt
from blocks.graph import Graph
from tests.designer.canvas.desk import Desk
desk = Desk(Graph())
clipboard = QGuiApplication.clipboard()
clipboard.setText(sys.stdin.read())
desk.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
desk.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
clipboard.setText("")
desk.key(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
sys.stdout.write(clipboard.text())
"""


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def paste(desk: Desk, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    desk.key(V, CTRL)


def test_nodes_go_from_one_window_to_another(chain: Desk, empty: Desk) -> None:
    chain.canvas.select(["conv", "relu", "pool"])
    chain.key(C, CTRL)
    empty.key(V, CTRL)
    assert empty.wires() == {("conv", "relu"), ("relu", "pool")}
    assert empty.graph.block("conv") == chain.graph.block("conv")


def test_nodes_go_to_another_process_and_come_back_the_same(chain: Desk) -> None:
    chain.key(Qt.Key.Key_A, CTRL)
    chain.key(C, CTRL)
    text = clipboard()
    told = subprocess.run(
        [sys.executable, "-c", OTHER], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[:-2] == text.splitlines()[:-2]  # all but the places, which are where the hand was


def test_the_selection_is_copied_as_code_that_does_the_same(chain: Desk) -> None:
    chain.canvas.select(["conv", "relu", "flat"])
    chain.key(C, CTRL | SHIFT)
    assert "self.conv = nn.Conv2d(1, 6, 5" in clipboard()
    assert "class Excerpt(nn.Module):" in clipboard()
    assert chain.said == ["3 nodes copied as PyTorch code"]
    compile(clipboard(), "copied", "exec")


def test_code_that_was_copied_is_pasted_as_the_same_nodes(chain: Desk, empty: Desk) -> None:
    chain.key(Qt.Key.Key_A, CTRL)
    chain.key(C, CTRL | SHIFT)
    empty.key(V, CTRL)
    assert empty.wires() == chain.wires()
    assert check(empty.graph).parameters == check(chain.graph).parameters


def test_nodes_whose_shapes_are_not_known_cannot_be_code_yet(loose: Desk) -> None:
    loose.canvas.select(["linear"])
    before = clipboard()
    loose.key(C, CTRL | SHIFT)
    assert loose.said == ["linear has nothing connected to its input x, so no code can be written."]
    assert clipboard() == before


def test_pasted_code_becomes_nodes_at_the_hand_wired_in_order(chain: Desk) -> None:
    chain.hover(chain.at(500, 23))
    paste(chain, "nn.Sequential(nn.Conv2d(6, 16, 3), nn.ReLU(), nn.MaxPool2d(2))")
    assert {("conv1", "relu1"), ("relu1", "maxpool1")} <= chain.wires()
    assert chain.canvas.selection() == ("conv1", "relu1", "maxpool1")
    xs = {chain.layout[name][0] for name in chain.canvas.selection()}
    assert len(xs) == 1
    assert min(xs) > 300
    assert chain.done[-1].label == "Paste 3 nodes"


def test_what_of_the_code_is_not_understood_is_said_and_the_rest_pasted(empty: Desk) -> None:
    paste(empty, "nn.Sequential(\n    nn.Linear(3, 4),\n    Mystery(4),\n    nn.ReLU(),\n)")
    assert empty.wires() == {("linear1", "relu1")}
    assert empty.said == ["Line 3: Mystery(4) is no block here and was left out."]


@pytest.mark.parametrize("text", ["class Net(nn.Module", "nn.Foo()", "hello", ""])
def test_text_that_holds_nothing_is_refused_in_words(empty: Desk, text: str) -> None:
    paste(empty, text)
    assert empty.done == []
    assert empty.said[0].endswith(".")


def test_the_menu_says_whether_there_is_something_to_paste(sit: Open, empty: Desk) -> None:
    from designer.canvas.clip import EMPTY, why_not_paste

    QGuiApplication.clipboard().setText("hello")
    assert why_not_paste(empty.canvas) == EMPTY
    QGuiApplication.clipboard().setText("layers = [nn.ReLU()]")
    assert why_not_paste(empty.canvas) == ""


def test_nothing_that_is_pasted_is_ever_run(empty: Desk, tmp_path: object) -> None:
    paste(empty, f"open({str(tmp_path)!r} + '/trap', 'w')\nnn.ReLU()")
    assert not list(tmp_path.iterdir())  # type: ignore[attr-defined]
    assert pasted.looks_like_code("nn.ReLU()")
