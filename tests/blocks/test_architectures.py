"""Published networks put together from the composites: parameters, buffers and MACs equal the published figures."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from torch import nn

from blocks.activation import ReLU
from blocks.check import Checked, check
from blocks.composite import End, Sketch
from blocks.dense import DenseBlock, Transition
from blocks.embedding import Embedding
from blocks.graph import Graph
from blocks.inception import Inception
from blocks.linear import Linear
from blocks.normalization import BatchNorm2d, LocalResponseNorm
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.recurrent import GRU, LSTM, RNN, LastStep
from blocks.regularization import Dropout
from blocks.residual import Bottleneck, InvertedResidual, Residual
from blocks.shape import Shape, image, sequence, tokens
from blocks.units import ConvUnit
from runtime.source import print_networks

IMAGENET = image(3, 224, 224)


def network(x: Shape, draw: Callable[[Sketch, End], End]) -> Graph:
    g = Sketch()
    g.output("y", draw(g, g.input("x", x)))
    return g.graph()


def checked(x: Shape, draw: Callable[[Sketch, End], End]) -> Checked:
    found = check(network(x, draw))
    assert not found.errors
    return found


def figures(found: Checked) -> tuple[int, int, int]:
    """Trained parameters, those with buffers, MACs."""
    return found.parameters, found.parameters + found.buffers, found.macs


def head(g: Sketch, x: End, classes: int = 1000) -> End:
    y: End = g.add(Linear(classes), g.add(GlobalAvgPool(), x), name="fc")
    return y


def stem(g: Sketch, x: End) -> End:
    x = g.add(ConvUnit(64, 7, 2, 3), x, name="stem")
    y: End = g.add(MaxPool2d(3, 2, 1), x, name="maxpool")
    return y


def resnet_18(g: Sketch, x: End) -> End:
    x = stem(g, x)
    for stage, width in enumerate((64, 128, 256, 512)):
        x = g.add(Residual(width, stride=1 if stage == 0 else 2), x, name=f"stage{stage + 1}")
        x = g.add(Residual(width), x, name=f"stage{stage + 1}_more")
    return head(g, x)


def resnet_50(**settings: object) -> Callable[[Sketch, End], End]:
    def draw(g: Sketch, x: End) -> End:
        x = stem(g, x)
        for stage, (width, count) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
            first = Bottleneck(width, stride=1 if stage == 0 else 2, **settings)
            x = g.add(first, x, name=f"stage{stage + 1}")
            x = g.add(Bottleneck(width, **settings), x, name=f"stage{stage + 1}_more", repeat=count - 1)
        return head(g, x)

    return draw


def resnet_20(g: Sketch, x: End) -> End:
    x = g.add(ConvUnit(16, 3), x, name="stem")
    for stage, width in enumerate((16, 32, 64)):
        x = g.add(Residual(width, stride=1 if stage == 0 else 2), x, name=f"stage{stage + 1}")
        x = g.add(Residual(width), x, name=f"stage{stage + 1}_more", repeat=2)
    return head(g, x, 10)


ROWS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet(norm: str, widest: str) -> Callable[[Sketch, End], End]:
    def unit(g: Sketch, x: End, channels: int, kernel: int, stride: int = 1) -> End:
        y: End = g.add(ConvUnit(channels, kernel, stride, kernel // 2, normalization=norm), x, name="unit")
        return y

    def pool(g: Sketch, x: End) -> End:
        y: End = g.add(MaxPool2d(3, 2, ceil_mode=True), x, name="pool")
        return y

    def draw(g: Sketch, x: End) -> End:
        x = pool(g, unit(g, x, 64, 7, 2))
        x = g.add(LocalResponseNorm(), x) if norm == "none" else x
        x = unit(g, unit(g, x, 64, 1), 192, 3)
        x = pool(g, g.add(LocalResponseNorm(), x) if norm == "none" else x)
        for name, row in ROWS.items():
            x = pool(g, x) if name in {"4a", "5a"} else x
            x = g.add(Inception(*row, widest=widest, normalization=norm), x, name=f"inception{name}")
        x = g.add(GlobalAvgPool(), x)
        y: End = g.add(Linear(1000), g.add(Dropout(0.4), x), name="fc")
        return y

    return draw


def densenet_121(g: Sketch, x: End) -> End:
    x = stem(g, x)
    for place, layers in enumerate((6, 12, 24, 16), 1):
        x = g.add(Transition(), x, name=f"transition{place}") if place > 1 else x
        x = g.add(DenseBlock(32, layers), x, name=f"block{place}")
    return head(g, g.add(ReLU(), g.add(BatchNorm2d(), x)))


def taught_densenet(g: Sketch, x: End) -> End:
    x = g.add(MaxPool2d(3, 2, 1), g.add(ConvUnit(64, 7, 2, 3, bias="yes"), x))
    for place in range(4):
        x = g.add(DenseBlock(32, 4, bottleneck=0, bias=True), x)
        x = g.add(Transition(bias=True), x) if place < 3 else x
    return head(g, g.add(ReLU(), g.add(BatchNorm2d(), x)), 10)


def mobilenet_v2(g: Sketch, x: End) -> End:
    x = g.add(ConvUnit(32, 3, 2, 1, activation="ReLU6"), x)
    stages = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for factor, channels, count, stride in stages:
        for copy in range(count):
            x = g.add(InvertedResidual(channels, 3, 1 if copy else stride, factor), x)
    return head(g, g.add(ConvUnit(1280, 1, activation="ReLU6"), x))


V3 = (  # kernel, widened, out, gated, activation, stride
    (3, 16, 16, 0, "ReLU", 1),
    (3, 64, 24, 0, "ReLU", 2),
    (3, 72, 24, 0, "ReLU", 1),
    (5, 72, 40, 4, "ReLU", 2),
    (5, 120, 40, 4, "ReLU", 1),
    (5, 120, 40, 4, "ReLU", 1),
    (3, 240, 80, 0, "Hardswish", 2),
    (3, 200, 80, 0, "Hardswish", 1),
    (3, 184, 80, 0, "Hardswish", 1),
    (3, 184, 80, 0, "Hardswish", 1),
    (3, 480, 112, 4, "Hardswish", 1),
    (3, 672, 112, 4, "Hardswish", 1),
    (5, 672, 160, 4, "Hardswish", 2),
    (5, 960, 160, 4, "Hardswish", 1),
    (5, 960, 160, 4, "Hardswish", 1),
)


def mobilenet_v3(g: Sketch, x: End) -> End:
    x = g.add(ConvUnit(16, 3, 2, 1, activation="Hardswish"), x)
    for kernel, widened, out, gated, activation, stride in V3:
        factor = widened / x.shape.channels
        x = g.add(InvertedResidual(out, kernel, stride, factor, activation=activation, squeeze_excite=gated), x)
    x = g.add(GlobalAvgPool(), g.add(ConvUnit(960, 1, activation="Hardswish"), x))
    y: End = g.add(Linear(1000), g.add(Linear(1280), x))
    return y


def reader(block: object) -> Callable[[Sketch, End], End]:
    def draw(g: Sketch, x: End) -> End:
        y: End = g.add(Linear(10), g.add(LastStep(), g.add(block, x)[0]))  # type: ignore[arg-type]
        return y

    return draw


PUBLISHED = {
    "ResNet-18": (IMAGENET, resnet_18, (11_689_512, 11_699_112, 1_814_073_344)),
    "ResNet-50 v1.5": (IMAGENET, resnet_50(), (25_557_032, 25_610_152, 4_089_184_256)),
    "ResNet-50 of the paper": (IMAGENET, resnet_50(stride_at="1×1"), (25_557_032, 25_610_152, 3_857_973_248)),
    "SE-ResNet-50": (IMAGENET, resnet_50(squeeze_excite=16), (28_088_024, 28_141_144, 4_091_699_200)),
    "ResNet-20, option B": (image(3, 32, 32), resnet_20, (272_474, 274_042, 40_813_184)),
    "GoogLeNet of the paper": (IMAGENET, googlenet("none", "5×5"), (6_998_552, 6_998_552, 1_582_671_872)),
    "GoogLeNet of torchvision": (IMAGENET, googlenet("BatchNorm", "3×3"), (6_624_904, 6_639_464, 1_498_376_192)),
    "DenseNet-121": (IMAGENET, densenet_121, (7_978_856, 8_062_504, 2_834_161_664)),
    "DenseNet as taught": (image(1, 96, 96), taught_densenet, (758_226, 764_834, 129_077_168)),
    "MobileNet v2": (IMAGENET, mobilenet_v2, (3_504_872, 3_538_984, 300_774_272)),
    "MobileNet v3 large": (IMAGENET, mobilenet_v3, (5_483_032, 5_507_432, 216_589_760)),
    "RNN": (sequence(28, 28), reader(RNN(128)), (21_514, 21_514, 560_384)),
    "Bi-RNN": (sequence(28, 28), reader(RNN(128, bidirectional=True)), (43_018, 43_018, 1_120_768)),
    "LSTM": (sequence(28, 28), reader(LSTM(128)), (82_186, 82_186, 2_237_696)),
    "Bi-LSTM": (sequence(28, 28), reader(LSTM(128, bidirectional=True)), (164_362, 164_362, 4_475_392)),
    "Stacked LSTM": (sequence(28, 28), reader(LSTM(128, num_layers=2)), (214_282, 214_282, 5_907_712)),
    "GRU": (sequence(28, 28), reader(GRU(128)), (61_962, 61_962, 1_678_592)),
    "Stacked GRU": (sequence(28, 28), reader(GRU(128, num_layers=2)), (161_034, 161_034, 4_431_104)),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_network_has_its_published_figures(name: str) -> None:
    shape, draw, published = PUBLISHED[name]
    assert figures(checked(shape, draw)) == published


def test_a_language_model_counts_its_table_but_not_the_looking_up() -> None:
    def draw(g: Sketch, x: End) -> End:
        steps = g.add(LSTM(200, num_layers=2), g.add(Embedding(10_000, 200), x))[0]
        y: End = g.add(Linear(10_000), steps)
        return y

    assert figures(checked(tokens(35, 10_000), draw)) == (4_653_200, 4_653_200, 92_400_000)


def test_stages_of_resnet_50_have_the_sizes_of_the_paper() -> None:
    found = checked(IMAGENET, resnet_50())
    sizes = [found.shape(f"stage{n}_more") for n in (1, 2, 3, 4)]
    assert sizes == [image(256, 56, 56), image(512, 28, 28), image(1024, 14, 14), image(2048, 7, 7)]


PRINTED = ["ResNet-20, option B", "DenseNet as taught", "MobileNet v2", "SE-ResNet-50", "GoogLeNet of torchvision"]


@pytest.mark.parametrize("name", PRINTED)
def test_the_printed_module_holds_exactly_the_counted_parameters(name: str) -> None:
    shape, draw, published = PUBLISHED[name]
    scope: dict[str, object] = {"__name__": "printed"}
    exec(print_networks(name, {"Net": network(shape, draw)}).text, scope)
    build = scope["Net"]
    assert callable(build)
    with torch.device("meta"):
        model: nn.Module = build()
        y = model(torch.empty(2, *shape.sizes))
    assert sum(p.numel() for p in model.parameters()) == published[0]
    counters = [name for name in model.state_dict() if name.endswith("num_batches_tracked")]
    assert sum(t.numel() for t in model.state_dict().values()) - len(counters) == published[1]
    assert re.fullmatch(r"torch.Size\(\[2, 10{1,3}\]\)", str(y.shape))
