"""The cells of NASNet-A: the published network made of them, and what each pair of operations computes."""

from __future__ import annotations

from collections import Counter

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.activation import ReLU
from blocks.check import Checked, check
from blocks.composite import End, Sketch
from blocks.graph import Graph, Node
from blocks.linear import Linear
from blocks.measure import measure
from blocks.nasnet import DoubleSeparable, FactorizedReduction, NormalCell, ReductionCell
from blocks.pooling_global import GlobalAvgPool
from blocks.row import Row
from blocks.shape import image
from blocks.units import ConvUnit
from tests.blocks import oracle

SCALE = (1 + 1e-5) ** -0.5  # of a fresh batch normalization that is not training


def nasnet_mobile() -> Graph:
    """NASNet-A (4 @ 1056): two reductions as a stem, then three times four normal cells."""
    g = Sketch()
    x = g.add(ConvUnit(32, 3, 2, "valid", activation="none"), g.input("x", image(3, 224, 224)), name="stem")
    cells: list[End] = [g.add(ReductionCell(11), x), x]
    cells.insert(0, g.add(ReductionCell(22), *cells))
    for width in (44, 88, 176):
        if width > 44:
            cells.insert(0, g.add(ReductionCell(width), *cells[:2]))
        for _ in range(4):
            cells.insert(0, g.add(NormalCell(width), *cells[:2], name=f"normal{width}"))
    g.output("y", g.add(Linear(1000), g.add(GlobalAvgPool(), g.add(ReLU(), cells[0]))))
    return g.graph()


def leaves(graph: Graph, rows: dict[str, Row]) -> Counter[str]:
    """How many plain blocks of each kind there are, inside composites too."""
    found: Counter[str] = Counter()
    for name, row in rows.items():
        inside = row.inside
        found += leaves(inside.graph, dict(inside.rows)) if inside else Counter([graph.block(name).kind()])
    return found


def checked() -> Checked:
    found = check(nasnet_mobile())
    assert not found.errors
    return found


def test_nasnet_a_4_at_1056_has_its_published_figures() -> None:
    found = checked()
    assert (found.parameters, found.parameters + found.buffers) == (5_289_978, 5_326_716)
    assert found.macs == 563_638_816


def test_nasnet_a_4_at_1056_is_made_of_the_published_parts() -> None:
    found = checked()
    parts = leaves(found.graph, dict(found.rows))
    assert parts["DepthwiseConv2d"] == 160  # each of the 80 separable convolutions is applied twice
    assert parts["Conv2d"] == 160 + 36
    assert (parts["BatchNorm2d"], parts["Add"]) == (192, 80)
    assert (parts["AvgPool2d"], parts["MaxPool2d"]) == (52, 8)


def test_nasnet_as_grids_and_channels_are_the_papers() -> None:
    found = checked()
    ends = [found.shape(f"normal{width}4") for width in (44, 88, 176)]
    assert ends == [image(264, 28, 28), image(528, 14, 14), image(1056, 7, 7)]


def weights(cell: nn.Module) -> dict[str, Tensor]:
    return {name.removeprefix(f"{oracle.NODE}."): tensor for name, tensor in cell.state_dict().items()}


