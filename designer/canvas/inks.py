"""The colours, pens and fonts with which the canvas paints, made once for a theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainterPath, QPen, QStaticText, QTransform

from designer.canvas.wires import MEANINGS, UNKNOWN
from designer.theme import CARD_HEIGHT, RADIUS, STRIP, Theme, fonts

_DASHES = [4.0, 3.0]


class Inks:
    """What painting needs of a theme. Text is laid out once and kept, so that drawing it again costs little."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        faces = fonts()
        self.strong, self.small = faces.strong, faces.small
        self.badge = QFont(faces.small)
        self.badge.setWeight(QFont.Weight.DemiBold)
        self.strong_metrics, self.small_metrics = QFontMetricsF(self.strong), QFontMetricsF(self.small)
        self.text, self.muted, self.hint = QColor(theme.text), QColor(theme.muted), QColor(theme.hint)
        self.accent, self.accent_tint = QColor(theme.accent), QColor(theme.accent_tint)
        self.accent_text, self.faint = QColor(theme.accent_text), QColor(theme.faint)
        self.error, self.warning = QColor(theme.error), QColor(theme.warning)
        self.canvas, self.grid, self.card = QColor(theme.canvas), QColor(theme.grid), QColor(theme.card)
        self.on_error = QColor(theme.on_error)
        self.border = QPen(QColor(theme.card_border), 1.0)
        self.levels = (self.border, self.border, QPen(self.warning, 1.5), QPen(self.error, 2.0))
        self.chosen = QPen(self.accent, 2.0)
        self._pens: dict[tuple[int, float, bool], QPen] = {}

    def category(self, kind: tuple[str, bool]) -> QColor:
        """The colour of a (category, composite)."""
        return QColor(self.theme.category_colour(*kind))

    def box(self, kind: tuple[str, bool]) -> QBrush:
        """The fill of a card seen from afar: its category's colour, softened."""
        return QBrush(mixed(self.category(kind), self.card, 0.55))

    def wire(self, code: int, width: float, error: bool) -> QPen:
        """The pen of a wire by the code of its meaning; dashed where unknown, red where it is refused."""
        key = (code, round(width * 4) / 4, error)
        pen = self._pens.get(key)
        if pen is None:
            pen = self._pens[key] = self._new_pen(*key)
        return pen

    def _new_pen(self, code: int, width: float, error: bool) -> QPen:
        known = MEANINGS[code].value if code != UNKNOWN else "unknown"
        colour = self.error if error else QColor(self.theme.meaning_colour(known))
        pen = QPen(colour, width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if code == UNKNOWN and not error:
            pen.setDashPattern(_DASHES)
        return pen


def mixed(strong: QColor, soft: QColor, share: float) -> QColor:
    """So much of one colour in another."""
    rest = 1.0 - share
    return QColor.fromRgbF(
        share * strong.redF() + rest * soft.redF(),
        share * strong.greenF() + rest * soft.greenF(),
        share * strong.blueF() + rest * soft.blueF(),
    )


def prepared(text: str, font: QFont) -> QStaticText:
    """A text laid out in a font."""
    static = QStaticText(text)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.prepare(QTransform(), font)
    return static


def strip() -> QPainterPath:
    """The coloured left edge of a card at (0, 0), round where the card is."""
    path = QPainterPath(QPointF(STRIP, 0))
    path.lineTo(RADIUS, 0)
    path.arcTo(QRectF(0, 0, 2 * RADIUS, 2 * RADIUS), 90, 90)
    path.lineTo(0, CARD_HEIGHT - RADIUS)
    path.arcTo(QRectF(0, CARD_HEIGHT - 2 * RADIUS, 2 * RADIUS, 2 * RADIUS), 180, 90)
    path.lineTo(STRIP, CARD_HEIGHT)
    path.closeSubpath()
    return path
