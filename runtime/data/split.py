"""Which examples are trained on and which are held out: a seeded shuffle cut in two, or the end of an order."""

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


def streams(count: int, validation: float, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    """The indices of training and of validation rows in an order in which each batch continues the one before.

    The last rows are held out. Either part is cut into `batch_size` stretches side by side, or one for each row
    where there are fewer; example i of every batch walks through stretch i. Rows left over are left out.
    """
    held = round(count * validation)
    held = min(max(held, int(validation > 0)), max(count - 1, 0))
    parts = []
    for rows in np.split(np.arange(count), [count - held]):
        stretches = max(1, min(batch_size, len(rows)))
        length = len(rows) // stretches
        parts.append(rows[: stretches * length].reshape(stretches, length).T.ravel())
    return parts[0], parts[1]
