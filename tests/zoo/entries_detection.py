"""The entries of detectors and the template calls that make them."""

from __future__ import annotations

from blocks.zoo.rcnn import RPN, BoxHead, FasterRCNN
from blocks.zoo.ssd import SSD, TinySSD
from tests.zoo.entry import Entry, Key

_EXITS = {"class scores": "class_scores", "box offsets": "box_offsets", "box offsets, flat": "box_offsets"}
_SCALES = {f"scale {n}": f"scale{n}" for n in range(1, 6)}
_EXTRAS = {f"extra {n}": f"conv{n + 7}_2" for n in range(1, 5)}
_LEVELS = {
    f"{told} P{n}": f"{told.replace(' ', '_')}_P{n}" for n in range(2, 7) for told in ("objectness", "box offsets")
}

ENTRIES: dict[Key, Entry] = {
    ("SSD300-VGG16", "VOC, 21 classes"): Entry(SSD(), {**_EXITS, **_EXTRAS, "conv4_3 (scaled)": "norm4"}),
    ("SSD", "tiny five-scale SSD on 256x256, 1 class, 4 anchors a pixel (gluonbook; fits the notes N2)"): Entry(
        TinySSD(), {**_EXITS, **_SCALES}
    ),
    ("Fast R-CNN", "VGG-16 head on 7x7x512 regions, VOC"): Entry(BoxHead(), _EXITS),
    ("Faster R-CNN", "region proposal network on VGG-16 features, 9 anchors, 37x62 map (600x1000 image)"): Entry(
        RPN(), {**_EXITS, "conv 3x3": "conv"}
    ),
    ("Faster R-CNN", "two-FC box head and predictor of the ResNet-50-FPN model, 91 classes"): Entry(
        BoxHead(channels=256, units=1024, dropout=0.0, classes=90), _EXITS
    ),
    ("Faster R-CNN", "ResNet-50-FPN backbone and RPN head at 800x800"): Entry(FasterRCNN(), _LEVELS),
}
