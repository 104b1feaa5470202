"""Pairs and triplets of handwritten digits, from which a network learns what is alike (Bromley et al. 1993)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, Kind, call
from blocks.definition import catalogued
from blocks.setting import whole
from blocks.shape import Shape, image, labels
from runtime.data.digits import Digits, read_digits
from runtime.data.split import split
from runtime.sources import SOURCES, DataSource


def other_of(chosen: Any, wanted: Any, label: Any, among: Any, generator: Any) -> Any:
    """For each chosen digit another one whose label is the wanted one, taken among some where they have two of it."""
    import numpy as np

    found = np.empty_like(chosen)
    for kind in np.unique(wanted):
        asked = np.flatnonzero(wanted == kind)
        members = among[label[among] == kind]
        members = members if len(members) > 1 else np.flatnonzero(label == kind)
        place = generator.integers(0, len(members), len(asked))
        place += members[place] == chosen[asked]  # the next one where it is the very same
        found[asked] = members[place % len(members)]
    return found


def make_pairs(samples: int, validation: float, seed: int) -> dict[str, Any]:
    """Two digits an example, (1, 8, 8) each, and whether they are the same number: every second time.

    The examples that will be held out are made of digits that are in none of the others.
    """
    import numpy as np

    digits, generator = read_digits(), np.random.default_rng(seed)
    label, same = digits["label"], np.arange(samples) // 2 % 2
    left, right = np.empty((2, samples), np.int64)
    parts = split(samples, validation, seed), split(len(label), validation, seed)
    for rows, among in zip(*parts, strict=True):
        left[rows] = generator.choice(among, len(rows)) if len(rows) else 0
        another = (label[left[rows]] + generator.integers(1, 10, len(rows))) % 10
        wanted = np.where(same[rows] == 1, label[left[rows]], another)
        right[rows] = other_of(left[rows], wanted, label, among, generator)
    return {"left": digits["image"][left], "right": digits["image"][right], "same": same}


def make_triplets(samples: int, validation: float, seed: int) -> dict[str, Any]:
    """Three digits an example, (1, 8, 8) each: an anchor, a positive of the same number and a negative of another.

    The examples that will be held out are made of digits that are in none of the others.
    """
    import numpy as np

    digits, generator = read_digits(), np.random.default_rng(seed)
    label = digits["label"]
    anchor, positive, negative = np.empty((3, samples), np.int64)
    parts = split(samples, validation, seed), split(len(label), validation, seed)
    for rows, among in zip(*parts, strict=True):
        anchor[rows] = generator.choice(among, len(rows)) if len(rows) else 0
        own = label[anchor[rows]]
        another = (own + generator.integers(1, 10, len(rows))) % 10
        positive[rows] = other_of(anchor[rows], own, label, among, generator)
        negative[rows] = other_of(anchor[rows], another, label, among, generator)
    chosen = {"anchor": anchor, "positive": positive, "negative": negative}
    return {name: digits["image"][rows] for name, rows in chosen.items()}


class _Alike(DataSource):
    """What pairs and triplets share."""

    samples_: int = whole(2000, low=20, high=1_000_000, unit="examples", doc="Examples made.")
    packages = ("numpy", "scikit-learn")  # and `split`, which every script carries

    def samples(self) -> int:
        return int(self.value("samples"))

    def load(self) -> Call:
        shares = {"validation": Kind("VALIDATION"), "seed": Kind("SPLIT_SEED")}
        return call(self.functions[-1].__name__, samples=self.samples(), **shares)


@catalogued(SOURCES)
class Pairs(_Alike):
    """Pairs of real handwritten digits: left and right (1, 8, 8), and labels of 2 classes, 1 for the same number."""

    functions = (read_digits, other_of, make_pairs)

    def fields(self) -> Mapping[str, Shape]:
        Digits().fields()  # which says where they cannot be had
        return {"left": image(1, 8, 8), "right": image(1, 8, 8), "same": labels(2)}


@catalogued(SOURCES)
class Triplets(_Alike):
    """Real handwritten digits by threes, each (1, 8, 8): an anchor, a positive like it, and a negative unlike it."""

    functions = (read_digits, other_of, make_triplets)

    def fields(self) -> Mapping[str, Shape]:
        Digits().fields()  # which says where they cannot be had
        return {name: image(1, 8, 8) for name in ("anchor", "positive", "negative")}
