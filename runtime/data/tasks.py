"""Sequences made to ask one question: how long a recurrent network can keep something in mind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import whole
from blocks.shape import Shape, labels, sequence, shape_of, tokens
from runtime.sources import SOURCES, DataSource


def make_adding(length: int, samples: int, seed: int) -> dict[str, Any]:
    """Numbers from 0 to 1 of which two are marked, one in each half, and the sum of those two.

    Who answers 1 whatever comes is wrong by 1/6 in the mean square.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    values = generator.uniform(0.0, 1.0, (samples, length))
    marks, each, half = np.zeros_like(values), np.arange(samples), length // 2
    marks[each, generator.integers(0, half, samples)] = 1.0
    marks[each, generator.integers(half, length, samples)] = 1.0
    told = np.stack([values, marks], axis=2)
    return {
        "sequence": told.astype(np.float32),
        "sum": (values * marks).sum(axis=1).astype(np.float32),
    }


def make_recall(length: int, classes: int, samples: int, seed: int) -> dict[str, Any]:
    """Signs below `classes` to be kept in mind, each followed by a gap of other signs that say nothing."""
    import numpy as np

    generator = np.random.default_rng(seed)
    first = generator.integers(0, classes, samples)
    gap = generator.integers(classes, 2 * classes, (samples, length - 1))
    return {"sequence": np.concatenate([first[:, None], gap], axis=1), "label": first}


def make_copying(
    remembered: int, gap: int, classes: int, samples: int, seed: int
) -> dict[str, Any]:
    """Signs from 1 to `classes`, a gap of zeros that ends with a call, and the signs again, which are the answer.

    Who has forgotten all can still answer 0 until the call; each sign after it is then a guess.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    signs = generator.integers(1, classes + 1, (samples, remembered))
    told = np.zeros((samples, remembered + gap + remembered), np.int64)
    wanted = np.zeros_like(told)
    told[:, :remembered] = signs
    told[:, remembered + gap - 1] = classes + 1  # the call
    wanted[:, -remembered:] = signs
    return {"sequence": told, "copy": wanted}


class _Task(DataSource):
    """What the made sequences share."""

    samples_: int = whole(5000, low=2, high=100_000, unit="sequences", doc="Sequences made.")

    def samples(self) -> int:
        return int(self.value("samples"))


@catalogued(SOURCES)
class Adding(_Task):
    """Two marked numbers of a long row are to be added (Hochreiter and Schmidhuber 1997): sequence (T, 2), sum ()."""

    length: int = whole(50, low=2, high=5000, unit="steps", doc="Numbers in a row.")
    functions = (make_adding,)

    def fields(self) -> Mapping[str, Shape]:
        return {"sequence": sequence(self.length, 2), "sum": shape_of(())}

    def load(self) -> Call:
        return call("make_adding", length=self.length, samples=self.samples(), seed=self.seed)


@catalogued(SOURCES)
class Recall(_Task):
    """The first sign is asked for after a gap of signs that say nothing: sequence (T,), labels of so many classes."""

    length: int = whole(
        50, low=2, high=5000, unit="steps", doc="Signs in a row: one to be kept, the rest the gap."
    )
    classes: int = whole(
        4, low=2, high=1000, doc="Signs that may have to be kept; the gap has as many others."
    )
    functions = (make_recall,)

    def fields(self) -> Mapping[str, Shape]:
        return {"sequence": tokens(self.length, 2 * self.classes), "label": labels(self.classes)}

    def load(self) -> Call:
        told = {"length": self.length, "classes": self.classes, "samples": self.samples()}
        return call("make_recall", **told, seed=self.seed)


@catalogued(SOURCES)
class Copying(_Task):
    """A row of signs is to be repeated after a gap, at a call (Arjovsky et al. 2016): sequence (T,) and copy (T,)."""

    remembered: int = whole(5, low=1, high=1000, unit="signs", doc="Signs to be repeated.")
    gap: int = whole(
        20, low=1, high=5000, unit="steps", doc="Steps from the last sign to the call, with it."
    )
    classes: int = whole(8, low=2, high=1000, doc="Different signs that may have to be repeated.")
    functions = (make_copying,)

    def fields(self) -> Mapping[str, Shape]:
        length = 2 * self.remembered + self.gap
        return {
            "sequence": tokens(length, self.classes + 2),
            "copy": tokens(length, self.classes + 1),
        }

    def load(self) -> Call:
        told = {"remembered": self.remembered, "gap": self.gap, "classes": self.classes}
        return call("make_copying", **told, samples=self.samples(), seed=self.seed)
