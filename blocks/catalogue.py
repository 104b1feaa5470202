"""All families of blocks: importing this module fills the catalogue. A new family adds its name here."""

from __future__ import annotations

from blocks import (
    convolution,
    ends,
    linear,
)
from blocks.block import CATALOGUE

FAMILIES = (ends, convolution, linear)

__all__ = ["CATALOGUE", "FAMILIES"]
