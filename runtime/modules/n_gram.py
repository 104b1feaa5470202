"""Scores of the next word from the few before it, by one table."""

import torch
from torch import Tensor, nn


class NGram(nn.Module):
    """Scores of the next word given the n - 1 before it: (N, T) -> (N, T, words), from words^n learned numbers.

    With `added` the table holds counts, to each of which this is added before shares are made of them.
    """

    def __init__(self, words: int, n: int, added: float = 0.0) -> None:
        super().__init__()
        self.words, self.n, self.added = words, n, added
        self.table = nn.Embedding(words ** (n - 1), words)
        nn.init.zeros_(self.table.weight)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.table(self.context(x))
        if not self.added:
            return scores
        counts = scores.detach() + self.added
        shares = counts / counts.sum(dim=-1, keepdim=True)
        return shares.log() + (scores - scores.detach())  # gradients reach the counts as they are

    def context(self, x: Tensor) -> Tensor:
        """Which row of the table is meant at each step; before the beginning stands the word 0."""
        row = torch.zeros_like(x)
        for back in range(self.n - 1):
            earlier = nn.functional.pad(x, (back, 0))[:, : x.shape[1]]
            row = row + earlier * self.words**back
        return row

    @torch.no_grad()
    def count(self, x: Tensor, following: Tensor, added: float = 1.0) -> None:
        """Sets the table from how often each word followed: the counts, or where it holds scores
        the logarithms of their shares with `added` to every count (Laplace)."""
        counts = torch.zeros_like(self.table.weight)
        places = (self.context(x).flatten(), following.flatten())
        counts.index_put_(places, counts.new_ones(()), accumulate=True)
        shares = (counts + added) / (counts + added).sum(1, keepdim=True)
        self.table.weight.copy_(counts if self.added else shares.log())
