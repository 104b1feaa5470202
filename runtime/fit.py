"""Says from the losses of a training whether it under-fits, over-fits, still learns or fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["under-fit", "over-fit", "still learning", "fits"]

LEAST_EPOCHS = 4  # before which nothing can be told
WORSE = 1.1  # a held-out loss so many times its best has risen
APART = 1.5  # a held-out loss so many times that of training stands apart
LEARNED = 0.7  # a loss still above this part of the first one has hardly been learned
STEADY = 0.02  # a loss that falls by less than this part of the first one within the last quarter stands still


@dataclass(frozen=True)
class Fit:
    """How well a training fits, since which epoch where that can be said, and what helps."""

    kind: Kind
    message: str
    epoch: int = 0


def fit_of(first: float, train: Sequence[float], held_out: Sequence[float]) -> Fit | None:
    """The verdict on losses, those of training as means of epochs, and the first of all; None while it is too early."""
    if min(len(train), len(held_out)) < LEAST_EPOCHS:
        return None
    best = min(range(len(held_out)), key=held_out.__getitem__)
    now, seen = held_out[-1], train[-1]
    if now > WORSE * held_out[best] and now > APART * seen and seen < train[best]:
        told = f"the held-out loss rises since epoch {best + 1}, while that of training falls"
        return Fit("over-fit", f"It over-fits: {told}. {_OVER}", best + 1)
    if not _stands_still(train, first):
        return Fit("still learning", "It still learns: the loss of training falls to the end. Train for longer.")
    if seen > LEARNED * first:
        return Fit("under-fit", f"It under-fits: even of what it has seen it has learned little. {_UNDER}")
    return Fit("fits", "It fits: the losses of training and of what is held out stand still, one near the other.")


_OVER = "More examples, augmentation, dropout, weight decay or a smaller network help, or stopping there."
_UNDER = "A larger network, a higher rate or less regularization help."


def _stands_still(losses: Sequence[float], first: float) -> bool:
    quarter = max(len(losses) // 4, 1)
    before = sum(losses[-2 * quarter : -quarter]) / quarter
    return before - sum(losses[-quarter:]) / quarter < STEADY * first
