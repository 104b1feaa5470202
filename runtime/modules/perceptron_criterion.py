"""The loss whose gradient is the perceptron rule (Rosenblatt 1958)."""

import torch
from torch import Tensor, nn


class PerceptronCriterion(nn.Module):
    """Sums or answers, and targets of 0 or 1: (N, ...), (N, ...) -> (), the mean over N."""

    def __init__(self, threshold: float = 0.0, of_answers: bool = False) -> None:
        super().__init__()
        self.threshold, self.of_answers = threshold, of_answers

    def forward(self, result: Tensor, target: Tensor) -> Tensor:
        if self.of_answers:
            return (result - target).square().sum() / 2 / len(result)
        answer = (result >= self.threshold).to(result.dtype)  # through which no gradient goes
        return torch.sum((answer - target) * result) / len(result)
