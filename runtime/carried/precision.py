"""What a training in 16 bits and one of the same bits everywhere need: carried by their marks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from runtime.carried.loop import Batch

# --- half precision ---


def autocast(batch: Batch, kind: torch.dtype) -> torch.autocast:
    """Where products and convolutions are made in 16 bits, and what needs more bits in 32."""
    return torch.autocast(next(iter(batch.values())).device.type, kind)


# --- scaler ---


class Scaled(torch.optim.Optimizer):
    """An optimizer of weights whose gradients are taken in 16 bits, where small ones would be 0.

    Its scaler multiplies the loss before the gradients are taken, and divides them before they are
    followed. A step whose gradients were too large for 16 bits is left out, and the scale is halved.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        super().__init__(optimizer.param_groups, optimizer.defaults)
        self.optimizer, self.param_groups = optimizer, optimizer.param_groups
        self.scaler = torch.amp.GradScaler(self.param_groups[0]["params"][0].device.type)

    def step(self, closure: Any = None) -> Any:
        """Makes a step, unless a gradient is no number."""
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def state_dict(self) -> dict[str, Any]:
        """What optimizer and scaler have to remember."""
        return {"optimizer": self.optimizer.state_dict(), "scaler": self.scaler.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from there."""
        self.optimizer.load_state_dict(state_dict["optimizer"])
        self.scaler.load_state_dict(state_dict["scaler"])
        self.param_groups = self.optimizer.param_groups


def scaled(loss: Tensor, optimizer: torch.optim.Optimizer) -> Tensor:
    """The loss times the scale of its optimizer."""
    return optimizer.scaler.scale(loss) if isinstance(optimizer, Scaled) else loss


# --- unscaling ---


def unscale(optimizer: torch.optim.Optimizer) -> None:
    """Makes the gradients what they are without the scale, so that they can be clipped."""
    if isinstance(optimizer, Scaled):
        optimizer.scaler.unscale_(optimizer.optimizer)


# --- deterministic ---


def be_deterministic() -> None:
    """Chooses operations that give the same bits each time; where there is none, it is an error."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without which cuBLAS is not
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True)
