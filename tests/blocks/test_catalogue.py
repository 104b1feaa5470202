"""The catalogue: the order of its families, and the headings under which blocks stand."""

from __future__ import annotations

import subprocess
import sys

from blocks.catalogue import CATALOGUE, FAMILIES

HEADINGS = (
    "Input and output, Convolution, Pooling, Normalization, Activation, Linear, Recurrent, Attention, "
    "Join and reshape, Arithmetic, Regularization, Units, Residual, Inception, Dense, Squeeze and excite, "
    "Mobile, Context, Energy, Sampling, Loss and metric, Networks"
).split(", ")
LISTED = "print(*(kind.kind() for kind in CATALOGUE))"


def test_every_block_stands_under_a_known_heading() -> None:
    assert {kind.category for kind in CATALOGUE} <= set(HEADINGS)


def test_every_family_adds_something() -> None:
    assert {kind.__module__ for kind in CATALOGUE} == {family.__name__ for family in FAMILIES}


def test_the_order_is_that_of_the_families_whichever_was_imported_first() -> None:
    kinds = " ".join(kind.kind() for kind in CATALOGUE)
    for first in ("blocks.reshape", "blocks.catalogue"):
        program = f"import {first}\nfrom blocks.catalogue import CATALOGUE\n{LISTED}"
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == kinds
