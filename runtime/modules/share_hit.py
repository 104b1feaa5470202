"""Precision, recall, F1 and the overlap of areas, from one count."""

from torch import Tensor


def share_hit(counts: Tensor, wrong: float, missed: float) -> Tensor:
    """Hits over hits and misses, the mean over the classes that occur: (3, C) -> ()."""
    occurs = counts.sum(dim=0) > 0
    whole = counts[0] + wrong * counts[1] + missed * counts[2]
    return (counts[0] / whole.clamp(min=1e-12)).sum() / occurs.sum().clamp(min=1)
