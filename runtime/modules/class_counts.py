"""What metrics of classes are counted from."""

import torch
import torch.nn.functional as F
from torch import Tensor


def class_counts(logits: Tensor, labels: Tensor, threshold: float = 0.5) -> Tensor:
    """Hits, what is marked wrongly and what is missed of each class, for each example: (3, C)."""
    classes = logits.shape[1] if logits.dim() > 1 else 1
    if labels.dim() < logits.dim() and classes > 1:
        given = F.one_hot(logits.argmax(dim=1), classes).movedim(-1, 1) > 0
        wanted = F.one_hot(labels, classes).movedim(-1, 1) > 0
    else:
        given, wanted = logits.sigmoid() > threshold, labels.view_as(logits) > 0.5
    each = torch.stack([given & wanted, given & ~wanted, ~given & wanted]).float()
    return each.reshape(3, len(logits), classes, -1).sum(dim=(1, 3)) / len(logits)
