"""The share of a variance that is explained."""

from torch import Tensor


def explained(moments: Tensor, offset: bool = True) -> Tensor:
    """One minus the error over the variance, the mean over the targets: (4, F) -> ()."""
    variance = moments[3] - moments[2].square()
    left = moments[1] if offset else moments[1] - moments[0].square()
    return (1 - left / variance.clamp(min=1e-12)).mean()
