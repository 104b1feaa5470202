"""Friedman's formula: five numbers decide, the rest is noise."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.data.friedman import Friedman
from tests.sources import alike, loaded, promised


def test_what_is_made_is_what_the_fields_promise() -> None:
    promised(Friedman(samples_=50))
    assert alike(Friedman(samples_=50))


def test_without_noise_the_answer_is_the_formula_of_five_numbers() -> None:
    data = loaded(Friedman(samples_=100, noise=0.0))
    a, b, c, d, e = data["features"].astype(float).T[:5]
    wanted = 10 * np.sin(np.pi * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e
    assert data["target"] == pytest.approx(wanted, abs=1e-4)


def test_a_plane_misses_what_bends() -> None:
    data = loaded(Friedman(samples_=4000, noise=1.0))
    x = np.hstack([data["features"], np.ones((4000, 1))])
    weights = np.linalg.lstsq(x, data["target"], rcond=None)[0]
    assert np.mean((x @ weights - data["target"]) ** 2) == pytest.approx(6.7, abs=0.4)
