"""The modules of Inception: two published networks made of them, and how they reduce a grid."""

from __future__ import annotations

from blocks.check import Checked, check
from blocks.composite import End, Sketch
from blocks.graph import Node
from blocks.inception import Inception
from blocks.inception_grids import GridReduction, InceptionA, InceptionB, InceptionC, InceptionD, InceptionE
from blocks.linear import Linear
from blocks.measure import measure
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.shape import image
from blocks.units import ConvUnit


def head(g: Sketch, x: End) -> Checked:
    g.output("y", g.add(Linear(1000), g.add(GlobalAvgPool(), x)))
    found = check(g.graph())
    assert not found.errors
    return found


def figures(found: Checked) -> tuple[int, int, int]:
    return found.parameters, found.parameters + found.buffers, found.macs


def inception_v3() -> Checked:
    """Szegedy et al. 2016 as torchvision builds it."""
    g = Sketch()
    x = g.input("x", image(3, 299, 299))
    for channels, kernel, stride, padding in ((32, 3, 2, 0), (32, 3, 1, 0), (64, 3, 1, 1)):
        x = g.add(ConvUnit(channels, kernel, stride, padding), x)
    x = g.add(ConvUnit(80, 1, 1, 0), g.add(MaxPool2d(3, 2), x))
    x = g.add(MaxPool2d(3, 2), g.add(ConvUnit(192, 3, 1, 0), x))
    modules = [InceptionA(32), InceptionA(), InceptionA(), InceptionB()]
    modules += [InceptionC(width) for width in (128, 160, 160, 192)]
    for module in (*modules, InceptionD(), InceptionE(), InceptionE()):
        x = g.add(module, x)
    return head(g, x)


def test_inception_v3_has_its_published_figures() -> None:
    assert figures(inception_v3()) == (23_834_568, 23_869_000, 5_713_216_096)


def test_inception_v3s_modules_stand_on_grids_of_35_17_and_8() -> None:
    found = inception_v3()
    shapes = [found.shape(name) for name in ("inceptiona", "inceptiona3", "inceptionb", "inceptiond", "inceptione2")]
    assert shapes == [
        image(256, 35, 35),
        image(288, 35, 35),
        image(768, 17, 17),
        image(1280, 8, 8),
        image(2048, 8, 8),
    ]


# one, to three, three, to double, double, pool projection, and what is not a mean without a step
BN_INCEPTION: tuple[tuple[int, int, int, int, int, int, dict[str, object]], ...] = (
    (64, 64, 64, 64, 96, 32, {}),
    (64, 64, 96, 64, 96, 64, {}),
    (1, 128, 160, 64, 96, 1, {"stride": 2, "pool": "max"}),
    (224, 64, 96, 96, 128, 128, {}),
    (192, 96, 128, 96, 128, 128, {}),
    (160, 128, 160, 128, 160, 128, {}),
    (96, 128, 192, 160, 192, 128, {}),
    (1, 128, 192, 192, 256, 1, {"stride": 2, "pool": "max"}),
    (352, 192, 320, 160, 224, 128, {}),
    (352, 192, 320, 192, 224, 128, {"pool": "max"}),
)


def bn_inception() -> Checked:
    """Ioffe & Szegedy 2015, as released."""
    g = Sketch()
    x = g.add(ConvUnit(64, 7, 2, 3, bias="yes"), g.input("x", image(3, 224, 224)))
    x = g.add(ConvUnit(64, 1, bias="yes"), g.add(MaxPool2d(3, 2, 1), x))
    x = g.add(MaxPool2d(3, 2, 1), g.add(ConvUnit(192, 3, bias="yes"), x))
    told = {"widest": "two 3×3", "normalization": "BatchNorm", "pool": "mean", "bias": "yes"}
    for *widths, more in BN_INCEPTION:
        x = g.add(Inception(*widths, **{**told, **more}), x, name="module")
    return head(g, x)


def test_bn_inception_has_its_published_figures() -> None:
    assert figures(bn_inception()) == (11_295_240, 11_315_272, 2_032_600_064)


def test_bn_inceptions_strided_modules_pass_the_pool_on_and_have_no_1x1_branch() -> None:
    found = bn_inception()
    assert [found.shape(name) for name in ("module3", "module8")] == [image(576, 14, 14), image(1056, 7, 7)]
    inside = found.rows["module3"].inside
    assert inside is not None
    assert {"one", "pool_project"}.isdisjoint(inside.graph.nodes)


def test_a_grid_is_halved_by_a_convolution_beside_a_pooling() -> None:
    row = measure(Node(GridReduction(320)), (image(320, 35, 35),))
    assert row.outputs == (image(640, 17, 17),)
    assert row.macs == 266_342_400  # half of what a convolution to 640 maps would cost on the small grid
