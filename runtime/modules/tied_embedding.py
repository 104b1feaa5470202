"""One table that gives the vector of a word and the scores of all words."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TiedEmbedding(nn.Module):
    """Looks words up, (N, T) -> (N, T, features), and with the same numbers `scores` them."""

    def __init__(self, words: int, features: int, std: float = 0.02) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(words, features) * std)

    def forward(self, x: Tensor) -> Tensor:
        return F.embedding(x, self.weight)

    def scores(self, x: Tensor) -> Tensor:
        """How well each word fits: (N, T, features) -> (N, T, words)."""
        return F.linear(x, self.weight)
