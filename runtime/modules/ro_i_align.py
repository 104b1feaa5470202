"""Means of interpolated points in boxes, on a grid of one size (He et al. 2017)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class RoIAlign(nn.Module):
    """Reads a map in boxes: (N, C, H, W), (N, boxes, 4) -> (N, boxes, C, *output_size).

    A box is (x1, y1, x2, y2), in pixels of the picture. What is read more than a pixel outside the map is zero.
    """

    def __init__(
        self,
        output_size: tuple[int, int],
        spatial_scale: float = 1.0,
        sampling_ratio: int = 2,
        aligned: bool = True,
    ) -> None:
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale
        self.sampling_ratio, self.aligned = sampling_ratio, aligned

    def forward(self, x: Tensor, boxes: Tensor) -> Tensor:
        corners = boxes * self.spatial_scale - (0.5 if self.aligned else 0.0)
        left, top, right, bottom = corners.unbind(-1)
        wide, columns = self.points(left, right, self.output_size[1], x.shape[3])
        high, rows = self.points(top, bottom, self.output_size[0], x.shape[2])
        grid = torch.stack(torch.broadcast_tensors(wide[:, :, None], high[..., None]), dim=-1)
        read = F.grid_sample(x, grid.flatten(1, 2), padding_mode="border", align_corners=True)
        read = read.unflatten(2, grid.shape[1:3]) * (rows[..., None] & columns[:, :, None])[:, None]
        mean = F.avg_pool2d(read.flatten(1, 2), self.sampling_ratio)
        y: Tensor = mean.unflatten(1, read.shape[1:3]).transpose(1, 2)
        return y

    def points(self, start: Tensor, end: Tensor, cells: int, size: int) -> tuple[Tensor, Tensor]:
        """Where one axis of each box is read, from -1 to 1, and which of these places lie on the map."""
        extent = end - start if self.aligned else (end - start).clamp(min=1.0)
        count = cells * self.sampling_ratio
        steps = (torch.arange(count, device=start.device) + 0.5) / count
        places = start[..., None] + extent[..., None] * steps.to(start.dtype)
        return 2 * places / max(size - 1, 1) - 1, (places >= -1) & (places <= size)
