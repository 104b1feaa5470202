"""One matrix that codes and, transposed, decodes."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TiedLinear(nn.Module):
    """A linear layer without a bias, (N, ..., in_features) -> (N, ..., out_features), and `decode`, its way back."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        nn.init.xavier_uniform_(self.weight)  # fit for both directions

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight)

    def decode(self, code: Tensor) -> Tensor:
        """What the transposed matrix makes of a code."""
        return F.linear(code, self.weight.T)
