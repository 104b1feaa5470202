"""Networks within networks at random: whatever is grouped, used, summed, shared and repeated, torch agrees."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import torch

from blocks import edits, sums
from blocks.activation import ReLU
from blocks.check import Checked, check
from blocks.convolution import Conv2d
from blocks.ends import Use
from blocks.graph import Node
from blocks.naming import Refused
from blocks.nesting import within
from blocks.normalization import BatchNorm2d
from blocks.residual import Residual
from blocks.setting import BadSetting
from runtime.design import Design
from runtime.file import dumps, loads
from runtime.linking import linked
from runtime.source import print_design
from runtime.variables import detach, promote, with_own_setting, with_sum, with_variable
from runtime.verdict import judge
from tests.blocks.drawn import drawn

STEPS, MOST = 40, 60_000
BLOCKS = (Conv2d(4), Conv2d(4, 1), ReLU(), BatchNorm2d(), Residual(out_channels=4))
TEXTS = ("base", "2*base", "max(base, 4)", "8 - base", "4*k", "k", "3")
Step = Callable[[Design, Random], Design]


def insert(design: Design, random: Random) -> Design:
    """A block, or a network of the design, put into a wire."""
    name, graph = some(design, random)
    used = [Use(n, g.inputs(), g.outputs()) for n, g in design.networks.items() if n != name]
    node, wire = Node(random.choice((*BLOCKS, *used, *used))), random.choice(graph.wires)
    return design.with_network(name, edits.insert(graph, wire, edits.fresh_name(graph.nodes, "n1"), node))


def group(design: Design, random: Random) -> Design:
    """A few nodes in a row as a network of their own."""
    name, graph = some(design, random)
    order = [n for n in graph.structure.order if graph.block(n).role not in ("input", "output")]
    start = random.randrange(len(order))
    title = edits.fresh_name(design.networks, "Net2")
    chosen = order[start : start + random.randint(1, 3)]
    made = edits.group(graph, chosen, title, check(graph, design.networks).rows)
    return design.with_network(title, made.inner).with_network(name, made.outer)


def summed(design: Design, random: Random) -> Design:
    """A setting that follows from a sum over variables, or over the network's own settings."""
    name, graph = some(design, random)
    node = random.choice(list(graph.nodes))
    keys = [key for key in ("out_channels", "kernel_size") if key in graph.block(node).settings]
    keys += [f"settings.{own}" for own in own_names(design, graph.nodes[node])]
    return with_sum(design, name, [node], random.choice(keys), random.choice((*TEXTS, *graph.settings)))


def promoted(design: Design, random: Random) -> Design:
    name, graph = some(design, random)
    node = random.choice([n for n in graph.nodes if isinstance(graph.block(n), Conv2d)])
    return promote(design, name, node, "out_channels", edits.fresh_name({*graph.settings, *design.variables}, "w"))


def valued(design: Design, random: Random) -> Design:
    """Another value for a setting of a network, at one of its uses or for all that have none of their own."""
    name, graph = some(design, random)
    if random.random() < 0.3:
        return with_own_setting(design, name, random.choice(list(graph.settings)), random.choice((2, 4, 6)))
    able = [n for n, node in graph.nodes.items() if own_names(design, node)]
    node = random.choice(able)
    own = random.choice(own_names(design, graph.nodes[node]))
    values = {f"settings.{own}": random.choice((2, 3, 4, 8))}
    return design.with_network(name, edits.configure(graph, [node], values))


def marked(design: Design, random: Random) -> Design:
    """Nodes that share their weights, are repeated, frozen or muted."""
    name, graph = some(design, random)
    one, kind = (
        random.choice(list(graph.nodes)),
        random.choice(("share", "share", "repeat", "repeat", "freeze", "mute")),
    )
    if kind == "share":
        alike = [n for n in graph.nodes if n != one and type(graph.block(n)) is type(graph.block(one))]
        return design.with_network(name, edits.share(graph, one, random.choice(alike)))
    if kind == "repeat":
        return design.with_network(name, edits.repeat(graph, one, random.randint(2, 3)))
    mark = edits.freeze if kind == "freeze" else edits.mute
    return design.with_network(name, mark(graph, [one], random.random() < 0.6))


