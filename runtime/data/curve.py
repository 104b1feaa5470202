"""Points near a curve in the plane, and heights over it: small enough to see what a network has learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import choice, number, whole
from blocks.shape import Shape, shape_of, vector
from runtime.sources import SOURCES, DataSource


def curve_points(curve: str, along: Any) -> Any:
    """The points (N, 2) of a curve at places (N,) along it, from 0 at its beginning to 1 at its end."""
    import numpy as np

    if curve == "sine":
        return np.stack([4.0 * along - 2.0, np.sin(2 * np.pi * along)], axis=1)
    turns, radius = (1, np.ones_like(along)) if curve == "circle" else (2, 0.2 + 0.8 * along)
    angle = 2 * np.pi * turns * along
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def make_curve(curve: str, samples: int, noise: float, seed: int) -> dict[str, Any]:
    """Points on a curve, and the same points scattered around it."""
    import numpy as np

    generator = np.random.default_rng(seed)
    clean = curve_points(curve, generator.uniform(0.0, 1.0, samples))
    points = clean + generator.normal(0.0, noise, (samples, 2))
    return {"point": points.astype(np.float32), "clean": clean.astype(np.float32)}


def make_surface(samples: int, noise: float, seed: int) -> dict[str, Any]:
    """Points of a square from -1 to 1, and the height of a wavy surface over each: sin(πx) cos(πy)."""
    import numpy as np

    generator = np.random.default_rng(seed)
    points = generator.uniform(-1.0, 1.0, (samples, 2))
    height = np.sin(np.pi * points[:, 0]) * np.cos(np.pi * points[:, 1])
    height += generator.normal(0.0, noise, samples)
    return {"point": points.astype(np.float32), "height": height.astype(np.float32)}


@catalogued(SOURCES)
class Curve(DataSource):
    """Points scattered around a curve, for denoising: points (2,), and where each was before, clean (2,)."""

    curve: str = choice(
        "circle", ("circle", "spiral", "sine"), doc="What the points lie on before the scatter."
    )
    samples_: int = whole(1000, low=4, high=1_000_000, unit="points", doc="Points made.")
    noise: float = number(
        0.1, low=0.0, high=10.0, doc="Standard deviation of the scatter around the curve."
    )
    functions = (curve_points, make_curve)

    def fields(self) -> Mapping[str, Shape]:
        return {"point": vector(2), "clean": vector(2)}

    def samples(self) -> int:
        return int(self.value("samples"))

    def load(self) -> Call:
        told = {"samples": self.samples(), "noise": self.noise, "seed": self.seed}
        return call("make_curve", self.curve, **told)


@catalogued(SOURCES)
class Surface(DataSource):
    """A wavy surface over the plane, to be learned from its points: points (2,) and the height () over each."""

    samples_: int = whole(1000, low=4, high=1_000_000, unit="points", doc="Points made.")
    noise: float = number(
        0.05, low=0.0, high=10.0, doc="Standard deviation of the scatter of the heights."
    )
    functions = (make_surface,)

    def fields(self) -> Mapping[str, Shape]:
        return {"point": vector(2), "height": shape_of(())}

    def samples(self) -> int:
        return int(self.value("samples"))

    def load(self) -> Call:
        return call("make_surface", samples=self.samples(), noise=self.noise, seed=self.seed)
