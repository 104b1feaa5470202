"""Which examples are trained on and which are held out: a seeded shuffle, cut in two."""

from __future__ import annotations

import numpy as np


def split(count: int, validation: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The indices of the training and of the validation examples, both rising; the same for the same seed.

    At least one example stays in training; where a share is held out and there are two or more, at least one is.
    """
    held = round(count * validation)
    held = min(max(held, int(validation > 0)), max(count - 1, 0))
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[held:]), np.sort(order[:held])
