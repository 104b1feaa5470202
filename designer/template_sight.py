"""What a template draws with the settings at hand: its picture, and what each of its networks costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from blocks.any_length import node_sizes
from blocks.check import Checked
from blocks.cost import FLOAT, field_text, receptive_field
from blocks.shape import Meaning, dotted
from blocks.zoo import Template
from designer import numbers
from designer.figures import Choice, figure, image, sharpest, subject_of
from designer.figures.output import Figure
from designer.theme import Theme
from runtime.beginning import begun
from runtime.design import Design
from runtime.verdict import Verdict, judge

_EDGE = 12.0  # around the figure, px
_LEAST = 0.55  # of its size: smaller ones cannot be read, so it is scrolled through
_FADED = 0.35  # how much is left of what is not true any more
_SPATIAL = {Meaning.SIGNAL, Meaning.IMAGE, Meaning.VOLUME}
Fact = tuple[str, str, str]  # name, value, and how it is known


@dataclass(frozen=True, eq=False)
class Foreseen:
    """The design that a template begins, and what is true of it."""

    design: Design
    verdict: Verdict

    @classmethod
    def of(cls, template: Template) -> Foreseen:
        """What a template begins; raises CannotBegin."""
        design = begun(template)
        return cls(design, judge(design))

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks it holds, the main one first."""
        return tuple(self.design.networks)

    @cached_property
    def problem(self) -> str:
        """What is wrong with it, in a sentence; empty where nothing is."""
        return next((error.message for error in self.verdict.errors), "")

    def figure(self, network: str, theme: Theme) -> Figure:
        """The picture of a network as cards; raises CannotPicture."""
        return figure(subject_of(self.design, self.verdict, network), Choice(colors=theme.name, notes=False))

    def facts(self, network: str) -> list[Fact]:
        """What goes in and comes out of a network, and what it costs."""
        checked = self.verdict.networks[network]
        total = checked.parameters + checked.buffers
        buffers = [("with buffers", f"{total:,}", "And the running means of normalization; computed")]
        weights = f"{numbers.in_bytes(FLOAT * total)} in float32"
        return [
            *_ends("in", checked, checked.graph.inputs()),
            *_ends("out", checked, checked.graph.outputs()),
            ("parameters", f"{checked.parameters:,}", "Trainable numbers; computed"),
            *(buffers if checked.buffers else ()),
            ("MACs", f"{checked.macs:,}", "Multiply-accumulates for one example; computed"),
            ("weights", weights, "Parameters and buffers in memory; computed"),
            *_seen(checked),
        ]


def _ends(way: str, checked: Checked, names: Sequence[str]) -> Iterator[Fact]:
    """A line for every entrance or exit, named where there are several."""
    for name in names:
        sizes = node_sizes(checked, name)
        told = "unknown" if sizes is None else dotted(sizes)
        yield (f"{way}: {name}" if len(names) > 1 else way), told, f"The sizes at {name}, without the batch"


def _seen(checked: Checked) -> Iterator[Fact]:
    """What a pixel of the last feature map sees of the input."""
    fields = receptive_field(checked)
    maps = [name for name in checked.order if fields[name] and _has_places(checked, name)]
    if maps and checked.graph.block(maps[-1]).role != "input":
        told = f"Of the input, what one place of {maps[-1]}, the last feature map, sees; computed"
        yield "receptive field", f"{field_text(fields[maps[-1]])} px", told


def _has_places(checked: Checked, name: str) -> bool:
    shape = checked.shape(name)
    return shape is not None and shape.meaning in _SPATIAL


class Sight(QScrollArea):
    """The picture of a network, as large as there is room; one that would get too small to be read is scrolled."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Picture of the network")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._page = _Page()
        self.setWidget(self._page)

    @property
    def shown(self) -> Figure | None:
        """The figure in sight."""
        return self._page.figure

    def show_figure(self, shown: Figure | None, told: str = "") -> None:
        """Shows a figure, or nothing; `told` says in words what it shows."""
        self._page.show_figure(shown)
        self.setAccessibleDescription(told)
        self.verticalScrollBar().setValue(0)


class _Page(QWidget):
    """Paints a figure amid its room, from an image that is made once a size."""

    def __init__(self) -> None:
        super().__init__()
        self.figure: Figure | None = None
        self._drawn = QPixmap()

    def show_figure(self, shown: Figure | None) -> None:
        self.figure, self._drawn = shown, QPixmap()
        least = shown.area.size() * _LEAST if shown is not None else QRectF().size()
        self.setMinimumSize(QSize(round(least.width() + 2 * _EDGE), round(least.height() + 2 * _EDGE)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.figure is None:
            return
        room = QRectF(self.rect()).adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        size = self.figure.area.size()
        scale = min(room.width() / size.width(), room.height() / size.height(), 1.0)
        ratio = self.devicePixelRatioF()
        if self._drawn.isNull() or self._drawn.width() != round(size.width() * scale * ratio):
            self._drawn = QPixmap.fromImage(image(self.figure, min(scale * ratio, sharpest(self.figure))))
        place = QRectF(0, 0, size.width() * scale, size.height() * scale)
        place.moveCenter(room.center())
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self.figure.ground))
            painter.setOpacity(1.0 if self.isEnabled() else _FADED)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, self._drawn, QRectF(self._drawn.rect()))
