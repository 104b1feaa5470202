"""New, open, save: the document and its file, with a question only where work would be lost."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from designer import actions
from designer.document import OpenDesign
from runtime.design import Design
from runtime.file import BadDesign, CannotSave

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
_FILTER = "Designs (*.json);;All files (*)"
_RECENT, _MOST = "files/recent", 8


class Files(QObject):
    """What a person does with files. Failures are sentences in `said`; what was open stays open."""

    said = Signal(str)
    opened = Signal()  # a document is there to be worked on

    def __init__(self, document: OpenDesign, owner: QWidget) -> None:
        super().__init__(owner)
        self._document, self._owner = document, owner

    def new(self) -> None:
        """Opens an empty design, after asking where changes would be lost."""
        if self.may_leave():
            self._document.show(actions.new_design())
            self.opened.emit()

    def ask_open(self) -> None:
        """Asks for a file and opens it."""
        path, _ = QFileDialog.getOpenFileName(self._owner, "Open a design", self._folder(), _FILTER)
        if path:
            self.open(Path(path))

    def open(self, path: Path, *, sample: bool = False) -> bool:
        """Opens a file; a sample is opened without its path, so that saving asks for another."""
        if not self.may_leave():
            return False
        try:
            self._document.open(path)
        except BadDesign as error:
            self.said.emit(str(error))
            return False
        if sample or SAMPLES in path.resolve().parents:
            self._document.show(self._document.design)
        else:
            remember(path)
        self.opened.emit()
        return True

    def show(self, design: Design, *, saved: bool = True) -> bool:
        """Opens a design that comes from elsewhere, as that of a run; not `saved` where it is nowhere else."""
        if not self.may_leave():
            return False
        self._document.show(design, saved=saved)
        self.opened.emit()
        return True

    def save(self) -> bool:
        """Writes the document to its file, or asks for one."""
        return self._write(self._document.path) if self._document.path else self.save_as()

    def save_as(self) -> bool:
        """Asks for a file and writes the document there."""
        name = _file_name(self._document.design.title)
        path, _ = QFileDialog.getSaveFileName(self._owner, "Save the design", f"{self._folder()}/{name}", _FILTER)
        return bool(path) and self._write(Path(path if Path(path).suffix else f"{path}.json"))

    def _write(self, path: Path | None) -> bool:
        try:
            self._document.save(path)
        except CannotSave as error:
            self.said.emit(str(error))
            return False
        if self._document.path is not None:
            remember(self._document.path)
            self.said.emit(f"Saved to {self._document.path}")
        return True

    def may_leave(self) -> bool:
        """Whether the document may go: nothing to lose, saved now, or given up on purpose."""
        if not self._document.modified:
            return True
        button = QMessageBox.StandardButton
        box = QMessageBox(self._owner)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"Save the changes to “{self._document.design.title}”?")
        box.setInformativeText("They are lost otherwise.")
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        answer = box.exec()
        box.deleteLater()
        return answer == button.Discard or (answer == button.Save and self.save())

    def _folder(self) -> str:
        path = self._document.path or next(iter(recent()), None)
        return str(path.parent if path else Path.cwd())


def recent() -> list[Path]:
    """The files opened or saved lately that are still there, newest first."""
    stored = QSettings().value(_RECENT)
    names = stored if isinstance(stored, list) else [stored] if stored else []
    return [path for path in map(Path, map(str, names)) if path.is_file()]


def remember(path: Path) -> None:
    """Puts a file first among the recent ones."""
    path = path.resolve()
    names = [str(path), *(str(other) for other in recent() if other != path)]
    QSettings().setValue(_RECENT, names[:_MOST])


def samples() -> list[Path]:
    """The files of the lessons, in the order to take them."""
    place = {stem: number for number, stem in enumerate(STARTERS)}
    return sorted(SAMPLES.glob("*.json"), key=lambda path: (place.get(path.stem, len(place)), path.stem))


STARTERS = ("xor_mlp", "lenet_digits", "resnet_digits", "lstm_digits")  # the lessons to begin with


def _file_name(title: str) -> str:
    kept = "".join(c if c.isalnum() else "_" for c in title.lower()).strip("_")
    return f"{kept or 'untitled'}.json"
