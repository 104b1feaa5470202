"""The entries of mobile and searched networks, and the template calls that make them."""

from __future__ import annotations

from blocks.zoo.mnasnet import MnasNet
from blocks.zoo.mobilenet import MobileNetV1, MobileNetV2, MobileNetV3
from blocks.zoo.nasnet import NASNet
from blocks.zoo.shufflenet import ShuffleNetV1, ShuffleNetV2
from blocks.zoo.squeezenet import SqueezeNet
from tests.zoo.entry import Entry, Key


def numbered(stage: str, ours: str, *counts: int) -> dict[str, str | tuple[str, ...]]:
    """Our nodes of stages in a row, where so many of each are one repeated node: `bneck 6` is in `bneck5_6`."""
    found: dict[str, str | tuple[str, ...]] = {}
    for count in counts:
        first = len(found) + 1
        name = f"{ours}{first}" if count == 1 else f"{ours}{first}_{first + count - 1}"
        found |= {f"{stage} {first + i}": name for i in range(count)}
    return found


_ENDS: dict[str, str | tuple[str, ...]] = {"conv 3x3/2": "conv1", "conv 1x1": "conv2"}
_V1 = _ENDS | numbered("dw-pw", "dw_pw", 1, 1, 1, 1, 1, 1, 5, 1, 1)
_V2 = _ENDS | numbered("bottleneck", "bottleneck", 1, 1, 1, 1, 2, 1, 3, 1, 2, 1, 2, 1)
_LARGE = _ENDS | numbered("bneck", "bneck", 1, 1, 1, 1, 2, 1, 1, 2, 1, 1, 1, 2)
_SMALL = _ENDS | numbered("bneck", "bneck", 1, 1, 1, 1, 2, 1, 1, 1, 2)
_STAGES: dict[str, str | tuple[str, ...]] = {f"stage{i}": f"stage{i}_x" for i in (2, 3, 4)}
_MNAS = _ENDS | {
    "sepconv": "sepconv_pw",
    "stem": "conv1",
    "stage 0": "sepconv_pw",
    **{f"stage {i}": f"stage{i}_x" for i in range(1, 6)},
    "stage 6": "stage6_1",
    "head": "conv2",
}
_NASNET: dict[str, str | tuple[str, ...]] = {
    "stem conv 3x3/2 unpadded": "stem",
    "stem reduction 1": "stem1",
    "stem reduction 2": "stem2",
    "normal cells 1-4": "normal4",
    "reduction 1": "reduction1",
    "normal cells 5-8": "normal8",
    "reduction 2": "reduction2",
    "normal cells 9-12": "normal12",
}
_LITERAL = "literal 54-layer reading of notes N4: first bottleneck keeps a t=1 expansion conv with BN"

ENTRIES: dict[Key, Entry] = {
    ("MobileNet v1", "width multiplier 1.0, 224"): Entry(MobileNetV1(), _V1),
    ("MobileNet v1", "width multiplier 0.75, 224"): Entry(MobileNetV1(0.75), _V1),
    ("MobileNet v1", "width multiplier 0.25, 224"): Entry(MobileNetV1(0.25), _V1),
    ("MobileNet v1", "resolution multiplier 192/224, alpha 1"): Entry(MobileNetV1(resolution=192), _V1),
    ("MobileNet v1", "resolution multiplier 128/224, alpha 1"): Entry(MobileNetV1(resolution=128), _V1),
    ("MobileNet v2", "alpha 1, 224"): Entry(MobileNetV2(), _V2),
    ("MobileNet v2", _LITERAL): Entry(MobileNetV2(first_expands=True), _V2),
    ("MobileNet v3", "Large, 224"): Entry(MobileNetV3("Large"), _LARGE),
    ("MobileNet v3", "Small, 224"): Entry(MobileNetV3("Small"), _SMALL),
    ("SqueezeNet", "1.0"): Entry(SqueezeNet("1.0")),
    ("ShuffleNet v1", "1x, g=1"): Entry(ShuffleNetV1(1), _STAGES),
    ("ShuffleNet v1", "1x, g=2"): Entry(ShuffleNetV1(2), _STAGES),
    ("ShuffleNet v1", "1x, g=3"): Entry(ShuffleNetV1(3), _STAGES),
    ("ShuffleNet v2", "0.5x"): Entry(ShuffleNetV2(0.5), _STAGES),
    ("ShuffleNet v2", "1x"): Entry(ShuffleNetV2(1.0), _STAGES),
    ("ShuffleNet v2", "2x"): Entry(ShuffleNetV2(2.0), _STAGES),
    ("NASNet", "NASNet-A mobile (4 @ 1056)"): Entry(NASNet(4, 1056), _NASNET),
    ("MnasNet", "B1 (no SE), depth multiplier 1.0"): Entry(MnasNet("B1"), _MNAS),
    ("MnasNet", "B1, depth multiplier 0.5"): Entry(MnasNet("B1", 0.5), _MNAS),
    ("MnasNet", "B1, depth multiplier 1.3"): Entry(MnasNet("B1", 1.3), _MNAS),
    ("MnasNet", "A1 (with SE), the headline model of the paper"): Entry(MnasNet("A1"), _MNAS),
}
