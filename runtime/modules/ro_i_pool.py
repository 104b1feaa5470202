"""The largest numbers in boxes, on a grid of one size (Girshick 2015)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class RoIPool(nn.Module):
    """Crops boxes and pools them: (N, C, H, W), (N, boxes, 4) -> (N, boxes, C, *output_size).

    A box is (x1, y1, x2, y2), in pixels of the picture; with its corners rounded it holds both. What lies outside the
    map is left out; a box that lies there whole gives zeros.
    """

    def __init__(self, output_size: tuple[int, int], spatial_scale: float = 1.0) -> None:
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale

    def forward(self, x: Tensor, boxes: Tensor) -> Tensor:
        corners = (boxes.detach() * self.spatial_scale).round().long().tolist()
        pooled = [self.pooled(x[i], box) for i, each in enumerate(corners) for box in each]
        y: Tensor = torch.stack(pooled).unflatten(0, boxes.shape[:2])
        return y

    def pooled(self, x: Tensor, box: list[int]) -> Tensor:
        """One box of one picture: (C, H, W) -> (C, *output_size)."""
        left, top, right, bottom = box
        rows = slice(max(top, 0), max(bottom, top) + 1)
        columns = slice(max(left, 0), max(right, left) + 1)
        crop = x[:, rows, columns] if rows.stop > 0 and columns.stop > 0 else x[:, :0]
        if crop.numel() == 0:
            return x.new_zeros(len(x), *self.output_size)
        pooled: Tensor = F.adaptive_max_pool2d(crop, self.output_size)
        return pooled
