"""Pairs and triplets of real digits, and none seen in learning among those held out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from runtime.data.pairs import Pairs, Triplets
from runtime.data.split import split
from runtime.sources import DataSource
from tests.sources import alike, loaded, promised

_digits = load_digits()
NUMBERS = {image.tobytes(): number for image, number in zip(_digits.images, _digits.target, strict=True)}


def numbers_of(images: np.ndarray) -> np.ndarray:
    """Which digit each picture shows, known by its pixels."""
    return np.array([NUMBERS[(image[0] * 16).astype(float).tobytes()] for image in images])


@pytest.mark.parametrize(
    "source", [Pairs(), Triplets(), Pairs(samples_=20), Triplets(samples_=20, validation=0)], ids=repr
)
def test_what_is_read_is_what_the_fields_promise(source: DataSource) -> None:
    promised(source)
    assert alike(source)


def test_half_of_the_pairs_are_the_same_number_in_another_hand() -> None:
    data = loaded(Pairs())
    same = numbers_of(data["left"]) == numbers_of(data["right"])
    assert (same == data["same"]).all()
    assert same.mean() == 0.5
    assert (data["left"] != data["right"]).any(axis=(1, 2, 3)).all()


def test_a_positive_is_like_the_anchor_and_a_negative_is_not() -> None:
    data = loaded(Triplets())
    anchor, positive, negative = (numbers_of(data[name]) for name in data)
    assert (anchor == positive).all()
    assert (anchor != negative).all()
    assert set(negative) == set(range(10))


@pytest.mark.parametrize("source", [Pairs(), Triplets(seed=3, validation=0.3)], ids=repr)
def test_what_is_held_out_is_made_of_digits_that_were_never_learned(source: DataSource) -> None:
    data = loaded(source)
    kept, held = split(2000, source.validation, source.seed)
    pictures = [field for field in data.values() if field.ndim == 4]
    learned = {image.tobytes() for field in pictures for image in field[kept]}
    assert not learned & {image.tobytes() for field in pictures for image in field[held]}


def test_where_too_few_are_held_out_the_partners_come_from_all() -> None:
    data = loaded(Pairs(validation=0.001))
    assert ((numbers_of(data["left"]) == numbers_of(data["right"])) == data["same"]).all()
