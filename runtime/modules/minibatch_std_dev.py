"""How much the examples of a batch differ, as a channel (Karras et al. 2018, section 3)."""

import torch
from torch import Tensor, nn


class MinibatchStdDev(nn.Module):
    """Adds a channel with the mean deviation over the batch: (N, C, H, W) -> (N, C + 1, H, W)."""

    def forward(self, x: Tensor) -> Tensor:
        deviation = (x.var(dim=0, correction=0) + 1e-8).sqrt().mean()
        return torch.cat((x, deviation.expand(len(x), 1, *x.shape[2:])), dim=1)
