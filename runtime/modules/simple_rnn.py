"""Elman's recurrent layer with one bias, as textbooks count it."""

import torch
from torch import Tensor, nn


class SimpleRNN(nn.Module):
    """An RNN step by step: (N, T, features) -> (N, T, hidden_size), and the last state, (N, hidden_size).

    It reads of each row the steps that `mask`, (N, T), has a 1 for.
    """

    def __init__(self, features: int, hidden_size: int, nonlinearity: str = "tanh") -> None:
        super().__init__()
        self.hidden_size, self.nonlinearity = hidden_size, nonlinearity
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, features))
        self.weight_hh = nn.Parameter(torch.empty(hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(hidden_size))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(
        self, x: Tensor, h: Tensor | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        h = x.new_zeros(len(x), self.hidden_size) if h is None else h
        bend = torch.relu if self.nonlinearity == "relu" else torch.tanh
        read = x @ self.weight_ih.T + self.bias
        steps = []
        for t, step in enumerate(read.unbind(1)):
            new = bend(step + h @ self.weight_hh.T)
            h = new if mask is None else torch.where(mask[:, t, None] > 0, new, h)
            steps.append(h)
        y = torch.stack(steps, dim=1)
        return y if mask is None else y * mask[:, :, None], h
