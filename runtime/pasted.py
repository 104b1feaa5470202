"""PyTorch code as nodes: read with `ast` alone and never executed; what is not understood is named."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace

from blocks.activation import axis_of
from blocks.block import Block
from blocks.check import check
from blocks.graph import Graph, Node
from blocks.setting import BadSetting
from runtime.code_values import Instance, Remark, Tensor, TooLong
from runtime.code_walk import Walk

LONGEST = 400_000  # characters
_CODE = re.compile(r"\bnn\.|\bSequential\s*\(|\bclass\s+\w+|\b(?:Conv|Linear|ReLU|LSTM|GRU|MaxPool)\w*\s*\(|\btorch\.")
_SIZES = (32, 28, 224, 64, 96, 128, 256, 227, 299, *range(4, 300))
_STEPS = 16  # of a sequence nothing is known of


class NotCode(ValueError):
    """Text in which no network could be found, and why, in a sentence."""


@dataclass(frozen=True)
class Pasted:
    """The network that a text means, and what of it was not understood, line by line."""

    graph: Graph
    remarks: tuple[Remark, ...]

    def told(self, most: int = 3) -> str:
        """The remarks as sentences; beyond `most` only how many more there are."""
        told = [str(remark) for remark in self.remarks[:most]]
        more = len(self.remarks) - most
        return " ".join([*told, f"And {more} more like this."] if more > 0 else told)


def looks_like_code(text: str) -> bool:
    """Whether a text may be meant as a network in PyTorch; looks at its beginning only."""
    return bool(_CODE.search(text[:20_000]))


def read(text: str) -> Pasted:
    """The network in a text: a class, a Sequential, a list or lines of layers; raises NotCode."""
    if len(text) > LONGEST:
        raise NotCode(f"The copied text is longer than {LONGEST:,} characters.")
    if not looks_like_code(text):
        raise NotCode("The copied text holds neither nodes nor layers of PyTorch.")
    walk = Walk(_parsed(text))
    try:
        walk.run()
        _finish(walk)
    except (RecursionError, TooLong) as error:
        raise NotCode("The copied code calls itself, or is too long to be followed.") from error
    if not walk.nodes:
        why = f" {walk.remarks[0]}" if walk.remarks else ""
        raise NotCode(f"No layer of the copied code could be read.{why}")
    graph = _with_sizes(Graph(dict(walk.nodes), tuple(walk.wires)), walk.expects)
    return Pasted(graph, tuple(walk.remarks))


def _parsed(text: str) -> ast.Module:
    """The text as a tree, also where it is part of a listing: indented, prompted, lines that end in commas."""
    plain = re.sub(r"^(?:>>> ?|\.\.\. ?|In \[\d+\]: )", "", text.expandtabs(4), flags=re.M)
    plain = textwrap.dedent(plain).strip("\n")
    first: SyntaxError | None = None
    for source in (plain, f"[{plain.strip().rstrip(',')}]", textwrap.dedent(f"    {plain.lstrip()}")):
        try:
            return ast.parse(source)
        except SyntaxError as error:
            first = first or error
        except (ValueError, RecursionError, MemoryError) as error:
            raise NotCode("The copied text is no Python that could be read.") from error
    assert first is not None
    raise NotCode(f"The copied text is not Python that could be read: line {first.lineno}, {first.msg}.")


def _finish(walk: Walk) -> None:
    """Runs what the text only defines: its last class, or its layers one after the other."""
    if walk.nodes:
        for value in walk.results:
            walk.leave(value)
        return
    modules = list(walk.loose())
    classes = [name for name in walk.classes if walk.is_network(name)]
    if modules and isinstance(modules[-1], Instance):
        _whole(walk, modules[-1])
    elif modules:
        at: object = Tensor("", "")
        for module in modules:
            at = walk.through(module, at)
    elif classes:
        _whole(walk, walk.instance(_outermost(walk, classes)))


def _whole(walk: Walk, instance: Instance) -> None:
    arguments = walk.entrances(instance)
    walk.leave(walk.forward(instance, arguments))


def _outermost(walk: Walk, classes: list[str]) -> str:
    """The last class that no other one uses."""
    used = {
        name.id
        for owner, tree in walk.classes.items()
        for name in ast.walk(tree)
        if isinstance(name, ast.Name) and name.id != owner
    }
    free = [name for name in classes if name not in used]
    return (free or classes)[-1]


# What comes in: sizes that the layers' own numbers of inputs ask for


def _with_sizes(graph: Graph, expects: dict[str, int]) -> Graph:
    """With an Input of the sizes on which every layer gets what it was written for, as far as there are any."""
    names = graph.inputs()
    if not names or not expects:
        return graph
    best, most = graph, -1
    for trial in _trials(graph, names, expects):
        fitting = _fitting(trial, expects)
        if fitting > most:
            best, most = trial, fitting
        if most == len(expects) or len(graph.nodes) > 400:
            break
    return _with_plain_axes(best)


def _with_plain_axes(graph: Graph) -> Graph:
    """Without the axis of a join where it is the one that is joined anyway."""
    rows = check(graph).rows
    for name, node in graph.nodes.items():
        shapes = rows[name].inputs[0] if name in rows and type(node.block).kind() == "Concat" else ()
        if shapes and shapes[0] is not None and axis_of(node.block.value("dim"), shapes[0]) == axis_of(None, shapes[0]):
            graph = graph.with_node(name, replace(node, block=node.block.with_settings(dim=None)))
    return graph


def _trials(graph: Graph, names: tuple[str, ...], expects: dict[str, int]) -> Iterator[Graph]:
    for size in dict.fromkeys(_SIZES):
        made = {name: _entrance(graph, name, expects, size) for name in names}
        if all(block is None for block in made.values()):
            return
        nodes = {n: replace(node, block=made.get(n) or node.block) for n, node in graph.nodes.items()}
        yield replace(graph, nodes=nodes)


def _entrance(graph: Graph, name: str, expects: dict[str, int], size: int) -> Block | None:
    """An Input as the first layer that tells of sizes needs it."""
    waiting, seen = [name], {name}
    while waiting:
        at = waiting.pop(0)
        block = graph.block(at)
        if at in expects or type(block).kind() == "Embedding":
            return _sized(graph.block(name), block, expects.get(at, 0), size)
        for wire in graph.out_of(at):
            if wire.target not in seen:
                seen.add(wire.target)
                waiting.append(wire.target)
    return None


def _sized(entrance: Block, first: Block, width: int, size: int) -> Block | None:
    kind = type(first).kind()
    if kind == "Embedding":
        return entrance.with_settings(shape=[size], classes=first.value("num_embeddings"))
    rank = int(kind[-2]) if re.search(r"\dd$", kind) else 0
    if type(first).category == "Recurrent":
        return entrance.with_settings(shape=[size, width])
    try:
        return entrance.with_settings(shape=[width, *[size] * rank])
    except BadSetting:
        return None


def _fitting(graph: Graph, expects: dict[str, int]) -> int:
    """How many layers get as many channels or features as they were written for."""
    rows = check(graph).rows
    return sum(_arriving(graph.nodes[name], rows[name].inputs) == width for name, width in expects.items())


def _arriving(node: Node, inputs: tuple[object, ...]) -> int:
    shape = inputs[0] if inputs else None
    if shape is None or isinstance(shape, tuple):
        return -1
    channels = re.search(r"\dd$|^GroupNorm$", type(node.block).kind())
    sizes: tuple[int, ...] = shape.sizes  # type: ignore[attr-defined]
    return (sizes[0] if channels else sizes[-1]) if sizes else -1


__all__ = ["NotCode", "Pasted", "Remark", "looks_like_code", "read"]
