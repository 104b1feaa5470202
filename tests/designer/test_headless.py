"""Pictures without a screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from designer import headless
from tests.designer.runs import finished

LENET = Path(__file__).parents[2] / "samples" / "lenet_digits.json"


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_design_is_painted_as_a_figure(ending: str, tmp_path: Path, qtbot: QtBot) -> None:
    out = tmp_path / f"lenet.{ending}"
    assert headless.main(["--design", str(LENET), "-o", str(out)]) == 0
    assert out.stat().st_size > 1000


def test_a_design_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], qtbot: QtBot
) -> None:
    (tmp_path / "cut.json").write_text('{"format": 1')
    assert headless.main(["--design", str(tmp_path / "cut.json"), "-o", str(tmp_path / "a.png")]) == 2
    assert "cut.json" in capsys.readouterr().err


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


def test_a_picture_that_cannot_be_written_says_who_speaks_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], qtbot: QtBot
) -> None:
    assert headless.main(["--design", str(LENET), "-o", str(tmp_path / "missing" / "a.png")]) == 2
    told = capsys.readouterr().err
    assert told.startswith("layerwright: ")
    assert told.endswith("Choose a folder that is there and may be written to.\n")
