"""Mixup and CutMix in the step that a recipe draws: between the data and the network, and before the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from blocks.block import Block
from blocks.graph import Graph, Node, Wire
from blocks.loss import CrossEntropy
from blocks.measure import measure
from blocks.mixing import CutMix, Mixup

_KINDS: Mapping[str, type[Block]] = {"mixup": Mixup, "cutmix": CutMix}
MIXINGS = ("none", *_KINDS)


def why_not_mixed(step: Graph, mixing: str) -> str:
    """What keeps the examples of a step from being mixed, in a sentence; empty where nothing does."""
    loss, [*given, label] = step.block("loss"), step.inputs()
    if not isinstance(loss, CrossEntropy):
        told = f"Mixed examples are of several classes in part, which {loss.label()} cannot judge"
        return f"{told}. Choose the loss CrossEntropy, or mixing none."
    if len(given) != 1:
        return f"Only one field can be mixed, the network takes {', '.join(given)}. Choose mixing none."
    shapes = step.block(given[0]).shape(), step.block(label).shape()
    problem = measure(Node(_KINDS[mixing]()), shapes).problem
    if problem is None:
        return ""
    other = "mixup or none" if mixing == "cutmix" and problem.port == "x" else "none"
    return f"{mixing} expects {problem.expected}; the data gives {problem.received}. Choose mixing {other}."


def with_mixing(step: Graph, mixing: str, alpha: float) -> Graph:
    """A step whose network learns from mixed examples, with the shares of the classes in them as what is wanted."""
    field, label = step.inputs()
    node = mixing if mixing not in step.nodes else f"{mixing}_"
    block = _KINDS[mixing]().with_settings(alpha=alpha)
    nodes = {name: step.nodes[name] for name in (field, label)} | {node: Node(block)}
    wires = [Wire(field, "y", node, "x"), Wire(label, "y", node, "labels")]
    for wire in step.wires:
        if wire.source == field:
            wire = wire._replace(source=node, output="mixed")
        elif wire.source == label and wire.target == "loss":
            wire = wire._replace(source=node, output="target")
        wires.append(wire)
    return replace(step, nodes={**nodes, **step.nodes}, wires=tuple(wires))
