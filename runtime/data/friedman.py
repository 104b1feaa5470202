"""A number to be told from ten others, by a formula that no plane follows: the test of regression since 1991."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import number, whole
from blocks.shape import Shape, shape_of, vector
from runtime.sources import SOURCES, DataSource


def make_friedman(samples: int, noise: float, seed: int) -> dict[str, Any]:
    """Ten numbers from 0 to 1, and 10 sin(pi a b) + 20 (c - 1/2)^2 + 10 d + 5 e of the first five, with noise."""
    import numpy as np

    generator = np.random.default_rng(seed)
    features = generator.uniform(0.0, 1.0, (samples, 10))
    a, b, c, d, e = features.T[:5]
    target = 10 * np.sin(np.pi * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e
    target += generator.normal(0.0, noise, samples)
    return {"features": features.astype(np.float32), "target": target.astype(np.float32)}


@catalogued(SOURCES)
class Friedman(DataSource):
    """Ten numbers of which five matter, and one to be told from them (Friedman 1991): features (10,), target ()."""

    samples_: int = whole(2000, low=2, high=1_000_000, unit="examples", doc="Examples made.")
    noise: float = number(
        1.0,
        low=0.0,
        high=1e3,
        doc="Standard deviation of what nothing can tell: its square is the least mean squared error.",
    )
    functions = (make_friedman,)

    def fields(self) -> Mapping[str, Shape]:
        return {"features": vector(10), "target": shape_of(())}

    def samples(self) -> int:
        return int(self.value("samples"))

    def load(self) -> Call:
        return call("make_friedman", samples=self.samples(), noise=self.noise, seed=self.seed)
