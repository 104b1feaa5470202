"""Networks with settings as printed classes: what they read like, and that torch agrees with what was checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import torch

from blocks import edits, sums
from blocks.activation import ReLU
from blocks.block import Block
from blocks.catalogue import CATALOGUE
from blocks.check import check
from blocks.convolution import Conv2d
from blocks.ends import Use
from blocks.graph import Graph, Node
from blocks.linear import Linear
from blocks.merge import Add, Concat
from blocks.normalization import BatchNorm2d
from blocks.pooling import MaxPool2d
from blocks.regularization import Dropout
from blocks.reshape import Flatten
from blocks.setting import BadSetting, PerAxis, Whole
from blocks.sums import at
from blocks.units import ConvUnit
from runtime.design import Design
from runtime.file import dumps, loads
from runtime.source import Source, print_design
from runtime.variables import with_variable
from tests.blocks.drawn import drawn

Given = Mapping[str, Mapping[str, str]]


def network(*wires: str, given: Given, settings: Mapping[str, float], **blocks: Block | Node) -> Graph:
    """A network whose nodes have sums over its settings and the variables `base` and `rate`."""
    shape = (1, 28, 28)
    graph = replace(drawn(*wires, image=shape, **blocks), settings=settings, variables={"base": 8, "rate": 0.25})
    for name, told in given.items():
        for key, text in told.items():
            graph = graph.with_node(name, sums.with_sum(graph.nodes[name], key, text, sums.scope_of(graph), name))
    return graph


def lenet() -> Graph:
    return network(
        "image -> conv1 -> relu -> pool -> conv2 -> flatten -> drop -> fc -> out",
        given={"conv1": {"out_channels": "width"}, "conv2": {"out_channels": "2*width"}, "drop": {"p": "p"}},
        settings={"width": 6, "p": 0.5},
        conv1=Conv2d(6),
        relu=ReLU(),
        pool=MaxPool2d(2),
        conv2=Conv2d(12),
        flatten=Flatten(),
        drop=Dropout(),
        fc=Linear(10),
    )


def cell() -> Graph:
    return network(
        "image -> unit -> join.parts[0]",
        "unit -> deep -> norm -> join.parts[1]",
        "join -> out",
        given={"unit": {"out_channels": "width"}, "deep": {"out_channels": "width*depth"}},
        settings={"width": 4, "depth": 2},
        unit=ConvUnit(4),
        deep=Node(ConvUnit(4), 2),
        norm=BatchNorm2d(),
        join=Concat(),
    )


def uses(*values: Mapping[str, float]) -> Graph:
    """A network in which another stands side by side with itself, at several values."""
    blocks = {f"use{i}": Node(Use("Cell", ("image",), ("out",), settings_=dict(told))) for i, told in enumerate(values)}
    lines = [f"image -> {name} -> join.parts[{i}]" for i, name in enumerate(blocks)]
    return network(*lines, "join -> head -> out", given={}, settings={}, join=Concat(), head=Conv2d(3, 1), **blocks)


def design(variables: Mapping[str, float] | None = None, **networks: Graph) -> Design:
    return Design("Test", networks, variables={"base": 8, "rate": 0.25} if variables is None else variables)


def built(source: Source, name: str, **values: float) -> Any:
    """The module that the printed class makes for these values."""
    space: dict[str, Any] = {"__name__": "printed"}
    exec(compile(source.text, "model.py", "exec"), space)
    return space[source.classes[name]](**values)


def agrees(module: torch.nn.Module, graph: Graph, networks: Mapping[str, Graph]) -> None:
    """Torch has the parameters and shapes that were worked out."""
    checked = check(graph, networks)
    assert checked.errors == ()
    assert sum(p.numel() for p in module.parameters()) == checked.parameters
    (out,) = (checked.rows[name].inputs[0] for name in graph.outputs())
    assert tuple(module.eval()(torch.zeros(2, 1, 28, 28)).shape) == (2, *out.sizes)


def lines(source: Source, word: str) -> list[str]:
    return [line.strip() for line in source.text.splitlines() if word in line]


def combined(names: Iterable[str]) -> list[dict[str, float]]:
    single: list[dict[str, float]] = [{name: n} for name in names for n in (3, 7, 10)]
    return [{}, *single, dict.fromkeys(names, 5)]


def test_a_network_with_settings_reads_like_a_persons_class() -> None:
    source = print_design(design(LeNet=lenet()))
    assert lines(source, "def __init__") == ["def __init__(self, width: int = 6, p: float = 0.5) -> None:"]
    assert lines(source, "self.conv1 =") == ["self.conv1 = nn.Conv2d(1, width, 3, padding=1)"]
    assert lines(source, "self.conv2 =") == ["self.conv2 = nn.Conv2d(width, 2 * width, 3, padding=1)"]
    assert lines(source, "self.fc =") == ["self.fc = nn.Linear(392 * width, 10)"]
    assert lines(source, "self.drop =") == ["self.drop = nn.Dropout(p=p)"]


@pytest.mark.parametrize("width", [1, 5, 6, 13])
def test_torch_builds_what_was_checked_at_every_value(width: int) -> None:
    graph = lenet()
    module = built(print_design(design(LeNet=graph)), "LeNet", width=width, p=0.1)
    agrees(module, at(graph, (("width", width),)), {})
    assert module.drop.p == 0.1


@pytest.mark.parametrize("values", combined(["width", "depth"]))
def test_composites_inside_follow_the_settings_too(values: Mapping[str, float]) -> None:
    graph = cell()
    source = print_design(design(Cell=graph))
    agrees(built(source, "Cell", **values), at(graph, tuple(values.items())), {})


def test_each_use_of_a_network_is_called_with_its_values() -> None:
    told = design(Cell=cell(), Net=uses({}, {"width": 6}, {"width": 4, "depth": 3}))
    source = print_design(told)
    assert lines(source, "self.use0 =") == ["self.use0 = Cell()"]
    assert lines(source, "self.use1 =") == ["self.use1 = Cell(width=6)"]
    assert lines(source, "self.use2 =") == ["self.use2 = Cell(depth=3)"]
    agrees(built(source, "Net"), told.networks["Net"], told.networks)


def test_a_networks_settings_are_handed_on_as_sums() -> None:
    outer = uses({"width": 4}, {"width": 8})
    outer = replace(outer, settings={"size": 4})
    for name, text in {"use0": "size", "use1": "2*size"}.items():
        outer = outer.with_node(name, sums.with_sum(outer.nodes[name], "settings.width", text, sums.scope_of(outer)))
    told = design(Cell=cell(), Net=outer)
    source = print_design(told)
    assert lines(source, "self.use1 =") == ["self.use1 = Cell(width=2 * size)"]
    for size in (2, 4, 9):
        agrees(built(source, "Net", size=size), at(outer, (("size", size),)), told.networks)


def test_an_argument_that_no_sum_gives_becomes_one_of_the_class() -> None:
    graph = network(
        "image -> pool -> flatten -> fc -> out",
        given={"pool": {"kernel_size": "size", "stride": "size"}},
        settings={"size": 2},
        pool=MaxPool2d(2, 2),
        flatten=Flatten(),
        fc=Linear(5),
    )
    outer = network(
        "image -> a -> join.parts[0]", "image -> b -> join.parts[1]", "join -> out", given={}, settings={},
        a=Use("Cell", ("image",), ("out",)), b=Use("Cell", ("image",), ("out",), settings_={"size": 5}), join=Add(),
    )  # fmt: skip
    told = design(Cell=graph, Net=outer)
    source = print_design(told)
    assert "fc_in_features: int = 196" in lines(source, "size: int = 2")[0]
    assert lines(source, "self.b =") == ["self.b = Cell(size=5, fc_in_features=25)"]
    agrees(built(source, "Net"), told.networks["Net"], told.networks)


def test_uses_of_different_structure_have_classes_of_their_own() -> None:
    graph = network(
        "image -> pad -> conv -> out",
        given={"conv": {"stride": "step", "kernel_size": "size"}},
        settings={"step": 1, "size": 3},
        pad=ReLU(),
        conv=Conv2d(4, 3, 1),
    )
    outer = network(
        "image -> a -> out", "image -> b -> out2", given={}, settings={},
        a=Use("Cell", ("image",), ("out",)), b=Use("Cell", ("image",), ("out",), settings_={"size": 4, "step": 2}),
        out2=drawn("image -> out").nodes["out"],
    )  # fmt: skip
    told = design(Cell=graph, Net=outer)
    source = print_design(told)
    module = built(source, "Net")
    assert sum(p.numel() for p in module.parameters()) == check(told.networks["Net"], told.networks).parameters
    shapes = [tuple(part.shape) for part in module(torch.zeros(2, 1, 28, 28))]
    assert sorted(shapes) == [(2, 4, 14, 14), (2, 4, 28, 28)]


def test_a_class_makes_the_network_as_it_is_by_itself_when_nothing_is_said() -> None:
    inner = network("image -> conv -> out", given={"conv": {"out_channels": "width", "kernel_size": "size"}},
                    settings={"width": 2, "size": 4}, conv=Conv2d(2, 4))  # fmt: skip
    told = {"width": 8, "size": 3}
    outer = network("image -> use -> out", given={}, settings={}, use=Use("Cell", ("image",), ("out",), settings_=told))
    both = design(Net=outer, Cell=inner)
    for name in both.networks:
        agrees(built(print_design(both), name), both.networks[name], both.networks)


def test_variables_used_in_several_places_are_constants_above_the_classes() -> None:
    graph = network(
        "image -> a -> b -> drop -> out",
        given={"a": {"out_channels": "base"}, "b": {"out_channels": "2*base"}, "drop": {"p": "rate"}},
        settings={},
        a=Conv2d(8),
        b=Conv2d(16),
        drop=Dropout(),
    )
    told = design(Net=graph)
    source = print_design(told)
    assert lines(source, "BASE = ") == ["BASE = 8"]
    assert lines(source, "self.b =") == ["self.b = nn.Conv2d(BASE, 2 * BASE, 3, padding=1)"]
    assert lines(source, "self.drop =") == ["self.drop = nn.Dropout(p=0.25)"]
    wide = with_variable(told, "base", 5)
    edited = Source(source.text.replace("BASE = 8", "BASE = 5"), (), source.classes)
    agrees(built(edited, "Net"), wide.networks["Net"], {})


def test_a_variable_that_cannot_change_alone_is_printed_as_its_value() -> None:
    inner = network("image -> a -> b -> out", given={"a": {"out_channels": "base"}, "b": {"out_channels": "base"}},
                    settings={}, a=Conv2d(8), b=Conv2d(8))  # fmt: skip
    fixed = drawn("image -> c -> out", image=(8, 28, 28), c=Conv2d(1))
    outer = network("image -> use -> rest -> out", given={}, settings={},
                    use=Use("Inner", ("image",), ("out",)), rest=Use("Fixed", ("image",), ("out",)))  # fmt: skip
    source = print_design(design(Inner=inner, Fixed=fixed, Net=outer))
    assert "BASE" not in source.text


def test_the_state_of_a_module_bears_the_names_of_the_nodes() -> None:
    source = print_design(design(LeNet=lenet()))
    names = list(built(source, "LeNet", width=3).state_dict())
    assert names == ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc.weight", "fc.bias"]


def test_every_line_still_knows_its_node() -> None:
    source = print_design(design(Cell=cell(), Net=uses({}, {"width": 6})))
    number = next(i for i, line in enumerate(source.text.splitlines(), 1) if "self.use1 =" in line)
    assert source.place(number) == ("Net", "use1")


def test_what_is_printed_is_the_same_after_the_file() -> None:
    told = design(Cell=cell(), Net=uses({}, {"width": 6}))
    assert loads(dumps(told)) == told
    assert print_design(loads(dumps(told))).text == print_design(told).text


PLAIN = [
    k for k in CATALOGUE if len(k.inputs) == len(k.outputs) == 1 and not (k.role or k.batchless or k.inputs[0].many)
]
TEXTS = ("w", "2*w", "w*d", "w+d", "w//2", "max(w, d)", "4*w", "d")


def strewn(random: Random) -> Graph:
    """A chain of blocks of any kind, of which some settings are sums over w and d."""
    graph = replace(
        drawn("image -> out", image=random.choice([(3, 16, 16), (4, 12), (10,)])), settings={"w": 4, "d": 2}
    )
    for _ in range(40):
        kind = random.choice(PLAIN)
        name, last, scope = f"n{len(graph.nodes)}", graph.into("out")[0], sums.scope_of(graph)
        keys = [key for key, setting in kind.settings.items() if isinstance(setting, Whole | PerAxis)]
        with suppress(BadSetting):
            node = Node(kind(), random.choice([1, 1, 2]))
            for key in random.sample(keys, min(len(keys), 2)):
                node = sums.with_sum(node, key, random.choice(TEXTS), scope)
            grown = edits.insert(graph, last, name, node)
            checked = check(grown)
            graph = grown if not checked.errors and checked.parameters < 200_000 else graph
        if len(graph.nodes) == 6:
            break
    return graph


@pytest.mark.parametrize("seed", range(6))
def test_whatever_blocks_have_sums_each_use_is_built_as_it_was_checked(seed: int) -> None:
    graph = strewn(Random(seed))
    others = [told for w, d in ((8, 2), (12, 3), (5, 3)) if not _unfit(graph, told := {"w": w, "d": d})]
    values: list[dict[str, int]] = [{}, *others]
    blocks = {f"use{i}": Node(Use("Cell", ("image",), ("out",), settings_=told)) for i, told in enumerate(values)}
    ends = {f"end{i}": graph.nodes["out"] for i in range(len(values))}
    lines = [f"image -> use{i} -> end{i}" for i in range(len(values))]
    outer = drawn(*lines, image=graph.block("image").value("shape"), **blocks, **ends)
    outer = replace(outer, nodes={name: node for name, node in outer.nodes.items() if name != "out"})
    source = print_design(Design("Strewn", {"Cell": graph, "Net": outer}))
    module = built(source, "Net")
    checked = check(outer, {"Cell": graph})
    assert sum(p.numel() for p in module.parameters()) == checked.parameters
    results = module.eval()(torch.zeros(2, *graph.block("image").value("shape")))
    results = results if isinstance(results, tuple) else (results,)
    assert [tuple(r.shape)[1:] for r in results] == [checked.rows[name].inputs[0].sizes for name in outer.outputs()]


def _unfit(graph: Graph, values: Mapping[str, float]) -> bool:
    try:
        return bool(check(at(graph, tuple(values.items()))).errors)
    except BadSetting:
        return True
