"""Every colour, font and metric of the window as values, and the one style sheet made from them."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit

TITLE, BODY, SMALL = 15.0, 12.5, 11.5  # px, the only three sizes of type
GAP, RADIUS, ROW, FIELD = 8, 6, 26, 30  # px
CARD_WIDTH, CARD_HEIGHT, STRIP = 208, 46, 6  # px

# Which token colours the cards of a category; what is not listed counts as joining and reshaping.
CATEGORY_TOKENS = {
    "Input and output": "ends",
    "Data": "ends",
    "Convolution": "convolution",
    "Pooling": "pooling",
    "Normalization": "normalization",
    "Activation": "activation",
    "Linear": "linear",
    "Recurrent": "recurrent",
    "Attention": "attention",
    "Join and reshape": "join",
    "Regularization": "regularization",
    "Sampling": "regularization",
    "Loss and metric": "loss",
    "Residual": "composite",
    "Inception": "composite",
    "Dense": "composite",
    "Squeeze and excite": "composite",
    "Mobile": "composite",
    "Context": "composite",
    "Energy": "composite",
    "Units": "composite",
    "Networks": "composite",
    "Templates": "composite",
}

# The colours of frames, by the names that a design gives them.
FRAME_TOKENS = {
    "grey": "join",
    "blue": "convolution",
    "green": "recurrent",
    "amber": "warning",
    "red": "error",
    "violet": "normalization",
}


@dataclass(frozen=True, slots=True)
class Theme:
    """All colours of one look, each as "#rrggbb"; wrap one in QColor to paint with it.

    Text is set in `text`, `muted`, `hint`, `on_accent`, `on_error` or a token ending in `_text`; each of
    these reaches 4.5 : 1 on the surfaces it is used on. `faint` and the strong tokens (`accent`, `error`, …)
    are for lines, marks and what is disabled.
    """

    name: str
    dark: bool
    # surfaces
    canvas: str
    grid: str
    panel: str
    inset: str
    card: str
    hover: str
    selection: str  # behind selected characters
    accent_tint: str
    error_tint: str
    warning_tint: str
    good_tint: str
    # lines
    line: str
    card_border: str
    # text
    text: str
    muted: str
    hint: str
    faint: str
    accent_text: str
    error_text: str
    warning_text: str
    good_text: str
    on_accent: str
    on_error: str
    # marks
    accent: str
    accent_hover: str
    focus: str  # around what has the keyboard
    error: str
    warning: str
    good: str
    second: str  # the other curve of a plot, told from the accent by every eye
    heat: str  # the hottest card of an overlay; text is read on it
    # categories of blocks
    convolution: str
    pooling: str
    normalization: str
    activation: str
    linear: str
    recurrent: str
    attention: str
    composite: str
    join: str
    regularization: str
    ends: str
    loss: str
    # wires, by what flows along them
    image: str
    sequence: str
    signal: str
    vector: str
    tokens: str
    scalar: str
    volume: str
    boxes: str
    unknown: str

    def category_colour(self, category: str, composite: bool = False) -> str:
        """The colour of a category's strip and icon; a composite has its own, whatever its category."""
        token = "composite" if composite else CATEGORY_TOKENS.get(category, "join")
        return str(getattr(self, token))

    def frame_colour(self, name: str) -> str:
        """The colour of a frame on the canvas; grey where the name is unknown."""
        return str(getattr(self, FRAME_TOKENS.get(name, "join")))

    def meaning_colour(self, meaning: str) -> str:
        """The colour of a wire that carries this meaning ("image", "sequence", …); grey where unknown."""
        return str(getattr(self, meaning if meaning in MEANINGS else "unknown"))


MEANINGS = ("image", "sequence", "signal", "vector", "tokens", "scalar", "volume", "boxes")

