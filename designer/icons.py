"""The icons of the window: Lucide's drawings, tinted by the theme, crisp on every screen."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from blocks.block import Block
from designer.theme import Theme

SIZES = (16, 20, 24)  # px that an icon is asked for in
CATEGORY_ICONS = {
    "Input and output": "log-in",
    "Data": "database",
    "Convolution": "grid-3x3",
    "Pooling": "shrink",
    "Normalization": "sliders-horizontal",
    "Activation": "zap",
    "Linear": "network",
    "Recurrent": "iteration-cw",
    "Attention": "focus",
    "Join and reshape": "merge",
    "Arithmetic": "sigma",
    "Regularization": "shield",
    "Sampling": "dices",
    "Loss and metric": "target",
    "Residual": "git-branch",
    "Inception": "split",
    "Dense": "layers",
    "Squeeze and excite": "gauge",
    "Mobile": "cpu",
    "Context": "scaling",
    "Energy": "waypoints",
    "Units": "component",
    "Networks": "workflow",
    "Templates": "blocks",
}


def names() -> tuple[str, ...]:
    """The names of all icons, which are those of Lucide."""
    found = (entry.name for entry in (files("designer") / "icons").iterdir())
    return tuple(sorted(name[:-4] for name in found if name.endswith(".svg")))


def icon(name: str, theme: Theme, role: str = "text") -> QIcon:
    """The icon in the theme's colour `role` ("text", "muted", "error", "on_accent", …); faint where disabled.

    Raises KeyError for a name that is not among `names()`.
    """
    # A window can be dragged to the sharpest screen there is.
    ratio = max((s.devicePixelRatio() for s in QGuiApplication.screens()), default=1.0)
    return _icon(name, str(getattr(theme, role)), theme.faint, ratio)


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture `size` px wide on a screen of `ratio` device pixels a pixel, for painters."""
    picture = QPixmap(_drawn(name, colour, round(size * ratio)))
    picture.setDevicePixelRatio(ratio)
    return picture


def drawing(name: str, colour: str) -> QSvgRenderer:
    """The icon as lines in a colour, for paper."""
    return _inked(name, colour)


def category_icon(category: str) -> str:
    """The name of a category's icon; a plain box for a category that is not known."""
    return CATEGORY_ICONS.get(category, "box")


def block_icon(block: Block | type[Block]) -> str:
    """The name of a block's icon: its own where there is such a drawing, else that of its category."""
    return own_icon(block.icon, block.category)


@lru_cache(maxsize=256)
def own_icon(name: str, category: str) -> str:
    """The name of a drawing where there is one, else that of a category's."""
    known = name and (files("designer") / "icons" / f"{name}.svg").is_file()
    return name if known else category_icon(category)


@lru_cache(maxsize=512)
def _icon(name: str, colour: str, disabled: str, ratio: float) -> QIcon:
    made = QIcon()
    for pixels in sorted({round(size * scale) for size in SIZES for scale in (1.0, ratio)}):
        made.addPixmap(_drawn(name, colour, pixels), QIcon.Mode.Normal)
        made.addPixmap(_drawn(name, disabled, pixels), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=2048)
def _drawn(name: str, colour: str, pixels: int) -> QPixmap:
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        _renderer(name).render(painter, QRectF(0, 0, pixels, pixels))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(0, 0, pixels, pixels, QColor(colour))
    return picture


def _renderer(name: str) -> QSvgRenderer:
    return _inked(name, "#000000")


@lru_cache(maxsize=256)
def _inked(name: str, colour: str) -> QSvgRenderer:
    entry = files("designer") / "icons" / f"{name}.svg"
    if not entry.is_file():
        raise KeyError(f"no icon {name!r}; there are {', '.join(names())}")
    return QSvgRenderer(QByteArray(entry.read_bytes().replace(b"currentColor", colour.encode())))
