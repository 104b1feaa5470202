"""What is kept of unsaved work: after a real process was killed, and never where nothing would be lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from designer import actions, recovery
from designer.app import keep
from designer.document import OpenDesign
from designer.recovery import Recovery
from designer.window import MainWindow
from runtime.file import BadDesign, dumps
from tests.designer.hands import SAMPLES, Open

EDITED = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from designer import actions
from designer.document import OpenDesign
from designer.recovery import Recovery

app = QCoreApplication([])
document = OpenDesign.read(Path(sys.argv[1]))
kept = Recovery(document, Path(sys.argv[2]))
document.apply(actions.retitled("Not saved"))
document.apply(actions.renamed("LeNet", "conv1", "stem"))
app.exec()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "copies"


@pytest.fixture
def document(qapp: QCoreApplication, folder: Path) -> OpenDesign:
    """LeNet, opened, with a copy kept of what is done to it."""
    opened = OpenDesign.read(SAMPLES / "lenet_digits.json")
    Recovery(opened, folder, opened)
    return opened


@pytest.fixture
def killed(folder: Path, qtbot: QtBot) -> Path:
    """The folder after a process was killed that had edited LeNet."""
    command = [sys.executable, "-c", EDITED, str(SAMPLES / "lenet_digits.json"), str(folder)]
    process = subprocess.Popen(command)
    qtbot.waitUntil(lambda: any(folder.glob("*.recovery")), timeout=60_000)
    assert recovery.left(folder) == ()  # it still runs: this is its own
    process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    process.wait()
    return folder


def copies(folder: Path) -> list[Path]:
    return list(folder.glob("*.recovery"))


def test_what_a_killed_process_did_is_there_to_the_byte(killed: Path) -> None:
    (found,) = recovery.left(killed)
    wanted = OpenDesign.read(SAMPLES / "lenet_digits.json")
    wanted.apply(actions.retitled("Not saved"))
    wanted.apply(actions.renamed("LeNet", "conv1", "stem"))
    assert dumps(recovery.taken(found)) == dumps(wanted.design)
    assert found.title == "Not saved"
    assert found.file == (SAMPLES / "lenet_digits.json").resolve()
    assert found.words.startswith("Not saved (lenet_digits.json), changed ")


def test_what_was_left_is_taken_as_unsaved_work_and_kept_on(killed: Path, qapp: QCoreApplication) -> None:
    (found,) = recovery.left(killed)
    document = OpenDesign()
    kept = Recovery(document, killed, document)
    kept.take(found)
    assert document.modified
    assert "stem" in document.design.networks["LeNet"].nodes
    assert document.path == found.file
    assert copies(killed) == [kept.path]
    kept.forget()
    assert copies(killed) == []


def test_a_copy_is_written_a_moment_after_a_change(document: OpenDesign, folder: Path, qtbot: QtBot) -> None:
    assert copies(folder) == []
    document.apply(actions.retitled("Mine"))
    qtbot.waitUntil(lambda: len(copies(folder)) == 1)
    document.undo()  # back to what the file holds
    assert copies(folder) == []


def test_saving_leaves_no_copy(document: OpenDesign, folder: Path, qtbot: QtBot, tmp_path: Path) -> None:
    document.apply(actions.retitled("Mine"))
    qtbot.waitUntil(lambda: len(copies(folder)) == 1)
    document.save(tmp_path / "mine.json")
    assert copies(folder) == []
    assert not list(folder.glob("*.lock"))


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "file").write_text("in the way")
    document = OpenDesign.read(SAMPLES / "lenet_digits.json")
    kept = Recovery(document, tmp_path / "file", document)
    told: list[str] = []
    kept.said.connect(told.append)
    for title in ("One", "Two"):
        document.apply(actions.retitled(title))
        qtbot.waitUntil(lambda: not kept._burst.isActive())
    assert len(told) == 1
    assert "not kept aside" in told[0]


def test_a_damaged_copy_is_not_offered_or_says_why(folder: Path, document: OpenDesign) -> None:
    folder.mkdir()
    (folder / "torn.recovery").write_text('{"title": "cut')
    assert recovery.left(folder) == ()
    (folder / "odd.recovery").write_text('{"title": "Odd", "file": "", "at": 1, "design": "{}"}')
    (found,) = recovery.left(folder)
    with pytest.raises(BadDesign):
        Recovery(document, folder, document).take(found)
    assert found.path.exists()


# In the window


@pytest.fixture
def offered(killed: Path, start: Open, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """A window that was started after the crash."""
    monkeypatch.setattr(recovery, "home", lambda: killed)
    window = start()
    kept = keep(window, qapp)
    yield window
    qapp.aboutToQuit.disconnect(kept.forget)
    kept.forget()


def button(window: MainWindow, words: str) -> QPushButton:
    return next(b for b in window.welcome.findChildren(QPushButton) if b.text().startswith(words))


def test_the_welcome_page_offers_what_was_not_saved(offered: MainWindow, killed: Path) -> None:
    button(offered, "Not saved (lenet_digits.json), changed").click()
    assert offered.at_work
    assert offered.document.modified
    assert "stem" in offered.document.design.networks["LeNet"].nodes
    assert recovery.left(killed) == ()


def test_what_was_not_saved_can_be_given_up(offered: MainWindow, killed: Path) -> None:
    button(offered, "Discard").click()
    assert copies(killed) == []
    assert not [b for b in offered.welcome.findChildren(QPushButton) if b.text().startswith("Not saved")]
