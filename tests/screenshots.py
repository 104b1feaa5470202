"""Drives the real window and renews docs/images: `python3 dev.py screenshots [--out DIR]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSettings, QSize
from PySide6.QtGui import QColor, QFontDatabase, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from designer.app import application
from designer.document import OpenDesign
from designer.headless import settle
from designer.theme import THEMES
from designer.window import MainWindow
from tests.scenes import SCENES, Scene

ROOT = Path(__file__).resolve().parents[1]
SIZE = QSize(1600, 1000)
_COLOURS, _PLAIN = 256, 96  # of a picture's palette, and those of them that are kept however alike they are
_ALIKE = 0xFFF0F0F0  # of the others, those of which this much is equal count as one


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status after all pictures are written."""
    options = _parser().parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    application("light")
    for font in sorted(options.fonts.rglob("*.[ot]tf")) if options.fonts else ():
        QFontDatabase.addApplicationFont(str(font))
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or SCENES:
            for theme in options.theme or SCENES[name].themes:
                _forget(Path(folder))
                picture = options.out / f"{name}-{theme}.png"
                take(SCENES[name], theme, options.size, Path(folder) / "runs", picture)
                print(picture, flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--fonts", type=Path, help="a folder with Inter, where it is not installed")
    parser.add_argument("--only", choices=sorted(SCENES), action="append", help="this picture; may be repeated")
    parser.add_argument("--theme", choices=sorted(THEMES), action="append", help="in this theme, not in its own")
    parser.add_argument("--size", type=_size, default=SIZE, help="of the window, as 1024x640; %(default)s at first")
    return parser


def _size(words: str) -> QSize:
    width, height = map(int, words.split("x"))
    return QSize(width, height)


def _forget(folder: Path) -> None:
    """Settings of this run alone, and none of the scene before."""
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(folder))
    QSettings().clear()


def take(scene: Scene, theme: str, size: QSize, runs: Path, picture: Path) -> None:
    """Opens a window, has the scene played in it, and writes what is seen."""
    application(theme)
    window = MainWindow(OpenDesign(), THEMES[theme], runs)
    window.resize(size)
    window.show()
    settle()
    scene.play(window)
    settle()
    small(seen(window).toImage()).save(str(picture), quality=0)  # as dense as PNG gets
    window.training.stop()
    settle(lambda: not window.training.live)
    window.document.show(window.document.design)  # nothing to be asked about
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # its dialogs go too


def seen(window: MainWindow) -> QPixmap:
    """The window with its dialogs and menus over it, where they stand on a screen."""
    whole = window.grab()
    with QPainter(whole) as painter:
        for other in QApplication.topLevelWidgets():
            if other.isVisible() and other is not window:
                at = QRect(_place(window, other.size()), other.size())
                painter.drawPixmap(at, other.grab())
                painter.setPen(QColor(window.theme.faint))  # for the frame that a desktop gives it
                painter.drawRect(at.adjusted(-1, -1, 0, 0))
    return whole


def _place(window: MainWindow, size: QSize) -> QPoint:
    """The middle of the window, where a desktop puts what belongs to it."""
    return QPoint((window.width() - size.width()) // 2, (window.height() - size.height()) // 2)


def small(image: QImage) -> QImage:
    """The same in 256 colours, for a file of a third: the shades of text come down to a few, no mark loses its own."""
    held = image.convertToFormat(QImage.Format.Format_RGB32)
    colours, counts = np.unique(np.frombuffer(held.constBits(), np.uint32), return_counts=True)
    often = colours[np.argsort(-counts, kind="stable")]
    plain, others = often[:_PLAIN], often[_PLAIN:]
    _, first = np.unique(others & _ALIKE, return_index=True)  # the most frequent of those that are alike
    kept = np.concatenate([plain, others[np.sort(first)]])[:_COLOURS]
    return held.convertToFormat(QImage.Format.Format_Indexed8, [int(colour) for colour in kept])


if __name__ == "__main__":
    sys.exit(main())
