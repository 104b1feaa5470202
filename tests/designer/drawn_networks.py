"""Networks as the papers have them, for pictures that must stay legible."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from blocks.graph import Graph, Node
from tests.designer.canvas.desk import graph, node


def chain(nodes: Mapping[str, Node]) -> Graph:
    """Nodes one after the other."""
    return graph(dict(nodes), *(f"{a} -> {b}" for a, b in pairwise(nodes)))


def alexnet() -> Graph:
    """Krizhevsky et al. 2012, on one machine."""
    return chain(
        {
            "image": node("Input", shape=[3, 224, 224]),
            "conv1": node("Conv2d", out_channels=64, kernel_size=11, stride=4, padding=2),
            "relu1": node("ReLU"),
            "pool1": node("MaxPool2d", kernel_size=3, stride=2),
            "conv2": node("Conv2d", out_channels=192, kernel_size=5),
            "relu2": node("ReLU"),
            "pool2": node("MaxPool2d", kernel_size=3, stride=2),
            "conv3": node("Conv2d", out_channels=384),
            "relu3": node("ReLU"),
            "conv4": node("Conv2d", out_channels=256),
            "relu4": node("ReLU"),
            "conv5": node("Conv2d", out_channels=256),
            "relu5": node("ReLU"),
            "pool5": node("MaxPool2d", kernel_size=3, stride=2),
            "flatten": node("Flatten"),
            "dropout6": node("Dropout"),
            "fc6": node("Linear", out_features=4096),
            "relu6": node("ReLU"),
            "fc7": node("Linear", out_features=4096),
            "relu7": node("ReLU"),
            "fc8": node("Linear", out_features=1000),
            "scores": node("Output"),
        }
    )


def unet(depth: int = 3, width: int = 32, size: int = 128) -> Graph:
    """The skeleton of Ronneberger et al. 2015: down, across at every level, and up again."""
    nodes: dict[str, Node] = {"image": node("Input", shape=[3, size, size])}
    wires, last = [], "image"

    def add(name: str, made: Node) -> None:
        nonlocal last
        nodes[name] = made
        wires.append(f"{last} -> {name}" + (".parts[0]" if name.startswith("join") else ""))
        last = name

    for level in range(depth):
        add(f"down{level + 1}", node("ConvUnit", repeat=2, out_channels=width << level))
        add(f"pool{level + 1}", node("MaxPool2d"))
    add("bottom", node("ConvUnit", repeat=2, out_channels=width << depth))
    for level in reversed(range(depth)):
        add(f"grow{level + 1}", node("ConvTranspose2d", out_channels=width << level, kernel_size=2, stride=2))
        add(f"join{level + 1}", node("Concat"))
        wires.append(f"down{level + 1} -> join{level + 1}.parts[1]")
        add(f"up{level + 1}", node("ConvUnit", repeat=2, out_channels=width << level))
    add("classes", node("Conv2d", out_channels=2, kernel_size=1))
    add("mask", node("Output"))
    return graph(nodes, *wires)


def bottleneck() -> Graph:
    """He et al. 2015, fig. 5: the passing wire gets a projection."""
    nodes = {
        "image": node("Input", shape=[3, 32, 32]),
        "stem": node("Conv2d", out_channels=64),
        "reduce": node("Conv2d", out_channels=64, kernel_size=1),
        "norm_a": node("BatchNorm2d"),
        "relu_a": node("ReLU"),
        "look": node("Conv2d", out_channels=64, stride=2, padding=1),
        "norm_b": node("BatchNorm2d"),
        "relu_b": node("ReLU"),
        "widen": node("Conv2d", out_channels=256, kernel_size=1),
        "project": node("Conv2d", out_channels=256, kernel_size=1, stride=2),
        "add": node("Add"),
        "relu": node("ReLU"),
        "result": node("Output"),
    }
    main = ["image", "stem", "reduce", "norm_a", "relu_a", "look", "norm_b", "relu_b", "widen"]
    wires = [f"{a} -> {b}" for a, b in pairwise(main)]
    joins = ["widen -> add.parts[0]", "stem -> project", "project -> add.parts[1]", "add -> relu", "relu -> result"]
    return graph(nodes, *wires, *joins)


def two_eyes() -> Graph:
    """Two images read apart and compared; one scores late, and nothing is equally long."""
    nodes = {
        "left": node("Input", shape=[3, 64, 64]),
        "right": node("Input", shape=[3, 64, 64]),
        "read_left": node("Conv2d", out_channels=16, stride=2),
        "read_right": node("Conv2d", out_channels=16, stride=2),
        "again": node("Conv2d", out_channels=16),
        "apart": node("Subtract"),
        "mean": node("GlobalAvgPool"),
        "age": node("Input", shape=[4]),
        "both": node("Concat"),
        "score": node("Linear", out_features=1),
        "a_name_that_is_longer_than_anyone_needs": node("Output"),
    }
    return graph(
        nodes,
        "left -> read_left",
        "right -> read_right",
        "read_right -> again",
        "read_left -> apart.left",
        "again -> apart.right",
        "apart -> mean",
        "mean -> both.parts[0]",
        "age -> both.parts[1]",
        "both -> score",
        "score -> a_name_that_is_longer_than_anyone_needs",
    )


def dense(layers: int = 4) -> Graph:
    """Huang et al. 2016, fig. 1: everything that came before is joined to what comes next."""
    nodes: dict[str, Node] = {"image": node("Input", shape=[3, 32, 32]), "conv0": node("Conv2d", out_channels=16)}
    wires, made = ["image -> conv0"], ["conv0"]
    for k in range(1, layers + 1):
        nodes[f"join{k}"] = node("Concat")
        wires += [f"{name} -> join{k}.parts[{i}]" for i, name in enumerate(made)]
        nodes[f"conv{k}"] = node("Conv2d", out_channels=12)
        wires.append(f"join{k} -> conv{k}")
        made.append(f"conv{k}")
    nodes["result"] = node("Output")
    return graph(nodes, *wires, f"conv{layers} -> result")


NETWORKS = {
    "alexnet": alexnet,
    "unet": unet,
    "bottleneck": bottleneck,
    "two_eyes": two_eyes,
    "dense": dense,
}
