"""Prints a design as the Python that people would have written, and remembers the node behind every line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from blocks.block import Block
from blocks.call import Call, literal, quoted
from blocks.carried import CannotCarry, carried_text, is_carried
from blocks.check import Checked, check
from blocks.graph import Graph
from blocks.measure import Row
from blocks.recomputing import keeps_averages
from blocks.shape import Shape
from runtime.body import Body, Init
from runtime.classes import CLASS, Class, Parameter, with_names
from runtime.design import Design
from runtime.naming import CODE_NAMES, TAKEN, class_name, free
from runtime.page import Page, Place, comment, copying, docstring, wrapped, wrapped_choice, wrapped_statement
from runtime.parametric import NetworkClass, printed

__all__ = ["CannotPrint", "Place", "Source", "print_design", "print_networks"]

_INDENT = "        "
_Told = tuple[str, str, list[str]]


class CannotPrint(Exception):
    """A network that cannot be written as code yet: the first thing wrong with it."""

    def __init__(self, network: str, node: str, message: str) -> None:
        self.network, self.node, self.message = network, node, message
        super().__init__(f"{network}: {message}")


@dataclass(frozen=True)
class Source:
    """Python text, and for each of its lines the node it came from. `classes` names the class of each network."""

    text: str
    lines: tuple[Place | None, ...]
    classes: Mapping[str, str]

    @cached_property
    def by_place(self) -> Mapping[Place, tuple[int, ...]]:
        """The lines of each node, counted from 1."""
        found: dict[Place, list[int]] = {}
        for number, place in enumerate(self.lines, 1):
            if place is not None:
                found.setdefault(place, []).append(number)
        return {place: tuple(numbers) for place, numbers in found.items()}

    def place(self, line: int) -> Place | None:
        """The node behind a line counted from 1."""
        return self.lines[line - 1] if 0 < line <= len(self.lines) else None


def print_design(design: Design) -> Source:
    """The module `model.py` of a design: one class for each network; raises CannotPrint."""
    return print_networks(design.title, design.networks)


def print_networks(title: str, networks: Mapping[str, Graph]) -> Source:
    """The same from the networks alone."""
    checked = {name: _fitting(name, graph, networks) for name, graph in networks.items()}
    carried = _carried(checked)
    taken = set(TAKEN | CODE_NAMES | carried.keys())
    names = {name: free(taken, class_name(name)) for name in networks}
    made = printed(networks, checked, names, taken, _inner_first(networks))
    page = Page()
    for name, value in made.constants.items():
        page.add(f"{name} = {literal(value)}")
    for composite in made.classes.classes:
        _print_composite(page, composite)
    for network in made.networks:
        _print_network(page, network)
    if networks:
        _print_usage(page, names, networks)
    return _finish(page, title, names, list(carried.values()))


def _fitting(name: str, graph: Graph, networks: Mapping[str, Graph]) -> Checked:
    checked = check(graph, networks)
    for wrong in checked.errors:
        raise CannotPrint(name, wrong.node, wrong.message)
    for node in misplaced(graph):
        raise CannotPrint(name, node, misplaced_told(node))
    return checked


def misplaced(graph: Graph) -> list[str]:
    """The nodes of a network that read the weights of a network, which only a training step can."""
    return [name for name, node in graph.nodes.items() if node.block.of_weights]


def misplaced_told(node: str) -> str:
    """What is wrong with such a node."""
    return f"{node} reads the weights of a network, which only a training step can. Place it there."


def _inner_first(networks: Mapping[str, Graph]) -> list[str]:
    """The networks in an order in which each comes after those it uses."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        for node in networks[name].nodes.values():
            if node.block.role == "network":
                visit(node.block.value("network"))
        order.append(name)

    for name in networks:
        visit(name)
    return order


def _print_network(page: Page, made: NetworkClass) -> None:
    network, name, body, holes = made.network, made.name, made.body, _holes_of(made)
    _class_head(page, name, _told(made.checked))
    page.add(_signature(made))
    page.add("        super().__init__()")
    known: dict[int, list[_Told]] = {}  # equal nodes that are fed alike are called alike
    for i, init in enumerate(body.inits):
        same = None if i in holes else known.get(id(init.calls))
        told = same or _calls(init, holes.get(i, {}))
        if i not in holes:
            known[id(init.calls)] = told
        page.add(_assignment(init, told), Place(network, init.node))
        for line in _begun(init):
            page.add(line, Place(network, init.node))
        if init.frozen:
            page.add(f"{_INDENT}{_kept(init)}", Place(network, init.node))
    _forward(page, body, network)
    _train(page, name, [init for init in body.inits if init.frozen], network)


