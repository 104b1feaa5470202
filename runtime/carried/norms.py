"""Batch normalization in several processes, carried into the scripts that need it: what follows the mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

if TYPE_CHECKING:
    from runtime.carried.loop import Networks, Replica

# --- batch normalization ---

# One process alone normalizes by the whole batch, so that several must count it together.


def count_together(networks: Networks) -> None:
    """Makes every batch normalization count what all processes see."""
    for network in networks.values():
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.__class__ = NormOfAll  # its numbers stay what they are


class NormOfAll(nn.modules.batchnorm._BatchNorm):
    """Batch normalization by the mean and the variance of the examples that all processes see."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalizes each channel: (N, C, ...) -> (N, C, ...)."""
        sizes = (-1, *[1] * (x.ndim - 2))
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        if self.training or self.running_mean is None or self.running_var is None:
            mean, variance = self.counted(wide)
        else:
            mean, variance = self.running_mean, self.running_var
        y = (wide - mean.view(sizes)) * torch.rsqrt(variance + self.eps).view(sizes)
        if self.affine:
            y = y * self.weight.view(sizes) + self.bias.view(sizes)
        return y.to(x.dtype)

    def counted(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and the variance of each channel over the examples of all processes."""
        dims = [0, *range(2, x.ndim)]
        own = float(Replica.weight > 0)  # work that another process does too counts once
        seen = x.new_full((1,), x.numel() / x.shape[1])
        sums = SumOfAll.apply(torch.cat([x.sum(dims), seen]) * own)
        mean, count = sums[:-1] / sums[-1], sums[-1].detach()
        squares = SumOfAll.apply((x - mean.view(-1, *[1] * (x.ndim - 2))).square().sum(dims) * own)
        if self.training:
            self.follow(mean.detach(), squares.detach() / (count - 1))
        return mean, squares / count

    def follow(self, mean: Tensor, variance: Tensor) -> None:
        """Moves the numbers by which it will be measured towards those of a batch."""
        if (
            self.running_mean is None
            or self.running_var is None
            or self.num_batches_tracked is None
        ):
            return
        self.num_batches_tracked.add_(1)
        if self.momentum is None:  # the mean of all batches
            self.running_mean += (mean - self.running_mean) / self.num_batches_tracked
            self.running_var += (variance - self.running_var) / self.num_batches_tracked
        else:
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance, self.momentum)


class SumOfAll(torch.autograd.Function):
    """The sum over all processes, through which gradients come back from all of them.

    When gradients are averaged, each is weighted by its share of the batch: so it is here.
    """

    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:
        total = own.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient * Replica.weight
        dist.all_reduce(total)
        return total / Replica.weight if Replica.weight else torch.zeros_like(total)
