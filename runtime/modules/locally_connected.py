"""Windows as a convolution has them, with kernels of their own at every place."""

import math

import torch
from torch import Tensor, nn


class LocallyConnected(nn.Module):
    """Kernels that places do not share: (N, in_channels, *space) -> (N, out_channels, *places)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        places: tuple[int, ...],
        kernel_size: tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        dilation: int | tuple[int, ...] = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.places, self.kernel_size = places, kernel_size
        self.stride = stride if isinstance(stride, tuple) else (stride,) * len(places)
        self.dilation = dilation if isinstance(dilation, tuple) else (dilation,) * len(places)
        window, bound = math.prod(kernel_size), (in_channels * math.prod(kernel_size)) ** -0.5
        weight = torch.empty(out_channels, in_channels, math.prod(places), window)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        start = torch.empty(out_channels, *places).uniform_(-bound, bound)
        self.bias = nn.Parameter(start) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        axes = zip(self.kernel_size, self.stride, self.dilation, strict=True)
        for axis, (size, step, apart) in enumerate(axes, 2):
            x = x.unfold(axis, apart * (size - 1) + 1, step)[..., ::apart]
        windows = x.flatten(2, 1 + len(self.places)).flatten(3)
        y: Tensor = torch.einsum("ncpk,ocpk->nop", windows, self.weight)
        y = y.unflatten(2, self.places)
        return y if self.bias is None else y + self.bias
