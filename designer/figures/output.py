"""A figure as a file or an image: PNG for slides, SVG and PDF for papers."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from designer.figures.choice import CannotPicture
from designer.figures.tidy import tidied

KINDS = (".svg", ".pdf", ".png")
SHARP = 2.0  # pixels of a PNG for one of the drawing, where nothing else is asked for and it fits
_LONGEST = 30_000  # pixels along a side; painting goes no farther than 32,767
_MOST = 100_000_000  # pixels in all: 400 MB while it is painted
_INCH = 96.0  # pixels of the drawing
_POINT = 72.0 / _INCH
_LONGEST_PAGE = 14_400  # points along a side, more than which readers of PDF refuse


class Figure(Protocol):
    """Something that can be painted: what it is called, the box it fills, its ground."""

    @property
    def title(self) -> str: ...
    @property
    def area(self) -> QRectF: ...
    @property
    def ground(self) -> QColor: ...
    def paint(self, painter: QPainter) -> None: ...


def save(figure: Figure, path: Path, scale: float = 0.0, transparent: bool = False) -> None:
    """Writes a figure into a file by its ending; raises CannotPicture."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise CannotPicture(f"{path.name} ends in none of {', '.join(KINDS)}.")
    if kind == ".png":
        content = _png(image(figure, scale, transparent))
    else:
        content = (svg if kind == ".svg" else pdf)(figure, transparent)
    try:
        path.write_bytes(content)
    except OSError:
        told = "Choose a folder that is there and may be written to."
        raise CannotPicture(f"{path} could not be written. {told}") from None


def sharpest(figure: Figure) -> float:
    """The largest scale at which a figure still fits a PNG."""
    width, height = figure.area.width(), figure.area.height()
    return float(min(_LONGEST / max(width, height), (_MOST / (width * height)) ** 0.5))


def image(figure: Figure, scale: float = 0.0, transparent: bool = False) -> QImage:
    """A figure in pixels; without a scale as sharp as is sensible; raises CannotPicture where it gets too large."""
    most = sharpest(figure)
    if scale > most:
        size = f"{figure.area.width() * scale:,.0f} × {figure.area.height() * scale:,.0f} pixels"
        told = f"Choose a scale of {_down(most)} or less, or write SVG or PDF."
        raise CannotPicture(f"At scale {scale:g} the picture would have {size}. {told}")
    scale = scale or min(SHARP, most)
    result = QImage((figure.area.size() * scale).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    result.fill(Qt.GlobalColor.transparent if transparent else figure.ground)
    with QPainter(result) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _place(painter, figure, scale)
        figure.paint(painter)
    # Only now: fonts are measured in points, which the resolution would make larger.
    dots = round(_INCH * scale / 0.0254)
    result.setDotsPerMeterX(dots)
    result.setDotsPerMeterY(dots)
    return result if transparent else result.convertToFormat(QImage.Format.Format_RGB32)


def svg(figure: Figure, transparent: bool = False) -> bytes:
    """A figure as SVG: text as text, in user units of one pixel of the drawing."""
    area, held = figure.area, QByteArray()
    buffer = _open(held)
    device = QSvgGenerator()
    device.setOutputDevice(buffer)
    device.setResolution(round(_screen_inch()))
    device.setViewBox(QRectF(0, 0, area.width(), area.height()))
    device.setSize(area.size().toSize())
    device.setTitle(figure.title)
    with QPainter(device) as painter:
        _place(painter, figure, 1.0)
        _lay_ground(painter, figure, transparent)
        figure.paint(painter)
    buffer.close()
    return tidied(bytes(held.data()), figure.title, area.width(), area.height())


def pdf(figure: Figure, transparent: bool = False) -> bytes:
    """A figure as a PDF of one page, as large as the drawing."""
    held = QByteArray()
    buffer = _open(held)
    area = figure.area
    shrunk = min(1.0, _LONGEST_PAGE / (max(area.width(), area.height()) * _POINT))
    # A page has whole points: the drawing gets them all, and the rest of the last one stays ground.
    page = QSizeF(*(max(3.0, -(-side * _POINT * shrunk // 1)) for side in (area.width(), area.height())))
    device = QPdfWriter(buffer)
    device.setResolution(round(_screen_inch()))
    size = QPageSize(page, QPageSize.Unit.Point, figure.title, QPageSize.SizeMatchPolicy.ExactMatch)
    device.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF()))
    device.setTitle(figure.title)
    device.setCreator("Layerwright")
    with QPainter(device) as painter:
        if not transparent:
            painter.fillRect(QRectF(0, 0, device.width(), device.height()), figure.ground)
        _place(painter, figure, shrunk * _screen_inch() / _INCH)
        figure.paint(painter)
    buffer.close()
    return bytes(held.data())


def _png(picture: QImage) -> bytes:
    held = QByteArray()
    buffer = _open(held)
    QImageWriter(buffer, QByteArray(b"png")).write(picture)
    buffer.close()
    return bytes(held.data())


def _open(held: QByteArray) -> QBuffer:
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _place(painter: QPainter, figure: Figure, scale: float) -> None:
    """Puts the corner of the drawing where the device begins."""
    painter.scale(scale, scale)
    painter.translate(-figure.area.left(), -figure.area.top())


def _lay_ground(painter: QPainter, figure: Figure, transparent: bool) -> None:
    if not transparent:
        painter.fillRect(figure.area, figure.ground)


def _screen_inch() -> float:
    """Pixels of an inch of this screen, which is what the points of our fonts are counted by."""
    screen = QGuiApplication.primaryScreen()
    return screen.logicalDotsPerInchY() if screen else _INCH


def _down(scale: float) -> float:
    """A scale as people write it, never more than it is."""
    digits = 100 if scale < 1 else 10
    return max(int(scale * digits), 1) / digits
