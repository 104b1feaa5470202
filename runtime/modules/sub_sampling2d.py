"""Sub-sampling with two learned numbers a channel (LeCun et al. 1998, layers S2 and S4)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SubSampling2d(nn.Module):
    """The sum of each window, weighed and shifted: (N, channels, H, W) -> (N, channels, H', W')."""

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride
        sizes = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
        self.weight = nn.Parameter(torch.full((channels,), 1.0 / math.prod(sizes)))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        summed = F.avg_pool2d(x, self.kernel_size, self.stride, divisor_override=1)
        return summed * self.weight[:, None, None] + self.bias[:, None, None]
