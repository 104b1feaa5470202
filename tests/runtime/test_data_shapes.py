"""Drawn shapes: what a picture shows is what its mask, its label and its kinds say."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.data.shapes import Shapes
from runtime.sources import NoData
from tests.sources import alike, loaded, promised

FEW = {"samples": 40}


@pytest.mark.parametrize("answer", ["mask", "label", "present"])
def test_what_is_drawn_is_what_the_fields_promise(answer: str) -> None:
    source = Shapes(answer=answer).with_settings(**FEW, height=20, width=33)
    data = promised(source)
    assert (data["image"].min(), data["image"].max()) == (0.0, 1.0)
    assert alike(source)


def test_shapes_are_brighter_than_the_ground() -> None:
    data = loaded(Shapes().with_settings(**FEW, noise=0.0))
    brightest = data["image"].max(axis=1)
    assert brightest[data["mask"] == 0].max() < 0.3
    assert (brightest[data["mask"] > 0] == 1.0).all()


@pytest.mark.parametrize("side", [16, 64])
def test_every_kind_has_its_form(side: int) -> None:
    data = loaded(Shapes().with_settings(samples=60, height=side, width=side, most=1))
    for kind, share in ((1, np.pi / 4), (2, 1.0), (3, 0.5)):
        for mask in (mask for mask in data["mask"] if (mask == kind).any()):
            rows, columns = (np.flatnonzero((mask == kind).any(axis=axis)) for axis in (1, 0))
            box = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
            assert (mask == kind).sum() / box == pytest.approx(share, abs=8 / side)


def test_a_whole_shape_stands_within_the_picture() -> None:
    masks = loaded(Shapes().with_settings(**FEW, most=1, height=16, width=40))["mask"]
    assert ((masks > 0).sum(axis=(1, 2)) > 10).all()


def test_the_label_is_the_kind_of_the_only_shape() -> None:
    """The pictures of a seed are the same whatever is asked of them."""
    asked = [loaded(Shapes(answer=answer).with_settings(**FEW, most=1)) for answer in ("mask", "label", "present")]
    assert (asked[0]["image"] == asked[2]["image"]).all()
    assert (asked[0]["mask"].max(axis=(1, 2)) - 1 == asked[2]["present"].argmax(1)).all()
    assert (asked[2]["present"].sum(1) == 1).all()
    assert set(asked[1]["label"]) == {0, 1, 2}


def test_several_kinds_may_be_present_at_once() -> None:
    present = loaded(Shapes(answer="present").with_settings(**FEW, most=4))["present"]
    assert set(present.sum(1)) == {1.0, 2.0, 3.0}


def test_more_than_the_memory_holds_is_refused() -> None:
    with pytest.raises(NoData, match="expected pictures that fit in 8 GB") as caught:
        Shapes().with_settings(samples=100_000, height=1024, width=1024).fields()
    assert caught.value.repair == "Set fewer samples, or smaller sizes."
