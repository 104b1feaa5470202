"""The picture of what is in sight: how it is to look, with a preview, and where it goes. It stays beside the canvas."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData, QSettings, QSize, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.figures import CannotPicture, Choice, Subject, figure, image, save, sharpest
from designer.figures.output import Figure, svg
from designer.figures.preview import Preview
from designer.stage import Stage
from designer.theme import GAP, Theme

_CHOICE, _FOLDER, _KIND = "picture/choice", "picture/folder", "picture/kind"
_STYLES = {"cards": "Cards, as on the canvas", "stack": "Feature maps, as in papers"}
_COLORS = {"light": "Light", "dark": "Dark", "contrast": "High contrast", "print": "For print"}
_SCALES = {0.0: "As sharp as it fits", 1.0: "1×  (96 dpi)", 2.0: "2×  (192 dpi)", 4.0: "4×  (384 dpi)"}
_FLAGS = {
    "transparent": "Transparent ground",
    "shapes": "Shapes",
    "counts": "Parameter counts",
    "notes": "Notes and frames",
}
_ONLY = "Selection only"
_KINDS = {".svg": "SVG drawing (*.svg)", ".pdf": "PDF document (*.pdf)", ".png": "PNG picture (*.png)"}
_MILLIMETRES = 25.4 / 96.0
_SIDE = 232  # px


class PictureDialog(QDialog):
    """Chooses how the picture is to look, shows it, saves and copies it."""

    said = Signal(str)

    def __init__(self, theme: Theme, stage: Stage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self._figure: Figure | None = None
        self.preview, self.told = Preview(theme), QLabel()
        self.told.setProperty("role", "small")
        self.told.setWordWrap(True)
        self.style_box, self.color_box, self.scale_box = _box(_STYLES), _box(_COLORS), _box(_SCALES)
        self.flags = {name: QCheckBox(words) for name, words in _FLAGS.items()}
        self.only = QCheckBox(_ONLY)
        self.copy, self.close_button, self.save = QPushButton("Copy"), QPushButton("Close"), QPushButton("Save…")
        self._lay_out()
        self._show_choice(_remembered(theme))
        self._connect()

    def _lay_out(self) -> None:
        self.setWindowTitle("Picture")
        self.resize(980, 680)
        self.save.setProperty("primary", True)
        self.save.setDefault(True)
        self.copy.setToolTip("Put the picture on the clipboard, as PNG and as SVG")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(16)
        row.addWidget(self.preview, 1)
        row.addWidget(self._side())

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(_SIDE)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        named = {"Drawn as": self.style_box, "Colours": self.color_box, "Size of a PNG": self.scale_box}
        for words, box in named.items():
            heading = QLabel(words)
            heading.setProperty("role", "small")
            heading.setBuddy(box)
            box.setAccessibleName(words)
            column.addWidget(heading)
            column.addWidget(box)
        column.addSpacing(GAP)
        for check in (self.only, *self.flags.values()):
            column.addWidget(check)
        column.addSpacing(GAP)
        column.addWidget(self.told)
        column.addStretch(1)
        column.addWidget(self.save)
        below = QHBoxLayout()
        below.setSpacing(GAP)
        below.addWidget(self.copy)
        below.addWidget(self.close_button)
        column.addLayout(below)
        return side

    def _connect(self) -> None:
        for box in (self.style_box, self.color_box, self.scale_box):
            box.currentIndexChanged.connect(self._choose)
        for check in (self.only, *self.flags.values()):
            check.toggled.connect(self._choose)
        self.save.clicked.connect(self._save)
        self.copy.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.close)

    # What is chosen

    def choice(self) -> Choice:
        """How the picture is to look."""
        flags = {name: check.isChecked() for name, check in self.flags.items()}
        picked = self._stage.canvas.selection() if self.only.isChecked() else ()
        return Choice(
            style=self.style_box.currentData(),
            colors=self.color_box.currentData(),
            scale=self.scale_box.currentData(),
            nodes=tuple(picked),
            **flags,
        )

    def _show_choice(self, choice: Choice) -> None:
        for box, value in (
            (self.style_box, choice.style),
            (self.color_box, choice.colors),
            (self.scale_box, choice.scale),
        ):
            box.setCurrentIndex(max(box.findData(value), 0))
        for name, check in self.flags.items():
            check.setChecked(getattr(choice, name))

    def _choose(self, *_: object) -> None:
        kept = {name: value for name, value in vars(self.choice()).items() if name != "nodes"}
        QSettings().setValue(_CHOICE, json.dumps(kept))
        self.follow()

    # What is seen

    def open_beside(self) -> None:
        """Shows the picture of what is in sight now; the canvas can still be used."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.follow()

    def set_theme(self, theme: Theme) -> None:
        """The preview in the frame of another theme; the picture keeps its own colours."""
        self.preview.set_theme(theme)

    def follow(self, *_: object) -> None:
        """Shows the picture of what is in sight now, where anybody sees it."""
        if not self.isVisible():
            return
        self._enable()
        choice = self.choice()
        try:
            self._figure = figure(self._subject(), choice)
        except CannotPicture as why:
            self._figure = None
            self.told.setText(str(why))
        else:
            self.told.setText(_size(self._figure, choice))
        self.preview.show_figure(self._figure, choice.transparent)
        for button in (self.save, self.copy):
            button.setEnabled(self._figure is not None)

    def _enable(self) -> None:
        """Offers what there is to choose; the tooltip of the rest says why not."""
        chosen, cards = bool(self._stage.canvas.selection()), self.style_box.currentData() == "cards"
        self.only.setEnabled(chosen)
        self.only.setToolTip("" if chosen else "Select nodes on the canvas first.")
        self.flags["notes"].setEnabled(cards)
        self.flags["notes"].setToolTip("" if cards else "Notes and frames stand beside cards.")

    def _subject(self) -> Subject:
        scene, canvas = self._stage.scene, self._stage.canvas
        return Subject(canvas.name, scene.graph, scene.checked, canvas.sheet.shown_layout(), scene.decor)

    # Where it goes

    def _save(self) -> None:
        settings = QSettings()
        kind = str(settings.value(_KIND, ".svg"))
        start = Path(str(settings.value(_FOLDER, ""))) / f"{self._subject().name}{kind}"
        path, chosen = QFileDialog.getSaveFileName(
            self, "Save the picture", str(start), ";;".join(_KINDS.values()), _KINDS.get(kind, _KINDS[".svg"])
        )
        if path:
            self.write(Path(path), chosen)

    def write(self, path: Path, kind: str = "") -> None:
        """Writes the picture into a file; its ending is that of the kind chosen where it has none we know."""
        if path.suffix.lower() not in _KINDS:
            ending = next((end for end, words in _KINDS.items() if words == kind), ".svg")
            path = path.with_name(path.name + ending)
        QSettings().setValue(_FOLDER, str(path.parent))
        QSettings().setValue(_KIND, path.suffix.lower())

        def write(shown: Figure, choice: Choice) -> None:
            save(shown, path, choice.scale, choice.transparent)

        self._try(write, f"The picture is in {path}.")

    def _copy(self) -> None:
        def copy(shown: Figure, choice: Choice) -> None:
            data = QMimeData()
            data.setImageData(image(shown, choice.scale, choice.transparent))
            data.setData("image/svg+xml", QByteArray(svg(shown, choice.transparent)))
            QGuiApplication.clipboard().setMimeData(data)

        self._try(copy, "The picture is on the clipboard.")

    def _try(self, deed: Callable[[Figure, Choice], None], done: str) -> None:
        assert self._figure is not None  # the buttons are off without one
        try:
            deed(self._figure, self.choice())
        except CannotPicture as why:
            done = str(why)
        self.told.setText(done)
        self.said.emit(done)

    def sizeHint(self) -> QSize:
        return QSize(980, 680)


def _box(names: Mapping[Any, str]) -> QComboBox:
    box = QComboBox()
    for value, words in names.items():
        box.addItem(words, value)
    return box


def _size(shown: Figure, choice: Choice) -> str:
    """How large the picture gets, in pixels and in print."""
    width, height = shown.area.width(), shown.area.height()
    scale = choice.scale or min(2.0, sharpest(shown))
    pixels = f"PNG {width * scale:,.0f} × {height * scale:,.0f} pixels"
    return f"{pixels}\nIn print {width * _MILLIMETRES:,.0f} × {height * _MILLIMETRES:,.0f} mm"


def _remembered(theme: Theme) -> Choice:
    """What was chosen last; at first the colours of the window."""
    first = Choice(colors=theme.name)
    try:
        kept = json.loads(str(QSettings().value(_CHOICE, "{}")))
        known = {name: kept[name] for name in vars(first) if name in kept and name != "nodes"}
        fits = all(isinstance(value, type(getattr(first, name))) for name, value in known.items())
        return replace(first, **known) if fits else first
    except (ValueError, TypeError):
        return first


__all__ = ["PictureDialog"]
