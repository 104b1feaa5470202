"""How far a matrix is from an orthogonal one."""

import torch
from torch import Tensor


def unorthogonal(weight: Tensor) -> Tensor:
    """The squared distance of the products of rows, or of fewer columns, from orthonormal."""
    rows = weight.flatten(1)
    rows = rows if rows.shape[0] <= rows.shape[1] else rows.T
    return (rows @ rows.T - torch.eye(len(rows), device=rows.device)).square().sum()
