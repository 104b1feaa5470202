"""Pictures without a screen: of the window with a run in it, of its curves, and of a design's canvas.

python -m designer.headless RUN_FOLDER --out DIR        window.png and curves.png
python -m designer.headless --design FILE -o OUT        .svg, .pdf or .png; see `layerwright picture -h`
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
from designer.figures import COLORS, STYLES, CannotPicture, Choice, figure, save, subject_of
from designer.theme import LIGHT, THEMES, Theme
from designer.window import MainWindow
from runtime.file import BadDesign, open_design
from runtime.run import Run
from runtime.store import CannotRead, CannotSave
from runtime.verdict import judge

WINDOW, CURVES = QSize(1600, 1000), QSize(1100, 360)
_PATIENCE = 20.0  # seconds for reading a long run


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 where every picture was written, else 2 and a sentence."""
    options = _parser().parse_args(argv)
    theme = THEMES[options.theme]
    application(options.theme)
    try:
        if options.design is not None:
            design_picture(options.design, options.output, _choice(options), options.network)
        else:
            run_pictures(Run.open(options.run), options.out, theme)
    except (BadDesign, CannotRead, CannotSave, CannotPicture, OSError) as error:
        print(f"layerwright: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="designer.headless", description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, help="the folder of a run")
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for window.png and curves.png")
    parser.add_argument("--design", type=Path, help="a design whose canvas is wanted")
    parser.add_argument("-o", "--output", type=Path, default=Path("picture.png"), help="the picture of the canvas")
    parser.add_argument("--theme", choices=sorted(THEMES), default="light")
    _add_looks(parser)
    return parser


def _add_looks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--network", default="", help="the network that is wanted; the first one if none is named")
    parser.add_argument("--style", choices=STYLES, default="cards")
    parser.add_argument("--colors", choices=tuple(COLORS), default="")
    parser.add_argument("--scale", type=float, default=0.0)
    parser.add_argument("--nodes", default="", help="only these, divided by commas")
    for flag in ("transparent", "no-shapes", "no-counts", "no-notes"):
        parser.add_argument(f"--{flag}", action="store_true")


def _choice(options: argparse.Namespace) -> Choice:
    return Choice(
        style=options.style,
        colors=options.colors or options.theme,
        scale=options.scale,
        transparent=options.transparent,
        nodes=tuple(name.strip() for name in options.nodes.split(",") if name.strip()),
        shapes=not options.no_shapes,
        counts=not options.no_counts,
        notes=not options.no_notes,
    )


def design_picture(file: Path, output: Path, choice: Choice, network: str = "") -> None:
    """Paints a network of a design as a figure; raises BadDesign or CannotPicture."""
    design = open_design(file)
    subject = subject_of(design, judge(design), network)
    save(figure(subject, choice), output, choice.scale, choice.transparent)


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
