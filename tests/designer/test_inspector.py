"""The inspector: what is selected, edited with real keys; the design where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from blocks.catalogue import CATALOGUE
from blocks.edits import remove
from designer import actions
from designer.document import Edit, OpenDesign
from designer.fields import TextField
from designer.lift import placed
from designer.panels.inspector import Inspector
from designer.panels.node_page import described
from designer.panels.parts import ProblemCard
from designer.scene import Place, scene_at
from designer.theme import DARK, LIGHT

SAMPLES = Path(__file__).parents[2] / "samples"


class Bench:
    """An inspector that looks at what it changed, as in the window."""

    def __init__(self, sample: str) -> None:
        self.document = OpenDesign.read(SAMPLES / f"{sample}.json")
        self.place = Place(next(iter(self.document.design.networks)))
        self.chosen: tuple[str, ...] = ()
        self.inspector = Inspector(self.document, LIGHT)
        self.inspector.applied.connect(self.do)
        self.document.changed.connect(lambda *_: self.look())
        self.look()
        self.inspector.resize(304, 900)
        self.inspector.show()
        self.inspector.activateWindow()

    def do(self, label: str, edit: Edit, merge: str) -> None:
        self.document.apply(placed(edit), label, merge)

    def look(self) -> None:
        scene = scene_at(self.place, self.document.design, self.document.verdict)
        self.inspector.look_at(scene, self.chosen)

    def choose(self, *names: str) -> None:
        self.chosen = names
        self.look()

    def facts(self) -> str:
        page = self.inspector.nodes.facts
        return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())

    def type(self, setting: str, words: str) -> None:
        field = self.inspector.nodes.form.rows[setting].field
        assert isinstance(field, TextField)
        field.line.selectAll()
        QTest.keyClicks(field.line, words)

    def value(self, name: str, setting: str) -> object:
        return self.document.design.networks[self.place.network].block(name).value(setting)


Open = Callable[[str], Bench]


@pytest.fixture
def sit(qtbot: QtBot) -> Open:
    """Opens a sample with its inspector."""

    def opened(sample: str = "lenet_digits") -> Bench:
        bench = Bench(sample)
        qtbot.addWidget(bench.inspector)
        bench.document.setParent(bench.inspector)
        return bench

    return opened


def test_typing_a_setting_is_one_step_of_the_document(sit: Open) -> None:
    bench = sit("lenet_digits")
    bench.choose("conv1")
    bench.type("out_channels", "128")
    assert bench.value("conv1", "out_channels") == 128
    assert bench.document.history == ("Set conv1 out_channels to 128 (was 32)",)


def test_shape_and_cost_follow_what_is_typed(sit: Open) -> None:
    bench = sit("lenet_digits")
    bench.choose("conv1")
    bench.type("out_channels", "16")
    assert "16 × 8 × 8" in bench.facts()
    assert "160" in bench.facts()
    assert "at batch 64" in bench.facts()
    assert "3 × 3 px" in bench.facts()


def test_undo_shows_in_the_field(sit: Open) -> None:
    bench = sit("lenet_digits")
    bench.choose("conv1")
    bench.type("out_channels", "7")
    bench.document.undo()
    field = bench.inspector.nodes.form.rows["out_channels"].field
    assert isinstance(field, TextField)
    assert field.line.text() == "32"


def test_several_nodes_are_edited_together(sit: Open) -> None:
    bench = sit("lenet_digits")
    bench.choose("conv1", "conv2")
    assert bench.inspector.nodes.several.text() == "2 nodes"
    bench.type("out_channels", "24")
    assert {bench.value(name, "out_channels") for name in ("conv1", "conv2")} == {24}
    assert len(bench.document.history) == 1


def test_a_name_is_changed_in_place_and_keeps_its_place_on_the_canvas(sit: Open) -> None:
    bench = sit("lenet_digits")
    at = bench.document.design.layout["LeNet"]["conv1"]
    bench.choose("conv1")
    title = bench.inspector.nodes.title
    title.selectAll()
    QTest.keyClicks(title, "first")
    QTest.keyClick(title, Qt.Key.Key_Return)
    assert "first" in bench.document.design.networks["LeNet"].nodes
    assert bench.document.design.layout["LeNet"]["first"] == at


def test_repeat_is_a_setting_like_any_other(sit: Open) -> None:
    bench = sit("resnet_digits")
    bench.choose("stage1")
    bench.type("repeat", "3")
    assert bench.document.design.networks["ResNet"].nodes["stage1"].repeat == 3


def test_a_problem_stands_on_top_with_fixes_that_repair_it(sit: Open) -> None:
    bench = sit("lenet_digits")
    bench.do("", actions.configured("LeNet", ["fc3"], {"out_features": 7}), "")
    bench.choose("fc3")
    cards = bench.inspector.nodes.findChildren(ProblemCard)
    assert [card.isVisible() for card in cards] == [True]
    button = cards[0].findChildren(QPushButton)[0]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bench.value("fc3", "out_features") == 10
    assert not bench.document.verdict.errors


@pytest.mark.parametrize("name", ["fc3", "a_fully_connected_layer_with_a_name_as_long_as_names_can_be_here"])
@pytest.mark.parametrize("width", [296, 480])
def test_a_problem_is_read_in_full_at_any_width(sit: Open, name: str, width: int) -> None:
    bench = sit("lenet_digits")
    if name != "fc3":
        bench.do("", actions.renamed("LeNet", "fc3", name), "")
    bench.do("", actions.configured("LeNet", [name], {"out_features": 7}), "")
    bench.choose(name)
    bench.inspector.resize(width, 900)
    QTest.qWait(50)
    card = bench.inspector.nodes.findChildren(ProblemCard)[0]
    for words in (*card.findChildren(QLabel), *card.findChildren(QPushButton)):
        assert words.height() >= words.heightForWidth(words.width()) > 0
        assert words.geometry().right() < card.width()
        assert bench.inspector.viewport().width() >= card.geometry().right()
    assert card.findChildren(QPushButton)


def test_with_nothing_selected_the_design_is_shown(sit: Open) -> None:
    bench = sit("lenet_digits")
    page = bench.inspector.whole
    assert page.title.text() == "LeNet on handwritten digits"
    assert page.data.combo.currentText() == "digits"
    assert "1,797 examples" in page.gives.text()


def test_the_learning_rate_is_set_in_the_training_of_the_design(sit: Open) -> None:
    bench = sit("lenet_digits")
    plans = [form for form in bench.inspector.whole.findChildren(TextField) if form.setting.name == "lr"]
    plans[0].line.selectAll()
    QTest.keyClicks(plans[0].line, "0.01")
    plan = bench.document.design.training[0].plan
    assert plan.optimizer.lr == 0.01  # type: ignore[union-attr]
    assert len(bench.document.history) == 1


def test_other_data_is_chosen_from_the_list(sit: Open) -> None:
    bench = sit("lenet_digits")
    combo = bench.inspector.whole.data.combo
    QTest.keyClicks(combo, "moons")
    assert bench.document.design.data is not None
    assert bench.document.design.data.kind() == "moons"


def test_the_inside_of_a_block_is_read_only_and_says_so(sit: Open) -> None:
    bench = sit("resnet_digits")
    bench.place = Place("ResNet", path=("stage2",))
    scene = scene_at(bench.place, bench.document.design, bench.document.verdict)
    bench.choose(scene.graph.structure.order[1])
    assert "inside of stage2" in bench.inspector.nodes.lock.text()
    assert not bench.inspector.nodes.form.isEnabled()
    assert bench.inspector.nodes.title.isReadOnly()


def test_another_theme_shows_the_same(sit: Open) -> None:
    bench = sit("lenet_digits")
    bench.choose("conv1")
    bench.inspector.set_theme(DARK)
    assert bench.inspector.nodes.title.text() == "conv1"
    assert "32 × 8 × 8" in bench.facts()


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.__name__)
def test_every_block_says_what_it_does(kind: type) -> None:
    assert len(described(kind)) > 20


def test_what_is_not_known_is_not_said_to_be_nothing(qtbot: QtBot) -> None:
    bench = Bench("lenet_digits")
    qtbot.addWidget(bench.inspector)
    bench.do("Cut", lambda design: design.edited("LeNet", lambda graph: remove(graph, ["flatten"], heal=False)), "")
    bench.choose("fc1")
    assert "0" not in bench.facts()
    assert bench.facts().count("—") == 5  # in, out, parameters, MACs, activations
    bench.choose("pool1")
    assert "0" in bench.facts()


def test_the_line_below_the_name_writes_an_ampersand_as_it_is(qtbot: QtBot) -> None:
    bench = Bench("resnet_digits")
    qtbot.addWidget(bench.inspector)
    bench.choose("stem")
    assert "Ioffe & Szegedy" in bench.inspector.nodes.subtitle.text()
    assert bench.inspector.nodes.subtitle.textFormat() == Qt.TextFormat.PlainText
