"""Sections of the inspector that show how a block works: curves of activations, a convolution as a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape

from PySide6.QtWidgets import QMenu, QToolButton

from blocks.block import CATALOGUE, Block, Unfit
from blocks.curve import Curve, curve
from blocks.shape import Shape, dotted, shape_of
from blocks.unrolled import Unrolled, unrolled
from designer.panels.parts import Section, paragraph
from designer.plotted import MOST, CurvePlot, MatrixPlot, colours
from designer.theme import Theme

_LARGEST = 49  # rows and columns of a matrix that is drawn
_WIDEST = 7  # pixels of an example


class Curves(Section):
    """The curves of the chosen activations, with others of the catalogue beside them on request."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Curve")
        self._theme, self._shown = theme, dict[str, Curve]()
        self._own: dict[str, Curve] = {}
        self._beside: list[str] = []  # kinds that are compared with
        self.plot, self.legend = CurvePlot(theme), paragraph("", "small")
        self.compare = QToolButton()
        self.compare.setText("Compare with…")
        self.compare.setToolTip("Draw other activations beside it")
        self.compare.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.compare)
        self.menu.aboutToShow.connect(self._offer)
        self.compare.setMenu(self.menu)
        self.plot.pointed.connect(self._tell)
        for widget in (self.plot, self.legend, self.compare):
            self.add(widget)

    def show_blocks(self, blocks: Sequence[Block]) -> None:
        """Draws the curves of some blocks; out of sight where one of them has none."""
        found = [(_name(block), curve(block)) for block in blocks[: MOST + 1]]
        self._own = {name: at for name, at in found if at is not None}
        drawn = 0 < len(self._own) <= MOST and all(at is not None for _, at in found)
        self.setVisible(drawn)
        if drawn:
            self._draw()

    def _draw(self) -> None:
        others = {kind: at for kind in self._beside if (at := _plain(kind)) is not None}
        self._shown = dict(list((self._own | {n: at for n, at in others.items() if n not in self._own}).items())[:MOST])
        self.plot.show_curves(self._shown)
        self._tell(None)

    def _tell(self, x: object) -> None:
        """The names in the colours of their curves, with the numbers at x where there is one."""
        lines = []
        for colour, (name, at) in zip(colours(self._theme), self._shown.items(), strict=False):
            value = f" {at(x):.4f}".replace("-", "−") if isinstance(x, float) else ""
            lines.append(f'<span style="color:{colour}">■</span> {escape(name)}{value}')
        here = f"at x = {x:.1f}".replace("-", "−") if isinstance(x, float) else ""
        self.legend.setText("<br>".join([*lines, here]))

    def _offer(self) -> None:
        """Fills the menu with every activation that has a curve."""
        self.menu.clear()
        for kind in _plottable():
            action = self.menu.addAction(kind)
            action.setCheckable(True)
            action.setChecked(kind in self._shown)
            action.setEnabled(kind not in self._own and (kind in self._shown or len(self._shown) < MOST))
            action.toggled.connect(lambda on, kind=kind: self._toggle(kind, on))

    def _toggle(self, kind: str, on: bool) -> None:
        self._beside = [each for each in self._beside if each != kind] + ([kind] if on else [])
        self._draw()


def _name(block: Block) -> str:
    told = block.shorthand()
    return f"{block.label()} {told}" if told else block.label()


def _plain(kind: str) -> Curve | None:
    known = CATALOGUE.get(kind)
    return curve(known()) if known is not None else None


def _plottable() -> Iterator[str]:
    for kind in CATALOGUE:
        if kind.category == "Activation" and curve(kind()) is not None:
            yield kind.kind()


class AsMatrix(Section):
    """A convolution as the matrix by which it multiplies the flattened input."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("As a matrix")
        self.plot, self.told = MatrixPlot(theme), paragraph("", "small")
        self.add(self.plot)
        self.add(self.told)

    def show_block(self, block: Block, x: Shape | None) -> None:
        """Draws the matrix of a block, of a small picture where its own input is large; out of sight of others."""
        found = _small(block, x)
        self.setVisible(found is not None)
        if found is None:
            return
        matrix, shape, own = found
        self.plot.show_matrix(matrix)
        example = "" if own else f", drawn for one channel of {dotted(shape.space)}"
        weights = len(set(matrix.entries.values()))
        used = f"{len(matrix.entries):,} places that are not zero, of {weights:,} weights"
        self.told.setText(f"{matrix.rows:,} results × {matrix.columns:,} inputs: {used}{example}.")


@lru_cache(maxsize=128)
def _small(block: Block, x: Shape | None) -> tuple[Unrolled, Shape, bool] | None:
    """The matrix, the input it is of, and whether that is the block's own; None of what is no convolution."""
    if "kernel_size" not in block.settings or x is None or not x.space:
        return None
    if x.numel <= _LARGEST and (own := _matrix(block, x)) is not None and own.rows <= _LARGEST:
        return own, x, True
    one = block.with_settings(**{n: 1 for n in ("out_channels", "groups", "multiplier") if n in block.settings})
    for size in (max(4, *_kernel(block)), 3, 2):
        shape = shape_of((1, *[min(size, _WIDEST)] * len(x.space)), x.meaning)
        found = _matrix(one, shape) if shape.numel <= _LARGEST else None
        if found is not None and max(found.rows, found.columns) <= _LARGEST:
            return found, shape, False
    return None


def _matrix(block: Block, x: Shape) -> Unrolled | None:
    try:
        return unrolled(block, x)
    except Unfit:
        return None


def _kernel(block: Block) -> tuple[int, ...]:
    size = block.value("kernel_size")
    return size if isinstance(size, tuple) else (size,) * block.rank
