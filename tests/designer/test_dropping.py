from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from designer.dropping import taken
from designer.window import MainWindow
from runtime.data.table import Table
from runtime.data.text import Text
from runtime.design import Design
from tests.designer.hands import SAMPLES, Open

COPY, LEFT, NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A folder with pictures of two kinds."""
    for name in ("cats", "dogs"):
        folder = tmp_path / "pets" / name
        folder.mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(folder / "one.png")
    return tmp_path / "pets"


def drop(widget: QWidget, *paths: Path) -> None:
    """Drops files on a widget as a file manager would."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(50, 50), COPY, mime, LEFT, NONE))
    QApplication.sendEvent(widget, QDropEvent(QPointF(50, 50), COPY, mime, LEFT, NONE))


def test_a_design_dropped_on_the_canvas_opens(blank: MainWindow) -> None:
    drop(blank.stage.canvas.viewport(), SAMPLES / "xor_mlp.json")
    assert blank.document.design.title == "XOR with a hidden layer"


def test_a_folder_of_images_becomes_the_data_in_one_step(lenet: MainWindow, pets: Path) -> None:
    drop(lenet.stage.canvas.viewport(), pets)
    data = lenet.document.design.data
    assert data is not None
    assert data.value("folder") == str(pets)
    assert (data.value("channels"), data.value("height")) == (1, 8)
    lenet.commands["Undo"].trigger()
    assert lenet.document.design.data is not data


def test_a_folder_dropped_on_the_welcome_page_begins_a_design(start: Open, pets: Path) -> None:
    window = start()
    drop(window, pets)
    assert window.at_work
    assert window.document.design.data is not None
    assert window.document.design.data.value("folder") == str(pets)


def test_a_table_becomes_the_data(blank: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "iris.csv").write_text("a,b,kind\n1,2,x\n3,4,y\n")
    drop(blank, tmp_path / "iris.csv")
    assert blank.document.design.data is not None
    assert blank.document.design.data.value("file") == str(tmp_path / "iris.csv")


def test_a_table_is_taken_whose_target_is_still_to_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "iris.csv").write_text("kind,a,b\nx,1,2\ny,3,4\n")
    found = taken([tmp_path / "iris.csv"], Design()).data
    assert isinstance(found, Table)
    assert found.with_settings(target="kind").fields()["target"].classes == 2


def test_a_text_becomes_the_data_and_a_broken_table_does_not_become_a_text(tmp_path: Path) -> None:
    for name in ("poem.txt", "broken.csv"):
        (tmp_path / name).write_text("tiger " * 20)
    found = taken([tmp_path / "poem.txt"], Design()).data
    assert isinstance(found, Text)
    assert found.file == str(tmp_path / "poem.txt")
    assert "line 1: expected the names" in taken([tmp_path / "broken.csv"], Design()).why_not


def test_settings_of_data_of_the_same_kind_are_kept(pets: Path) -> None:
    first = taken([pets], Design()).data
    assert first is not None
    second = taken([pets], Design(data=first.with_settings(height=32, batch_size=5))).data
    assert second is not None
    assert (second.value("height"), second.value("batch_size")) == (32, 5)


def test_the_folder_of_a_run_opens_the_design_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "design.json").write_text((SAMPLES / "xor_mlp.json").read_text())
    assert taken([tmp_path], Design()).design == tmp_path / "design.json"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cat.png", "single picture"),
        ("best.safetensors", "holds weights"),
        ("net.onnx", "PyTorch code"),
        ("net.py", "paste"),
        ("talk.mp4", "Drop a design"),
    ],
)
def test_what_cannot_be_taken_is_said_with_what_can(lenet: MainWindow, tmp_path: Path, name: str, said: str) -> None:
    before = lenet.document.design
    (tmp_path / name).write_text("")
    drop(lenet.stage.canvas.viewport(), tmp_path / name)
    assert lenet.document.design is before
    told = lenet.status.currentMessage()
    assert told.startswith(name)
    assert said in told


def test_a_folder_without_pictures_says_what_was_expected(tmp_path: Path) -> None:
    assert "one a class" in taken([tmp_path], Design()).why_not


def test_several_files_at_once_are_too_many(tmp_path: Path) -> None:
    assert taken([tmp_path, tmp_path], Design()).why_not.startswith("2 files were dropped; drop one at a time.")


def test_guides_are_turned_off_and_on_in_the_menu_and_remembered(lenet: MainWindow) -> None:
    lenet.commands["Snap to guides"].trigger()
    assert not lenet.stage.canvas.guided
    assert QSettings().value("canvas/guides", True, bool) is False
    lenet.commands["Snap to guides"].trigger()
    assert lenet.stage.canvas.guided
