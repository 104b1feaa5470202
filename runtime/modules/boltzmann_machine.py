"""A Boltzmann machine: all units linked with each other (Ackley, Hinton & Sejnowski 1985)."""

import torch
from torch import Tensor, nn


class BoltzmannMachine(nn.Module):
    """Visible units that are held, hidden ones that are asked in turn: (N, visible) -> (N, hidden), and back.

    The weights are kept once for each pair of units.
    """

    def __init__(
        self, visible: int, hidden: int, update: str = "mean field", sweeps: int = 1
    ) -> None:
        super().__init__()
        self.visible, self.update, self.sweeps = visible, update, sweeps
        units = visible + hidden
        self.weight = nn.Parameter(0.01 * torch.randn(units * (units - 1) // 2))
        self.bias = nn.Parameter(torch.zeros(units))

    def forward(self, visible: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Chances and samples of the hidden units, and the energy of all."""
        hidden = self._undecided(visible, len(self.bias) - self.visible)
        return self._settled(torch.cat((visible, hidden), 1), range(self.visible, len(self.bias)))

    def down(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Chances and samples of the visible units, and the energy of all."""
        visible = self._undecided(hidden, self.visible)
        return self._settled(torch.cat((visible, hidden), 1), range(self.visible))

    def matrix(self) -> Tensor:
        """The weights as a symmetric matrix without self connections."""
        rows, columns = self._pairs()
        upper = self.weight.new_zeros(len(self.bias), len(self.bias)).index_put(
            (rows, columns), self.weight
        )
        return upper + upper.T

    def energy(self, state: Tensor) -> Tensor:
        """The energy of all units: (N, units) -> (N,)."""
        rows, columns = self._pairs()
        linked = (self.weight * state[:, rows] * state[:, columns]).sum(1)
        return -linked - (self.bias * state).sum(1)

    def _pairs(self) -> tuple[Tensor, Tensor]:
        rows, columns = torch.triu_indices(
            len(self.bias), len(self.bias), 1, device=self.weight.device
        )
        return rows, columns

    def _undecided(self, given: Tensor, units: int) -> Tensor:
        even = given.new_full((len(given), units), 0.5)
        return even if self.update == "mean field" else self._drawn(even)

    def _settled(self, state: Tensor, asked: range) -> tuple[Tensor, Tensor, Tensor]:
        matrix, chances = self.matrix(), {}
        for unit in list(asked) * self.sweeps:
            before, after = state[:, :unit], state[:, unit + 1 :]
            links = torch.cat((matrix[unit, :unit], matrix[unit, unit + 1 :]))
            chance = torch.sigmoid(torch.cat((before, after), 1) @ links[:, None] + self.bias[unit])
            chances[unit] = chance
            state = torch.cat(
                (before, chance if self.update == "mean field" else self._drawn(chance), after), 1
            )
        y = torch.cat([chances[unit] for unit in asked], 1)
        sample = (
            self._drawn(y) if self.update == "mean field" else state[:, asked.start : asked.stop]
        )
        return y, sample, self.energy(state)

    @staticmethod
    def _drawn(chance: Tensor) -> Tensor:
        """0 or 1 at random, 1 as often as `chance` says."""
        return (torch.rand_like(chance) < chance).to(chance.dtype)