LIGHT = Theme(
    name="light",
    dark=False,
    canvas="#f4f5f7",
    grid="#dde1e7",
    panel="#ffffff",
    inset="#f9fafb",
    card="#ffffff",
    hover="#f4f5f7",
    selection="#c7dafb",
    accent_tint="#e8f0fe",
    error_tint="#fef1f0",
    warning_tint="#fff8eb",
    good_tint="#ecfdf3",
    line="#e1e5ea",
    card_border="#cbd2dc",
    text="#1b1f27",
    muted="#667085",
    hint="#667085",
    faint="#98a2b3",
    accent_text="#2b67d9",
    error_text="#d52c1f",
    warning_text="#99651a",
    good_text="#117c59",
    on_accent="#ffffff",
    on_error="#ffffff",
    accent="#2f6feb",
    accent_hover="#2861d6",
    focus="#2f6feb",
    error="#d92d20",
    warning="#b7791f",
    good="#12805c",
    second="#dc6803",
    heat="#ffb26b",
    convolution="#2f6feb",
    pooling="#0e9384",
    normalization="#7a5af8",
    activation="#dc6803",
    linear="#3e7ba5",
    recurrent="#087443",
    attention="#9f1ab1",
    composite="#3538cd",
    join="#667085",
    regularization="#a15c07",
    ends="#475467",
    loss="#c11574",
    image="#2f6feb",
    sequence="#00a275",
    signal="#de5e13",
    vector="#2d4543",
    tokens="#a87ad4",
    scalar="#7582a0",
    volume="#002364",
    boxes="#b7007d",
    unknown="#98a2b3",
)

DARK = Theme(
    name="dark",
    dark=True,
    canvas="#15171b",
    grid="#23272e",
    panel="#1b1e24",
    inset="#20242b",
    card="#22262e",
    hover="#262b33",
    selection="#2f4a80",
    accent_tint="#22304d",
    error_tint="#3a2224",
    warning_tint="#3a3020",
    good_tint="#1c332a",
    line="#2b3038",
    card_border="#3a414d",
    text="#e7eaef",
    muted="#98a2b3",
    hint="#8a92a2",
    faint="#667085",
    accent_text="#6a9bff",
    error_text="#ff6b61",
    warning_text="#e3b341",
    good_text="#4cc38a",
    on_accent="#15171b",
    on_error="#15171b",
    accent="#6a9bff",
    accent_hover="#83acff",
    focus="#6a9bff",
    error="#ff6b61",
    warning="#e3b341",
    good="#4cc38a",
    second="#f79009",
    heat="#7d3f0c",
    convolution="#6a9bff",
    pooling="#2ed3b7",
    normalization="#a48afb",
    activation="#f79009",
    linear="#7cb6de",
    recurrent="#4cc38a",
    attention="#e478fa",
    composite="#8098f9",
    join="#98a2b3",
    regularization="#e0aa54",
    ends="#98a2b3",
    loss="#f670c7",
    image="#6a9bff",
    sequence="#36e5b6",
    signal="#ea9d00",
    vector="#fbf4fe",
    tokens="#bdaeed",
    scalar="#8c788a",
    volume="#3561e5",
    boxes="#ec56c9",
    unknown="#667085",
)

CONTRAST = Theme(
    name="contrast",
    dark=True,
    canvas="#000000",
    grid="#3a3a3a",
    panel="#000000",
    inset="#000000",
    card="#000000",
    hover="#1f2937",
    selection="#1b4aca",
    accent_tint="#102b54",
    error_tint="#3d0a0a",
    warning_tint="#332600",
    good_tint="#00301a",
    line="#8a919e",
    card_border="#d5dae2",
    text="#ffffff",
    muted="#dfe3ea",
    hint="#c3c9d4",
    faint="#9aa3b2",
    accent_text="#8ec2ff",
    error_text="#ff9a92",
    warning_text="#ffd75e",
    good_text="#6ee7a8",
    on_accent="#000000",
    on_error="#000000",
    accent="#6cb2ff",
    accent_hover="#a9d1ff",
    focus="#ffe14d",
    error="#ff8a80",
    warning="#ffd75e",
    good="#5ee6a0",
    second="#ffb020",
    heat="#703200",
    convolution="#6cb2ff",
    pooling="#3ff0d0",
    normalization="#bda6ff",
    activation="#ffa526",
    linear="#8fd0ff",
    recurrent="#5ee6a0",
    attention="#f094ff",
    composite="#9fb2ff",
    join="#c3c9d4",
    regularization="#ffc560",
    ends="#ffffff",
    loss="#ff86d3",
    image="#50a8ff",
    sequence="#36e5b6",
    signal="#ea9d00",
    vector="#fbf4fe",
    tokens="#b5bff2",
    scalar="#9c8389",
    volume="#667fff",
    boxes="#ff5ac3",
    unknown="#9aa3b2",
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK, CONTRAST)}


