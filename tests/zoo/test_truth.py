"""Every entry of the truth file is made by a template call and has exactly its figures, as torch has them too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from blocks.check import Checked, check
from tests.zoo.entry import Entry, Key, truth
from tests.zoo.meta import agree, given

FAMILIES = sorted(file.stem for file in Path(__file__).parent.glob("entries_*.py"))
ENTRIES: dict[Key, Entry] = {
    key: entry for family in FAMILIES for key, entry in import_module(f"tests.zoo.{family}").ENTRIES.items()
}
each = pytest.mark.parametrize("key", ENTRIES, ids=": ".join)


def _is_long(key: Key) -> bool:
    """Whether torch takes its seconds to build it; a shallower one of the same template is run in any case."""
    return any(name in key[1] for name in ("ResNet-1202", "ResNet-110", "DenseNet-BC-201", "VGG-19", "ResNet-152"))


def test_every_entry_of_the_file_has_a_template_call() -> None:
    assert set(ENTRIES) == set(truth())


@cache
def checked(key: Key) -> Checked:
    found = check(ENTRIES[key].graph())
    assert not found.errors
    return found


@each
def test_figures_are_exactly_those_of_the_file(key: Key) -> None:
    found, wanted = checked(key), truth()[key]
    figures = {
        "params_trainable": found.parameters,
        "params_total": found.parameters + found.buffers,
        "macs": check(ENTRIES[key].evaluated()).macs,
    }
    assert figures == {name: figures[name] if wanted[name] is None else wanted[name] for name in figures}


@each
def test_stages_have_the_shapes_of_the_file(key: Key) -> None:
    found, entry = checked(key), ENTRIES[key]
    stages = truth()[key]["stage_shapes"]
    nodes = entry.nodes([stage for stage, _ in stages])
    shapes = [(stage, _bare(given(found, node))) for (stage, _), node in zip(stages, nodes, strict=True)]
    assert shapes == [(stage, _bare(sizes)) for stage, sizes in stages]


@each
def test_entrances_have_the_shapes_of_the_file(key: Key) -> None:
    found, wanted = checked(key), truth()[key]["input_shape"]
    several = wanted if isinstance(wanted[0], list) else [wanted]
    assert [list(given(found, name)) for name in found.graph.inputs()] == several


@pytest.mark.parametrize(
    "key", [pytest.param(key, marks=pytest.mark.slow) if _is_long(key) else key for key in ENTRIES], ids=": ".join
)
def test_torch_counts_what_we_count(key: Key) -> None:
    agree(ENTRIES[key].graph())


def _bare(sizes: Sequence[int]) -> list[int]:
    """Without ones at the end: a global pooling gives (C,), which others tell as (C, 1, 1)."""
    return [*sizes[: max((i for i, size in enumerate(sizes, 1) if size != 1), default=0)]]
