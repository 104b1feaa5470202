"""A restricted Boltzmann machine, both ways (Hinton 2002)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class RestrictedBoltzmann(nn.Module):
    """Two layers of units that are 0 or 1, linked with each other only: (N, visible) -> (N, hidden).

    Where it has no visible biases of its own, both ways are given them.
    """

    def __init__(self, visible: int, hidden: int, visible_bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.01 * torch.randn(hidden, visible))
        self.visible_bias = nn.Parameter(torch.zeros(visible)) if visible_bias else None
        self.hidden_bias = nn.Parameter(torch.zeros(hidden))

    def forward(
        self, visible: Tensor, below: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Chances and samples of the hidden units, the free energy of the visible ones, and the hidden biases."""
        told = visible @ self.weight.T + self.hidden_bias
        return self._results(visible, told, self._own(below))

    def down(
        self, hidden: Tensor, below: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Chances and samples of the visible units, the free energy of the hidden ones, and the hidden biases."""
        told = hidden @ self.weight + self._own(below)
        return self._results(hidden, told, self.hidden_bias)

    def _own(self, below: Tensor | None) -> Tensor:
        bias = self.visible_bias if below is None else below
        assert bias is not None, "the biases of the visible units must be given"
        return bias

    def _results(
        self, held: Tensor, told: Tensor, bias: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        chance = torch.sigmoid(told)
        free_energy = -(held * bias).sum(1) - F.softplus(told).sum(1)
        sample = (torch.rand_like(chance) < chance).to(chance.dtype)
        return chance, sample, free_energy, self.hidden_bias.repeat(len(held), 1)
