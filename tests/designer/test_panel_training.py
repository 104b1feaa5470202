"""The training panel: curves of a run as it goes, its state, its failure, the learning rate, past runs behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from designer.panels.training import TrainingPanel
from designer.process import Training
from designer.theme import LIGHT
from runtime.messages import Failed, Paused, Save, SetLearningRate
from runtime.run import Run
from tests.designer.runs import EPOCHS, STEPS, began, epoch, finished, live, tell


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[TrainingPanel]:
    """The panel on the screen; nothing has been trained."""
    training = Training()
    made = TrainingPanel(training, LIGHT)
    qtbot.addWidget(made)
    made.resize(1200, 260)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    yield made
    training.detach()


def training(panel: TrainingPanel) -> Training:
    return panel._training


def words(panel: TrainingPanel) -> str:
    """All that the visible labels say."""
    return " ".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def asked(run: Run) -> list[object]:
    """What the worker of a run was asked for."""
    return list(run.commands().read().messages)


def test_before_the_first_training_it_only_says_how_to_begin(panel: TrainingPanel) -> None:
    assert "Nothing has been trained yet" in words(panel)
    assert not panel.rate.isVisible()


def test_while_the_process_starts_it_says_so(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    (run.folder / "events.jsonl").unlink()
    training(panel).attach(run)
    assert "Loading PyTorch" in words(panel)
    assert "Nothing has been trained" not in words(panel)


def test_loss_and_metric_are_drawn_as_they_come(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    training(panel).attach(run)
    tell(run, *epoch(1))
    qtbot.waitUntil(lambda: "validation" in words(panel))
    record = panel.curves._record
    assert list(record.curves) == ["loss", "accuracy"]
    assert len(record.curves["loss"].raw) == STEPS
    assert "best 0.638 at epoch 1" in words(panel)
    assert panel.rate.text() == "0.01"


def test_every_value_of_a_replayed_run_is_kept(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    training(panel).attach(finished(tmp_path))
    qtbot.waitUntil(lambda: panel.status.text() == "Finished")
    curve = panel.curves._record.curves["accuracy"]
    assert (len(curve.raw), len(curve.validation)) == (EPOCHS * STEPS, EPOCHS)
    assert curve.raw.x.tolist() == list(range(EPOCHS * STEPS))
    assert "loss 0.1  accuracy 0.9" in panel.detail.text()
    assert not panel.save_now.isEnabled()
    assert "Nothing is training" in panel.save_now.toolTip()


def test_a_learning_rate_that_is_typed_is_sent(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    training(panel).attach(run)
    panel.rate.setFocus()
    panel.rate.selectAll()
    qtbot.keyClicks(panel.rate, "0.0025")
    qtbot.keyClick(panel.rate, Qt.Key.Key_Return)
    assert asked(run) == [SetLearningRate(0.0025)]
    assert not panel.rate.hasFocus()


def test_a_learning_rate_that_is_none_is_refused_in_place(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    tell(run, *epoch(1))
    training(panel).attach(run)
    panel.rate.setFocus()
    panel.rate.selectAll()
    qtbot.keyClicks(panel.rate, "fast")
    qtbot.keyClick(panel.rate, Qt.Key.Key_Return)
    assert panel.rate.property("invalid")
    assert "fast" in panel.rate.toolTip()
    assert asked(run) == []
    panel.save_now.setFocus()
    assert (panel.rate.text(), panel.rate.property("invalid")) == ("0.01", False)


def test_save_now_is_sent(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    training(panel).attach(run)
    qtbot.mouseClick(panel.save_now, Qt.MouseButton.LeftButton)
    assert asked(run) == [Save()]


def test_a_failure_is_a_card_that_leads_to_its_node(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    training(panel).attach(run)
    failed = Failed("The memory was not enough at conv1 of Net.", "A batch of 16 would fit.", "Net", "conv1")
    tell(run, failed)
    qtbot.waitUntil(lambda: panel.failure.isVisible())
    assert panel.status.text() == "Broken off"
    assert failed.message in words(panel)
    assert failed.repair in words(panel)
    with qtbot.waitSignal(panel.revealed) as heard:
        qtbot.mouseClick(panel.failure.show_node, Qt.MouseButton.LeftButton)
    assert heard.args == ["Net", "conv1"]


def test_a_failure_without_a_node_offers_no_way_to_one(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    training(panel).attach(run)
    tell(run, Failed("The data cannot be read.", "Look at the file."))
    qtbot.waitUntil(lambda: panel.failure.isVisible())
    assert not panel.failure.show_node.isVisible()


def test_another_run_starts_afresh(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    training(panel).attach(run)
    tell(run, Failed("Broken.", "Mend it."))
    qtbot.waitUntil(lambda: panel.failure.isVisible())
    training(panel).attach(finished(tmp_path))
    assert not panel.failure.isVisible()
    qtbot.waitUntil(lambda: panel.status.text() == "Finished")


def test_a_resumed_run_replaces_the_steps_that_are_trained_again(
    panel: TrainingPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    run = live(tmp_path)
    tell(run, *epoch(1), *epoch(2), began(resumed_from=STEPS), *epoch(2), *epoch(3), Paused(3 * STEPS))
    training(panel).attach(run)
    qtbot.waitUntil(lambda: panel.status.text() == "Paused")
    curve = panel.curves._record.curves["loss"]
    assert curve.raw.x.tolist() == list(range(3 * STEPS))


def test_past_runs_lie_behind_the_curves_until_they_are_taken_away(
    panel: TrainingPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    past = finished(tmp_path, "Before")
    training(panel).attach(live(tmp_path))
    panel.set_compared([past])
    qtbot.waitUntil(lambda: bool(panel.curves._overlays))
    (record,) = panel.curves._overlays.values()
    assert len(record.curves["accuracy"].raw) == EPOCHS * STEPS
    training(panel).attach(live(tmp_path))
    assert panel.curves._overlays
    panel.set_compared([])
    assert not panel.curves._overlays
