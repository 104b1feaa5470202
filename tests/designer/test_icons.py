"""The icons: all there, tinted, crisp, and shipped with the package."""

from __future__ import annotations

from importlib.resources import files

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage

from designer import icons
from designer.theme import CATEGORY_TOKENS, DARK, LIGHT, Theme

pytestmark = pytest.mark.usefixtures("qapp")


def inks(image: QImage) -> set[str]:
    """The colours of the opaque pixels."""
    cells = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {colour.name() for colour in cells if colour.alpha() == 255}


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_draws_something_in_the_colour_asked_for(name: str) -> None:
    assert inks(icons.pixmap(name, "#2f6feb", 48).toImage()) == {"#2f6feb"}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_an_icon_is_tinted_by_role_and_faint_where_disabled(theme: Theme) -> None:
    play = icons.icon("play", theme, "accent")
    size = QSize(24, 24)
    assert inks(play.pixmap(size).toImage()) == {theme.accent}
    assert inks(play.pixmap(size, QIcon.Mode.Disabled).toImage()) == {theme.faint}


def test_a_picture_for_a_dense_screen_has_all_its_pixels() -> None:
    picture = icons.pixmap("save", "#000000", 16, ratio=2.0)
    assert picture.size() == QSize(32, 32)
    assert picture.deviceIndependentSize().toSize() == QSize(16, 16)


def test_painting_an_icon_twice_draws_it_once() -> None:
    assert icons.icon("save", LIGHT).cacheKey() == icons.icon("save", LIGHT).cacheKey()


def test_an_icon_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(KeyError, match=r"no icon 'unicorn'; there are activity, .*"):
        icons.icon("unicorn", LIGHT)


def test_every_category_has_an_icon_of_its_own_and_strangers_get_a_box() -> None:
    known = [icons.category_icon(category) for category in CATEGORY_TOKENS]
    assert set(known) <= set(icons.names())
    assert len(set(known)) == len(known)
    assert icons.category_icon("Quantum") == "box"


def test_the_licence_ships_beside_the_drawings() -> None:
    text = (files("designer") / "icons" / "LICENSE").read_text("utf-8")
    assert "ISC License" in text
    assert "Lucide" in text
