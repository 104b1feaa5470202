"""The GRU as its paper has it: one bias a gate, and the reset before or after the product."""

import torch
from torch import Tensor, nn


class GatedGRU(nn.Module):
    """A GRU step by step: (N, T, features) -> (N, T, hidden_size), and the last state, (N, hidden_size).

    With `reset_after` the reset gate weighs the product with the state, as in torch and cuDNN; else the state itself
    (Cho et al. 2014). It reads of each row the steps that `mask`, (N, T), has a 1 for.
    """

    def __init__(self, features: int, hidden_size: int, reset_after: bool = False) -> None:
        super().__init__()
        self.hidden_size, self.reset_after = hidden_size, reset_after
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, features))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(3 * hidden_size))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(
        self, x: Tensor, h: Tensor | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        h = x.new_zeros(len(x), self.hidden_size) if h is None else h
        gates, new = self.weight_hh.split((2 * self.hidden_size, self.hidden_size))
        read = x @ self.weight_ih.T + self.bias
        steps = []
        for t, step in enumerate(read.unbind(1)):
            seen, fresh = step.split((2 * self.hidden_size, self.hidden_size), dim=1)
            reset, update = torch.sigmoid(seen + h @ gates.T).chunk(2, dim=1)
            past = reset * (h @ new.T) if self.reset_after else (reset * h) @ new.T
            late = (1 - update) * torch.tanh(fresh + past) + update * h
            h = late if mask is None else torch.where(mask[:, t, None] > 0, late, h)
            steps.append(h)
        y = torch.stack(steps, dim=1)
        return y if mask is None else y * mask[:, :, None], h
