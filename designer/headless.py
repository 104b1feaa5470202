"""Pictures without a screen: of the window with a run in it, and of its curves alone.

python -m designer.headless RUN_FOLDER --out DIR        window.png and curves.png
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from designer.app import application
from designer.document import OpenDesign
from designer.theme import LIGHT, THEMES, Theme
from designer.window import MainWindow
from runtime.file import BadDesign, open_design
from runtime.run import Run
from runtime.store import CannotRead, CannotSave

WINDOW, CURVES = QSize(1600, 1000), QSize(1100, 360)
_PATIENCE = 20.0  # seconds for reading a long run


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 where every picture was written, else 2 and a sentence."""
    options = _parser().parse_args(argv)
    theme = THEMES[options.theme]
    application(options.theme)
    try:
        run_pictures(Run.open(options.run), options.out, theme)
    except (BadDesign, CannotRead, CannotSave, OSError) as error:
        print(f"layerwright: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="designer.headless", description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a run")
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for window.png and curves.png")
    parser.add_argument("--theme", choices=sorted(THEMES), default="light")
    return parser


def run_pictures(run: Run, out: Path, theme: Theme = LIGHT) -> None:
    """Paints the window with a run's design and curves, and the curves alone; raises BadDesign or CannotSave."""
    out.mkdir(parents=True, exist_ok=True)
    document = OpenDesign(open_design(run.folder / "design.json"))
    window = MainWindow(document, theme, run.folder.parent)
    try:
        open_at(window, WINDOW)
        window.follow_run(run)
        settle(lambda: not window.training.live)
        window.grab().save(str(out / "window.png"))
        window.curves.curves.picture(out / "curves.png", CURVES.width(), CURVES.height())
    finally:
        window.close()
        window.deleteLater()


def open_at(window: MainWindow, size: QSize) -> None:
    """Shows the window at a size, its panels where they stand at first."""
    window.resize(size)
    window.show()
    settle()
    window.bench.settle()
    settle()
    window.stage.canvas.fit()


def settle(done: Callable[[], bool] = lambda: True, quiet: float = 0.3, patience: float = _PATIENCE) -> None:
    """Lets the event loop run until `done`, and then for a moment, so that everything is painted."""
    app = QApplication.instance()
    assert app is not None
    end = time.monotonic() + patience
    while not done() and time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)
    end = time.monotonic() + quiet
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main())
