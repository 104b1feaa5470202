"""The whole catalogue against torch: every block on example inputs, with its settings at their bounds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from blocks.block import Block, Port
from blocks.catalogue import CATALOGUE
from blocks.definition import Catalogue
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire
from blocks.measure import Row, measure
from blocks.shape import Meaning, Shape, image, labels, sequence, shape_of, tokens, vector
from runtime.design import Design
from runtime.file import dumps, loads
from runtime.naming import attribute
from runtime.source import print_networks

BATCH = 2
EXAMPLES: dict[Meaning, Shape] = {
    Meaning.IMAGE: image(8, 9, 12),
    Meaning.SIGNAL: shape_of((8, 12), Meaning.SIGNAL),
    Meaning.VOLUME: shape_of((4, 5, 6, 6), Meaning.VOLUME),
    Meaning.VECTOR: vector(8),
    Meaning.SEQUENCE: sequence(6, 8),
    Meaning.TOKENS: tokens(6, 11),
    Meaning.SCALAR: shape_of(()),
    Meaning.TENSOR: shape_of((3, 2, 2, 3, 2), Meaning.TENSOR),
}
NETWORK, NODE = "net", "node"
RUNS_ALONE: Catalogue[Block] = Catalogue("block")
for _kind in CATALOGUE:
    # neither the ends of a network, nor another network, nor what holds its state, nor what reads its weights
    if not _kind.of_weights and _kind.role not in {"input", "output", "network", "delay"}:
        RUNS_ALONE.add(_kind)
Inputs = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """A block with settings, and the shapes at its ports."""

    block: Block
    inputs: Inputs

    @property
    def row(self) -> Row:
        """What our own rules say."""
        return measure(Node(self.block), self.inputs)

    @property
    def fed(self) -> list[tuple[Port, int, Shape]]:
        """The port, place and shape of every wire that arrives."""
        pairs = zip(self.block.inputs, self.inputs, strict=True)
        return [
            (port, place, shape)
            for port, given in pairs
            for place, shape in enumerate(given if port.many else (given,))
            if shape is not None
        ]

    def graph(self, block: Block | None = None) -> Graph:
        """A network of this block alone: an Input for every wire, an Output for every result."""
        ins = {f"{port.name}{place}": (port, place, shape) for port, place, shape in self.fed}
        nodes = {name: Node(Input.of(shape)) for name, (_, _, shape) in ins.items()}
        nodes[NODE] = Node(block or self.block)
        outs = {f"result_{port.name}": port.name for port in self.block.outputs}
        wires = [Wire(name, "y", NODE, port.name, place) for name, (port, place, _) in ins.items()]
        wires += [Wire(NODE, port, name, "x") for name, port in outs.items()]
        return Graph(nodes | {name: Node(Output()) for name in outs}, tuple(wires))

    def __str__(self) -> str:
        return f"{self.block!r} on {', '.join(map(str, self.inputs))}"


def fitting(kind: type[Block]) -> tuple[Case, ...]:
    """The attempts that the rules accept."""
    return tuple(case for case in attempts(kind) if case.row.problem is None and None not in case.row.outputs)


def attempts(kind: type[Block]) -> tuple[Case, ...]:
    """Every example input with the defaults and with each setting at each bound, and the trials of the block itself."""
    return _attempts(kind.kind())


@cache
def _attempts(name: str) -> tuple[Case, ...]:
    kind = CATALOGUE.get(name)
    assert kind is not None
    found = [Case(block, inputs) for inputs in _inputs(kind) for block in _at_bounds(kind)]
    found += [Case(kind(**_fields(kind, settings)), inputs) for inputs, settings in kind.trials()]
    return tuple(found)


def _inputs(kind: type[Block]) -> Iterator[Inputs]:
    """One example of every meaning that the first port takes; the other ports take the same where they can."""
    for meaning in kind.inputs[0].meanings:
        for single in _singles(meaning):
            yield alike(kind, single)


def alike(kind: type[Block], single: Shape) -> Inputs:
    """A shape at the first port, and the same at the other ports where they take it."""
    shapes = [single, *(_same_or_first(port, single) for port in kind.inputs[1:])]
    return tuple((s, s) if port.many else s for port, s in zip(kind.inputs, shapes, strict=True))


def _singles(meaning: Meaning) -> tuple[Shape, ...]:
    return (EXAMPLES[meaning], labels(8)) if meaning is Meaning.SCALAR else (EXAMPLES[meaning],)


def _same_or_first(port: Port, shape: Shape) -> Shape | None:
    if port.optional:
        return None
    return shape if shape.meaning in port.meanings else EXAMPLES[port.meanings[0]]


def _at_bounds(kind: type[Block]) -> Iterator[Block]:
    yield kind()
    for name, setting in kind.settings.items():
        for value in setting.examples():
            if value != setting.default:
                yield kind(**_fields(kind, {name: value}))


def _fields(kind: type[Block], settings: Any) -> dict[str, Any]:
    return {kind._fields[name]: value for name, value in settings.items()}


def text_of(graph: Graph) -> str:
    """The printed text of a network."""
    return print_networks(NETWORK, {NETWORK: graph}).text


def text_from_file(graph: Graph) -> str:
    """The printed text of a network after it was saved and opened again."""
    return text_of(loads(dumps(Design(title=NETWORK, networks={NETWORK: graph}))).networks[NETWORK])


@cache
def _made(case: Case) -> tuple[str, ModuleType]:
    source = print_networks(NETWORK, {NETWORK: case.graph()})
    module = ModuleType("printed")
    exec(compile(source.text, "printed.py", "exec"), module.__dict__)
    return source.classes[NETWORK], module


def built(case: Case, seed: int = 0) -> nn.Module:
    """The network of a case as torch runs it: the printed text, executed."""
    name, module = _made(case)
    torch.manual_seed(seed)
    made = getattr(module, name)()
    assert isinstance(made, nn.Module)
    return made


def batch(case: Case, size: int = BATCH) -> list[Tensor]:
    """Seeded inputs for a case."""
    generator = torch.Generator().manual_seed(1)
    return [_fed(port, shape, size, generator) for port, _, shape in case.fed]


def _fed(port: Port, shape: Shape, size: int, generator: torch.Generator) -> Tensor:
    soft = port.name == "labels" and shape.dtype == "float32"
    if soft or port.name in {"probabilities", "variance"}:
        return torch.rand((size, *shape.sizes), generator=generator)
    if port.name != "mask":
        return _tensor(shape, size, generator)
    lengths = torch.randint(1, shape.sizes[0] + 1, (size, 1), generator=generator)
    return (torch.arange(shape.sizes[0]) < lengths).long()  # rows of unequal length


def _tensor(shape: Shape, size: int, generator: torch.Generator) -> Tensor:
    sizes = (size, *shape.sizes)
    if shape.dtype == "int64":
        return torch.randint(shape.classes or 2, sizes, generator=generator)
    return torch.randn(sizes, generator=generator)


def run(module: nn.Module, tensors: list[Tensor]) -> tuple[Tensor, ...]:
    """The results of a network, also of one, as a tuple."""
    results = module(*tensors)
    return results if isinstance(results, tuple) else (results,)


def expected_sizes(block: Block, row: Row, prefix: str, rule: str) -> dict[str, tuple[int, ...]]:
    """What our rules call the parameters (or buffers), through composites and copies, in torch's names."""
    if row.copies:
        copies = [expected_sizes(block, copy, f"{prefix}{i}.", rule) for i, copy in enumerate(row.copies)]
        return {name: sizes for copy in copies for name, sizes in copy.items()}
    if row.inside is None:
        sized = getattr(block, rule)(*row.inputs)
        return {prefix + name: tuple(sizes) for name, sizes in sized.items()}
    found: dict[str, tuple[int, ...]] = {}
    for name, inner in row.inside.rows.items():
        found |= expected_sizes(row.inside.graph.block(name), inner, f"{prefix}{attribute(name)}.", rule)
    return found


