"""1,797 handwritten digits of 8 × 8 pixels, real ones, which come with scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from blocks.call import Call, call, unless
from blocks.definition import catalogued
from blocks.setting import whole
from blocks.shape import Shape, image, labels
from runtime.sources import SOURCES, DataSource, NoData


def read_digits(resolution: int = 8) -> dict[str, Any]:
    """The digits of scikit-learn: images (1797, 1, 8, 8) from 0 to 1, and labels from 0 to 9.

    At another resolution every pixel is repeated, or left out, to fill the square.
    """
    import numpy as np
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = digits.images.astype(np.float32)[:, None] / 16
    nearest = np.arange(resolution) * 8 // resolution
    images = images[:, :, nearest][:, :, :, nearest]
    return {"image": images, "label": digits.target.astype(np.int64)}


@catalogued(SOURCES)
class Digits(DataSource):
    """1,797 real handwritten digits: images (1, 8, 8) from 0 to 1, or enlarged, and labels of 10 classes."""

    resolution: int = whole(
        8, low=1, high=512, unit="px", doc="Height and width to which the digits are enlarged."
    )
    functions = (read_digits,)
    packages = ("numpy", "scikit-learn")

    def fields(self) -> Mapping[str, Shape]:
        if find_spec("sklearn") is None:
            repair = "Run `pip install scikit-learn`, or choose another source of data."
            raise NoData("digits", "scikit-learn, which holds them, to be installed", repair)
        return {"image": image(1, self.resolution, self.resolution), "label": labels(10)}

    def samples(self) -> int:
        return 1797

    def load(self) -> Call:
        return call("read_digits", **unless(8, resolution=self.resolution))
