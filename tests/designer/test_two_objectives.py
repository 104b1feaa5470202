"""Two networks, each held still while the other learns: drawn with real events, trained, exported, without code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from designer.fields import ChoiceField, FlagField
from designer.panels.objectives import ObjectiveForm
from designer.window import MainWindow
from runtime.by_hand import drawn_plan, learning_from
from runtime.design import Design, Phase
from runtime.file import save_design
from runtime.messages import Stepped
from runtime.recipe import Classification
from tests.designer.hands import CONTROL, LEFT, SHIFT, Open, key, place
from tests.designer.test_first_network import answer_folder
from tests.designs import two_losses

Key = Qt.Key
EPOCHS = 3
CLEAN = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


@pytest.fixture
def window(start: Open, qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on two networks, of which a recipe trains the first."""
    two = two_losses()
    plan = Classification(network="First", epochs=EPOCHS, seed=3)
    save_design(tmp_path / "two.json", replace(two, training=(Phase("fit", plan),)))
    opened = start(size=(1600, 1000))
    opened.files.open(tmp_path / "two.json")
    yield opened
    opened.training.stop()
    qtbot.waitUntil(lambda: not opened.training.live and not opened.training._workers, timeout=15_000)


def drag(window: MainWindow, source: str, target: str, into: str) -> None:
    """Leads a wire from the result of one node to a port of another."""
    canvas = window.stage.canvas
    canvas.fit()
    start = next(s for s in canvas.sheet.spots(source) if not s.port.into)
    end = next(s for s in canvas.sheet.spots(target) if s.port.into and s.port.name == into)
    a, b = (canvas.mapFromScene(QPointF(spot.x, spot.y)) for spot in (start, end))
    QTest.mousePress(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, a)
    for part in (1, 2, 3):
        QTest.mouseMove(canvas.viewport(), a + (b - a) * part / 3)
    QTest.mouseRelease(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, b)


def below(window: MainWindow, name: str, *words: str) -> str:
    """Places blocks one under the other, beginning under a node; gives the name of the last."""
    window.stage.canvas.select([name])
    for each in words:
        place(window, each)
    return window.stage.canvas.selection()[0]


def learns(window: MainWindow, at: int, minimize: str, network: str) -> None:
    """In the training form: what an objective minimizes, and the only network that learns from it."""
    window.stage.canvas.select(())
    while (combo := chooser(window, at)).currentText() != minimize:
        assert combo.currentIndex() < combo.count() - 1
        key(combo, Key.Key_Down)
    for name in ("First", "Second"):
        field = objective(window, at).form.rows[f"learns: {name}"].field
        assert isinstance(field, FlagField)
        if field.box.isChecked() is not (name == network):
            key(field.box, Key.Key_Space)


def note(event: object, told: dict[str, list[float]]) -> None:
    """Keeps the losses of steps."""
    if isinstance(event, Stepped):
        for name, values in told.items():
            values.extend(event.values[name])


def exported(window: MainWindow, target: Path) -> Path:
    """Exports the design into a folder, by the command of the menu."""
    target.mkdir()
    answer_folder(target)
    window.commands["Export code…"].trigger()
    return target


def chooser(window: MainWindow, at: int) -> QComboBox:
    """Where it is chosen what is minimized; made anew when what can be chosen has changed."""
    field = objective(window, at).form.rows["minimize"].field
    assert isinstance(field, ChoiceField)
    return field.combo


def objective(window: MainWindow, at: int) -> ObjectiveForm:
    return window.inspector.whole.steps["fit"].objectives.forms[at]


def draw(window: MainWindow) -> Design:
    """Two losses over both networks: the first learns from the one, the second from the other."""
    canvas = window.stage.canvas
    key(canvas, Key.Key_T, CONTROL | SHIFT)
    QTest.mouseClick(window.stage.step_bar.edit, LEFT)
    canvas.select(["loss", "accuracy", "label"])
    key(canvas, Key.Key_Delete)
    drag(window, "point", below(window, "first", "Second", "mean squared error"), "target")
    drag(window, "first", below(window, "point", "Second", "mean squared error"), "target")
    one, other = (n for n, each in window.stage.scene.graph.nodes.items() if each.block.role == "loss")
    learns(window, 0, one, "First")
    QTest.mouseClick(window.inspector.whole.steps["fit"].objectives.add, LEFT)
    learns(window, 1, other, "Second")
    return window.document.design


def test_two_objectives_are_drawn_trained_and_exported_without_code_made_for_them(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    plan = drawn_plan(draw(window), "fit")
    assert plan is not None
    assert [each.networks for each in plan.objectives] == [("First",), ("Second",)]
    assert [learning_from(plan.step, each.minimize) for each in plan.objectives] == [{"First", "Second"}] * 2
    assert window.document.verdict.diagnostics == ()

    told: dict[str, list[float]] = {each.minimize: [] for each in plan.objectives}
    window.training.happened.connect(lambda event: note(event, told))
    assert window.top.controls.train is not None
    QTest.mouseClick(window.top.controls.train, LEFT)
    qtbot.waitUntil(lambda: window.training.state in ("finished", "failed"), timeout=90_000)
    assert window.training.state == "finished"
    first, second = told.values()
    assert len(first) == len(second) == EPOCHS * 4
    assert first[-1] < first[0]

    target = exported(window, tmp_path / "export")
    assert window.training.run is not None
    for name in ("model.py", "train.py"):  # what the worker ran is what is exported
        assert (target / name).read_bytes() == (window.training.run.folder / name).read_bytes()


@pytest.mark.slow
def test_the_exported_script_of_two_objectives_runs_alone(window: MainWindow, tmp_path: Path) -> None:
    draw(window)
    target = exported(window, tmp_path / "export")
    command = [sys.executable, "train.py", "--device", "cpu", "--epochs", "20", "--losses", "losses.json"]
    done = subprocess.run(command, cwd=target, env=CLEAN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    losses = json.loads((target / "losses.json").read_text())
    assert sum(losses[-4:]) < sum(losses[:4])
