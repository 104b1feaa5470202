"""The log: what happened in words, and no more lines than anybody reads."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from designer.panels.log import LogPanel
from designer.process import Training
from runtime.messages import Failed, Saved
from tests.designer.runs import finished, live, tell


def test_a_training_is_told_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    training = Training()
    panel = LogPanel(training)
    qtbot.addWidget(panel)
    training.attach(finished(tmp_path))
    qtbot.waitUntil(lambda: training.state == "finished")
    text = panel.view.toPlainText()
    assert "Training began on cpu" in text
    assert "Epoch 4: loss" in text
    assert "Training ended (finished) after 40 steps" in text
    assert "Stepped" not in text
    training.detach()


def test_a_failure_brings_the_last_lines_of_the_process(qtbot: QtBot, tmp_path: Path) -> None:
    training = Training()
    panel = LogPanel(training)
    qtbot.addWidget(panel)
    run = live(tmp_path)
    tell(run, Saved(10, 1, "checkpoints/step-000010", best=False), Failed("Broken.", "Mend it.", log="a\nb\n"))
    training.attach(run)
    qtbot.waitUntil(lambda: training.state == "failed")
    lines = panel.view.toPlainText().splitlines()
    assert lines[-2:] == ["a", "b"]
    assert "Broken off: Broken. Mend it." in lines[-3]
    training.detach()


def test_what_the_window_says_is_kept_with_its_time(qtbot: QtBot) -> None:
    panel = LogPanel(Training())
    qtbot.addWidget(panel)
    panel.tell("Saved in lenet.json")
    assert panel.view.toPlainText().endswith("  Saved in lenet.json")
    assert panel.view.isReadOnly()
