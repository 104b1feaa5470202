"""Data sources: what a batch holds, where it comes from, and the function that reads it, carried into every script.

A source is one definition in one file of `runtime.data`. Its `fields` say, without torch and without reading all the
data, what shapes a batch brings; its `functions` are plain numpy functions whose text travels with the exported script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from blocks.call import Call
from blocks.definition import Catalogue, Definition
from blocks.headings import grouped
from blocks.setting import number, whole
from blocks.shape import Shape

SOURCES: Catalogue[DataSource] = Catalogue("data source")


BATCHES = "Batches and split"  # the heading under which forms show what all sources have in common


class NoData(Exception):
    """The data cannot be read: what was looked for, where, and what to do."""

    def __init__(self, place: str, expected: str, repair: str) -> None:
        self.place, self.expected, self.repair = place, expected, repair
        super().__init__(f"{place}: expected {expected}. {repair}")


@contextmanager
def refusals() -> Iterator[None]:
    """Turns what a carried function refuses, "place: expected this. Do that.", into NoData."""
    try:
        yield
    except (OSError, ValueError) as error:
        place, _, rest = str(error).partition(": expected ")
        expected, _, repair = rest.partition(". ")
        raise NoData(place, expected or "data that can be read", repair) from error


class DataSource(Definition):
    """Where examples come from and how they are split: a seeded part is held out for validation."""

    batch_size: int = grouped(whole(64, low=0, unit="examples", doc="Examples in one step; 0: all of them."), BATCHES)
    validation: float = grouped(
        number(0.2, low=0.0, high=0.9, doc="Share of the examples held out to measure on."), BATCHES
    )
    seed: int = grouped(
        whole(0, low=0, doc="Seed of the split into training and validation examples, and of made ones."), BATCHES
    )
    functions: ClassVar[tuple[Callable[..., Any], ...]] = ()  # carried into scripts; the last one reads the data
    packages: ClassVar[tuple[str, ...]] = ("numpy",)  # what those functions import, for the script's first lines
    in_order: ClassVar[bool] = False  # whether an example goes on where another ended: they are not shuffled
    endings: ClassVar[tuple[str, ...]] = ()  # of the files that its setting `file` may name, as ".csv"

    @classmethod
    def kind(cls) -> str:
        return cls.__name__.lower()

    def recognize(self) -> None:
        """Raises NoData where the file or folder is not of this kind; what is wrong within one, `fields` tells."""
        self.fields()

    def fields(self) -> Mapping[str, Shape]:
        """The shape of each field of one example, by name; raises NoData."""
        return {}

    def samples(self) -> int | None:
        """How many examples there are, where that is known without reading them."""
        return None

    def at_once(self) -> int:
        """How many examples a step takes, as far as that is known without reading them."""
        return int(self.batch_size or self.samples() or 1)

    def load(self) -> Call:
        """The call of the last of `functions`, which gives {field: numpy array over all examples}."""
        return Call(self.functions[-1].__name__)
