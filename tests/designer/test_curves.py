"""The live curves: drawn, followed, read off and saved by real widgets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from designer.monitor.curves import REFRESH, CurvesView
from designer.monitor.plot import MetricPlot
from designer.theme import DARK, LIGHT
from runtime.store import CannotSave

STEPS, EPOCH = 400, 50


@pytest.fixture
def view(qtbot: QtBot) -> CurvesView:
    """A view on the screen in which nothing was trained."""
    made = CurvesView(LIGHT)
    qtbot.addWidget(made)
    made.resize(1200, 260)
    made.show()
    return made


@pytest.fixture
def trained(view: CurvesView) -> CurvesView:
    """A view of a training of eight epochs, drawn."""
    falling = np.exp(-np.arange(STEPS) / 100)
    view.begin(["loss", "accuracy"], {"loss": "lower", "accuracy": "higher"}, STEPS, EPOCH)
    view.add_steps(0, {"loss": falling.tolist(), "accuracy": (1 - falling).tolist()})
    for epoch in range(1, 9):
        value = float(np.exp(-epoch / 2))
        view.add_validation(epoch * EPOCH, epoch, {"loss": value, "accuracy": 1 - value}, best=epoch <= 7)
    view.refresh()
    return view


def words(view: CurvesView) -> str:
    """All that the visible labels say."""
    return " ".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def ink(image: QImage, colour: str) -> int:
    """How many pixels have exactly this colour."""
    wanted = QColor(colour).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def toggle(view: CurvesView, text: str) -> QToolButton:
    """The switch with this text."""
    return next(b for b in view.findChildren(QToolButton) if b.text() == text)


def test_an_empty_view_says_how_to_begin(view: CurvesView) -> None:
    assert "Nothing has been trained yet" in words(view)


def test_curves_appear_within_a_tenth_of_a_second_without_being_asked(view: CurvesView, qtbot: QtBot) -> None:
    view.begin(["loss"], {"loss": "lower"}, 100, 10)
    view.add_steps(0, {"loss": [2.0, 1.0, 0.5]})
    qtbot.waitUntil(lambda: "train" in words(view), timeout=20 * REFRESH)
    assert ink(view.grab().toImage(), LIGHT.accent) > 20


def test_nothing_is_redrawn_while_nothing_comes(trained: CurvesView, qtbot: QtBot) -> None:
    qtbot.wait(3 * REFRESH)
    assert not trained._timer.isActive()
    trained.hide()
    trained.add_steps(STEPS, {"loss": [0.1]})
    assert not trained._timer.isActive()


def test_the_line_below_tells_the_latest_and_the_best(trained: CurvesView) -> None:
    assert "validation 0.018" in words(trained)
    assert "best 0.030 at epoch 7" in words(trained)


def test_a_number_without_a_curve_is_noted_below_the_last_plot(trained: CurvesView) -> None:
    trained.add_steps(STEPS, {"learning rate": [0.0032]})
    trained.refresh()
    assert words(trained).count("learning rate 0.0032") == 1


def test_both_curves_are_drawn_in_the_colours_of_either_theme(trained: CurvesView) -> None:
    for theme in (LIGHT, DARK):
        trained.set_theme(theme)
        trained.refresh()
        picture = trained.grab().toImage()
        assert ink(picture, theme.accent) > 100
        assert ink(picture, theme.second) > 100


def test_the_cursor_reads_values_off_every_plot(trained: CurvesView, qtbot: QtBot) -> None:
    plot = trained.findChildren(MetricPlot)[0]
    viewport = plot._plot.viewport()
    qtbot.mouseMove(viewport, QPoint(viewport.width() // 2, 40))
    qtbot.waitUntil(lambda: words(trained).count("step ") == 2)
    assert "at epoch 4" in words(trained)
    plot.left.emit()
    assert "step " not in words(trained)


def test_the_axis_counts_epochs_on_request(trained: CurvesView, qtbot: QtBot) -> None:
    plot = trained.findChildren(MetricPlot)[0]
    assert plot._box.viewRange()[0][1] > STEPS
    qtbot.mouseClick(toggle(trained, "Epochs"), Qt.MouseButton.LeftButton)
    trained.refresh()
    assert plot._box.viewRange()[0][1] == pytest.approx(STEPS / EPOCH, rel=0.05)


def test_epochs_are_not_offered_where_none_are_known(view: CurvesView) -> None:
    view.begin(["loss"], {}, 100, 0)
    assert not toggle(view, "Epochs").isEnabled()
    assert "no epochs" in toggle(view, "Epochs").toolTip()


def test_a_log_axis_leaves_out_what_has_no_logarithm(trained: CurvesView) -> None:
    toggle(trained, "Log").setChecked(True)
    trained.add_steps(STEPS, {"loss": [0.0, -1.0, float("nan"), float("inf"), 0.5]})
    trained.refresh()
    low, high = trained.findChildren(MetricPlot)[0]._box.viewRange()[1]
    assert -3 < low < high < 1


def test_the_slider_smooths_what_is_there_and_what_comes(trained: CurvesView) -> None:
    trained.findChildren(QSlider)[0].setValue(0)
    trained.add_steps(STEPS, {"loss": [5.0]})
    trained.refresh()
    assert "train 5.000" in words(trained)
    trained.findChildren(QSlider)[0].setValue(99)
    trained.refresh()
    assert "train 5.000" not in words(trained)


def test_a_loss_that_is_not_a_number_is_said_and_not_drawn(trained: CurvesView) -> None:
    trained.add_steps(STEPS, {"loss": [float("nan")] * 20})
    trained.refresh()
    assert "train not a number" in words(trained)


def test_a_past_run_is_laid_under_the_curves_and_taken_away(trained: CurvesView) -> None:
    trained.set_overlay("yesterday", {"loss": ([0, 200, 900], [3.0, 2.0, 1.0])})
    trained.refresh()
    assert "before: yesterday" in words(trained)
    trained.set_overlay("yesterday", {})
    trained.refresh()
    assert "yesterday" not in words(trained)


def test_plots_go_below_one_another_where_it_is_narrow(trained: CurvesView, qtbot: QtBot) -> None:
    one, other = trained.findChildren(MetricPlot)
    assert one.y() == other.y()
    trained.resize(500, 500)
    qtbot.waitUntil(lambda: other.y() > one.y() and other.x() == one.x())


def test_beginning_anew_forgets_and_clearing_says_how_to_begin(trained: CurvesView) -> None:
    trained.begin(["error"], {"error": "lower"}, 10, 5)
    trained.refresh()
    assert "accuracy" not in words(trained)
    trained.clear()
    assert "Nothing has been trained yet" in words(trained)


def test_the_plot_is_at_least_half_full_and_holds_still_between(view: CurvesView) -> None:
    view.begin(["loss"], {}, 1000, 100)
    plot, seen = view.findChildren(MetricPlot)[0], set()
    for step in range(0, 1000, 10):
        view.add_steps(step, {"loss": [1.0] * 10})
        view.refresh()
        right = plot._box.viewRange()[0][1]
        seen.add(round(right))
        assert step + 9 < right
    assert len(seen) <= 8


def test_a_png_has_two_dots_a_pixel_and_the_curves(trained: CurvesView, tmp_path: Path) -> None:
    trained.picture(tmp_path / "curves.png", 800, 240)
    picture = QImage(str(tmp_path / "curves.png"))
    assert picture.size() == QSize(1600, 480)
    assert ink(picture, LIGHT.accent) > 500
    assert picture.pixelColor(1, 1) == QColor(LIGHT.panel)


def test_an_svg_holds_lines_and_words_but_no_pixels(trained: CurvesView, tmp_path: Path) -> None:
    trained.save(tmp_path / "curves.svg")
    text = (tmp_path / "curves.svg").read_text("utf-8")
    assert "accuracy" in text
    assert text.count("<path") + text.count("<polyline") > 10
    assert "<image" not in text


def test_a_csv_holds_every_value(trained: CurvesView, tmp_path: Path) -> None:
    trained.save(tmp_path / "curves.csv")
    rows = (tmp_path / "curves.csv").read_text("utf-8").splitlines()
    assert rows[0] == "step,epoch,train loss,validation loss,train accuracy,validation accuracy"
    assert len(rows) == 1 + STEPS + 1


def test_a_picture_that_cannot_be_written_is_refused_in_a_sentence(
    trained: CurvesView, tmp_path: Path, qtbot: QtBot
) -> None:
    with pytest.raises(ValueError, match=r"\.png, \.svg or \.csv"):
        trained.save(tmp_path / "curves.gif")
    with pytest.raises(CannotSave):
        trained.save(tmp_path / "nowhere" / "curves.png")
    with qtbot.waitSignal(trained.failed):
        trained._save_asked(str(tmp_path / "nowhere" / "curves.png"))


def test_the_context_menu_offers_the_three_kinds_of_file(trained: CurvesView) -> None:
    assert [action.text() for action in trained.menu().actions()] == [
        "Save as PNG picture…",
        "Save as SVG picture…",
        "Save as values (CSV)…",
    ]


def test_pyqtgraph_stays_out_until_the_curves_are_needed() -> None:
    code = "import sys, designer.theme, designer.icons, designer.monitor.series; print('pyqtgraph' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
