"""The entries of residual networks and the template calls that make them."""

from __future__ import annotations

from blocks.zoo import Template
from blocks.zoo.residual import ResNet, SEResNet
from blocks.zoo.residual_cifar import ResNetCifar
from tests.zoo.entry import Entry, Key

OPTIONS = {
    "A": "option A (zero-padded identity shortcut)",
    "B": "option B (1x1 projection on the two stage changes)",
}
CIFAR = [(20, "AB"), (32, "AB"), (44, "B"), (56, "AB"), (110, "AB"), (1202, "A")]
TAUGHT = ResNet("18", bias="yes", shortcut="projected without norm", channels=1, classes=10)


def _in_stages(template: Template, first: int, count: int, ours: str) -> Entry:
    """An entry whose stages are called stage1, stage2, … where we number ours from `first`."""
    return Entry(template, {f"stage{i + 1}": f"{ours}{first + i}_x" for i in range(count)})


ENTRIES: dict[Key, Entry] = {
    ("ResNet", "ResNet-18 ImageNet"): Entry(ResNet("18")),
    ("ResNet", "ResNet-50 ImageNet (stride on the 3x3, v1.5)"): Entry(ResNet("50")),
    ("ResNet", "ResNet-152 ImageNet (stride on the 3x3, v1.5)"): Entry(ResNet("152")),
    (
        "ResNet",
        "gluonbook ResNet-18, 1-channel 224, 10 classes, biased convs, no BN on projections (matches the notes N2)",
    ): _in_stages(TAUGHT, 2, 4, "conv"),
    ("SE-ResNet", "SE-ResNet-50, stride on the 3x3, ratio 1/16, biased SE layers"): Entry(SEResNet("50")),
} | {
    ("ResNet", f"CIFAR-10 ResNet-{depth}, {OPTIONS[option]}"): _in_stages(ResNetCifar(depth, option), 1, 3, "stage")
    for depth, options in CIFAR
    for option in options
}
