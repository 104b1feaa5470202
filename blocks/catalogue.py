"""All families of blocks: importing this module fills the catalogue. A new family adds its name here."""

from __future__ import annotations

from blocks import (
    convolution,
    embedding,
    ends,
    linear,
    loss,
    metric,
    recurrent,
)
from blocks.block import CATALOGUE

FAMILIES = (ends, convolution, linear, recurrent, embedding, loss, metric)

__all__ = ["CATALOGUE", "FAMILIES"]
