from __future__ import annotations

import subprocess
import sys

import pytest

from designer.guard import broken_qt, refuse_broken_qt

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
