"""Rows of a CSV file: numbers in, and a class or a number to be told from them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import choice, flag, text
from blocks.shape import Shape, labels, shape_of, vector
from runtime.sources import SOURCES, DataSource, refusals

_QUICKLY = 200_000  # values that are looked at before a page can be shown


def read_rows(
    file: str, target: str, most: int | None = None
) -> tuple[list[str], int, dict[int, list[str]]]:
    """The names of the columns, the place of the target, and the rows of text by line, each as long as the header.

    Rows after the first `most` values are left out.
    """
    import csv
    from pathlib import Path

    try:
        with open(Path(file).expanduser(), encoding="utf-8-sig", newline="") as lines:
            first = lines.readline(1_000_000)
            separator = max(",;\t|", key=first.count)
            names = [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
            if len(names) < 2:
                raise ValueError(
                    f"{file}, line 1: expected the names of two or more columns. Add a header."
                )
            if target and target not in names:
                raise ValueError(
                    f"{file}, line 1: expected a column {target!r} among {', '.join(names)}. Set target."
                )
            place = names.index(target) if target else len(names) - 1
            rows = {}
            reader = csv.reader(lines, delimiter=separator)
            for row in reader:
                line = reader.line_num + 1
                if row and len(row) != len(names):
                    raise ValueError(
                        f"{file}, line {line}: expected {len(names)} values, found {len(row)}. Repair it."
                    )
                if row:
                    rows[line] = row
                if most and len(rows) * len(names) >= most:
                    break
    except (OSError, UnicodeError, csv.Error) as error:
        cause = getattr(error, "strerror", None) or error
        raise ValueError(
            f"{file}: expected a CSV file in UTF-8 ({cause}). Choose another file."
        ) from error
    if not rows:
        raise ValueError(f"{file}: expected rows below the header. Choose another file.")
    return names, place, rows


def class_names(answers: list[str]) -> list[str]:
    """The different answers in order: by number where all are numbers, else by alphabet."""
    names = sorted(set(answers))
    try:
        return sorted(names, key=float)
    except ValueError:
        return names


def numbers_in(file: str, names: list[str], column: int, rows: dict[int, list[str]]) -> list[float]:
    """The numbers of a column; raises ValueError for the first row that holds none there."""
    values = []
    for line, row in rows.items():
        try:
            value = float(row[column])
        except ValueError:
            value = float("nan")
        if not abs(value) < float("inf"):
            told = f"expected a number in column {names[column]!r}, found {row[column][:40]!r}"
            raise ValueError(
                f"{file}, line {line}: {told}. Repair the row or leave the column out."
            )
        values.append(value)
    return values


def answers_in(file: str, names: list[str], column: int, rows: dict[int, list[str]]) -> list[str]:
    """The class that each row names; raises ValueError where a row names none, or all name the same."""
    answers = [row[column].strip() for row in rows.values()]
    if "" in answers:
        line = list(rows)[answers.index("")]
        told = f"expected a class in the target column {names[column]!r}, found no value"
        raise ValueError(f"{file}, line {line}: {told}. Fill it in or leave the row out.")
    if len(set(answers)) == 1:
        told = f"two or more classes in the target column {names[column]!r}, found only {answers[0][:40]!r}"
        raise ValueError(f"{file}: expected {told}. Choose another target column.")
    return answers


def read_table(file: str, target: str, task: str, standardize: bool) -> dict[str, Any]:
    """The other columns as features (F,), and the target column as labels or numbers."""
    import numpy as np

    names, place, rows = read_rows(file, target)
    columns = [numbers_in(file, names, c, rows) for c in range(len(names)) if c != place]
    features = np.array(columns, np.float64).T
    if standardize:
        features = (features - features.mean(0)) / np.maximum(features.std(0), 1e-12)
    features = features.astype(np.float32)
    if task == "number":
        wanted = np.array(numbers_in(file, names, place, rows), np.float32)
        return {"features": features, "target": wanted}
    answers = answers_in(file, names, place, rows)
    index = {name: i for i, name in enumerate(class_names(answers))}
    return {"features": features, "target": np.array([index[a] for a in answers], np.int64)}


@catalogued(SOURCES)
class Table(DataSource):
    """A CSV file with a header: all columns but one as features (F,), and that one as a class or a number."""

    file: str = text("table.csv", doc="The CSV file; its first line names the columns.")
    target: str = text("", doc="The column to be told from the others; empty for the last one.")
    task: str = choice(
        "classes", ("classes", "number"), doc="Whether the target names a class or is a number."
    )
    standardize: bool = flag(True, doc="Scale every feature to mean 0 and standard deviation 1.")
    functions = (read_rows, class_names, numbers_in, answers_in, read_table)
    endings = (".csv",)

    def recognize(self) -> None:
        with refusals():
            read_rows(self.file, self.target, most=1)

    def fields(self) -> Mapping[str, Shape]:
        """The shapes of the features and the target; raises NoData, with the sentence that `load` would give.

        All classes are counted, but numbers are looked at only among the first 200,000 values of a larger file.
        """
        with refusals():
            changed = _changed(self.file)
            features, classes, wrong = _looked(self.file, self.target, self.task, changed)
            if wrong:
                raise ValueError(wrong)
        wanted = labels(classes) if self.task == "classes" else shape_of(())
        return {"features": vector(features), "target": wanted}

    def load(self) -> Call:
        return call("read_table", self.file, self.target, self.task, self.standardize)


def _changed(file: str) -> tuple[int, int]:
    """When a file was last written, and its size; zeros where there is none, which reading it will tell."""
    path = os.path.expanduser(file)
    if not os.path.isfile(path):
        return 0, 0
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)
def _looked(file: str, target: str, task: str, changed: tuple[int, int]) -> tuple[int, int, str]:
    """How many features and classes there are, and what is wrong in a file that was last written at `changed`."""
    try:
        names, place, rows = read_rows(file, target, None if task == "classes" else _QUICKLY)
        first = dict(islice(rows.items(), max(1, _QUICKLY // len(names))))
        for column in (c for c in range(len(names)) if c != place):
            numbers_in(file, names, column, first)
        if task == "classes":
            return len(names) - 1, len(class_names(answers_in(file, names, place, rows))), ""
        numbers_in(file, names, place, first)
    except ValueError as error:
        if isinstance(error.__cause__, OSError):  # which may pass without a change to the file
            raise
        return 0, 0, str(error)
    return len(names) - 1, 0, ""
