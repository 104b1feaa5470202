"""GoogLeNet's and Inception v3's weights under torchvision's names: a list of its own, held against ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from blocks.zoo import Template
from blocks.zoo.inception import BNInception, GoogLeNet
from blocks.zoo.inception_v3 import InceptionV3
from runtime.torchvision_names import NoName, renamed
from tests.zoo.meta import built

Weights = dict[str, tuple[int, ...]]
Unit = tuple[str, int, int, int, int]  # name, channels that come and go, height and width of the kernel

# channels that arrive; 1×1; narrowed, 3×3; narrowed, 3×3; projected pool
GOOGLENET = """
3a 192 64 96 128 16 32 32
3b 256 128 128 192 32 96 64
4a 480 192 96 208 16 48 64
4b 512 160 112 224 24 64 64
4c 512 128 128 256 24 64 64
4d 512 112 144 288 32 64 64
4e 528 256 160 320 32 128 128
5a 832 256 160 320 32 128 128
5b 832 384 192 384 48 128 128
"""
# name of the unit, channels that arrive (* those of the module) and leave (~ the width of its long kernels), kernel
A = """branch1x1 * 64 1 1; branch5x5_1 * 48 1 1; branch5x5_2 48 64 5 5; branch3x3dbl_1 * 64 1 1;
branch3x3dbl_2 64 96 3 3; branch3x3dbl_3 96 96 3 3; branch_pool * ~ 1 1"""
B = "branch3x3 * 384 3 3; branch3x3dbl_1 * 64 1 1; branch3x3dbl_2 64 96 3 3; branch3x3dbl_3 96 96 3 3"
C = """branch1x1 * 192 1 1; branch7x7_1 * ~ 1 1; branch7x7_2 ~ ~ 1 7; branch7x7_3 ~ 192 7 1; branch7x7dbl_1 * ~ 1 1;
branch7x7dbl_2 ~ ~ 7 1; branch7x7dbl_3 ~ ~ 1 7; branch7x7dbl_4 ~ ~ 7 1; branch7x7dbl_5 ~ 192 1 7;
branch_pool * 192 1 1"""
D = """branch3x3_1 * 192 1 1; branch3x3_2 192 320 3 3; branch7x7x3_1 * 192 1 1; branch7x7x3_2 192 192 1 7;
branch7x7x3_3 192 192 7 1; branch7x7x3_4 192 192 3 3"""
E = """branch1x1 * 320 1 1; branch3x3_1 * 384 1 1; branch3x3_2a 384 384 1 3; branch3x3_2b 384 384 3 1;
branch3x3dbl_1 * 448 1 1; branch3x3dbl_2 448 384 3 3; branch3x3dbl_3a 384 384 1 3; branch3x3dbl_3b 384 384 3 1;
branch_pool * 192 1 1"""
INCEPTION_V3 = (
    ("5b", A, 192, 32),
    ("5c", A, 256, 64),
    ("5d", A, 288, 64),
    ("6a", B, 288, 0),
    ("6b", C, 768, 128),
    ("6c", C, 768, 160),
    ("6d", C, 768, 160),
    ("6e", C, 768, 192),
    ("7a", D, 768, 0),
    ("7b", E, 1280, 0),
    ("7c", E, 2048, 0),
)


def googlenet_units() -> Iterator[Unit]:
    yield from (("conv1", 3, 64, 7, 7), ("conv2", 64, 64, 1, 1), ("conv3", 64, 192, 3, 3))
    for name, *widths in map(str.split, GOOGLENET.strip().splitlines()):
        come, one, three_red, three, five_red, five, pool = map(int, widths)
        module = f"inception{name}.branch"
        yield from ((f"{module}1", come, one, 1, 1), (f"{module}4.1", come, pool, 1, 1))
        yield from ((f"{module}2.0", come, three_red, 1, 1), (f"{module}2.1", three_red, three, 3, 3))
        yield from ((f"{module}3.0", come, five_red, 1, 1), (f"{module}3.1", five_red, five, 3, 3))


def inception_v3_units() -> Iterator[Unit]:
    yield from (("Conv2d_1a_3x3", 3, 32, 3, 3), ("Conv2d_2a_3x3", 32, 32, 3, 3), ("Conv2d_2b_3x3", 32, 64, 3, 3))
    yield from (("Conv2d_3b_1x1", 64, 80, 1, 1), ("Conv2d_4a_3x3", 80, 192, 3, 3))
    for name, units, come, width in INCEPTION_V3:
        for unit in units.split(";"):
            branch, *sizes = unit.split()
            channels = (int({"*": str(come), "~": str(width)}.get(size, size)) for size in sizes)
            yield (f"Mixed_{name}.{branch}", *channels)  # type: ignore[misc]


def unit(name: str, come: int, go: int, height: int, width: int) -> Weights:
    norm = {f"{name}.bn.{part}": (go,) for part in ("weight", "bias", "running_mean", "running_var")}
    return {f"{name}.conv.weight": (go, come, height, width), f"{name}.bn.num_batches_tracked": ()} | norm


def linear(name: str, come: int, go: int) -> Weights:
    return {f"{name}.weight": (go, come), f"{name}.bias": (go,)}


def googlenet(auxiliary: bool) -> Weights:
    weights = linear("fc", 1024, 1000)
    for each in googlenet_units():
        weights |= unit(*each)
    for head, come in (("aux1", 512), ("aux2", 528)) if auxiliary else ():
        weights |= unit(f"{head}.conv", come, 128, 1, 1)
        weights |= linear(f"{head}.fc1", 2048, 1024) | linear(f"{head}.fc2", 1024, 1000)
    return weights


def inception_v3(auxiliary: bool) -> Weights:
    weights = linear("fc", 2048, 1000)
    for each in inception_v3_units():
        weights |= unit(*each)
    if auxiliary:
        weights |= unit("AuxLogits.conv0", 768, 128, 1, 1) | unit("AuxLogits.conv1", 128, 768, 5, 5)
        weights |= linear("AuxLogits.fc", 768, 1000)
    return weights


def state(template: Template) -> Weights:
    """The weights of our printed module under torchvision's names."""
    (drawing,) = template.networks().values()
    ours = built(drawing.graph()).state_dict()
    names = renamed(template, ours)
    assert len(set(names.values())) == len(ours)
    return {names[name]: tuple(weight.shape) for name, weight in ours.items()}


@pytest.mark.parametrize("auxiliary", [False, True])
def test_googlenets_weights_have_torchvisions_names_and_shapes(auxiliary: bool) -> None:
    assert state(GoogLeNet("torchvision", auxiliary)) == googlenet(auxiliary)


@pytest.mark.parametrize("auxiliary", [False, True])
def test_inception_v3s_weights_have_torchvisions_names_and_shapes(auxiliary: bool) -> None:
    assert state(InceptionV3(auxiliary)) == inception_v3(auxiliary)


def test_norms_take_the_eps_of_torchvision() -> None:
    for template in (GoogLeNet("torchvision", auxiliary=True), InceptionV3(auxiliary=True)):
        (drawing,) = template.networks().values()
        norms = [part for name, part in built(drawing.graph()).named_modules() if name.endswith("norm")]
        assert {norm.eps for norm in norms} == {0.001}


@pytest.mark.parametrize("template", [GoogLeNet(), GoogLeNet("taught"), BNInception()], ids=str)
def test_forms_that_torchvision_does_not_have_have_no_names_there(template: Template) -> None:
    with pytest.raises(NoName):
        renamed(template, ["conv1.conv.weight"])
