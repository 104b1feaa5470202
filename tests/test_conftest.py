"""The house rules of conftest.py, each broken once on purpose in a pytest of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BROKEN = """
import threading, warnings
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QWidget
kept = []
def test_widget(qapp):
    kept.append(QWidget())
def test_timer(qapp):
    kept.append(QTimer(interval=1000))
    kept[-1].start()
def test_thread():
    threading.Thread(target=threading.Event().wait, daemon=True, name="worker").start()
def test_message(qapp):
    qWarning("painter not active")
def test_warning():
    warnings.warn("old", DeprecationWarning)
"""
KEPT = """
from pathlib import Path
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QWidget
def test_write_settings():
    QSettings("house", "room").setValue("door", 1)
def test_read_settings():
    assert QSettings("house", "room").value("door") is None
    assert "pytest" in str(Path.home())
def test_widget_with_timer(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    QTimer(widget, interval=1000).start()
def test_cycle(qapp):
    widget = QWidget()
    widget.itself = widget
"""


def pytest_on(text: str, folder: Path) -> tuple[int, str]:
    """Return the status and the output of a pytest that holds `text` to the rules of the house."""
    repository = Path(__file__).resolve().parent.parent
    file = folder / "test_given.py"
    file.write_text(text)
    words = ["-c", str(repository / "pyproject.toml"), "-p", "tests.conftest", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", "-q", *words, "--rootdir", str(folder), str(file)]
    ran = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> str:
    return pytest_on(BROKEN, tmp_path_factory.mktemp("broken"))[1]


@pytest.mark.parametrize(
    "name, complaint",
    [
        ("test_widget", "left behind: widget"),
        ("test_timer", "left behind: timer"),
        ("test_thread", "left behind: thread worker"),
        ("test_message", "painter not active"),
        ("test_warning", "DeprecationWarning: old"),
    ],
)
def test_a_test_that_breaks_the_rules_fails(name: str, complaint: str, complaints: str) -> None:
    assert complaint in complaints
    assert re.search(rf"^(FAILED|ERROR) .*::{name}\b", complaints, re.MULTILINE)


def test_tests_that_keep_the_rules_pass(tmp_path: Path) -> None:
    status, output = pytest_on(KEPT, tmp_path)
    assert status == 0, output
