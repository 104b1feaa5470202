"""Points in the plane in two classes that no straight line parts: made by a formula, so always at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import number, whole
from blocks.shape import Shape, labels, vector
from runtime.sources import SOURCES, DataSource


def make_xor(samples: int, noise: float, seed: int) -> dict[str, Any]:
    """Points around the corners (±1, ±1); the class says whether the two signs differ."""
    import numpy as np

    generator = np.random.default_rng(seed)
    corner = np.arange(samples) % 4
    signs = np.stack([corner % 2, corner // 2], axis=1)
    points = signs * 2.0 - 1.0 + generator.normal(0.0, noise, (samples, 2))
    label = signs[:, 0] ^ signs[:, 1]
    return {"point": points.astype(np.float32), "label": label.astype(np.int64)}


def make_moons(samples: int, noise: float, seed: int) -> dict[str, Any]:
    """Points on two half circles that reach into each other; the class says on which."""
    import numpy as np

    generator = np.random.default_rng(seed)
    label = np.arange(samples) % 2
    angle = generator.uniform(0.0, np.pi, samples)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    points = np.where(label[:, None] == 0, upper, -upper)
    points += generator.normal(0.0, noise, (samples, 2))
    return {"point": points.astype(np.float32), "label": label.astype(np.int64)}


def make_spirals(samples: int, noise: float, turns: float, seed: int) -> dict[str, Any]:
    """Points on two spiral arms around each other; the class says on which."""
    import numpy as np

    generator = np.random.default_rng(seed)
    label = np.arange(samples) % 2
    radius = np.sqrt(generator.uniform(0.01, 1.0, samples))
    angle = 2 * np.pi * turns * radius + np.pi * label
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points += generator.normal(0.0, noise, (samples, 2))
    return {"point": points.astype(np.float32), "label": label.astype(np.int64)}


class _Points(DataSource):
    """What the sets of points share."""

    samples_: int = whole(
        1000, low=4, high=1_000_000, unit="points", doc="Points made, half of them in each class."
    )
    noise: float = number(
        0.1, low=0.0, high=10.0, doc="Standard deviation of the scatter around the true places."
    )

    def fields(self) -> Mapping[str, Shape]:
        return {"point": vector(2), "label": labels(2)}

    def samples(self) -> int:
        return int(self.value("samples"))

    def load(self) -> Call:
        return call(
            self.functions[-1].__name__, samples=self.samples(), noise=self.noise, seed=self.seed
        )


@catalogued(SOURCES)
class Xor(_Points):
    """Clusters at the corners of a square, opposite corners in one class: points (2,) and labels of 2 classes."""

    functions = (make_xor,)


@catalogued(SOURCES)
class Moons(_Points):
    """Two half circles that reach into each other: points (2,) and labels of 2 classes."""

    functions = (make_moons,)


@catalogued(SOURCES)
class Spirals(_Points):
    """Two spiral arms around each other: points (2,) and labels of 2 classes."""

    noise: float = number(
        0.02, low=0.0, high=10.0, doc="Standard deviation of the scatter around the true places."
    )
    turns: float = number(1.5, low=0.1, high=10.0, doc="How often each arm goes around.")
    functions = (make_spirals,)

    def load(self) -> Call:
        parts = super().load().keywords
        return Call("make_spirals", (), {**parts, "turns": self.turns})