@dataclass(frozen=True, slots=True)
class Fonts:
    """The window's type: one family in three sizes, and one for code."""

    title: QFont
    body: QFont
    small: QFont
    strong: QFont  # body, weight 600
    code: QFont


def fonts() -> Fonts:
    """The fonts of this machine: Inter and JetBrains Mono where installed, else the system's own."""
    text = _families("Inter", QFontDatabase.SystemFont.GeneralFont)
    return Fonts(
        title=_font(text, TITLE, QFont.Weight.DemiBold),
        body=_font(text, BODY),
        small=_font(text, SMALL),
        strong=_font(text, BODY, QFont.Weight.DemiBold),
        code=_font(_families("JetBrains Mono", QFontDatabase.SystemFont.FixedFont), BODY),
    )


def _families(wished: str, otherwise: QFontDatabase.SystemFont) -> list[str]:
    system = QFontDatabase.systemFont(otherwise).family()
    return [wished, system] if QFontDatabase.hasFamily(wished) else [system]


def _font(families: list[str], pixels: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont(families)
    font.setPointSizeF(_points(pixels))
    font.setWeight(weight)
    # Live numbers must not dance: digits of one width, where the font has them.
    font.setFeature(QFont.Tag.fromString("tnum"), 1)
    return font


def _points(pixels: float) -> float:
    # Qt takes whole pixels only, so 12.5 px has to be said in points of this screen.
    screen = QGuiApplication.primaryScreen()
    default = 72.0 if sys.platform == "darwin" else 96.0
    return pixels * 72.0 / (screen.logicalDotsPerInchY() if screen else default)


def system_theme() -> Theme:
    """The theme that the desktop asks for; light where it does not say."""
    hints = QGuiApplication.styleHints()
    return theme_for(hints.colorScheme(), hints.accessibility().contrastPreference())


def theme_for(scheme: Qt.ColorScheme, contrast: Qt.ContrastPreference) -> Theme:
    """The theme for what a desktop wants; strong contrast goes before light and dark."""
    if contrast is Qt.ContrastPreference.HighContrast:
        return CONTRAST
    return DARK if scheme is Qt.ColorScheme.Dark else LIGHT


def palette(theme: Theme) -> QPalette:
    """The palette for Fusion, for all that the style sheet leaves to the style."""
    role = QPalette.ColorRole
    result = QPalette()
    for colour, *roles in (
        (theme.panel, role.Window, role.Base),
        (theme.inset, role.AlternateBase, role.Button),
        (theme.card, role.ToolTipBase),
        (theme.text, role.WindowText, role.Text, role.ButtonText, role.ToolTipText),
        (theme.text, role.HighlightedText),
        (theme.hint, role.PlaceholderText),
        (theme.selection, role.Highlight),
        (theme.accent, role.Accent),
        (theme.accent_text, role.Link, role.LinkVisited),
        (theme.on_accent, role.BrightText),
        (theme.line, role.Mid, role.Midlight, role.Light),
        (theme.card_border, role.Dark, role.Shadow),
    ):
        for each in roles:
            result.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, each, QColor(theme.faint))
    return result


def stylesheet(theme: Theme) -> str:
    """The style sheet of the whole program in this theme's colours."""
    root = files("designer")
    text = (root / "theme.qss").read_text("utf-8")
    code = fonts().code.family().replace('"', "")
    sizes = {"title_size": TITLE, "body_size": BODY, "small_size": SMALL}
    return Template(text).substitute(
        asdict(theme),
        controls=Path(str(root / "icons" / "controls")).as_posix() + "/" + theme.name,
        code_family=code,
        row=ROW,
        focus_width=2 if theme is CONTRAST else 1,
        **{name: f"{_points(pixels):.3f}pt" for name, pixels in sizes.items()},
    )


def apply(app: QApplication, theme: Theme) -> None:
    """Gives the program this theme: style, palette, font and style sheet."""
    app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(fonts().body)
    app.setStyleSheet(stylesheet(theme))


def indent(field: QAbstractSpinBox) -> None:
    """Sets a spin box's number as far from its border as a line edit's text.

    Qt 6.11 lays the number of a styled spin box at its very edge, whatever padding the sheet asks for,
    and one without buttons shows no number at all: keep the buttons.
    """
    edit = field.findChild(QLineEdit)
    if isinstance(edit, QLineEdit):
        edit.setTextMargins(GAP, 0, 0, 0)
