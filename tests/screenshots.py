"""Drives the real window and renews docs/images: `python3 dev.py screenshots [--out DIR]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from PySide6.QtCore import QPoint, QSettings, QSize, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtTest import QTest

from blocks import edits
from blocks.graph import Graph, Wire
from designer.app import application
from designer.document import OpenDesign
from designer.headless import settle
from designer.theme import THEMES
from designer.window import PROBLEMS, SUMMARY, TRAINING, MainWindow

ROOT = Path(__file__).resolve().parents[1]
SIZE = QSize(1600, 1000)
Scene = Callable[[MainWindow], None]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status after all pictures are written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--fonts", type=Path, help="a folder with Inter, where it is not installed")
    parser.add_argument("--only", choices=sorted(SCENES), action="append")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    application("light")
    for font in sorted(options.fonts.rglob("*.[ot]tf")) if options.fonts else ():
        QFontDatabase.addApplicationFont(str(font))
    with tempfile.TemporaryDirectory() as folder:
        for format_ in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(format_, QSettings.Scope.UserScope, folder)
        for theme in ("light", "dark"):
            for name in options.only or SCENES:
                picture = options.out / f"{name}-{theme}.png"
                take(SCENES[name], theme, Path(folder) / "runs", picture)
                print(picture)
    return 0


def take(scene: Scene, theme: str, runs: Path, picture: Path) -> None:
    """Opens a window, has the scene played in it, and writes what is seen."""
    application(theme)
    window = MainWindow(OpenDesign(), THEMES[theme], runs)
    window.resize(SIZE)
    window.show()
    settle()
    scene(window)
    settle()
    window.grab().save(str(picture))
    window.training.stop()
    settle(lambda: not window.training.live)
    window.document.show(window.document.design)  # nothing to be asked about
    window.close()
    window.deleteLater()
    settle()


def sample(window: MainWindow, name: str) -> None:
    """Opens a sample as from the welcome page."""
    window.files.open(ROOT / "samples" / f"{name}.json", sample=True)
    settle()


def welcome(window: MainWindow) -> None:
    """The page before a design is open."""
    settle(quiet=0.6)


def lenet(window: MainWindow) -> None:
    """LeNet with a convolution selected, and its table of layers."""
    sample(window, "lenet_digits")
    window.bench.raise_dock(SUMMARY)
    window.reveal("LeNet", "conv2")


def error(window: MainWindow) -> None:
    """A Linear that was led an image, with what repairs it."""
    sample(window, "lenet_digits")

    def short_cut(graph: Graph) -> Graph:
        return edits.connect(edits.remove(graph, ["flatten"], heal=False), Wire("pool2", "y", "fc1", "x"))

    window.do("Take flatten out", lambda design: design.edited("LeNet", short_cut))
    window.bench.raise_dock(PROBLEMS)
    settle()
    window.reveal("LeNet", "fc1")


def training(window: MainWindow) -> None:
    """A training under way."""
    sample(window, "resnet_digits")
    window.reveal("ResNet", "stage2")
    assert window.top.controls.train is not None
    QTest.mouseClick(window.top.controls.train, Qt.MouseButton.LeftButton, pos=QPoint(12, 12))
    window.bench.raise_dock(TRAINING)
    settle(lambda: window.training.progress.share > 0.5 or not window.training.live, patience=120)
    window.status.clearMessage()


SCENES: dict[str, Scene] = {"welcome": welcome, "lenet": lenet, "error": error, "training": training}


if __name__ == "__main__":
    sys.exit(main())
