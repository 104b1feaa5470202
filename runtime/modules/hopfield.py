"""A Hopfield network: a memory of patterns (Hopfield 1982)."""

import torch
from torch import Tensor, nn


class Hopfield(nn.Module):
    """Units that turn, one after the other, to where their energy is lower: (N, units) -> (N, units), energy.

    The weights are kept once for each pair of units. Above temperature 0 the units take tanh of what they see by it.
    """

    def __init__(self, units: int, sweeps: int = 1, temperature: float = 0.0) -> None:
        super().__init__()
        self.units, self.sweeps, self.temperature = units, sweeps, temperature
        self.weight = nn.Parameter(0.01 * torch.randn(units * (units - 1) // 2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        state, matrix = self.side(x) if self.temperature == 0 else x, self.matrix()
        for unit in list(range(self.units)) * self.sweeps:
            before, own, after = state[:, :unit], state[:, unit, None], state[:, unit + 1 :]
            links = torch.cat((matrix[unit, :unit], matrix[unit, unit + 1 :]))
            seen = torch.cat((before, after), 1) @ links[:, None]
            state = torch.cat((before, self.turned(seen, own), after), 1)
        return state, self.energy(state)

    def turned(self, seen: Tensor, own: Tensor) -> Tensor:
        """What a unit becomes that sees so much; one that sees nothing stays as it is."""
        if self.temperature > 0:
            return torch.tanh(seen / self.temperature)
        return torch.where(seen == 0, own, self.side(seen))

    @staticmethod
    def side(x: Tensor) -> Tensor:
        """1 above 0, else -1."""
        return (x > 0).to(x.dtype) * 2 - 1

    def matrix(self) -> Tensor:
        """The weights as a symmetric matrix without self connections."""
        rows, columns = self.pairs()
        upper = self.weight.new_zeros(self.units, self.units).index_put(
            (rows, columns), self.weight
        )
        return upper + upper.T

    def pairs(self) -> tuple[Tensor, Tensor]:
        """The units that each weight links."""
        rows, columns = torch.triu_indices(self.units, self.units, 1, device=self.weight.device)
        return rows, columns

    def energy(self, state: Tensor) -> Tensor:
        """The energy of units: (N, units) -> (N,)."""
        rows, columns = self.pairs()
        return -(self.weight * state[:, rows] * state[:, columns]).sum(1)

    @torch.no_grad()
    def store(self, patterns: Tensor) -> None:
        """Keeps patterns of -1 and 1, (patterns, units), by Hebb's rule, in place of those kept before."""
        rows, columns = self.pairs()
        self.weight.copy_((patterns[:, rows] * patterns[:, columns]).sum(0) / self.units)
