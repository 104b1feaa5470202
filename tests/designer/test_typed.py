"""Settings of what is selected, found and set by their names or Keras's where commands are typed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.window import MainWindow
from tests.designer.hands import CONTROL, SHIFT, key

_TOLD = Qt.ItemDataRole.UserRole
Key = Qt.Key


def typed(window: MainWindow, words: str) -> tuple[str, str, str]:
    """Types into the box of commands; the first line: the command, why not, its key."""
    key(window, Key.Key_P, CONTROL | SHIFT)
    QTest.keyClicks(window.box.field, words)
    line: tuple[str, str, str] = window.box.list.item(0).data(_TOLD)
    return line


@pytest.fixture
def conv(lenet: MainWindow) -> MainWindow:
    """A window with its first convolution selected."""
    graph = lenet.stage.scene.graph
    lenet.stage.canvas.select([next(n for n in graph.nodes if graph.block(n).kind() == "Conv2d")])
    return lenet


CASES = [
    ("filters 64", "out_channels", 64),
    ("filters=64", "out_channels", 64),
    ("strides 2", "stride", 2),
    ("strides=(2, 1)", "stride", (2, 1)),
    ("padding 'valid'", "padding", "valid"),
    ("use_bias false", "bias", False),
    ("kernel 7", "kernel_size", 7),
    ("dilation_rate 2", "dilation", 2),
]


@pytest.mark.parametrize(("words", "name", "value"), CASES, ids=[case[0] for case in CASES])
def test_a_line_of_keras_sets_the_selected_node(conv: MainWindow, words: str, name: str, value: object) -> None:
    [node] = conv.stage.canvas.selection()
    assert typed(conv, words)[0].startswith("Setting › ")
    key(conv.box.field, Key.Key_Return)
    assert conv.stage.scene.graph.block(node).value(name) == value
    key(conv, Key.Key_Z, CONTROL)
    assert conv.stage.scene.graph.block(node).value(name) != value


def test_a_name_alone_goes_to_its_field(conv: MainWindow) -> None:
    [node] = conv.stage.canvas.selection()
    assert typed(conv, "filters")[0] == f"Setting › out_channels of {node}"
    key(conv.box.field, Key.Key_Return)
    field = conv.inspector.nodes.form.rows["out_channels"].field
    assert conv.focusWidget() in (field, field.focusProxy())


def test_a_value_that_does_not_fit_says_what_would(conv: MainWindow) -> None:
    before = conv.document.design
    name, why, _ = typed(conv, "filters many")
    assert (name.partition(" on ")[0], "expects" in why) == ("Setting › out_channels = many", True)
    key(conv.box.field, Key.Key_Return)
    assert conv.document.design is before


def test_with_nothing_selected_or_no_such_setting_the_commands_stand_as_ever(conv: MainWindow) -> None:
    assert typed(conv, "undo")[0] == "Edit › Undo"
    key(conv.box.field, Key.Key_Escape)
    conv.stage.canvas.select(())
    key(conv, Key.Key_P, CONTROL | SHIFT)
    QTest.keyClicks(conv.box.field, "filters")
    assert "Setting" not in [conv.box.list.item(i).data(_TOLD)[0][:7] for i in range(conv.box.list.count())]
