"""Long series: nothing lost, smoothed as TensorBoard does, thinned without hiding a spike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.monitor.record import Curve, Record
from designer.monitor.series import Series, Smoothing, smooth, thin
from designer.monitor.ticks import inner_ticks, linear_axis, log_axis, number

RANDOM = np.random.default_rng(7)


def filled(values: np.ndarray, chunk: int = 1000) -> Series:
    """A series of these values, appended in chunks."""
    series = Series()
    for start in range(0, len(values), chunk):
        part = values[start : start + chunk]
        series.append(np.arange(start, start + len(part)), part)
    return series


def test_every_value_is_kept_as_it_came() -> None:
    values = RANDOM.normal(size=10_001)
    values[17] = np.nan
    series = filled(values, 37)
    np.testing.assert_array_equal(series.y, values)
    np.testing.assert_array_equal(series.x, np.arange(10_001))


def test_steps_trained_again_after_a_resume_replace_the_old_ones() -> None:
    series = filled(np.zeros(500))
    series.append(np.arange(200, 300), np.ones(100))
    assert len(series) == 300
    assert series.y.sum() == 100
    assert series.thin(5)[1].max() == 1


@pytest.mark.parametrize("weight", [0.0, 0.0001, 0.3, 0.6, 0.9, 0.99])
def test_smoothing_is_tensorboards_however_the_values_arrive(weight: float) -> None:
    values, last, expected = RANDOM.normal(3, 1, 3000), 0.0, []
    for count, value in enumerate(values, 1):
        last = last * weight + (1 - weight) * value
        expected.append(last / (1 - weight**count))
    running = Smoothing(weight)
    parts = [running.extend(part) for part in np.array_split(values, 29)]
    np.testing.assert_allclose(np.concatenate(parts), expected, rtol=1e-10)
    np.testing.assert_allclose(smooth(values, weight), expected, rtol=1e-10)


def test_smoothing_passes_over_what_is_not_finite() -> None:
    result = smooth([1.0, np.nan, 1.0, np.inf, 1.0], 0.9)
    np.testing.assert_allclose(result, [1, np.nan, 1, np.nan, 1])


def test_a_smoothing_weight_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 up to below 1"):
        Smoothing(1.0)


def test_a_single_spike_among_a_million_points_survives_thinning() -> None:
    values = np.zeros(1_000_000)
    values[654_321] = 9.0
    x, y = filled(values, 50_000).thin(600)
    assert len(x) <= 1202
    assert y.max() == 9.0
    assert abs(x[y.argmax()] - 654_321) < 1_000_000 / 400


@given(st.integers(1, 20_000), st.integers(1, 900), st.integers(1, 700))
def test_thinned_points_stay_in_order_within_bounds_and_reach_both_ends(count: int, pixels: int, chunk: int) -> None:
    values = np.sin(np.arange(count) / 50)
    x, y = filled(values, chunk).thin(pixels)
    assert len(x) == len(y) <= 2 * pixels + 4
    assert np.all(np.diff(x) >= 0)
    assert (x[0], x[-1]) == (0, count - 1)
    assert (y.min(), y.max()) == (values.min(), values.max())


def test_points_already_drawn_stay_where_they_are_while_more_arrive() -> None:
    series = filled(RANDOM.normal(size=100_000))
    before = series.thin(600)
    series.append(np.arange(100_000, 101_000), np.zeros(1000))
    after = series.thin(600)
    same = len(before[0]) - 4
    np.testing.assert_array_equal(before[1][:same], after[1][:same])


def test_a_window_is_thinned_finer_than_the_whole() -> None:
    series = filled(np.arange(100_000.0))
    x, _ = series.thin(500, 40_000, 40_400)
    assert (x[0], x[-1]) == (39_999, 40_401)
    assert len(x) == 403


def test_what_is_not_finite_is_a_gap_and_warns_of_nothing() -> None:
    values = np.ones(5000)
    values[1000:3000] = np.nan
    values[10] = np.inf
    _, y = filled(values).thin(40)
    assert np.isnan(y).any()
    assert np.nanmax(y) == 1
    assert len(thin(np.arange(5000.0), values, 40)[0]) <= 84


def test_the_best_validation_is_the_one_marked_else_the_best_by_value() -> None:
    curve = Curve("accuracy", "higher")
    for epoch, value in enumerate([0.5, 0.9, np.nan, 0.8], 1):
        curve.add_validation(epoch * 10, epoch, value, best=False)
    assert curve.best() == (20, 0.9, 2)
    curve.add_validation(50, 5, 0.85, best=True)
    assert curve.best() == (50, 0.85, 5)


def test_the_table_has_every_step_and_says_what_is_not_a_number() -> None:
    record = Record(["loss"], {"loss": "lower"}, total_steps=4, steps_per_epoch=2)
    record.add_steps(0, {"loss": [1.5, float("nan")], "learning rate": [0.1, 0.2]})
    record.add_validation(2, 1, {"loss": 0.25, "other": 1.0}, best=True)
    assert record.table().splitlines() == [
        "step,epoch,train loss,validation loss",
        "0,0,1.5,",
        "1,0.5,nan,",
        "2,1,,0.25",
    ]
    assert record.notes == {"learning rate": 0.2}


@pytest.mark.parametrize(
    "low, high, labels",
    [
        (0.06, 2.31, ("0", "1", "2", "3")),
        (0.1, 0.985, ("0", "0.25", "0.50", "0.75", "1.00")),
        (3e-5, 8e-5, ("2e−5", "4e−5", "6e−5", "8e−5")),
        (1200, 98_000, ("0", "25,000", "50,000", "75,000", "100,000")),
    ],
)
def test_an_axis_begins_and_ends_on_round_numbers(low: float, high: float, labels: tuple[str, ...]) -> None:
    assert linear_axis(low, high).labels == labels


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9), st.integers(2, 8))
def test_an_axis_always_holds_its_values_in_few_ticks(low: float, span: float, ticks: int) -> None:
    axis = linear_axis(low, low + span, ticks)
    slack = 1e-6 * max(abs(axis.low), abs(axis.high))
    assert axis.low - slack <= low
    assert low + span <= axis.high + slack
    assert 2 <= len(axis.places) <= max(ticks, 4) + 1


@given(st.floats(-12, 6), st.floats(0, 12))
def test_a_log_axis_always_holds_its_values(low: float, span: float) -> None:
    axis = log_axis(low, low + span)
    assert axis.low <= low + 1e-6
    assert low + span <= axis.high + 1e-6
    assert 2 <= len(axis.places) <= 10


def test_steps_are_numbered_inside_their_range() -> None:
    assert inner_ticks(0, 6200).labels == ("0", "2,000", "4,000", "6,000")


@pytest.mark.parametrize(
    "value, text",
    [(0.0713, "0.071"), (0.0032, "0.0032"), (12.34, "12.3"), (-12345, "−12,345"), (np.nan, "not a number")],
)
def test_numbers_are_written_for_reading(value: float, text: str) -> None:
    assert number(value) == text
