"""What a training tells of the nodes, in the window: the heat "gradient", the node's page, and how well it fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.canvas.heat import NOTHING_TOLD
from designer.window import MainWindow
from runtime.messages import Event, Gauged, Measured, Stepped
from runtime.run import Run
from tests.designer.hands import key
from tests.designer.runs import STEPS, live, tell

Key = Qt.Key


def told(lenet: MainWindow, step: int, *, vanishing: bool = False) -> Gauged:
    """Sizes for every node of LeNet that learns, each smaller than the next."""
    nodes = [name for name, row in lenet.stage.scene.checked.rows.items() if row.parameters]
    sizes = {name: 10.0 ** -(len(nodes) - place) for place, name in enumerate(nodes)}
    sizes |= {nodes[0]: 1e-9} if vanishing else {}
    return Gauged(step, {"LeNet": sizes}, {"LeNet": dict.fromkeys(sizes, 0.5)})


def first(lenet: MainWindow) -> str:
    return next(name for name, row in lenet.stage.scene.checked.rows.items() if row.parameters)


@pytest.fixture
def run(lenet: MainWindow, tmp_path: Path) -> Run:
    """A run that the window follows."""
    made = live(tmp_path / "followed")
    lenet.training.attach(made)
    return made


def test_the_heat_shows_the_gradients_of_the_run_that_is_followed(lenet: MainWindow, run: Run, qtbot: QtBot) -> None:
    canvas = lenet.stage.canvas
    canvas.setFocus()
    while canvas.legend.measure != "gradient":
        key(canvas, Key.Key_H)
    assert canvas.legend.lines()[0] == NOTHING_TOLD
    tell(run, told(lenet, 20))
    qtbot.waitUntil(lambda: "measured" in canvas.legend.lines()[0])
    shown = canvas.cards.heat
    assert shown is not None
    shares = dict(zip(canvas.sheet.names, shown.share.tolist(), strict=True))
    known = [shares[name] for name in told(lenet, 20).gradients["LeNet"]]
    assert known == sorted(known)
    assert known[-1] == 1.0
    lenet.training.detach()


def test_the_page_of_a_node_shows_its_gradient_as_it_goes(lenet: MainWindow, run: Run, qtbot: QtBot) -> None:
    name, section = first(lenet), lenet.inspector.nodes.gauge
    lenet.stage.canvas.select([name])
    assert not section.isVisible()
    tell(run, told(lenet, 20), told(lenet, 40))
    qtbot.waitUntil(section.isVisible)
    assert section.plot.sizes.steps == [20, 40]
    assert not section.alarm.isVisible()
    tell(run, told(lenet, 30))  # resumed: what came after is trained again
    qtbot.waitUntil(lambda: section.plot.sizes.steps == [20, 30])
    lenet.training.detach()


def test_a_gradient_that_vanishes_is_told_with_its_node(lenet: MainWindow, run: Run, qtbot: QtBot) -> None:
    name = first(lenet)
    lenet.stage.canvas.select([name])
    tell(run, told(lenet, 20, vanishing=True))
    alarm = lenet.inspector.nodes.gauge.alarm
    qtbot.waitUntil(alarm.isVisible)
    assert f"The gradient of {name} vanishes" in alarm.text()
    tell(run, told(lenet, 40))
    qtbot.waitUntil(lambda: not alarm.isVisible())
    lenet.training.detach()


def of_epoch(number: int, train: float, held_out: float) -> list[Event]:
    values = {"loss": (train,) * STEPS}
    at = (number - 1) * STEPS
    held = {"loss": held_out, "accuracy": 0.5}
    return [Stepped("fit", number, at, values, 100.0, 0.01), Measured("fit", number, at + STEPS, held, best=False)]


def test_the_training_panel_says_that_it_over_fits_and_since_when(lenet: MainWindow, run: Run, qtbot: QtBot) -> None:
    panel = lenet.curves
    lenet.bench.raise_dock("Training")
    lenet.training.attach(run)
    losses = [(1.0, 1.0), (0.6, 0.7), (0.4, 0.6), (0.2, 0.8), (0.1, 1.0)]
    tell(run, *(event for number, pair in enumerate(losses, 1) for event in of_epoch(number, *pair)))
    qtbot.waitUntil(lambda: panel.fit.text() == "over-fit since epoch 3")
    assert panel.fit.isVisible()
    assert "dropout" in panel.fit.toolTip()
    lenet.training.detach()
