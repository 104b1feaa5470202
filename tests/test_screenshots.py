"""The pictures of docs/images: each belongs to a scene, and their small palettes lose no mark."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtGui import QColor, QImage, QPainter

from designer.theme import LIGHT, THEMES
from tests.scenes import SCENES
from tests.screenshots import small

ROOT = Path(__file__).parents[1]


def test_a_small_palette_keeps_the_colour_of_a_strip_however_many_shades_there_are() -> None:
    image = QImage(640, 400, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.canvas))
    with QPainter(image) as painter:
        for shade in range(600):  # as letters have, many and often
            painter.fillRect(shade, 0, 1, 300, QColor(shade % 256, shade % 256, 160 + shade % 90))
        painter.fillRect(10, 350, 6, 40, QColor(LIGHT.regularization))
    seen = small(image)
    assert seen.colorCount() <= 256
    assert seen.pixelColor(12, 370) == QColor(LIGHT.regularization)
    assert seen.pixelColor(630, 390) == QColor(LIGHT.canvas)


def test_the_pictures_are_those_of_the_scenes() -> None:
    there = {path.name for path in (ROOT / "docs" / "images").glob("*.png")}
    assert there == {f"{name}-{theme}.png" for name, scene in SCENES.items() for theme in scene.themes}
    assert len(SCENES) >= 10
    assert {theme for scene in SCENES.values() for theme in scene.themes} == set(THEMES)


def test_every_picture_of_the_readme_is_there() -> None:
    named = re.findall(r"\]\((docs/images/[^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(named) >= 5
    assert all((ROOT / path).is_file() for path in named)
