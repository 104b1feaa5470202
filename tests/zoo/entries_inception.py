"""The entries of Inception networks and of Xception, and the template calls that make them."""

from __future__ import annotations

from blocks.zoo.inception import BNInception, GoogLeNet
from blocks.zoo.inception_v3 import InceptionV2, InceptionV3
from blocks.zoo.xception import Xception
from tests.zoo.entry import Entry, Key

_MODULES = {f"inception {grid}{letter}": f"inception{grid}{letter}" for grid in "345" for letter in "abcde"}
_PAPER = _MODULES | {f"pool{i}": f"maxpool{i}" for i in (1, 2, 3, 4)} | {"conv2": "conv3"}
_AUXILIARY = {"auxiliary head on 4a": "auxiliary1", "auxiliary head on 4d": "auxiliary2"}
_RETHOUGHT: dict[str, str | tuple[str, ...]] = {
    "conv 3x3/2": ("conv1", "conv5"),
    "conv 3x3": ("conv2", "conv4", "conv6"),
    "conv 3x3 padded": "conv3",
    "pool 3x3/2": "maxpool",
    "3 x Inception (5x5 as two 3x3)": "inception3_last",
    "5 x Inception (1xn, nx1)": "inception4_last",
    "2 x Inception (expanded bank)": "inception5_2",
    "pool 8x8": "avgpool",
}
_MIDDLE = {f"block{i}": "middle" for i in range(4, 12)}

ENTRIES: dict[Key, Entry] = {
    ("GoogLeNet", "paper: 5x5 branch, biases, LRN, no auxiliary heads"): Entry(GoogLeNet(), _PAPER),
    ("GoogLeNet", "paper, with both auxiliary classifiers"): Entry(GoogLeNet(auxiliary=True), _PAPER | _AUXILIARY),
    ("GoogLeNet", "torchvision, auxiliary heads removed"): Entry(GoogLeNet("torchvision")),
    ("Inception v2", "BN-Inception with the table of the batch-norm paper (4c and 4d give 576)"): Entry(
        BNInception("paper"), _PAPER
    ),
    ("Inception v2", "BN-Inception as released (4c and 4d give 608)"): Entry(BNInception(), _PAPER),
    ("Inception v2", "table of the rethinking paper (the one notes N1 describes)"): Entry(InceptionV2(), _RETHOUGHT),
    ("Inception v3", "no auxiliary head"): Entry(InceptionV3()),
    ("Inception v3", "with the auxiliary classifier (training graph)"): Entry(
        InceptionV3(auxiliary=True), {"auxiliary head on Mixed_6e": "auxiliary"}, without=("auxiliary",)
    ),
    ("Xception", "299"): Entry(Xception(), _MIDDLE),
}
