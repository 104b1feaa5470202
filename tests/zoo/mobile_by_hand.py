"""Mobile networks written by hand from their papers' tables, with the names that torchvision's checkpoints have."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

import torch
from torch import Tensor, nn


def conv_bn(
    arriving: int,
    leaving: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    act: type[nn.Module] | None = nn.ReLU,
    eps: float = 1e-5,
) -> list[nn.Module]:
    """A convolution with zeros on all sides, its norm, and its activation where it has one."""
    conv = nn.Conv2d(arriving, leaving, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(leaving, eps=eps), *([act()] if act else [])]


class Around(nn.Module):
    """Layers, and their input added where the shape stays."""

    def __init__(self, name: str, layers: list[nn.Module], adds: bool) -> None:
        super().__init__()
        self.name, self.adds = name, adds
        self.add_module(name, nn.Sequential(*layers))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.get_submodule(self.name)(x)
        return x + y if self.adds else y


def whole(**parts: nn.Module) -> nn.Sequential:
    """The parts in a row, with the mean over all pixels before the last."""
    *before, last = parts.items()
    pool = [("mean", nn.AdaptiveAvgPool2d(1)), ("flat", nn.Flatten())]
    return nn.Sequential(OrderedDict([*before, *pool, last]))


def mobilenet_v2() -> nn.Module:
    """Table 2 of Sandler et al. 2018."""
    table = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    features, arriving = [nn.Sequential(*conv_bn(3, 32, 3, 2, act=nn.ReLU6))], 32
    blocks: list[nn.Module] = []
    for t, c, n, s in table:
        for stride in (s, *[1] * (n - 1)):
            wide = t * arriving
            layers: list[nn.Module] = [nn.Sequential(*conv_bn(arriving, wide, 1, act=nn.ReLU6))] if t > 1 else []
            layers.append(nn.Sequential(*conv_bn(wide, wide, 3, stride, wide, nn.ReLU6)))
            blocks.append(Around("conv", [*layers, *conv_bn(wide, c, 1, act=None)], stride == 1 and c == arriving))
            arriving = c
    features.append(nn.Sequential(*conv_bn(320, 1280, 1, act=nn.ReLU6)))
    classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))
    return whole(features=nn.Sequential(features[0], *blocks, features[1]), classifier=classifier)


class Gate(nn.Module):
    """Squeeze and excite: a factor from 0 to 1 for every channel."""

    def __init__(self, channels: int, middle: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, middle, 1), nn.Conv2d(middle, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        middle = torch.relu(self.fc1(x.mean((2, 3), keepdim=True)))
        return x * nn.functional.hardsigmoid(self.fc2(middle))


# Kernel, middle, out, width of the gate, hard swish, stride: tables 1 and 2 of Howard et al. 2019
LARGE = (
    "3 16 16 0 RE 1, 3 64 24 0 RE 2, 3 72 24 0 RE 1, 5 72 40 24 RE 2, 5 120 40 32 RE 1, 5 120 40 32 RE 1, "
    "3 240 80 0 HS 2, 3 200 80 0 HS 1, 3 184 80 0 HS 1, 3 184 80 0 HS 1, 3 480 112 120 HS 1, 3 672 112 168 HS 1, "
    "5 672 160 168 HS 2, 5 960 160 240 HS 1, 5 960 160 240 HS 1"
)
SMALL = (
    "3 16 16 8 RE 2, 3 72 24 0 RE 2, 3 88 24 0 RE 1, 5 96 40 24 HS 2, 5 240 40 64 HS 1, 5 240 40 64 HS 1, "
    "5 120 48 32 HS 1, 5 144 48 40 HS 1, 5 288 96 72 HS 2, 5 576 96 144 HS 1, 5 576 96 144 HS 1"
)


def mobilenet_v3(table: str, last: int) -> nn.Module:
    """The rows of a table, a 1×1 of six times the channels, and a head of so many."""
    features: list[nn.Module] = [nn.Sequential(*conv_bn(3, 16, 3, 2, act=nn.Hardswish, eps=0.001))]
    arriving = 16
    for row in table.split(", "):
        kernel, wide, c, gate, bends_hard, stride = map(int, row.replace("HS", "1").replace("RE", "0").split())
        act = nn.Hardswish if bends_hard else nn.ReLU
        layers: list[nn.Module] = []
        if wide != arriving:
            layers.append(nn.Sequential(*conv_bn(arriving, wide, 1, act=act, eps=0.001)))
        layers.append(nn.Sequential(*conv_bn(wide, wide, kernel, stride, wide, act, 0.001)))
        if gate:
            layers.append(Gate(wide, gate))
        layers.append(nn.Sequential(*conv_bn(wide, c, 1, act=None, eps=0.001)))
        features.append(Around("block", layers, stride == 1 and c == arriving))
        arriving = c
    features.append(nn.Sequential(*conv_bn(arriving, 6 * arriving, 1, act=nn.Hardswish, eps=0.001)))
    head = (nn.Linear(6 * arriving, last), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(last, 1000))
    return whole(features=nn.Sequential(*features), classifier=nn.Sequential(*head))


class FireModule(nn.Module):
    """Figure 1 of Iandola et al. 2016."""

    def __init__(self, arriving: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(arriving, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.squeeze(x))
        return torch.relu(torch.cat((self.expand1x1(x), self.expand3x3(x)), 1))


def squeezenet(first: int, kernel: int, pooled: tuple[int, ...]) -> nn.Module:
    """Table 1 of Iandola et al. 2016, or the released 1.1; a pooling follows the layers named."""
    features: list[nn.Module] = [nn.Conv2d(3, first, kernel, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)]
    arriving = first
    for layer, squeeze in enumerate((16, 16, 32, 32, 48, 48, 64, 64), 2):
        features.append(FireModule(arriving, squeeze, 4 * squeeze))
        features += [nn.MaxPool2d(3, 2, ceil_mode=True)] if layer in pooled else []
        arriving = 8 * squeeze
    classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(512, 1000, 1), nn.ReLU())
    return whole(features=nn.Sequential(*features), classifier=classifier, nothing=nn.Identity())


class Unit(nn.Module):
    """Figure 3 (c) and (d) of Ma et al. 2018."""

    def __init__(self, arriving: int, leaving: int, stride: int) -> None:
        super().__init__()
        half, self.stride = leaving // 2, stride
        if stride == 2:
            self.branch1 = nn.Sequential(
                *conv_bn(arriving, arriving, 3, 2, arriving, None), *conv_bn(arriving, half, 1)
            )
        read = arriving if stride == 2 else half
        self.branch2 = nn.Sequential(
            *conv_bn(read, half, 1), *conv_bn(half, half, 3, stride, half, None), *conv_bn(half, half, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        kept, read = (self.branch1(x), x) if self.stride == 2 else x.chunk(2, 1)
        halves = torch.stack((kept, self.branch2(read)), 2)  # one channel of each in turn
        return halves.flatten(1, 2)


def shufflenet_v2(*channels: int) -> nn.Module:
    """A column of table 5 of Ma et al. 2018: channels of the three stages and of the last convolution."""
    parts: dict[str, nn.Module] = {"conv1": nn.Sequential(*conv_bn(3, 24, 3, 2)), "maxpool": nn.MaxPool2d(3, 2, 1)}
    for stage, (count, (c_in, c)) in enumerate(zip((4, 8, 4), pairwise((24, *channels)), strict=False), 2):
        parts[f"stage{stage}"] = nn.Sequential(Unit(c_in, c, 2), *(Unit(c, c, 1) for _ in range(count - 1)))
    parts["conv5"] = nn.Sequential(*conv_bn(channels[2], channels[3], 1))
    return whole(**parts, fc=nn.Linear(channels[3], 1000))


def mnasnet_b1(*channels: int) -> nn.Module:
    """MnasNet-B1 of Tan et al. 2019, as released: channels of the convolution, of the next, and of the six stages."""
    first, sep, *stages = channels
    layers = [*conv_bn(3, first, 3, 2), *conv_bn(first, first, 3, 1, first), *conv_bn(first, sep, 1, act=None)]
    rows = ((3, 3, 3, 2), (3, 5, 3, 2), (6, 5, 3, 2), (6, 3, 2, 1), (6, 5, 4, 2), (6, 3, 1, 1))
    for (t, kernel, n, s), (c_in, c) in zip(rows, pairwise((sep, *stages)), strict=True):
        blocks: list[nn.Module] = []
        for arriving, stride in ((c_in, s), *[(c, 1)] * (n - 1)):
            wide = t * arriving
            inside = [*conv_bn(arriving, wide, 1), *conv_bn(wide, wide, kernel, stride, wide)]
            adds = stride == 1 and c == arriving
            blocks.append(Around("layers", [*inside, *conv_bn(wide, c, 1, act=None)], adds))
        layers.append(nn.Sequential(*blocks))
    layers += conv_bn(stages[-1], 1280, 1)
    classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))
    return whole(layers=nn.Sequential(*layers), classifier=classifier)