def _print_composite(page: Page, made: Class) -> None:
    _class_head(page, made.name, made.kind.summary())
    page.add(_signature(made))
    page.add("        super().__init__()")
    for flag in made.flags:
        page.add(f"{_INDENT}self.{flag} = {flag}")
    holes = _holes_of(made)
    for i, init in enumerate(made.body.inits):
        page.add(_assignment(init, _calls(init, holes.get(i, {})), made.optional.get(i, "")))
        for line in _begun(init):
            page.add(line)
    _forward(page, made.body, "")


def _signature(made: Class | NetworkClass) -> str:
    typed = [f"{p.name}: {p.annotation}" + (f" = {_default(p)}" if p.default else "") for p in made.parameters]
    return wrapped("    def __init__(", ["self", *typed], ") -> None:")


def _default(parameter: Parameter) -> str:
    return literal(parameter.default.default) if parameter.default else ""


def _holes_of(made: Class | NetworkClass) -> dict[int, dict[int, dict[int | str, str]]]:
    """What stands for arguments in the calls of each attribute, copy by copy."""
    found: dict[int, dict[int, dict[int | str, str]]] = {}
    for (attribute, copy, key), told in made.holes.items():
        found.setdefault(attribute, {}).setdefault(copy, {})[key] = told
    return found


def _class_head(page: Page, name: str, summary: str) -> None:
    if page.lines:
        page.add("\n")
    page.add(f"class {name}(nn.Module):")
    page.add(docstring("    ", summary) + "\n")


def _told(checked: Checked) -> str:
    graph = checked.graph
    taken = ", ".join(str(checked.shape(n)) for n in graph.inputs())
    given = ", ".join(str(checked.rows[n].inputs[0]) for n in graph.outputs())
    kind = "trainable parameters" if any(node.frozen for node in graph.nodes.values()) else "parameters"
    steps = "At each step " if graph.delays() else ""
    return f"{steps}{taken} -> {given}: {checked.parameters:,} {kind}, {checked.macs:,} MACs."


def _calls(init: Init, holes: Mapping[int, Mapping[int | str, str]]) -> list[_Told]:
    """What makes a module, or each copy of it: what stands before the arguments, behind them, and they."""
    return [(*_around(c, holes.get(i, {})), with_names(c, holes.get(i, {}))) for i, c in enumerate(init.calls)]


def _assignment(init: Init, told: list[_Told], wanted: str = "") -> str:
    """The line of `__init__` that makes an attribute, if `wanted`; copies of a repeated node stand in a container."""
    start = f"{_INDENT}self.{init.attribute} = "
    if wanted:
        return wrapped_choice(start, told[0], wanted, "nn.Identity()")
    if not init.repeated:
        return wrapped(f"{start}{told[0][0]}", told[0][2], told[0][1])
    texts = [f"{before}{', '.join(arguments)}{after}" for before, after, arguments in told]
    container = "nn.Sequential" if init.plain else "nn.ModuleList"
    copies = copying(texts)
    if copies:
        return wrapped(f"{start}{container}(", [f"*({copies})" if init.plain else copies], ")")
    return wrapped(f"{start}{container}(", texts if init.plain else [f"[{', '.join(texts)}]"], ")")


def _around(called: Call, holes: Mapping[int | str, str]) -> tuple[str, str]:
    """What stands before and after the arguments of a call, whose class may be an argument too."""
    name = holes.get(CLASS, called.name)
    return (f"{called.around}({name}(", "))") if called.around else (f"{name}(", ")")


def _begun(init: Init) -> list[str]:
    """What is done to a module, or to each copy of it, before it is used: other weights to start from."""
    said = init.calls[0].then
    if not init.repeated:
        return [wrapped_statement(_INDENT, statement.format(f"self.{init.attribute}")) for statement in said]
    loop = [f"{_INDENT}for layer in self.{init.attribute}:"] if said else []
    return loop + [wrapped_statement(f"{_INDENT}    ", statement.format("layer")) for statement in said]


def _forward(page: Page, body: Body, network: str) -> None:
    page.add()
    result = "Tensor" if body.results == 1 else f"tuple[{', '.join(['Tensor'] * body.results)}]"
    page.add(wrapped("    def forward(", ["self", *(f"{a}: Tensor" for a in body.arguments)], f") -> {result}:"))
    for node, statement in body.lines:
        plain = statement.lstrip()
        indent = _INDENT + " " * (len(statement) - len(plain))
        page.add(wrapped_statement(indent, plain), Place(network, node) if network else None)


def _kept(init: Init) -> str:
    """What keeps a frozen module as it is: no gradient, and the means and variances that it has seen."""
    return f"self.{init.attribute}.requires_grad_(False).eval()"


