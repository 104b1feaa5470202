"""Small designs that tests and benchmarks train: seconds long, on data that is always at hand."""

from __future__ import annotations

from typing import Any

from blocks.activation import ReLU
from blocks.composite import Sketch
from blocks.convolution import Conv2d
from blocks.ends import Input, Use
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.loss import MeanSquaredError
from blocks.normalization import BatchNorm1d
from blocks.pooling import MaxPool2d
from blocks.regularization import Dropout
from blocks.reshape import Flatten
from blocks.shape import image, vector
from runtime.data.digits import Digits
from runtime.data.points import Moons
from runtime.design import Design, Drawn, Phase
from runtime.optimizer import SGD, Adam
from runtime.recipe import Classification, Objective
from runtime.schedule import Constant


def mlp(inputs: int = 2, classes: int = 2, hidden: int = 16, dropout: float = 0.2) -> Graph:
    """Two hidden layers with batch normalization and dropout."""
    g = Sketch()
    x = g.input("point", vector(inputs))
    x = g.add(ReLU(), g.add(BatchNorm1d(), g.add(Linear(hidden), x, name="fc1")), name="relu1")
    x = g.add(ReLU(), g.add(Linear(hidden), g.add(Dropout(dropout), x), name="fc2"), name="relu2")
    g.output("logits", g.add(Linear(classes), x, name="fc3"))
    return g.graph()


def lenet(side: int = 8) -> Graph:
    """LeNet-5 with ReLU, for small pictures of digits (LeCun et al. 1998)."""
    g = Sketch()
    x = g.input("image", image(1, side, side))
    for i, channels in enumerate((6, 16), 1):
        x = g.add(ReLU(), g.add(Conv2d(channels, 5, padding=2), x, name=f"conv{i}"), name=f"relu{i}")
        x = g.add(MaxPool2d(2), x, name=f"pool{i}")
    x = g.add(Flatten(), x, name="flatten")
    for i, features in enumerate((120, 84), 1):
        x = g.add(ReLU(), g.add(Linear(features), x, name=f"fc{i}"), name=f"relu{i + 2}")
    g.output("logits", g.add(Linear(10), x, name="fc3"))
    return g.graph()


def points(samples: int = 210, batch_size: int = 32, dropout: float = 0.2, **recipe: Any) -> Design:
    """A small network on two moons: six steps an epoch, the last of eight examples."""
    settings = {"epochs": 3, "optimizer": Adam(lr=0.01)} | recipe
    data = Moons().with_settings(samples=samples, batch_size=batch_size)
    phases = (Phase("fit", Classification(**settings)),)
    return Design("Moons", {"Points": mlp(dropout=dropout)}, data, phases)


def digits(**recipe: Any) -> Design:
    """LeNet on the digits of scikit-learn."""
    settings = {"epochs": 2, "optimizer": SGD(lr=0.1, momentum=0.9)} | recipe
    return Design("LeNet on digits", {"LeNet": lenet()}, Digits(), (Phase("fit", Classification(**settings)),))


def two_losses() -> Design:
    """A step graph drawn by hand: two networks pull at each other, one of them every second step only."""
    nodes = {
        "point": Node(Input((2,))),
        "first": Node(Use("First", ("x",), ("y",))),
        "second": Node(Use("Second", ("x",), ("y",))),
        "again": Node(Use("Second", ("x",), ("y",))),
        "draw": Node(MeanSquaredError()),
        "push": Node(MeanSquaredError()),
    }
    wires = (
        Wire("point", "y", "first", "x"),
        Wire("first", "y", "second", "x"),
        Wire("point", "y", "again", "x"),
        Wire("second", "y", "draw", "prediction"),
        Wire("point", "y", "draw", "target"),
        Wire("again", "y", "push", "prediction"),
        Wire("first", "y", "push", "target"),
    )
    objectives = (
        Objective("draw", ("First", "Second"), Adam(), Constant(), 0.5),
        Objective("push", ("Second",), SGD(), Constant(), every=2),
    )
    phases = (
        Phase("tug", Drawn(Graph(nodes, wires), objectives, epochs=2)),
        Phase("tug again", Drawn(Graph(nodes, wires), objectives[:1], epochs=1)),
    )
    return Design(
        "Two", {"First": _line(), "Second": _line()}, Moons().with_settings(samples=100, batch_size=20), phases
    )


def _line() -> Graph:
    g = Sketch()
    g.output("y", g.add(Linear(2), g.input("x", vector(2)), name="fc"))
    return g.graph()


__all__ = ["digits", "lenet", "mlp", "points", "two_losses"]
