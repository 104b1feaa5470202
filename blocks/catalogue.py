"""All families of blocks: importing this module fills the catalogue. A new family adds its name here."""

from __future__ import annotations

from blocks import (
    activation,
    activation_more,
    convolution,
    dense,
    elementwise,
    embedding,
    ends,
    inception,
    indexing,
    linear,
    loss,
    matrix,
    merge,
    metric,
    normalization,
    pooling,
    pooling_global,
    recurrent,
    reduction,
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
    activation_more,
    linear,
    recurrent,
    embedding,
    merge,
    elementwise,
    reduction,
    matrix,
    reshape,
    indexing,
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
