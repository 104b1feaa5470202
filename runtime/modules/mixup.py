"""Mixup (Zhang et al. 2018)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def mixup(
    x: Tensor, labels: Tensor, classes: int, alpha: float, probability: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Each example blended with another one of the batch, and how much of each class is in it.

    Where no gradient is recorded a network is being measured, so that nothing is mixed.
    """
    target = F.one_hot(labels, classes).to(x.dtype)
    if not torch.is_grad_enabled() or torch.rand(()) >= probability:
        return x, target
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    other = torch.randperm(len(x), device=x.device)
    return share * x + (1 - share) * x[other], share * target + (1 - share) * target[other]
