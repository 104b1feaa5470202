"""1,797 handwritten digits of 8 × 8 pixels, real ones, which come with scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from blocks.definition import catalogued
from blocks.shape import Shape, image, labels
from runtime.sources import SOURCES, DataSource, NoData


def read_digits() -> dict[str, Any]:
    """The digits of scikit-learn: images (1797, 1, 8, 8) from 0 to 1, and labels from 0 to 9."""
    import numpy as np
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = digits.images.astype(np.float32)[:, None] / 16
    return {"image": images, "label": digits.target.astype(np.int64)}


@catalogued(SOURCES)
class Digits(DataSource):
    """1,797 real handwritten digits: images (1, 8, 8) from 0 to 1 and labels of 10 classes."""

    functions = (read_digits,)
    packages = ("numpy", "scikit-learn")

    def fields(self) -> Mapping[str, Shape]:
        if find_spec("sklearn") is None:
            repair = "Run `pip install scikit-learn`, or choose another source of data."
            raise NoData("digits", "scikit-learn, which holds them, to be installed", repair)
        return {"image": image(1, 8, 8), "label": labels(10)}

    def samples(self) -> int:
        return 1797
