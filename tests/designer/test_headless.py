"""Pictures without a screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from designer import headless
from tests.designer.runs import finished


def blue(image: QImage, x: int, y: int) -> bool:
    """Whether a dot belongs to a curve of the training."""
    colour = image.pixelColor(x, y)
    return colour.blue() > 150 and colour.red() < 120


def test_the_window_and_the_curves_of_a_run_are_painted(tmp_path: Path, qtbot: QtBot) -> None:
    run = finished(tmp_path / "runs")
    assert headless.main([str(run.folder), "--out", str(tmp_path / "shown")]) == 0
    window, curves = (QImage(str(tmp_path / "shown" / name)) for name in ("window.png", "curves.png"))
    assert (window.width(), window.height()) == (1600, 1000)
    inked = sum(blue(curves, x, y) for x in range(0, curves.width(), 4) for y in range(0, curves.height(), 4))
    assert inked > 50


def test_a_folder_that_is_no_run_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], qtbot: QtBot
) -> None:
    assert headless.main([str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "choose the folder of a run" in capsys.readouterr().err