def moved(design: Design, random: Random) -> Design:
    """A variable at another value, a use with a network of its own, or an end under another name."""
    name, graph = some(design, random)
    if random.random() < 0.4:
        return with_variable(design, random.choice(list(design.variables)), random.choice((1, 2, 3, 4)))
    if random.random() < 0.5:
        return detach(design, name, random.choice([n for n in graph.nodes if isinstance(graph.block(n), Use)]))
    end = random.choice((*graph.inputs(), *graph.outputs()))
    return design.with_network(name, edits.rename(graph, end, edits.fresh_name(graph.nodes, "end1")))


def some(design: Design, random: Random) -> tuple[str, Any]:
    return random.choice(list(design.networks.items()))


def own_names(design: Design, node: Node) -> list[str]:
    return list(design.networks[node.block.network].settings) if isinstance(node.block, Use) else []


KINDS: tuple[Step, ...]
KINDS = insert, insert, insert, group, group, summed, summed, promoted, valued, valued, marked, marked, moved


def nested(random: Random) -> Design:
    """A design after many edits, each of which left it sound."""
    net = drawn("image -> conv -> relu -> out", image=(4, 6, 6), conv=Conv2d(4), relu=ReLU())
    design = Design("Nested", {"Net": net}, variables={"base": 4, "k": 1})
    for _ in range(STEPS):
        with suppress(Refused, BadSetting, IndexError):
            after = linked(design, random.choice(KINDS)(design, random))
            verdict = judge(after)
            if not verdict.errors and max(c.parameters for c in verdict.networks.values()) < MOST:
                design = after
    return design


def built(design: Design) -> dict[str, torch.nn.Module]:
    """The modules of all networks, as the printed text makes them."""
    source = print_design(design)
    space: dict[str, Any] = {"__name__": "printed"}
    exec(compile(source.text, "model.py", "exec"), space)
    torch.manual_seed(0)
    return {name: space[title]().eval() for name, title in source.classes.items()}


def told(module: torch.nn.Module, checked: Checked) -> tuple[int, list[tuple[int, ...]]]:
    """What learns, and the shapes that come out."""
    graph = checked.graph
    with torch.no_grad():
        results = module(*(torch.zeros(2, *graph.block(name).shape().sizes) for name in graph.inputs()))
    results = results if isinstance(results, tuple) else (results,)
    return sum(p.numel() for p in module.parameters() if p.requires_grad), [tuple(r.shape[1:]) for r in results]


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_nested_is_built_as_it_was_checked_and_survives_the_file(seed: int) -> None:
    design = nested(Random(seed))
    again = loads(dumps(design))
    assert again.networks == design.networks
    assert print_design(again).text == print_design(design).text
    modules, others = built(design), built(again)
    for name, graph in design.networks.items():
        checked = check(graph, design.networks)
        shapes = [checked.rows[out].inputs[0].sizes for out in graph.outputs()]
        assert told(modules[name], checked) == (checked.parameters, shapes)
        state, other = modules[name].state_dict(), others[name].state_dict()
        assert list(state) == list(other)
        assert all(torch.equal(state[key], other[key]) for key in state)


def test_the_designs_at_random_hold_what_they_are_to_try() -> None:
    designs = [nested(Random(seed)) for seed in range(10)]
    graphs = [graph for design in designs for graph in design.networks.values()]
    nodes = [node for graph in graphs for node in graph.nodes.values()]
    assert any(isinstance(node.block, Use) and node.repeat > 1 for node in nodes)
    assert any(node.shares for node in nodes)
    assert any(key.startswith(sums.OF_NETWORK) for node in nodes for key, _ in node.given)
    assert max(depth(design, name) for design in designs for name in design.networks) >= 3


def depth(design: Design, name: str) -> int:
    """How many networks stand in each other there."""
    inner = within(replace(design.networks[name]), design.networks)
    return 1 + max((depth(design, each) for each in inner), default=0)
