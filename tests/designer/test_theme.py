"""The themes: readable for every eye, and the style sheet is one that Qt accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLineEdit, QSpinBox, QToolBar, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from designer import theme as themes
from designer.canvas.inks import Inks
from designer.theme import CATEGORY_TOKENS, CONTRAST, DARK, LIGHT, MEANINGS, THEMES, Theme

pytestmark = pytest.mark.usefixtures("qapp")
SURFACES = ("canvas", "panel", "inset", "card", "hover")
READ_ON = {
    "text": (*SURFACES, "selection", "accent_tint", "error_tint", "warning_tint", "good_tint"),
    "muted": SURFACES,
    "hint": SURFACES,
    "accent_text": (*SURFACES, "accent_tint"),
    "error_text": (*SURFACES, "error_tint"),
    "warning_text": (*SURFACES, "warning_tint"),
    "good_text": (*SURFACES, "good_tint"),
    "on_accent": ("accent", "accent_hover"),
    "on_error": ("error",),
}
# What eyes without red, green or blue cones see of linear RGB (Machado, Oliveira and Fernandes 2009).
EYES = {
    "all cones": np.eye(3),
    "no red": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "no green": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "no blue": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}

every_theme = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def linear(colour: str) -> np.ndarray:
    """The colour as linear RGB (IEC 61966-2-1)."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.1, from 1 to 21."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Linear RGB as Oklab, where distance is difference seen (Ottosson 2020)."""
    cones = np.cbrt(
        np.clip(rgb, 0, 1) @ np.array([[0.4122, 0.2119, 0.0883], [0.5363, 0.6807, 0.2817], [0.0514, 0.1074, 0.63]])
    )
    return np.asarray(
        cones @ np.array([[0.2105, 1.978, 0.0259], [0.7936, -2.4286, 0.7828], [-0.0041, 0.4506, -0.8087]])
    )


@every_theme
@pytest.mark.parametrize("token", READ_ON)
def test_text_reaches_four_and_a_half_to_one_on_every_surface_it_is_read_on(theme: Theme, token: str) -> None:
    least = 7 if theme is CONTRAST else 4.5
    for surface in READ_ON[token]:
        ratio = contrast(getattr(theme, token), getattr(theme, surface))
        assert ratio >= least, f"{token} on {surface}: {ratio:.2f}"


@every_theme
def test_words_that_the_style_sheet_sets_on_a_ground_of_its_own_can_be_read_there(theme: Theme) -> None:
    sheet = re.sub(r"/\*.*?\*/", "", (files("designer") / "theme.qss").read_text("utf-8"), flags=re.S)
    seen = 0
    for selector, rule in re.findall(r"([^{}]+){([^}]*)}", sheet):
        word, ground = (re.search(rf"(?<![-\w]){name}: \$(\w+)", rule) for name in ("color", "background"))
        if word and ground and ":disabled" not in selector:
            seen += 1
            ratio = contrast(getattr(theme, word[1]), getattr(theme, ground[1]))
            assert ratio >= (7 if theme is CONTRAST else 4.5), f"{selector.strip()}: {ratio:.2f}"
    assert seen > 15


@every_theme
def test_a_card_is_read_at_every_heat_and_hotter_is_never_lighter_to_any_eye(theme: Theme) -> None:
    heats = [brush.color().name() for brush in Inks(theme).heats]
    assert all(contrast(theme.text, heat) >= (7 if theme is CONTRAST else 4.5) for heat in heats)
    assert contrast(heats[0], heats[-1]) > 1.5
    for eye in EYES.values():
        seen = [float(oklab(eye @ linear(heat))[0]) for heat in heats]
        assert seen == sorted(seen, reverse=not theme.dark)


@every_theme
def test_a_withdrawn_card_can_still_be_read(theme: Theme) -> None:
    tone = Inks(theme).withdrawn
    for colour in (tone.name, tone.detail, tone.count):
        assert contrast(colour.name(), tone.body.color().name()) >= 4.5


@every_theme
def test_lines_and_marks_stand_out_from_what_is_behind_them(theme: Theme) -> None:
    for token in ("error", "warning", "good", "accent"):
        assert contrast(getattr(theme, token), theme.canvas) >= 3, token
    for category in CATEGORY_TOKENS:
        assert contrast(theme.category_colour(category), theme.card) >= 3, category
    if theme is CONTRAST:
        assert contrast(theme.card_border, theme.card) >= 7
        assert all(contrast(theme.meaning_colour(m), theme.canvas) >= 4.5 for m in MEANINGS)


@every_theme
def test_what_has_the_keyboard_is_seen_on_every_surface_and_beside_every_line(theme: Theme) -> None:
    for surface in SURFACES:
        assert contrast(theme.focus, getattr(theme, surface)) >= (7 if theme is CONTRAST else 3), surface
    assert contrast(theme.focus, theme.line) >= 2.4


@every_theme
def test_wires_and_curves_stand_out_from_what_is_behind_them(theme: Theme) -> None:
    for meaning in MEANINGS:
        assert contrast(theme.meaning_colour(meaning), theme.canvas) >= 2.95, meaning
    assert contrast(theme.accent, theme.panel) >= 3
    assert contrast(theme.second, theme.panel) >= 3


@every_theme
@pytest.mark.parametrize("eye", EYES)
def test_colour_blind_eyes_tell_any_two_wires_apart(theme: Theme, eye: str) -> None:
    seen = {m: oklab(EYES[eye] @ linear(theme.meaning_colour(m))) for m in MEANINGS}
    for one, other in combinations(MEANINGS, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 0.06, f"{one} and {other}"


@every_theme
def test_every_token_is_a_colour_written_in_full(theme: Theme) -> None:
    for field in fields(theme):
        if field.name not in ("name", "dark"):
            assert re.fullmatch("#[0-9a-f]{6}", getattr(theme, field.name)), field.name


def test_a_composite_has_its_own_colour_whatever_its_category() -> None:
    assert LIGHT.category_colour("Convolution") == LIGHT.convolution
    assert LIGHT.category_colour("Convolution", composite=True) == LIGHT.composite
    assert LIGHT.category_colour("Residual") == LIGHT.composite


def test_what_no_table_knows_still_has_a_colour() -> None:
    assert LIGHT.category_colour("Quantum") == LIGHT.join
    assert LIGHT.meaning_colour("name") == LIGHT.unknown


def test_a_desktop_that_wants_strong_contrast_gets_it_whether_light_or_dark() -> None:
    scheme, wish = Qt.ColorScheme, Qt.ContrastPreference
    assert themes.theme_for(scheme.Light, wish.HighContrast) is CONTRAST
    assert themes.theme_for(scheme.Dark, wish.HighContrast) is CONTRAST
    assert themes.theme_for(scheme.Dark, wish.NoPreference) is DARK
    assert themes.theme_for(scheme.Unknown, wish.NoPreference) is LIGHT


def test_the_theme_is_light_where_the_desktop_does_not_say(qapp: QApplication) -> None:
    assert qapp.styleHints().colorScheme() is not Qt.ColorScheme.Dark
    assert themes.system_theme() is LIGHT


@every_theme
def test_the_style_sheet_leaves_no_token_open_and_names_only_pictures_that_exist(
    qapp: QApplication, theme: Theme
) -> None:
    sheet = themes.stylesheet(theme)
    names = {m.rpartition("/")[2] for m in re.findall(r'url\("([^"]+)"\)', sheet)}
    folder = files("designer") / "icons" / "controls"
    assert "$" not in re.sub(r"/\*.*?\*/", "", sheet)
    assert names
    assert all((folder / name).is_file() for name in names)


@every_theme
def test_the_arrows_of_fields_wear_the_colours_of_their_theme(theme: Theme) -> None:
    folder = files("designer") / "icons" / "controls"
    assert theme.muted in (folder / f"{theme.name}-down.svg").read_text("utf-8")
    assert theme.on_accent in (folder / f"{theme.name}-check.svg").read_text("utf-8")


@every_theme
def test_the_palette_says_the_same_as_the_theme(theme: Theme) -> None:
    role, made = QPalette.ColorRole, themes.palette(theme)
    assert made.color(role.Window) == made.color(role.Base) == QColor(theme.panel)
    assert made.color(role.AlternateBase) == QColor(theme.inset)
    assert made.color(role.Text) == QColor(theme.text)
    assert made.color(role.Link) == QColor(theme.accent_text)
    assert made.color(QPalette.ColorGroup.Disabled, role.Text) == QColor(theme.faint)


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[QApplication]:
    """The application, which gets its own look back after the test."""
    before = qapp.style().name(), qapp.palette(), qapp.font(), QToolTip.palette()
    yield qapp
    qapp.setStyleSheet("")
    qapp.setStyle(before[0])
    qapp.setPalette(before[1])
    qapp.setFont(before[2])
    QToolTip.setPalette(before[3])


@every_theme
def test_applying_a_theme_gives_the_program_its_colours(themed: QApplication, qtbot: QtBot, theme: Theme) -> None:
    themes.apply(themed, theme)
    bar = QToolBar()
    qtbot.addWidget(bar)
    bar.resize(60, 40)
    assert bar.grab().toImage().pixelColor(50, 10) == QColor(theme.panel)
    assert themed.palette().color(QPalette.ColorRole.WindowText) == QColor(theme.text)


def test_fields_are_thirty_pixels_high(themed: QApplication, qtbot: QtBot) -> None:
    themes.apply(themed, LIGHT)
    line, spin = QLineEdit(), QSpinBox()
    themes.indent(spin)
    for field in (line, spin):
        qtbot.addWidget(field)
        field.show()
        assert field.height() == themes.FIELD


def test_type_comes_in_three_sizes(qapp: QApplication, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    made = themes.fonts()
    inch = widget.logicalDpiY()
    sizes = [font.pointSizeF() * inch / 72 for font in (made.title, made.body, made.small)]
    assert sizes == pytest.approx([15, 12.5, 11.5], abs=0.02)
