"""Starts the window: `python -m designer.app [FILE] [--theme NAME] [--picture OUT]`."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from designer.guard import refuse_broken_qt, refuse_no_display

refuse_broken_qt()

from PySide6.QtCore import QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication, QMessageBox  # noqa: E402

from designer import recovery  # noqa: E402
from designer import theme as looks  # noqa: E402
from designer.document import OpenDesign  # noqa: E402
from designer.recovery import Left, Recovery  # noqa: E402
from designer.window import MainWindow, chosen_theme  # noqa: E402
from runtime.file import BadDesign, CannotSave, save_design  # noqa: E402

_log = logging.getLogger("layerwright")


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status after the window is closed, or after its picture is written."""
    options = _parser().parse_args(argv)
    refuse_no_display()
    app = application(options.theme)
    window = MainWindow(OpenDesign(), app.property("theme"))
    sys.excepthook = Reporter(window).report
    keep(window, app)
    if options.file is not None:
        window.files.open(options.file)
    window.show()
    if options.picture is not None:
        QTimer.singleShot(500, lambda: _picture(window, options.picture))
    return app.exec()


def keep(window: MainWindow, app: QApplication) -> Recovery:
    """Keeps a copy of what is not saved, and offers what was left by a program that died."""
    folder = recovery.home()
    kept = Recovery(window.document, folder, window)
    kept.said.connect(window.say)
    app.aboutToQuit.connect(kept.forget)

    def offer() -> None:
        window.welcome.offer(recovery.left(folder))

    def take(copy: Left) -> None:
        if not window.files.may_leave():
            return
        try:
            kept.take(copy)
        except BadDesign as error:
            window.say(str(error))
        else:
            window.show_bench()
        offer()

    def drop(copy: Left) -> None:
        recovery.drop(copy)
        offer()

    window.welcome.left_wanted.connect(take)
    window.welcome.left_dropped.connect(drop)
    offer()
    return kept


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="layerwright", description="Draw, train and export neural networks.")
    parser.add_argument("file", nargs="?", type=Path, help="a design to open")
    parser.add_argument("--theme", choices=sorted(looks.THEMES), help="else the one chosen last, or the system's")
    parser.add_argument("--picture", type=Path, metavar="OUT", help="write a picture of the window and leave")
    return parser


def application(theme: str | None = None) -> QApplication:
    """The application in its theme; the one there is already where there is one."""
    held = QApplication.instance()
    app = held if isinstance(held, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Layerwright")
    app.setOrganizationName("Layerwright")
    app.setApplicationDisplayName("Layerwright")
    chosen = looks.THEMES[theme] if theme else chosen_theme()
    looks.apply(app, chosen)
    app.setProperty("theme", chosen)
    return app


def _picture(window: MainWindow, out: Path) -> None:
    if not window.grab().save(str(out)):
        _log.error("the picture could not be written to %s", out)
    window.document.show(window.document.design)
    window.close()


class Reporter:
    """Takes an error that nobody expected: logged, shown once with the text to report, the work saved aside."""

    def __init__(self, window: MainWindow) -> None:
        self._window, self._shown = window, False

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Takes the place of `sys.excepthook`."""
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        _log.error(text)
        self._window.log.tell(text)
        if not self._shown:
            self._shown = True
            self._show(text, self._save_aside())

    def _save_aside(self) -> str:
        folder = Path(tempfile.mkdtemp(prefix="layerwright-"))
        try:
            save_design(folder / "design.json", self._window.document.design)
        except CannotSave as cause:
            return f"The design could not be saved aside: {cause}"
        return f"The design was saved to {folder / 'design.json'}."

    def _show(self, text: str, saved: str) -> None:
        box = QMessageBox(self._window)
        box.setWindowTitle("Something went wrong")
        box.setText("Something went wrong that is our mistake, not yours. You can go on working.")
        box.setInformativeText(f"{saved} Please report the text below.")
        box.setDetailedText(text)
        box.open()


if __name__ == "__main__":
    sys.exit(main())