def _train(page: Page, name: str, frozen: list[Init], network: str) -> None:
    """The method that keeps frozen modules as they are, whatever the mode of the network."""
    if not frozen:
        return
    page.add(f"\n    def train(self, mode: bool = True) -> {name}:")
    page.add('        """Sets the mode, in which what is frozen takes no part."""')
    page.add(f"{_INDENT}super().train(mode)")
    for init in frozen:
        page.add(f"{_INDENT}{_kept(init)}", Place(network, init.node))
    page.add(f"{_INDENT}return self")


def _print_usage(page: Page, names: Mapping[str, str], networks: Mapping[str, Graph]) -> None:
    network = next(reversed(_inner_first(networks)))
    graph = networks[network]
    batch = (2, 5) if graph.delays() else (2,)  # the second are steps
    examples = [_example(graph.block(name).shape(), batch) for name in graph.inputs()]
    page.add("\n")
    page.add('if __name__ == "__main__":')
    page.add(f"    model = {names[network]}()")
    page.add("    print(sum(p.numel() for p in model.parameters()), " + quoted("parameters") + ")")
    page.add(wrapped("    result = model(", examples, ")"))
    one = len(graph.outputs()) == 1
    page.add("    print(tuple(result.shape))" if one else "    print([tuple(part.shape) for part in result])")


def _example(shape: Shape, batch: tuple[int, ...]) -> str:
    """A batch that the network takes."""
    sizes = ", ".join(map(str, (*batch, *shape.sizes)))
    if shape.dtype == "int64":
        return f"torch.zeros({sizes}, dtype=torch.long)"
    return f"torch.randn({sizes})" if prod(shape.sizes) else f"torch.zeros({sizes})"


def _carried(checked: Mapping[str, Checked]) -> dict[str, str]:
    """The text of each module that torch lacks, read from its own file; raises CannotPrint."""
    texts: dict[str, str] = {}
    seen: set[int] = set()  # equal nodes that are fed alike share their row
    for network, one in checked.items():
        for name, node in one.graph.nodes.items():
            wanted: dict[str, str] = {}
            row = one.rows[name]
            for copy in row.copies or (row,):
                _collect(node.block, copy, wanted, seen)
            if node.checkpointed and keeps_averages(node, row):
                wanted["CountedOnce"] = "runtime.modules"
            for module, package in wanted.items():
                text = _carried_text(module, package, network, name)
                if texts.setdefault(module, text) != text:
                    raise CannotPrint(network, name, f"{name} brings another {module} along than a block before it.")
    return texts


def _carried_text(name: str, package: str, network: str, node: str) -> str:
    try:
        return carried_text(name, package)
    except CannotCarry as error:
        raise CannotPrint(network, node, f"{node} cannot be printed: {error}") from error


def _collect(block: Block, row: Row, wanted: dict[str, str], seen: set[int]) -> None:
    if id(row) in seen:
        return
    seen.add(id(row))
    wanted |= {name: type(block).carried for name in block.helpers}
    if row.inside is not None:
        for name, inner in row.inside.rows.items():
            for copy in inner.copies or (inner,):
                _collect(row.inside.graph.block(name), copy, wanted, seen)
        return
    made = block.construct(*row.inputs) if row.outputs and row.outputs[0] is not None else None
    if made is not None:
        wanted |= {name: type(block).carried for name in (made.name, made.around) if name and is_carried(name)}


def _finish(page: Page, title: str, names: Mapping[str, str], carried: list[str]) -> Source:
    """Puts the head before the lines: what it is, and the imports that the text needs."""
    head = Page()
    body = "\n".join([*carried, *page.lines])
    head.add(f'"""{comment(title)}\n\nA PyTorch model written by Layerwright; it needs only torch.\n"""\n')
    head.add("from __future__ import annotations\n")
    for group in _IMPORTS:
        used = dict.fromkeys(line for line, name in group if _uses(body, name))
        if used:  # each line once, and none with which a longer one begins
            head.add("\n".join(line for line in used if not any(f"{line}," in longer for longer in used)) + "\n")
    head.add()
    for text in carried:
        head.add(text + "\n\n")
    text = "\n".join([*head.lines, *page.lines]) + "\n"
    return Source(text, (*head.places, *page.places), dict(names))


def _uses(text: str, name: str) -> bool:
    """Whether a name stands in a text, not only as the end of a longer one."""
    at = text.find(name)
    while at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_"):
        at = text.find(name, at + 1)
    return at >= 0


_IMPORTS = (
    (
        ("import math", "math."),
        ("from collections.abc import Callable", "Callable["),
        ("from contextlib import nullcontext", "nullcontext("),
        ("from typing import Any", "Any]"),
        ("from typing import Any", "-> Any:"),
    ),
    (
        ("import torch", "torch."),
        ("import torch.nn.functional as F", "F."),
        ("from torch import Tensor, nn", "nn."),
        ("from torch.utils.checkpoint import checkpoint", "checkpoint("),
    ),
)
