"""Drawn pictures of circles, squares and triangles, in which every pixel is known: to segment or to classify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import choice, number, whole
from blocks.shape import Meaning, Shape, image, labels, shape_of, vector
from runtime.sources import SOURCES, DataSource, NoData

_MOST = 2**31  # numbers in all pictures, which are 8 GB


def inside(kind: int, down: Any, right: Any, radius: float) -> Any:
    """Which pixels, told by their way from the middle, are in a circle (1), a square (2) or a triangle (3)."""
    if kind == 1:
        return down**2 + right**2 <= radius**2
    if kind == 2:
        return (abs(down) <= 0.8 * radius) & (abs(right) <= 0.8 * radius)
    return (down <= radius / 2) & (3**0.5 * abs(right) <= down + radius)


def draw_shapes(height: int, width: int, kinds: Any, generator: Any) -> tuple[Any, Any]:
    """A picture (3, H, W) with a shape of each of these kinds, later ones in front, and the kind at each pixel (H, W).

    Places, sizes and colours are random; the ground, of kind 0, is darker than the shapes.
    """
    import numpy as np

    down, right = np.mgrid[:height, :width]
    picture = np.empty((3, height, width))
    picture[:] = generator.uniform(0.0, 0.3, (3, 1, 1))
    mask = np.zeros((height, width), np.int64)
    for kind in kinds:
        radius = min(height, width) * generator.uniform(0.16, 0.32)
        middle = generator.uniform(radius, np.array([height, width]) - radius)
        chosen = inside(kind, down - middle[0], right - middle[1], radius)
        colour = generator.permutation([1.0, *generator.uniform(0.3, 1.0, 2)])
        picture[:, chosen] = colour[:, None]
        mask[chosen] = kind
    return picture, mask


def make_shapes(
    answer: str, samples: int, height: int, width: int, most: int, noise: float, seed: int
) -> dict[str, Any]:
    """Pictures (3, H, W) from 0 to 1, and what is asked of them.

    This is the kind at each pixel (mask), that of the one shape (label), or which kinds can be seen (present).
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    pictures = np.empty((samples, 3, height, width), np.float32)
    masks = np.empty((samples, height, width), np.int64)
    for i in range(samples):
        count = 1 if answer == "label" else generator.integers(1, most + 1)
        kinds = generator.integers(1, 4, count)
        picture, masks[i] = draw_shapes(height, width, kinds, generator)
        pictures[i] = (picture + generator.normal(0.0, noise, picture.shape)).clip(0.0, 1.0)
    seen = np.stack([(masks == kind).any(axis=(1, 2)) for kind in (1, 2, 3)], axis=1)
    answers = {"mask": masks, "label": seen.argmax(axis=1), "present": seen.astype(np.float32)}
    return {"image": pictures, answer: answers[answer]}


@catalogued(SOURCES)
class Shapes(DataSource):
    """Drawn pictures of circles, squares and triangles: images (3, H, W) from 0 to 1, and a mask, label or kinds."""

    answer: str = choice(
        "mask",
        ("mask", "label", "present"),
        doc="What is asked: the kind of each pixel (ground, circle, square, triangle) as mask (H, W); the kind of "
        "the one shape as label; or which of the three kinds can be seen, several at once, as present (3,).",
    )
    samples_: int = whole(1000, low=2, high=100_000, unit="pictures", doc="Pictures made.")
    height: int = whole(32, low=16, high=1024, unit="px", doc="Rows of a picture.")
    width: int = whole(32, low=16, high=1024, unit="px", doc="Columns of a picture.")
    most: int = whole(
        2,
        low=1,
        high=20,
        unit="shapes",
        doc="Shapes in a picture at most; where a label is asked, 1.",
    )
    noise: float = number(
        0.1, low=0.0, high=1.0, doc="Standard deviation of the noise over the whole picture."
    )
    functions = (inside, draw_shapes, make_shapes)

    def fields(self) -> Mapping[str, Shape]:
        if self.samples() * 3 * self.height * self.width > _MOST:
            raise NoData(
                "shapes", "pictures that fit in 8 GB", "Set fewer samples, or smaller sizes."
            )
        mask = shape_of((self.height, self.width), Meaning.TENSOR, "int64", 4)
        answers = {"mask": mask, "label": labels(3), "present": vector(3)}
        return {"image": image(3, self.height, self.width), self.answer: answers[self.answer]}

    def samples(self) -> int:
        return int(self.value("samples"))

    def load(self) -> Call:
        sizes = {"samples": self.samples(), "height": self.height, "width": self.width}
        return call(
            "make_shapes", self.answer, **sizes, most=self.most, noise=self.noise, seed=self.seed
        )
