"""The network as a figure: PNG for slides, SVG and PDF for papers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPaintDevice, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from designer.canvas.cards import CardPainter
from designer.canvas.strands import WirePainter

if TYPE_CHECKING:
    from designer.canvas.stage import Stage

_MARGIN = 24.0
_SHARP = 2.0  # pixels of a PNG for one of the canvas
_LARGEST = 12_000  # pixels of a PNG along a side
_INCH = 96.0


class CannotPicture(Exception):
    """A picture that cannot be made, and why."""


def paint(canvas: Stage, target: Path | str | QPaintDevice) -> None:
    """Paints the whole network into a file by its ending, or onto a device of any size; raises CannotPicture."""
    area = _area(canvas)
    if isinstance(target, QPaintDevice):
        _onto(canvas, target, area, QRectF(0, 0, target.width(), target.height()))
        return
    path = Path(target)
    kinds = {".png": _png, ".svg": _svg, ".pdf": _pdf}
    if path.suffix.lower() not in kinds:
        raise CannotPicture(f"{path.name} ends in none of {', '.join(kinds)}")
    kinds[path.suffix.lower()](canvas, path, area)
    if not path.exists():
        raise CannotPicture(f"{path} could not be written. Choose a folder that is there and may be written to.")


def _area(canvas: Stage) -> QRectF:
    box = canvas.extent() or (0.0, 0.0, 200.0, 100.0)
    return QRectF(box[0], box[1], box[2] - box[0], box[3] - box[1]).adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)


def _png(canvas: Stage, path: Path, area: QRectF) -> None:
    scale = min(_SHARP, _LARGEST / max(area.width(), area.height()))
    image = QImage((area.size() * scale).toSize(), QImage.Format.Format_RGB32)
    image.fill(canvas.inks.canvas)
    _onto(canvas, image, area, QRectF(image.rect()))
    if not image.save(str(path)):
        raise CannotPicture(f"{path} could not be written. Choose a folder that is there and may be written to.")


def _svg(canvas: Stage, path: Path, area: QRectF) -> None:
    device = QSvgGenerator()
    device.setFileName(str(path))
    device.setSize(area.size().toSize())
    device.setViewBox(QRect(0, 0, *_whole(area.size())))
    device.setTitle(canvas.name)
    _onto(canvas, device, area, QRectF(0, 0, area.width(), area.height()))


def _pdf(canvas: Stage, path: Path, area: QRectF) -> None:
    device = QPdfWriter(str(path))
    device.setResolution(round(_INCH))
    page = QPageSize(area.size() / _INCH, QPageSize.Unit.Inch)
    device.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    device.setTitle(canvas.name)
    _onto(canvas, device, area, QRectF(0, 0, device.width(), device.height()))


def _onto(canvas: Stage, device: QPaintDevice, area: QRectF, target: QRectF) -> None:
    """Paints notes, wires and cards from near, as they are without a hand on them."""
    scale = min(target.width() / area.width(), target.height() / area.height())
    box = area.left(), area.top(), area.right(), area.bottom()
    painter = QPainter(device)
    painter.scale(scale, scale)
    painter.translate(-area.left(), -area.top())
    chosen = canvas.sheet.selection()
    canvas.sheet.select(())
    canvas.frames.paint(painter, box, 1.0)
    canvas.notes.paint(painter, box, 1.0)
    WirePainter(canvas.sheet, canvas.inks).paint(painter, box, 1.0)
    CardPainter(canvas.sheet, canvas.inks).paint(painter, box, 1.0)
    canvas.sheet.select(chosen)
    painter.end()


def _whole(size: QSizeF) -> tuple[int, int]:
    whole: QSize = size.toSize()
    return whole.width(), whole.height()
