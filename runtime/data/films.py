"""Short films in which something moves, so that no single picture holds the answer: made by a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import number, whole
from blocks.shape import Shape, labels, shape_of
from runtime.sources import SOURCES, DataSource, NoData

_MOST = 2**31  # numbers in all films, which are 8 GB


def make_films(steps: int, size: int, samples: int, noise: float, seed: int) -> dict[str, Any]:
    """Films (T, 1, H, W) of a square that moves by a pixel a frame, and whither: up, down, left or right.

    What leaves at an edge comes back at the other, so that all places are alike and one frame tells nothing.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    label = generator.integers(0, 4, samples)
    ways = np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])[label]
    corner = generator.integers(0, size, (samples, 2))
    corners = corner[:, None] + ways[:, None] * np.arange(steps)[:, None]  # (samples, T, 2)
    edge = size // 4
    down, right = ((np.arange(size) - corners[..., axis, None]) % size < edge for axis in (0, 1))
    films = (down[..., :, None] & right[..., None, :]).astype(np.float32)
    films += generator.normal(0.0, noise, films.shape).astype(np.float32)
    return {"film": films[:, :, None], "label": label}


@catalogued(SOURCES)
class Films(DataSource):
    """Films of a square that moves: frames (T, 1, H, W), and whither as labels of 4 classes: up, down, left, right."""

    samples_: int = whole(2000, low=2, high=100_000, unit="films", doc="Films made.")
    steps: int = whole(6, low=2, high=1000, unit="frames", doc="Frames of a film.")
    size: int = whole(12, low=4, high=512, unit="px", doc="Height and width of a frame.")
    noise: float = number(
        0.3, low=0.0, high=10.0, doc="Standard deviation of the noise over every frame."
    )
    functions = (make_films,)

    def fields(self) -> Mapping[str, Shape]:
        if self.samples() * self.steps * self.size**2 > _MOST:
            raise NoData("films", "films that fit in 8 GB", "Set fewer of them, or smaller ones.")
        return {"film": shape_of((self.steps, 1, self.size, self.size)), "label": labels(4)}

    def samples(self) -> int:
        return int(self.value("samples"))

    def load(self) -> Call:
        told = {"steps": self.steps, "size": self.size, "samples": self.samples()}
        return call("make_films", **told, noise=self.noise, seed=self.seed)
