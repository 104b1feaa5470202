"""The entries of residual networks and the template calls that make them."""

from __future__ import annotations

from blocks.zoo.residual import ResNet
from tests.zoo.entry import Entry, Key

ENTRIES: dict[Key, Entry] = {
    ("ResNet", "ResNet-18 ImageNet"): Entry(ResNet("18")),
    ("ResNet", "ResNet-50 ImageNet (stride on the 3x3, v1.5)"): Entry(ResNet("50")),
    ("ResNet", "ResNet-152 ImageNet (stride on the 3x3, v1.5)"): Entry(ResNet("152")),
}
