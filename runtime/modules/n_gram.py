"""Scores of the next word from the few before it, by one table."""

import torch
from torch import Tensor, nn


class NGram(nn.Module):
    """Scores of the next word given the n - 1 before it: (N, T) -> (N, T, words), from words^n learned numbers."""

    def __init__(self, words: int, n: int) -> None:
        super().__init__()
        self.words, self.n = words, n
        self.table = nn.Embedding(words ** (n - 1), words)
        nn.init.zeros_(self.table.weight)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.table(self.context(x))
        return scores

    def context(self, x: Tensor) -> Tensor:
        """Which row of the table is meant at each step; before the beginning stands the word 0."""
        row = torch.zeros_like(x)
        for back in range(self.n - 1):
            earlier = nn.functional.pad(x, (back, 0))[:, : x.shape[1]]
            row = row + earlier * self.words**back
        return row

    @torch.no_grad()
    def count(self, x: Tensor, following: Tensor, added: float = 1.0) -> None:
        """Sets the table from how often each word followed, with `added` to every count (Laplace)."""
        counts = torch.full_like(self.table.weight, added)
        places = (self.context(x).flatten(), following.flatten())
        counts.index_put_(places, counts.new_ones(()), accumulate=True)
        self.table.weight.copy_((counts / counts.sum(1, keepdim=True)).log())
