"""Paints a network of a design into a file, without a window: what `layerwright picture` starts.

python -m designer.figures.command FILE -o OUT          .svg, .pdf or .png; see `layerwright picture -h`
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from designer.guard import refuse_broken_qt

refuse_broken_qt()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QGuiApplication  # noqa: E402

from designer.figures import COLORS, STYLES, CannotPicture, Choice, figure, save, subject_of  # noqa: E402
from runtime.file import BadDesign, open_design  # noqa: E402
from runtime.verdict import judge  # noqa: E402


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 where the picture was written, else 2 and a sentence."""
    options = _parser().parse_args(argv)
    app = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    assert app is not None  # held while fonts and images are in use
    try:
        design_picture(options.file, options.output, _choice(options), options.network)
    except (BadDesign, CannotPicture) as error:
        print(f"layerwright: {error}", file=sys.stderr)
        return 2
    return 0


def design_picture(file: Path, output: Path, choice: Choice, network: str = "") -> None:
    """Paints a network of a design as a figure; raises BadDesign or CannotPicture."""
    design = open_design(file)
    subject = subject_of(design, judge(design), network)
    save(figure(subject, choice), output, choice.scale, choice.transparent)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="designer.figures.command", description=__doc__)
    parser.add_argument("file", type=Path, help="a design")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the picture")
    parser.add_argument("--network", default="", help="the network that is wanted; the first one if none is named")
    parser.add_argument("--style", choices=STYLES, default="cards")
    parser.add_argument("--colors", choices=tuple(COLORS), default="light")
    parser.add_argument("--scale", type=float, default=0.0)
    parser.add_argument("--nodes", default="", help="only these, divided by commas")
    for flag in ("transparent", "no-shapes", "no-counts", "no-notes"):
        parser.add_argument(f"--{flag}", action="store_true")
    return parser


def _choice(options: argparse.Namespace) -> Choice:
    return Choice(
        style=options.style,
        colors=options.colors,
        scale=options.scale,
        transparent=options.transparent,
        nodes=tuple(name.strip() for name in options.nodes.split(",") if name.strip()),
        shapes=not options.no_shapes,
        counts=not options.no_counts,
        notes=not options.no_notes,
    )


if __name__ == "__main__":
    sys.exit(main())
