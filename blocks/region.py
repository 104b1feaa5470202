"""Pixels taken from where they are wanted: a grid of places, boxes brought to one size."""

from __future__ import annotations

from typing import Any

from blocks.block import At, Block, Trials, Unfit, Widen, block, gives, takes
from blocks.call import Call, call, unless
from blocks.geometry import Axes, per_axis
from blocks.setting import choice, flag, number, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SEQUENCE, VECTOR, Meaning, Shape, image, sequence, shape_of, vector

_GRID = (*IMAGE, Meaning.TENSOR)
_BOXES = (*SEQUENCE, Meaning.TENSOR)


@block("Join and reshape")
class GridSample(Block):
    """Reads an image at places given from -1 to 1, x before y: (C, H, W), (H', W', 2) → (C, H', W')."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html"
    formula = "y_chw = x_c(grid_hw), between pixels interpolated"
    keywords = "spatial transformer warp flow sample interpolate deform"
    mode: str = choice("bilinear", ("bilinear", "nearest", "bicubic"), short="{}", doc="What is read between pixels.")
    padding_mode: str = choice("zeros", ("zeros", "border", "reflection"), doc="What is read outside the image.")
    align_corners: bool = flag(False, doc="Let -1 and 1 be the middles of the outer pixels, not their far edges.")
    x = takes(IMAGE)
    grid = takes(_GRID, doc="A place for every pixel that comes out: (H', W', 2).")
    y = gives(IMAGE)

    def shape(self, x: Shape, grid: Shape) -> Shape:
        if grid.rank != 3 or grid.features != 2:
            raise Unfit(grid, "a grid of places (H', W', 2), as AffineGrid gives", port="grid")
        return x.with_sizes(x.channels, *grid.sizes[:2])

    def forward(self, at: At) -> str:
        mode = "" if self.mode == "bilinear" else f', mode="{self.mode}"'
        mode += "" if self.padding_mode == "zeros" else f', padding_mode="{self.padding_mode}"'
        return f"F.grid_sample({at.x}, {at.names['grid']}{mode}, align_corners={self.align_corners})"

    @classmethod
    def trials(cls) -> Trials:
        pair = image(3, 5, 6), shape_of((4, 7, 2), Meaning.TENSOR)
        told: tuple[dict[str, object], ...] = (
            {},
            {"mode": "nearest", "align_corners": True},
            {"mode": "bicubic", "padding_mode": "border"},
        )
        return tuple((pair, changed) for changed in told)


@block("Join and reshape")
class AffineGrid(Block):
    """Six numbers, turned and shifted into a grid of places for GridSample: (6,) → (H, W, 2)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html"
    formula = "grid_hw = A (w, h, 1)', A the numbers as 2 rows of 3"
    keywords = "spatial transformer network stn rotate affine warp theta"
    size: int | Axes = axes(28, low=1, short="{}×", always=True, doc="Height and width of the grid.")
    align_corners: bool = flag(False, doc="Let -1 and 1 be the middles of the outer pixels, as in GridSample.")
    x = takes((*VECTOR, Meaning.SEQUENCE), doc="Row by row: (6,), or (2, 3).")
    y = gives((Meaning.TENSOR,))

    def shape(self, x: Shape) -> Shape:
        if x.sizes not in ((6,), (2, 3)):
            remedies = (Widen(6),) if x.rank == 1 else ()
            raise Unfit(x, "the six numbers of an affine map: (6,) or (2, 3)", remedies=remedies)
        return shape_of((*per_axis(self.size, 2), 2), Meaning.TENSOR)

    def forward(self, at: At) -> str:
        high, wide = per_axis(self.size, 2)
        theta = f"{at.x}.view(-1, 2, 3)" if at.shape.rank == 1 else at.x
        return f"F.affine_grid({theta}, [len({at.x}), 1, {high}, {wide}], align_corners={self.align_corners})"

    @classmethod
    def trials(cls) -> Trials:
        return (((vector(6),), {"size": (4, 5)}), ((sequence(2, 3),), {"align_corners": True}))


class _RoI(Block):
    """What RoIPool and RoIAlign share."""

    keywords = "roi region of interest crop detection faster mask r-cnn box proposal"
    output_size: int | Axes = axes(7, low=1, short="{}×", always=True, doc="Height and width that every box gets.")
    spatial_scale: float = number(
        1.0, low=0.0, short="scale {}", doc="Size of the map by that of the picture whose pixels the boxes are in."
    )
    x = takes(IMAGE)
    boxes = takes(_BOXES, doc="Corners (x1, y1, x2, y2) in pixels of the picture: (boxes, 4).")
    y = gives((Meaning.TENSOR,), doc="The map in each box: (boxes, C, H', W').")

    def shape(self, x: Shape, boxes: Shape) -> Shape:
        if boxes.rank != 2 or boxes.features != 4:
            raise Unfit(boxes, "boxes of four numbers: (boxes, 4)", port="boxes")
        return shape_of((boxes.sizes[0], x.channels, *per_axis(self.output_size, 2)), Meaning.TENSOR)

    def _named(self) -> dict[str, Any]:
        return unless(1.0, spatial_scale=self.spatial_scale)

    def module(self, x: Shape, boxes: Shape) -> Call:
        return call(self.kind(), per_axis(self.output_size, 2), **self._named())

    @classmethod
    def trials(cls) -> Trials:
        return (((image(3, 9, 8), sequence(5, 4)), {"output_size": (3, 2), "spatial_scale": 0.5}),)


@block("Context")
class RoIPool(_RoI):
    """The largest numbers in each box, on a grid of one size (Girshick 2015): (C, H, W), (R, 4) → (R, C, H', W')."""

    source = "https://arxiv.org/abs/1504.08083"
    formula = "y_rc = the largest of x_c in each cell of a grid over box r, its corners rounded"


@block("Context")
class RoIAlign(_RoI):
    """Mean of points between pixels in each box, on one grid (He et al. 2017): (C, H, W), (R, 4) → (R, C, H', W')."""

    source = "https://arxiv.org/abs/1703.06870"
    formula = "y_rc = the mean of x_c at points in each cell of a grid over box r, interpolated"
    sampling_ratio: int = whole(2, low=1, short="{} points", doc="Points in a cell along each axis.")
    aligned: bool = flag(True, short="", doc="Shift boxes half a pixel, so that pixels are squares and not points.")

    def _named(self) -> dict[str, Any]:
        told = unless(2, sampling_ratio=self.sampling_ratio) | unless(True, aligned=self.aligned)
        return super()._named() | told

    @classmethod
    def trials(cls) -> Trials:
        return (*super().trials(), ((image(2, 1, 6), sequence(3, 4)), {"aligned": False}))
