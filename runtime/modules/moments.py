"""What the share of explained variance is worked out from."""

import torch
from torch import Tensor


def moments(prediction: Tensor, target: Tensor) -> Tensor:
    """Averages over the examples of the error, the target and their squares: (4, F)."""
    error, wanted = (prediction - target).reshape(len(target), -1), target.reshape(len(target), -1)
    return torch.stack([error, error.square(), wanted, wanted.square()]).mean(dim=1)
