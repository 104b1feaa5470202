"""The colours, pens and fonts with which the canvas paints, made once for a theme."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainterPath, QPen, QStaticText, QTransform

from designer.canvas.wires import MEANINGS, UNKNOWN
from designer.theme import CARD_HEIGHT, RADIUS, STRIP, Theme, fonts

HEATS = 9  # steps from cold to hot
_DASHES = [4.0, 3.0]
_WITHDRAWN = 0.45  # of a muted card's own colour that is left
_PULSES = (-5.0, -3.0, -2.0, -1.0)  # log10 of update to weight: hardly learns, as it should, fast, too fast


@dataclass(frozen=True)
class Tone:
    """How a card is painted: its body and border, the colours of its words, and how strong its own colour is."""

    body: QBrush
    border: QPen
    name: QColor
    detail: QColor
    count: QColor
    strength: float = 1.0


class Inks:
    """What painting needs of a theme. Text is laid out once and kept, so that drawing it again costs little."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        faces = fonts()
        self.strong, self.small = faces.strong, faces.small
        self.badge = QFont(faces.small)
        self.badge.setWeight(QFont.Weight.DemiBold)
        self.strong_metrics, self.small_metrics = QFontMetricsF(self.strong), QFontMetricsF(self.small)
        self.badge_metrics = QFontMetricsF(self.badge)
        self.text, self.muted, self.hint = QColor(theme.text), QColor(theme.muted), QColor(theme.hint)
        self.accent, self.accent_tint = QColor(theme.accent), QColor(theme.accent_tint)
        self.accent_text, self.faint = QColor(theme.accent_text), QColor(theme.faint)
        self.error, self.warning, self.good = QColor(theme.error), QColor(theme.warning), QColor(theme.good)
        self.canvas, self.grid, self.card = QColor(theme.canvas), QColor(theme.grid), QColor(theme.card)
        self.on_error, self.panel, self.line = QColor(theme.on_error), QColor(theme.panel), QColor(theme.line)
        self.border = QPen(QColor(theme.card_border), 1.0)
        self.levels = (self.border, self.border, QPen(self.warning, 1.5), QPen(self.error, 2.0))
        self.chosen = QPen(self.accent, 2.0)
        self.heats = [QBrush(mixed(QColor(theme.heat), self.card, i / (HEATS - 1))) for i in range(HEATS)]
        self._make_tones()
        self._pens: dict[tuple[int, float, bool], QPen] = {}

    def _make_tones(self) -> None:
        body, dashed = QBrush(self.card), QPen(self.hint, 1.0)
        dashed.setDashPattern(_DASHES)
        self.lively = Tone(body, self.border, self.text, self.muted, self.hint)
        self.withdrawn = Tone(QBrush(self.canvas), dashed, self.hint, self.hint, self.hint, _WITHDRAWN)
        self.heated = Tone(body, self.border, self.text, self.text, self.text)

    def category(self, kind: tuple[str, bool], strength: float = 1.0) -> QColor:
        """The colour of a (category, composite), weaker where its card is withdrawn."""
        own = QColor(self.theme.category_colour(*kind))
        return own if strength >= 1.0 else mixed(own, self.canvas, strength)

    def box(self, kind: tuple[str, bool]) -> QBrush:
        """The fill of a card seen from afar: its category's colour, softened."""
        return QBrush(mixed(self.category(kind), self.card, 0.55))

    def pulse(self, ratio: float) -> QColor:
        """The colour of the log10 of update to weight: good about -3, cold far below it, red far above."""
        stops = list(zip(_PULSES, (self.accent, self.good, self.warning, self.error), strict=True))
        held = min(max(ratio, _PULSES[0]), _PULSES[-1])
        for (low, cold), (high, hot) in pairwise(stops):
            if held <= high:
                return mixed(hot, cold, (held - low) / (high - low))
        return self.error

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
