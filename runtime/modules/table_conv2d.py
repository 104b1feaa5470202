"""A convolution whose maps read only some of the channels (LeCun et al. 1998, layer C3)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TableConv2d(nn.Module):
    """Each map sums over the channels that `table` names for it: (N, C, H, W) -> (N, maps, H', W')."""

    def __init__(
        self,
        table: tuple[tuple[int, ...], ...],
        kernel_size: tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        self.read = [channel for row in table for channel in row]
        self.counts = [len(row) for row in table]
        self.stride, self.padding = stride, padding
        self.padding_mode = "constant" if padding_mode == "zeros" else padding_mode
        weight = torch.empty(len(self.read), 1, *kernel_size)
        bounds = [(n * math.prod(kernel_size)) ** -0.5 for n in self.counts]
        with torch.no_grad():
            for part, bound in zip(weight.split(self.counts), bounds, strict=True):
                part.uniform_(-bound, bound)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(len(table))) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        high, wide = self.padding if isinstance(self.padding, tuple) else (self.padding,) * 2
        channels = F.pad(x, (wide, wide, high, high), mode=self.padding_mode).unbind(1)
        read = torch.stack([channels[i] for i in self.read], dim=1)
        summed = F.conv2d(read, self.weight, stride=self.stride, groups=len(self.read))
        y = torch.stack([part.sum(1) for part in summed.split(self.counts, dim=1)], dim=1)
        return y if self.bias is None else y + self.bias[:, None, None]
