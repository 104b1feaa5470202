"""Canvases in a small window, closed after each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from blocks.graph import Graph
from tests.designer.canvas.desk import Desk, graph, node

Open = Callable[..., Desk]


@pytest.fixture
def sit(qtbot: QtBot) -> Open:
    """Gives a desk with a network on it."""

    def opened(shown: Graph, layout: dict[str, tuple[float, float]] | None = None) -> Desk:
        desk = Desk(shown, layout)
        qtbot.addWidget(desk.canvas)
        return desk

    return opened


@pytest.fixture
def empty(sit: Open) -> Desk:
    """A blank canvas."""
    return sit(Graph())


@pytest.fixture
def chain(sit: Open) -> Desk:
    """image -> conv -> relu -> pool -> flat -> output."""
    nodes = {
        "image": node("Input", shape=[1, 28, 28]),
        "conv": node("Conv2d", out_channels=6, kernel_size=5),
        "relu": node("ReLU"),
        "pool": node("MaxPool2d"),
        "flat": node("Flatten"),
        "output": node("Output"),
    }
    names = list(nodes)
    return sit(graph(nodes, *(f"{a} -> {b}" for a, b in itertools.pairwise(names))))


@pytest.fixture
def loose(sit: Open) -> Desk:
    """image, conv, linear and relu side by side, not connected."""
    nodes = {
        "image": node("Input", shape=[1, 28, 28]),
        "conv": node("Conv2d", out_channels=6),
        "linear": node("Linear"),
        "relu": node("ReLU"),
    }
    return sit(graph(nodes), {"image": (0, 0), "conv": (0, 160), "linear": (272, 160), "relu": (-272, 160)})
