"""All families of blocks: importing this module fills the catalogue. A new family adds its name here."""

from __future__ import annotations

from blocks import (
    activation,
    convolution,
    dense,
    embedding,
    ends,
    inception,
    linear,
    loss,
    merge,
    metric,
    normalization,
    pooling,
    pooling_global,
    recurrent,
    regularization,
    reshape,
    residual,
    resize,
    separable,
    squeeze_excite,
    transposed,
    units,
)
from blocks.block import CATALOGUE

FAMILIES = (
    ends,
    convolution,
    transposed,
    separable,
    pooling,
    pooling_global,
    normalization,
    activation,
    linear,
    recurrent,
    embedding,
    merge,
    reshape,
    resize,
    regularization,
    units,
    residual,
    inception,
    dense,
    squeeze_excite,
    loss,
    metric,
)
CATALOGUE.arrange([family.__name__ for family in FAMILIES])

__all__ = ["CATALOGUE", "FAMILIES"]
