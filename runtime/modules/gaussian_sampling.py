"""A draw from a normal distribution through which gradients pass (Kingma & Welling 2014)."""

import torch
from torch import Tensor, nn


class GaussianSampling(nn.Module):
    """Draws while training and gives the mean afterwards: mean and log-variance of one shape -> shape."""

    def forward(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        if not self.training:
            return mean
        return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