def counted_macs(case: Case) -> int:
    """Multiply-accumulates of one example, as torch's own dispatcher-level counter sees them."""
    module = built(case).eval()
    # without fused kernels recurrent layers and attention are the matrix products that they stand for
    with (
        warnings.catch_warnings(),
        torch.no_grad(),
        FlopCounterMode(display=False, custom_mapping={torch.ops.aten._trilinear: _trilinear}) as counter,
    ):
        warnings.simplefilter("ignore")  # about hardware that is not there
        with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH), _without_fast_path():
            module(*_unmasked(case))
    flops: int = counter.get_total_flops()
    assert flops % (2 * BATCH) == 0
    return flops // (2 * BATCH)


def _unmasked(case: Case) -> list[Tensor]:
    """The inputs with masks that leave out nothing: we count the longest rows."""
    given = zip(case.fed, batch(case), strict=True)
    return [torch.ones_like(tensor) if port.name == "mask" else tensor for (port, _, _), tensor in given]


@contextmanager
def _without_fast_path() -> Iterator[None]:
    """Keeps torch's transformer layers from being one operation."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _trilinear(left: Any, weight: Any, right: Any, *_: Any, **__: Any) -> int:
    """What torch's counter passes over: nn.Bilinear, one multiply-accumulate a weight and row."""
    return int(2 * torch.Size(weight).numel() * left[0])


def made(block: Block, *shapes: Shape, seed: int = 0) -> nn.Module:
    """The printed network of one block on inputs of these shapes; a `many` port takes all that are left."""
    left = list(shapes)
    inputs = [tuple(left) if port.many else left.pop(0) if left else None for port in block.inputs]
    return built(Case(block, tuple(inputs)), seed)


def answer(block: Block, *tensors: Tensor, meaning: Meaning | None = None) -> Tensor:
    """What the printed block gives for batches, whose meaning follows from their rank."""
    shapes = [shape_of(tuple(t.shape[1:]), meaning) for t in tensors]
    result = made(block, *shapes)(*tensors)
    assert isinstance(result, Tensor)
    return result