def twice(x: Tensor, w: dict[str, Tensor], name: str, stride: int = 1) -> Tensor:
    """What torch says of a separable convolution that is applied twice."""
    for i in (1, 2):
        kernel = w[f"{name}.depthwise{i}.weight"]
        x = F.relu(x)
        x = F.conv2d(x, kernel, None, stride if i == 1 else 1, kernel.shape[-1] // 2, 1, x.shape[1])
        x = F.conv2d(x, w[f"{name}.pointwise{i}.weight"]) * SCALE
    return x


def mean(x: Tensor, stride: int = 1) -> Tensor:
    return F.avg_pool2d(x, 3, stride, 1, count_include_pad=False)


def states(w: dict[str, Tensor], x: Tensor, previous: Tensor) -> tuple[Tensor, Tensor]:
    """Both hidden states, brought to the width by 1×1 convolutions."""
    h = F.conv2d(F.relu(x), w["squeezed_conv.weight"]) * SCALE
    return h, F.conv2d(F.relu(previous), w["previous_conv.weight"]) * SCALE


def test_a_normal_cell_adds_up_the_five_pairs_of_figure_4() -> None:
    x, previous = torch.randn(2, 8, 7, 5), torch.randn(2, 6, 7, 5)
    cell = oracle.made(NormalCell(4), image(8, 7, 5), image(6, 7, 5)).eval()
    w = weights(cell)
    h, p = states(w, x, previous)
    first = twice(h, w, "left1_5x5") + twice(p, w, "right1_3x3")
    second = twice(p, w, "left2_5x5") + twice(p, w, "right2_3x3")
    pairs = first, second, mean(h) + p, 2 * mean(p), twice(h, w, "left5_3x3") + h
    torch.testing.assert_close(cell(x, previous), torch.cat((p, *pairs), 1))


def test_a_reduction_cell_gives_on_the_four_sums_that_nothing_in_it_stands_for() -> None:
    x, previous = torch.randn(2, 8, 7, 5), torch.randn(2, 6, 7, 5)
    cell = oracle.made(ReductionCell(4), image(8, 7, 5), image(6, 7, 5)).eval()
    w = weights(cell)
    h, p = states(w, x, previous)
    largest = F.max_pool2d(h, 3, 2, 1)
    a = twice(h, w, "left1_5x5", 2) + twice(p, w, "right1_7x7", 2)
    b = largest + twice(p, w, "right2_7x7", 2)
    c = mean(h, 2) + twice(p, w, "right3_5x5", 2)
    expected = torch.cat((b, c, mean(a) + b, twice(a, w, "left5_3x3") + largest), 1)
    torch.testing.assert_close(cell(x, previous), expected)


def test_a_factorized_reduction_reads_every_second_pixel_and_those_beside_them() -> None:
    x = torch.randn(2, 6, 7, 8)
    unit = oracle.made(FactorizedReduction(5), image(6, 7, 8)).eval()
    w = weights(unit)
    beside = F.pad(x, (0, 1, 0, 1))[..., 1::2, 1::2]
    paths = F.conv2d(F.relu(x)[..., ::2, ::2], w["path1.weight"]), F.conv2d(F.relu(beside), w["path2.weight"])
    assert [path.shape[1] for path in paths] == [2, 3]
    torch.testing.assert_close(unit(x), torch.cat(paths, 1) * SCALE)


def inside(block: NormalCell | ReductionCell, *channels_and_sizes: tuple[int, int]) -> Row:
    shapes = tuple(image(channels, size, size) for channels, size in channels_and_sizes)
    return measure(Node(block), (*shapes, *(None,) * (2 - len(shapes))))


def test_the_cell_before_the_last_is_adjusted_only_where_it_must_be() -> None:
    def kinds(row: Row) -> set[str]:
        assert row.inside is not None
        return {name for name in row.inside.graph.nodes if name.startswith("previous")}

    assert kinds(inside(NormalCell(4), (8, 6), (4, 6))) == {"previous"}
    assert "previous_conv" in kinds(inside(NormalCell(4), (8, 6), (5, 6)))
    assert "previous_conv" not in kinds(inside(NormalCell(4), (8, 6), (5, 12)))
    assert kinds(inside(ReductionCell(4), (8, 6))) == set()  # the first cell reads what arrives twice, as it is


def test_a_cell_before_the_last_of_another_grid_is_refused() -> None:
    problem = inside(NormalCell(4), (8, 6), (8, 24)).problem
    assert problem is not None
    assert "twice as many" in problem.expected


def test_a_separable_convolution_applied_twice_has_the_weights_of_both() -> None:
    row = measure(Node(DoubleSeparable(44, 5)), (image(32, 9, 9),))
    assert row.parameters == (32 * 25 + 32 * 44 + 2 * 44) + (44 * 25 + 44 * 44 + 2 * 44)
