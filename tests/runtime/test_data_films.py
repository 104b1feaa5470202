"""Films: what moves can be told from several frames, and from none by itself."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.data.films import Films
from runtime.sources import NoData
from tests.sources import alike, loaded, promised


@pytest.mark.parametrize("source", [Films(samples_=20), Films(samples_=2, steps=2, size=4)], ids=repr)
def test_what_is_made_is_what_the_fields_promise(source: Films) -> None:
    promised(source)
    assert alike(source)


def test_each_frame_is_the_one_before_moved_by_a_pixel_as_the_label_says() -> None:
    data = loaded(Films(samples_=200, noise=0.0))
    ways = {0: (-1, 0), 1: (1, 0), 2: (0, -1), 3: (0, 1)}
    for film, label in zip(data["film"][:, :, 0], data["label"], strict=True):
        moved = np.roll(film[:-1], ways[int(label)], (1, 2))
        assert np.array_equal(film[1:], moved)
        assert film[0].sum() == 9  # a square of 3 x 3


def test_a_frame_by_itself_tells_nothing_of_the_way() -> None:
    data = loaded(Films(samples_=4000, noise=0.0))
    for frame in (0, -1):
        means = [data["film"][data["label"] == way, frame].mean(0) for way in range(4)]
        assert np.ptp(means, axis=0).max() < 0.07  # the square lies anywhere alike


def test_films_larger_than_memory_are_refused() -> None:
    with pytest.raises(NoData, match="fit in 8 GB"):
        Films(samples_=100_000, steps=1000, size=512).fields()
