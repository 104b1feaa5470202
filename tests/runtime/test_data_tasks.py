"""Sequences with a gap: what has to be kept in mind is there, and nothing else tells it."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.data.tasks import Adding, Copying, Recall
from runtime.sources import DataSource
from tests.sources import alike, loaded, promised

TASKS = (
    Adding(),
    Adding(length=2),
    Recall(),
    Recall(length=2, classes=2),
    Copying(),
    Copying(remembered=1, gap=1, classes=2),
)


@pytest.mark.parametrize("source", TASKS, ids=repr)
def test_what_is_made_is_what_the_fields_promise(source: DataSource) -> None:
    promised(source.with_settings(samples=min(source.samples() or 0, 200)))
    assert alike(source)


def test_the_sum_is_that_of_two_marked_numbers_one_in_each_half() -> None:
    data = loaded(Adding(length=21, samples_=300))
    values, marks = data["sequence"][:, :, 0], data["sequence"][:, :, 1]
    assert (marks[:, :10].sum(1) == 1).all()
    assert (marks[:, 10:].sum(1) == 1).all()
    assert set(marks.flat) == {0.0, 1.0}
    assert data["sum"] == pytest.approx((values * marks).sum(1))


def test_who_says_one_whatever_comes_errs_by_a_sixth() -> None:
    assert np.mean((loaded(Adding(length=10))["sum"] - 1) ** 2) == pytest.approx(1 / 6, rel=0.05)


def test_only_the_first_sign_tells_what_is_to_be_recalled() -> None:
    data = loaded(Recall(length=30, classes=4, samples_=2000))
    assert (data["sequence"][:, 0] == data["label"]).all()
    assert data["sequence"][:, 1:].min() == 4
    assert abs(np.corrcoef(data["sequence"][:, 1:].T, data["label"])[-1, :-1]).max() < 0.1


def test_a_copy_is_asked_for_after_the_gap_and_the_call() -> None:
    data = loaded(Copying(remembered=3, gap=4, classes=5, samples_=50))
    told, wanted = data["sequence"], data["copy"]
    assert told.shape == (50, 10)
    assert (told[:, :3] == wanted[:, 7:]).all()
    assert (wanted[:, :7] == 0).all()
    assert told[:, 3:].tolist() == [[0, 0, 0, 6, 0, 0, 0]] * 50
    assert set(told[:, :3].flat) == {1, 2, 3, 4, 5}
