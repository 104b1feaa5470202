"""A training outlives its window, and the next window takes it up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from designer.document import OpenDesign
from designer.theme import LIGHT
from designer.window import MainWindow
from runtime.messages import Stepped
from runtime.run import Run

SAMPLE = Path(__file__).parents[2] / "samples" / "lenet_digits.json"
FIRST_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from designer.app import application
from designer.document import OpenDesign
from designer.window import MainWindow

app = application("light")
window = MainWindow(OpenDesign(), app.property("theme"), Path(sys.argv[2]))
window.show()
window.files.open(Path(sys.argv[1]), sample=True)
QTimer.singleShot(0, window.commands["Train"].trigger)
app.exec()
"""


@pytest.fixture
def orphan(tmp_path: Path, qtbot: QtBot) -> Run:
    """A run whose window was killed while it trained."""
    design = tmp_path / "long.json"
    design.write_text(SAMPLE.read_text(encoding="utf-8").replace('"epochs": 25', '"epochs": 5000'), encoding="utf-8")
    command = [sys.executable, "-c", FIRST_WINDOW, str(design), str(tmp_path / "runs")]
    window = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    qtbot.waitUntil(lambda: any(run.state == "running" for run in Run.list(tmp_path / "runs")), timeout=60_000)
    window.send_signal(signal.SIGKILL)
    window.wait()
    return Run.list(tmp_path / "runs")[0]


@pytest.fixture
def second(orphan: Run, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window that is opened next."""
    window = MainWindow(OpenDesign(), LIGHT, orphan.folder.parent)
    window.show()
    yield window
    window.training.stop()
    qtbot.waitUntil(lambda: not window.training.live, timeout=20_000)
    window.close()
    window.deleteLater()


def test_a_run_whose_window_was_killed_is_taken_up_followed_and_stopped(
    second: MainWindow, orphan: Run, qtbot: QtBot
) -> None:
    steps: list[int] = []
    second.training.happened.connect(lambda e: steps.append(e.first_step) if isinstance(e, Stepped) else None)
    qtbot.waitUntil(lambda: second.training.live, timeout=10_000)
    assert second.training.run is not None
    assert second.training.run.folder == orphan.folder
    assert [run.folder for run in second.runs.alive()] == [orphan.folder]
    known = orphan.summary().step
    qtbot.waitUntil(lambda: bool(steps) and steps[-1] > known, timeout=30_000)
    second.commands["Stop"].trigger()
    qtbot.waitUntil(lambda: second.training.state == "stopped", timeout=20_000)
    card = orphan.worker()
    assert card is not None
    qtbot.waitUntil(lambda: not _alive(card.pid), timeout=10_000)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().split()[2] != "Z"
