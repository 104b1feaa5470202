"""Points near curves and heights over the plane."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.data.curve import Curve, Surface, curve_points
from runtime.sources import DataSource
from tests.sources import alike, loaded, promised

SOURCES = (Curve(), Curve(curve="spiral"), Curve(curve="sine", noise=0.0), Surface())


@pytest.mark.parametrize("source", SOURCES, ids=repr)
def test_what_is_made_is_what_the_fields_promise(source: DataSource) -> None:
    promised(source)
    assert alike(source)


@pytest.mark.parametrize("curve", ["circle", "spiral", "sine"])
def test_clean_points_lie_on_the_curve_and_the_others_around_it(curve: str) -> None:
    data = loaded(Curve(curve=curve, samples_=500, noise=0.05))
    on = curve_points(curve, np.linspace(0, 1, 2000))
    clean, noisy = (np.linalg.norm(data[n][:, None] - on, axis=2).min(1) for n in ("clean", "point"))
    assert clean.max() < 0.005
    assert 0.02 < noisy.mean() < 0.06  # across the curve a normal deviate is .04 away in the mean
    assert (data["point"] - data["clean"]).std() == pytest.approx(0.05, rel=0.1)


def test_a_circle_is_round() -> None:
    assert np.linalg.norm(loaded(Curve(noise=0.0))["point"], axis=1) == pytest.approx(1.0)


def test_a_surface_without_noise_is_its_formula() -> None:
    data = loaded(Surface(noise=0.0))
    x, y = data["point"].astype(float).T
    assert data["height"] == pytest.approx(np.sin(np.pi * x) * np.cos(np.pi * y), abs=1e-5)


def test_another_seed_makes_other_points() -> None:
    assert (loaded(Curve())["point"] != loaded(Curve().with_settings(seed=1))["point"]).any()
