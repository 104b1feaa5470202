"""Networks of the shapes that people draw, and what can be counted of a layout: crossings, bends, cards in the way."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from itertools import combinations

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from blocks.graph import Graph, Node, Wire
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from tests.designer.canvas.desk import node

Floats = NDArray[np.float64]

Layout = Mapping[str, tuple[float, float]]


class Net:
    """A network that grows node by node."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.wires: list[Wire] = []

    def add(self, kind: str, *sources: str, name: str = "", **settings: object) -> str:
        """One more node fed by others; its name."""
        name = name or f"{kind.lower()}{len(self.nodes)}"
        made = self.nodes[name] = node(kind, 1, **settings)
        ports = made.block.inputs
        for i, source in enumerate(sources):
            port = ports[0] if ports[0].many else ports[i]
            output = self.nodes[source].block.outputs[0].name
            self.wires.append(Wire(source, output, name, port.name, i if port.many else 0))
        return name

    def chain(self, source: str, *kinds: str) -> str:
        """Nodes one after the other; the name of the last."""
        for kind in kinds:
            source = self.add(kind, source)
        return source

    def graph(self) -> Graph:
        return Graph(dict(self.nodes), tuple(self.wires))


def image() -> tuple[Net, str]:
    net = Net()
    return net, net.add("Input", name="image", shape=[3, 64, 64])


def lenet() -> Graph:
    net, at = image()
    net.chain(at, "Conv2d", "Tanh", "AvgPool2d", "Conv2d", "Tanh", "AvgPool2d", "Flatten", "Linear", "Tanh", "Linear")
    return net.graph()


def inception() -> Graph:
    net, at = image()
    branches = (("Conv2d",), ("Conv2d", "Conv2d"), ("Conv2d", "Conv2d"), ("MaxPool2d", "Conv2d"))
    net.add("Output", net.add("Concat", *(net.chain(at, *branch) for branch in branches)))
    return net.graph()


def resnet(blocks: tuple[int, ...] = (3, 4, 6, 3)) -> Graph:
    """ResNet-50 as plain nodes (He et al. 2016)."""
    net, at = image()
    at = net.chain(at, "Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d")
    unit = ("Conv2d", "BatchNorm2d", "ReLU")
    for count in blocks:
        for k in range(count):
            end = net.chain(at, *unit, *unit, *unit[:2])
            short = at if k else net.chain(at, *unit[:2])
            at = net.chain(net.add("Add", end, short), "ReLU")
    net.chain(at, "GlobalAvgPool", "Linear", "Output")
    return net.graph()


def unet(depth: int = 4) -> Graph:
    """A U-Net (Ronneberger et al. 2015): long skips, one within the other."""
    net, at = image()
    skips = []
    for _ in range(depth):
        at = net.chain(at, "Conv2d", "ReLU")
        skips.append(at)
        at = net.add("MaxPool2d", at)
    at = net.chain(at, "Conv2d", "ReLU")
    for skip in reversed(skips):
        at = net.chain(net.add("Concat", net.add("Upsample2d", at), skip), "Conv2d", "ReLU")
    net.add("Output", at)
    return net.graph()


def densenet(layers: int = 6) -> Graph:
    """A dense block (Huang et al. 2017): everything before goes into every layer."""
    net, at = image()
    made = [net.add("Conv2d", at)]
    for _ in range(layers):
        joined = net.add("Concat", *made) if len(made) > 1 else made[0]
        made.append(net.chain(joined, "BatchNorm2d", "ReLU", "Conv2d"))
    net.add("Output", net.add("Concat", *made))
    return net.graph()


def siamese() -> Graph:
    net, left = image()
    right = net.add("Input", name="other", shape=[3, 64, 64])
    ends = [net.chain(at, "Conv2d", "ReLU", "Conv2d", "ReLU", "Flatten", "Linear") for at in (left, right)]
    net.add("Output", net.chain(net.add("Concat", *ends), "Linear"))
    return net.graph()


def random_dag(count: int = 1_000, seed: int = 0, reach: int = 40) -> Graph:
    """Sums fed by one to three of the nodes shortly before."""
    rng = random.Random(seed)
    net, _ = image()
    for i in range(1, count):
        names = list(net.nodes)[max(0, i - reach) :]
        net.add("Add", *rng.sample(names, min(len(names), rng.choice((1, 1, 1, 2, 2, 3)))))
    return net.graph()


CORPUS: dict[str, Callable[[], Graph]] = {
    "lenet": lenet,
    "inception": inception,
    "resnet": resnet,
    "unet": unet,
    "densenet": densenet,
    "siamese": siamese,
    "random": lambda: random_dag(120, 1, 20),
}


def straight_lines(graph: Graph, layout: Layout) -> Floats:
    """Every wire as the line from card to card: x1, y1, x2, y2."""
    middle, foot = CARD_WIDTH / 2, CARD_HEIGHT
    pairs = dict.fromkeys((w.source, w.target) for w in graph.wires)
    ends = [(*layout[a], *layout[b]) for a, b in pairs]
    lines: Floats = np.array(ends, np.float64).reshape(-1, 4) + np.array([middle, foot, middle, 0.0])
    return lines


def crossings(graph: Graph, layout: Layout) -> int:
    """How many pairs of wires, drawn as straight lines, cross."""
    lines = straight_lines(graph, layout)
    a, b = lines[:, None, :2], lines[:, None, 2:]
    c, d = lines[None, :, :2], lines[None, :, 2:]
    apart = _side(a, b, c) * _side(a, b, d) < -1e-6
    both = apart & (_side(c, d, a) * _side(c, d, b) < -1e-6)
    return int(np.triu(both, 1).sum())


def _side(a: Floats, b: Floats, p: Floats) -> Floats:
    way, to = b - a, p - a
    side: Floats = np.sign(way[..., 0] * to[..., 1] - way[..., 1] * to[..., 0])
    return side


def slanted(graph: Graph, layout: Layout) -> int:
    """How many wires do not run straight down from card to card."""
    lines = straight_lines(graph, layout)
    return int((np.abs(lines[:, 0] - lines[:, 2]) >= 1.0).sum())


def by_layers(graph: Graph) -> dict[str, tuple[float, float]]:
    """The plain layout of networkx to compare with: rows by the longest way from above, unsorted."""
    rows: dict[str, int] = {}
    for name in graph.structure.order:
        rows[name] = 1 + max((rows[w.source] for w in graph.wires if w.target == name), default=-1)
    drawn = nx.DiGraph((w.source, w.target) for w in graph.wires)
    nx.set_node_attributes(drawn, rows, "row")
    places = nx.multipartite_layout(drawn, subset_key="row", align="horizontal")
    return {name: (float(x) * 10_000.0, rows[name] * 200.0) for name, (x, _) in places.items()}


def flips(before: Layout, after: Layout) -> int:
    """How many pairs that stand in one row before and after have changed sides."""
    return sum(
        before[a][1] == before[b][1]
        and after[a][1] == after[b][1]
        and (before[a][0] - before[b][0]) * (after[a][0] - after[b][0]) < 0
        for a, b in combinations(before, 2)
    )
