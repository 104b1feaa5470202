"""The entries of classic networks, of their use for style transfer and R-CNN, and the template calls that make them."""

from __future__ import annotations

from blocks.zoo.alexnet import RCNN, AlexNet
from blocks.zoo.deconvolution import Deconvolution
from blocks.zoo.lenet import LeNet, LeNet5
from blocks.zoo.nin import NiN
from blocks.zoo.perceptron import MLP, Perceptron
from blocks.zoo.vgg import VGG, StyleTransfer
from tests.zoo.entry import Entry, Key

_BLOCKS = {f"block{i}": f"pool{i}" for i in range(1, 6)}

ENTRIES: dict[Key, Entry] = {
    ("Perceptron", "two inputs, one output, threshold unit (AND/OR/NOT)"): Entry(Perceptron()),
    ("MLP", "XOR, 2-2-1"): Entry(MLP(2, (2,), 1, "Sigmoid", output_activation="Sigmoid")),
    ("MLP", "784-256-10"): Entry(MLP()),
    ("LeNet", "as in the notes N2: sigmoid, max pooling, 28x28, unpadded 5x5 convs"): Entry(LeNet()),
    ("LeNet-5", "modern dense version, 32x32, conv C5 as in notes N4 (conv-pool-conv-pool-conv-FC)"): Entry(LeNet5()),
    ("LeNet-5", "1998 original: sparse C3 table, trainable sub-sampling, RBF output"): Entry(LeNet5("1998")),
    ("AlexNet", "2012 two-tower: groups=2 on conv2, conv4, conv5; LRN; overlapping 3x3/2 pools"): Entry(AlexNet()),
    ("AlexNet", "same widths, one tower (groups=1)"): Entry(AlexNet("one tower")),
    ("AlexNet", "torchvision one-tower (64-192-384-256-256, no LRN)"): Entry(AlexNet("torchvision")),
    ("AlexNet", "gluonbook, 1-channel 224 input, 10 classes (matches the notes N2)"): Entry(
        AlexNet("as taught", channels=1, classes=10), {"pool3": "pool5"}
    ),
    ("VGG", "VGG-11 (configuration A), no batch norm"): Entry(VGG("A")),
    ("VGG", "VGG-11 with batch norm after every conv (conv bias kept)"): Entry(VGG("A", batch_norm=True)),
    ("VGG", "VGG-13 with batch norm after every conv (conv bias kept)"): Entry(VGG("B", batch_norm=True)),
    ("VGG", "VGG-16 (configuration D), no batch norm"): Entry(VGG("D")),
    ("VGG", "VGG-16 with batch norm after every conv (conv bias kept)"): Entry(VGG("D", batch_norm=True)),
    ("VGG", "VGG-19 (configuration E), no batch norm"): Entry(VGG("E")),
    ("VGG", "VGG-11 with LRN (configuration A-LRN)"): Entry(VGG("A-LRN")),
    ("VGG", "VGG-11, gluonbook, 1-channel 224, 10 classes (matches the notes N2)"): Entry(
        VGG("A", channels=1, classes=10)
    ),
    ("NiN", "CIFAR-10 network (192-160-96 / 192-192-192 / 192-192-10)"): Entry(NiN()),
    ("NiN", "gluonbook, 1-channel 224, 10 classes (matches the notes N2)"): Entry(NiN("as taught", channels=1)),
    ("Deconvolution", "2x2 -> 4x4, 3x3 kernel, stride 1, full padding 2 (notes N1)"): Entry(Deconvolution()),
    ("R-CNN", "AlexNet features (two-tower, 227 warp), 21-way fine-tuning head"): Entry(RCNN()),
    ("Style transfer", "VGG-19 conv part, 512x512, average or max pooling"): Entry(
        StyleTransfer(frozen=False), _BLOCKS
    ),
}
