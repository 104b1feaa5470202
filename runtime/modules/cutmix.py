"""CutMix (Yun et al. 2019)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def cutmix(
    x: Tensor, labels: Tensor, classes: int, alpha: float, probability: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Each picture with a box out of another one of the batch, and how much of each class it shows.

    Where no gradient is recorded a network is being measured, so that nothing is mixed.
    """
    target = F.one_hot(labels, classes).to(x.dtype)
    if not torch.is_grad_enabled() or torch.rand(()) >= probability:
        return x, target
    side = float((1 - torch.distributions.Beta(alpha, alpha).sample()).sqrt())
    height, width = x.shape[-2:]
    row, column = (int(torch.randint(size, ())) for size in (height, width))  # the middle
    tall, wide = int(height * side), int(width * side)
    top, bottom = max(row - tall // 2, 0), min(row + tall // 2, height)
    left, right = max(column - wide // 2, 0), min(column + wide // 2, width)
    other = torch.randperm(len(x), device=x.device)
    mixed = x.clone()
    mixed[:, :, top:bottom, left:right] = x[other][:, :, top:bottom, left:right]
    share = 1 - (bottom - top) * (right - left) / (height * width)
    return mixed, share * target + (1 - share) * target[other]
