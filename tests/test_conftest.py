"""The house rules of conftest.py, each broken once on purpose in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WIDGET = """
from PySide6.QtWidgets import QWidget
kept = []
def test_it(qapp):
    kept.append(QWidget())
"""
TIMER = """
from PySide6.QtCore import QTimer
kept = []
def test_it(qapp):
    kept.append(QTimer(interval=1000))
    kept[0].start()
"""
THREAD = """
import threading
def test_it():
    threading.Thread(target=threading.Event().wait, daemon=True, name="worker").start()
"""
QT_MESSAGE = """
from PySide6.QtCore import qWarning
def test_it(qapp):
    qWarning("painter not active")
"""
WARNING = """
import warnings
def test_it():
    warnings.warn("old", DeprecationWarning)
"""
SETTINGS = """
from pathlib import Path
from PySide6.QtCore import QSettings
def test_first():
    QSettings("house", "room").setValue("door", 1)
def test_second():
    assert QSettings("house", "room").value("door") is None
    assert "pytest" in str(Path.home())
"""
CLEAN = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
def test_it(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    QTimer(widget, interval=1000).start()
def test_cycle(qapp):
    widget = QWidget()
    widget.itself = widget
"""


def pytest_on(text: str, folder: Path, repository: Path) -> tuple[int, str]:
    file = folder / "test_given.py"
    file.write_text(text)
    words = ["-c", str(repository / "pyproject.toml"), "-p", "tests.conftest", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", "-q", *words, "--rootdir", str(folder), str(file)]
    ran = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "text, complaint",
    [
        (WIDGET, "left behind: widget"),
        (TIMER, "left behind: timer"),
        (THREAD, "left behind: thread worker"),
        (QT_MESSAGE, "painter not active"),
        (WARNING, "DeprecationWarning: old"),
    ],
    ids="widget timer thread message warning".split(),
)
def test_a_test_that_breaks_the_rules_fails(
    text: str, complaint: str, tmp_path: Path, repository: Path
) -> None:
    status, output = pytest_on(text, tmp_path, repository)
    assert (status, complaint in output) == (1, True), output


@pytest.mark.parametrize("text", [SETTINGS, CLEAN], ids="settings clean".split())
def test_a_test_that_keeps_the_rules_passes(text: str, tmp_path: Path, repository: Path) -> None:
    status, output = pytest_on(text, tmp_path, repository)
    assert status == 0, output
