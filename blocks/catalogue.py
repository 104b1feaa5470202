"""All families of blocks: importing this module fills the catalogue. A new family adds its name here."""

from __future__ import annotations

from blocks import (
    convolution,
    ends,
    linear,
    recurrent,
)
from blocks.block import CATALOGUE

FAMILIES = (ends, convolution, linear, recurrent)

__all__ = ["CATALOGUE", "FAMILIES"]
