"""A convolution that sees nothing of what comes later in reading order (van den Oord et al. 2016)."""

from typing import Any

import torch
from torch import Tensor, nn


class MaskedConv2d(nn.Conv2d):
    """nn.Conv2d without the pixels below and to the right, and without the pixel itself unless `center`."""

    mask: Tensor

    def __init__(self, *arguments: Any, center: bool = False, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        (high, wide), mask = self.kernel_size, torch.ones(self.kernel_size)
        row, column = (high - 1) // 2, (wide - 1) // 2
        mask[row, column + center :] = 0.0
        mask[row + 1 :] = 0.0
        self.register_buffer("mask", mask)

    def forward(self, input: Tensor) -> Tensor:
        y: Tensor = self._conv_forward(input, self.weight * self.mask, self.bias)
        return y
