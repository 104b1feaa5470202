"""A convolution with kernels given as numbers."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class FixedConv2d(nn.Module):
    """Kernels that are kept, each channel filtered by every one: (N, C, H, W) -> (N, C * kernels, H', W').

    With `summed` a kernel adds up over the channels: (N, C, H, W) -> (N, kernels, H', W'). With `learned` the kernels
    are only where learning begins.
    """

    def __init__(
        self,
        channels: int,
        kernels: tuple[tuple[tuple[float, ...], ...], ...],
        summed: bool = False,
        learned: bool = False,
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        self.stride, self.padding = stride, padding
        self.padding_mode = "constant" if padding_mode == "zeros" else padding_mode
        self.groups = 1 if summed else channels
        given = torch.tensor(kernels)[:, None]
        weight = given.repeat(1, channels, 1, 1) if summed else given.repeat(channels, 1, 1, 1)
        if learned:
            self.weight = nn.Parameter(weight)
        else:
            self.register_buffer("weight", weight)

    def forward(self, x: Tensor) -> Tensor:
        high, wide = self.padding if isinstance(self.padding, tuple) else (self.padding,) * 2
        padded = F.pad(x, (wide, wide, high, high), mode=self.padding_mode)
        return F.conv2d(padded, self.weight, stride=self.stride, groups=self.groups)
