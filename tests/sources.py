"""What the text of a data source's carried functions reads, held against what the source promises."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from runtime.data.split import split
from runtime.sources import DataSource


def loaded(source: DataSource) -> dict[str, Any]:
    """What a source reads where nothing is known but the text of its functions: as in a printed script."""
    names: dict[str, Any] = {"Any": Any, "np": np, "split": split}
    names |= {"VALIDATION": source.validation, "SPLIT_SEED": source.seed}
    for function in source.functions:
        exec(inspect.getsource(function), names)
    return eval(str(source.load()), names)  # type: ignore[no-any-return]


def promised(source: DataSource) -> dict[str, Any]:
    """What is read, once it has the sizes and kinds of numbers that `fields` says, and as many rows as `samples`."""
    data, fields = loaded(source), source.fields()
    assert list(data) == list(fields)
    for name, shape in fields.items():
        assert data[name].shape[1:] == shape.sizes
        assert data[name].dtype == shape.dtype
        assert source.samples() in (None, len(data[name]))
        assert not shape.classes or 0 <= data[name].min() <= data[name].max() < shape.classes
    return data


def alike(source: DataSource) -> bool:
    """Whether two readings give the same."""
    one, two = loaded(source), loaded(source)
    return all((one[name] == two[name]).all() for name in one)


__all__ = ["alike", "loaded", "promised"]
