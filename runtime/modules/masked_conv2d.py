"""A convolution that sees nothing of what comes later in reading order (van den Oord et al. 2016)."""

import torch
from torch import Tensor, nn


class MaskedConv2d(nn.Conv2d):
    """nn.Conv2d without the pixels below and to the right, and without the pixel itself unless `center`."""

    mask: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        center: bool = False,
    ) -> None:
        geometry = kernel_size, stride, padding, dilation
        super().__init__(in_channels, out_channels, *geometry, bias=bias, padding_mode=padding_mode)  # type: ignore[arg-type]
        (high, wide), mask = self.kernel_size, torch.ones(self.kernel_size)
        row, column = (high - 1) // 2, (wide - 1) // 2
        mask[row, column + center :] = 0.0
        mask[row + 1 :] = 0.0
        self.register_buffer("mask", mask)

    def forward(self, input: Tensor) -> Tensor:
        y: Tensor = self._conv_forward(input, self.weight * self.mask, self.bias)
        return y
