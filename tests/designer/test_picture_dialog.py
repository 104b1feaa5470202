"""The dialog of Ctrl+E, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from designer.picture_dialog import PictureDialog
from designer.window import MainWindow
from tests.designer.hands import CONTROL, LEFT, key


def opened(window: MainWindow) -> PictureDialog:
    """The dialog, as Ctrl+E opens it."""
    key(window, Qt.Key.Key_E, CONTROL)
    assert window.picture_dialog is not None
    return window.picture_dialog


def choose(box: object, data: object) -> None:
    box.setCurrentIndex(box.findData(data))  # type: ignore[attr-defined]


def test_the_keys_show_the_picture_of_what_is_in_sight(lenet: MainWindow) -> None:
    dialog = opened(lenet)
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert "pixels" in dialog.told.text()
    assert dialog.save.isEnabled()


def test_every_choice_changes_the_preview(lenet: MainWindow) -> None:
    dialog = opened(lenet)
    seen = {dialog.preview.grab().toImage().cacheKey(): dialog.preview.grab().toImage()}
    pictures = list(seen.values())
    choose(dialog.color_box, "print")
    pictures.append(dialog.preview.grab().toImage())
    choose(dialog.style_box, "stack")
    pictures.append(dialog.preview.grab().toImage())
    QTest.mouseClick(dialog.flags["transparent"], LEFT, pos=dialog.flags["transparent"].rect().center() * 0.2)
    pictures.append(dialog.preview.grab().toImage())
    assert all(a != b for i, a in enumerate(pictures) for b in pictures[i + 1 :])


def test_the_selection_alone_can_be_pictured(lenet: MainWindow) -> None:
    dialog = opened(lenet)
    assert not dialog.only.isEnabled()
    assert dialog.only.toolTip() == "Select nodes on the canvas first."
    whole = dialog.told.text()
    lenet.stage.canvas.select(["conv1", "pool1"])
    assert dialog.only.isEnabled()
    dialog.only.click()
    assert dialog.choice().nodes == ("conv1", "pool1")
    assert dialog.told.text() != whole


def test_what_was_chosen_is_remembered(lenet: MainWindow, start: object) -> None:
    dialog = opened(lenet)
    choose(dialog.style_box, "stack")
    choose(dialog.color_box, "print")
    choose(dialog.scale_box, 4.0)
    dialog.flags["counts"].click()
    again = opened(start("lenet_digits"))  # type: ignore[operator]
    assert again.choice() == dialog.choice()
    assert again.choice().colors == "print"
    assert not again.choice().counts


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_the_picture_is_saved_under_the_ending_of_its_kind(
    lenet: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    dialog = opened(lenet)
    answer = str(tmp_path / "net"), f"{kind.upper()} (*.{kind})"
    words = {"svg": "SVG drawing (*.svg)", "pdf": "PDF document (*.pdf)", "png": "PNG picture (*.png)"}
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (answer[0], words[kind]))
    QTest.mouseClick(dialog.save, LEFT)
    assert (tmp_path / f"net.{kind}").stat().st_size > 1_000
    assert dialog.told.text() == f"The picture is in {tmp_path / f'net.{kind}'}."


def test_the_clipboard_gets_pixels_and_a_drawing(lenet: MainWindow) -> None:
    dialog = opened(lenet)
    QTest.mouseClick(dialog.copy, LEFT)
    held = QGuiApplication.clipboard().mimeData()
    assert held.hasImage()
    assert b"conv1" in held.data("image/svg+xml").data()
    QGuiApplication.clipboard().clear()


def test_an_edit_beside_the_dialog_is_followed(lenet: MainWindow) -> None:
    dialog = opened(lenet)
    before = dialog.told.text()
    lenet.stage.canvas.select(["logits"])
    key(lenet.stage.canvas, Qt.Key.Key_Delete)
    assert dialog.told.text() != before


def test_an_empty_network_has_no_picture_and_says_so(blank: MainWindow) -> None:
    blank.stage.canvas.select(blank.stage.canvas.sheet.names)
    key(blank.stage.canvas, Qt.Key.Key_Delete)
    dialog = opened(blank)
    assert "is empty: there is nothing to picture" in dialog.told.text()
    assert not dialog.save.isEnabled()
    assert not dialog.copy.isEnabled()


def test_a_place_that_cannot_be_written_is_told(lenet: MainWindow, tmp_path: Path) -> None:
    dialog = opened(lenet)
    dialog.write(tmp_path / "missing" / "net.svg")
    assert "Choose a folder that is there" in dialog.told.text()
