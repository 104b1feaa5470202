"""Rows of text, and what follows each sign: what a language model learns from. Any text file will do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import choice, text, whole
from blocks.shape import Shape, labels, tokens
from runtime.sources import SOURCES, DataSource, refusals

_QUICKLY = 2_000_000  # characters that are read and counted before a page can be shown


def read_text(file: str, limit: int) -> str:
    """The first characters of a text file or, where none is named, of the modules that come with Python."""
    import os
    from pathlib import Path

    library = Path(os.__file__).parent
    paths = [Path(file).expanduser()] if file else sorted(library.glob("*.py"))
    found = ""
    for path in paths:
        try:
            with open(path, encoding="utf-8-sig") as lines:
                found += lines.read(limit - len(found))
        except (OSError, UnicodeError) as error:
            cause = getattr(error, "strerror", None) or error
            raise ValueError(
                f"{file or path}: expected a text in UTF-8 ({cause}). Choose another file."
            ) from error
        if len(found) == limit:
            break
    return found


def signs_of(text: str, unit: str) -> list[str]:
    """The characters of a text; or its words, numbers and single marks, without the space between."""
    import re

    return list(text) if unit == "characters" else re.findall(r"\w+|[^\w\s]", text)


def vocabulary_of(signs: list[str], size: int) -> list[str]:
    """The signs by their numbers, the most frequent first; number 0 stands for all that have none."""
    from collections import Counter

    return ["<unk>", *(sign for sign, _ in Counter(signs).most_common(size - 1))]


def encode(signs: list[str], vocabulary: list[str]) -> Any:
    """The number of each sign (T,)."""
    import numpy as np

    number = {sign: i for i, sign in enumerate(vocabulary)}
    return np.array([number.get(sign, 0) for sign in signs], np.int64)


def decode(numbers: Any, vocabulary: list[str], unit: str) -> str:
    """The text that numbers stand for: characters as they are, words with a space between."""
    signs = [vocabulary[int(number)] for number in numbers]
    return ("" if unit == "characters" else " ").join(signs)


def rows_in(count: int, file: str, unit: str, steps: int, predict: str) -> int:
    """How many rows so many signs make; raises ValueError where that is none, or more than fit in memory."""
    place = file or "Python's own modules"
    if count <= steps:
        raise ValueError(
            f"{place}: expected more than {steps} {unit}, found {count}. "
            "Choose a longer text, or set fewer steps."
        )
    if predict == "each":
        return (count - 1) // steps
    if (count - steps) * steps > 2**30:
        raise ValueError(f"{place}: expected rows that fit in 8 GB. Set a lower limit.")
    return count - steps


def read_rows_of_text(
    file: str, unit: str, vocabulary: int, steps: int, predict: str, limit: int
) -> dict[str, Any]:
    """The text in rows of so many steps, as numbers, and what follows each sign, or the last sign, of a row.

    Each row goes on where the one before ended; where only one sign is to be told, rows begin at every sign.
    """
    import numpy as np

    signs = signs_of(read_text(file, limit), unit)
    rows = rows_in(len(signs), file, unit, steps, predict)
    numbers = encode(signs, vocabulary_of(signs, vocabulary))
    if predict == "last":
        windows = np.lib.stride_tricks.sliding_window_view(numbers, steps + 1)
        return {"text": windows[:, :-1], "next": windows[:, -1]}
    text, following = numbers[: rows * steps], numbers[1 : rows * steps + 1]
    return {"text": text.reshape(rows, steps), "next": following.reshape(rows, steps)}


@catalogued(SOURCES)
class Text(DataSource):
    """Any text as numbers, in rows that go on from one batch to the next: text (T,), and next (T,) or one label.

    Row i of a batch continues row i of the batch before; what is held out is the end of the text.
    """

    file: str = text(
        "",
        doc="A text file in UTF-8; empty for the source text of the modules that come with Python.",
    )
    unit: str = choice(
        "characters",
        ("characters", "words"),
        doc="What a step is: one character, or one word or mark.",
    )
    vocabulary: int = whole(
        100,
        low=2,
        high=1_000_000,
        doc="Different signs, the most frequent ones; one stands for the rest.",
    )
    steps: int = whole(35, low=1, high=10_000, unit="steps", doc="Signs in a row.")
    predict: str = choice(
        "each",
        ("each", "last"),
        doc="Whether each sign of a row is asked what follows it, or only the last, as an n-gram model is: "
        "with n - 1 steps.",
    )
    limit: int = whole(
        1_000_000, low=100, high=100_000_000, doc="Read no more characters of the text than this."
    )
    seed: int = whole(
        0, low=0, doc="Without effect: a text stays in order, and its end is held out."
    )
    functions = (read_text, signs_of, vocabulary_of, encode, rows_in, read_rows_of_text)
    in_order = True
    endings = (".txt", ".md", ".rst", ".tex")

    def fields(self) -> Mapping[str, Shape]:
        self._rows()
        wanted = (
            tokens(self.steps, self.vocabulary)
            if self.predict == "each"
            else labels(self.vocabulary)
        )
        return {"text": tokens(self.steps, self.vocabulary), "next": wanted}

    def samples(self) -> int | None:
        return self._rows() if self.limit <= _QUICKLY else None

    def signs(self) -> list[str]:
        """The sign of each number, by which what a model writes is read; raises NoData."""
        with refusals():
            return vocabulary_of(
                signs_of(read_text(self.file, self.limit), self.unit), self.vocabulary
            )

    def _rows(self) -> int:
        """How many rows there are, or at least those of a long text's beginning; raises NoData."""
        with refusals():
            limit = min(self.limit, _QUICKLY)
            count = _counted(self.file, _changed(self.file), self.unit, limit)
            return rows_in(count, self.file, self.unit, self.steps, self.predict)

    def load(self) -> Call:
        told = {"vocabulary": self.vocabulary, "steps": self.steps, "limit": self.limit}
        return call("read_rows_of_text", self.file, self.unit, predict=self.predict, **told)


def _changed(file: str) -> int:
    """When a file was last written; 0 where there is none, which reading it will tell."""
    path = Path(file).expanduser()
    return path.stat().st_mtime_ns if file and path.is_file() else 0


@lru_cache(maxsize=8)
def _counted(file: str, changed: int, unit: str, limit: int) -> int:
    return len(signs_of(read_text(file, limit), unit))
