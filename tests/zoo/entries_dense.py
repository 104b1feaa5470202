"""The entries of dense networks and the template calls that make them."""

from __future__ import annotations

from blocks.zoo.densenet import DenseNet
from tests.zoo.entry import Entry, Key

# Four blocks of four layers without bottleneck, biased convolutions, grey pictures.
TAUGHT = DenseNet(layers=(4, 4, 4, 4), bottleneck=0, bias=True, channels=1, classes=10, resolution=96)
STAGES = (
    {"stem": "conv", "maxpool": "pool"}
    | {f"dense{i}": f"denseblock{i}" for i in range(1, 5)}
    | {f"trans{i}": f"transition{i}" for i in range(1, 4)}
)

ENTRIES: dict[Key, Entry] = {
    ("DenseNet", "DenseNet-BC-121, growth 32, compression 0.5"): Entry(DenseNet("121")),
    ("DenseNet", "DenseNet-BC-201, growth 32, compression 0.5"): Entry(DenseNet("201")),
    (
        "DenseNet",
        "gluonbook: four dense blocks of four BN-ReLU-3x3 convs, growth 32 (matches the notes N2)",
    ): Entry(TAUGHT, STAGES),
}
