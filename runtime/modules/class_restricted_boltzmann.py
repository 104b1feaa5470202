"""A restricted Boltzmann machine with a layer of labels (Larochelle & Bengio 2008)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ClassRestrictedBoltzmann(nn.Module):
    """Visible units and one of some labels, linked with hidden units: (N, visible) -> (N, hidden), scores of labels.

    Where it has no visible biases of its own, both ways are given them.
    """

    def __init__(self, visible: int, hidden: int, classes: int, visible_bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.01 * torch.randn(hidden, visible))
        self.label_weight = nn.Parameter(0.01 * torch.randn(hidden, classes))
        self.visible_bias = nn.Parameter(torch.zeros(visible)) if visible_bias else None
        self.hidden_bias = nn.Parameter(torch.zeros(hidden))
        self.label_bias = nn.Parameter(torch.zeros(classes))

    def forward(
        self, visible: Tensor, known: Tensor | None = None, below: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Chances and samples of the hidden units, scores of the labels, and the free energy of what is given."""
        seen = visible @ self.weight.T + self.hidden_bias
        scores = self.label_bias + F.softplus(seen[:, :, None] + self.label_weight).sum(1)
        told = seen if known is None else seen + known @ self.label_weight.T
        likely = scores.logsumexp(1) if known is None else (scores * known).sum(1)
        return (
            *self._drawn(torch.sigmoid(told)),
            scores,
            -(visible * self._own(below)).sum(1) - likely,
        )

    def down(
        self, hidden: Tensor, below: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Chances and samples of the visible units, scores of the labels, and the free energy of the hidden units."""
        seen = hidden @ self.weight + self._own(below)
        scores = hidden @ self.label_weight + self.label_bias
        likely = F.softplus(seen).sum(1) + scores.logsumexp(1)
        return (
            *self._drawn(torch.sigmoid(seen)),
            scores,
            -(hidden * self.hidden_bias).sum(1) - likely,
        )

    def _own(self, below: Tensor | None) -> Tensor:
        bias = self.visible_bias if below is None else below
        assert bias is not None, "the biases of the visible units must be given"
        return bias

    @staticmethod
    def _drawn(chance: Tensor) -> tuple[Tensor, Tensor]:
        """The chances, and 0 or 1 at random by them."""
        return chance, (torch.rand_like(chance) < chance).to(chance.dtype)
