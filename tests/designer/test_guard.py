from __future__ import annotations

import os
import subprocess
import sys

import pytest

from designer.guard import broken_qt, no_display, refuse_broken_qt

MOVES = """
from PySide6.QtWidgets import QApplication, QGraphicsRectItem
app = QApplication([])
item = QGraphicsRectItem(0, 0, 1, 1)
for step in range(20_000):
    item.setPos(step, step)
print(item.x())
"""


def test_the_installed_qt_is_accepted() -> None:
    refuse_broken_qt()


def test_qt_6_12_0_on_python_3_11_is_refused_with_what_to_install() -> None:
    problem = broken_qt((3, 11, 2), (6, 12, 0))
    assert problem is not None
    assert "pip install" in problem


@pytest.mark.parametrize("python, qt", [((3, 12, 1), (6, 12, 0)), ((3, 11, 2), (6, 11, 3))])
def test_either_half_of_the_broken_pair_is_accepted(python: list[int], qt: list[int]) -> None:
    assert broken_qt(python, qt) is None


def test_qt_survives_20_000_calls_that_return_nothing() -> None:
    # In a process of its own: the broken pair aborts instead of raising.
    ran = subprocess.run([sys.executable, "-c", MOVES], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "19999.0"), ran.stderr


def test_a_window_without_a_display_is_refused_with_what_can_be_done() -> None:
    assert "layerwright --help" in (no_display({}, "linux") or "")


@pytest.mark.parametrize("shown", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_whatever_names_a_display_is_believed(shown: str) -> None:
    assert no_display({shown: "x"}, "linux") is None
    assert no_display({}, "darwin") is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a display")
def test_opening_the_window_where_there_is_no_display_exits_with_2_and_a_sentence() -> None:
    bare = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    ran = subprocess.run([sys.executable, "-m", "designer.app"], env=bare, capture_output=True, text=True)
    assert ran.returncode == 2
    assert ran.stderr.startswith("layerwright: There is no display")
