"""What every layer with one tensor of weights can have: those weights normalized by weight or spectral norm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any, ClassVar

from blocks.block import Block, Sized
from blocks.call import Call
from blocks.setting import choice, last

NONE, WEIGHT, SPECTRAL = "none", "weight_norm", "spectral_norm"
_PLACE = "nn.utils.parametrizations."


class Weighted(Block):
    """A block whose module has a parameter `weight`.

    `parameters`, `buffers` and `module` say what it has without a norm; `all_parameters`, `all_buffers` and
    `construct` follow from them.
    """

    unit: ClassVar[int] = 0  # the axis of the weight that counts what comes out
    parametrization: str = last(
        choice(
            NONE,
            (NONE, WEIGHT, SPECTRAL),
            short="{}",
            doc="weight_norm learns length and direction of each kernel apart (Salimans & Kingma 2016); "
            "spectral_norm holds the layer's greatest gain at 1 (Miyato et al. 2018).",
        )
    )

    def all_parameters(self, *inputs: Any) -> Sized:
        tensors = dict(self.parameters(*inputs))
        if self.parametrization == NONE:
            return tensors
        weight = tensors.pop("weight")
        split = {"original": weight}
        if self.parametrization == WEIGHT:  # of torch's kinds this one always goes by the first axis
            split = {"original0": (weight[0], *(1 for _ in weight[1:])), "original1": weight}
        return tensors | {f"parametrizations.weight.{name}": sizes for name, sizes in split.items()}

    def all_buffers(self, *inputs: Any) -> Sized:
        return {**self.buffers(*inputs), **self._directions(self.parameters(*inputs))}

    def _directions(self, tensors: Mapping[str, tuple[int, ...]]) -> Sized:
        """The two vectors from which torch reads the greatest gain."""
        weight = tensors["weight"]
        if self.parametrization != SPECTRAL or len(weight) < 2:
            return {}
        rows = weight[self.unit]
        name = "parametrizations.weight.0"
        return {f"{name}._u": (rows,), f"{name}._v": (prod(weight) // rows,)}

    def construct(self, *inputs: Any) -> Call | None:
        plain = self.module(*inputs)
        if plain is None or self.parametrization == NONE:
            return plain
        return replace(plain, around=_PLACE + self.parametrization)
