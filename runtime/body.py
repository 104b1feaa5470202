"""A graph as the inside of a class: what `__init__` builds and what `forward` says, each line with its node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from blocks.block import At, Block
from blocks.call import Call
from blocks.graph import Graph, Node, Wire
from blocks.marks import bypassed
from blocks.measure import Row
from blocks.over_time import called
from blocks.recomputing import keeps_averages
from blocks.sharing import owner
from runtime.naming import attribute, free, variable
from runtime.variants import Switches

Construct = Callable[[Block, Row], Call | None]
_ENDS = {"input", "output", "delay"}
_ALWAYS = Switches()
_STEP = " " * 4  # within the loop over steps
_COPY = "layer"
_PASSING = ("x", "out")  # names for what only the next line reads


class Init(NamedTuple):
    """One attribute: the node it stands for and its constructor call, or one for every copy of a repeated node."""

    node: str
    attribute: str
    calls: tuple[Call, ...]
    repeated: bool = False
    plain: bool = True  # called with nothing but its input, so that copies can stand in a Sequential
    averages: bool = False  # it holds running averages, which a second run would move
    frozen: bool = False  # it has weights, which do not learn


@dataclass(frozen=True)
class Body:
    """The inside of a class: arguments and lines of `forward`, attributes of `__init__`.

    Lines may be indented: a network that holds delays goes step by step through what arrives.
    """

    arguments: tuple[str, ...]
    inits: tuple[Init, ...]
    lines: tuple[tuple[str, str], ...]  # (node, statement)
    results: int


def body_of(graph: Graph, rows: Mapping[str, Row], construct: Construct, switches: Switches = _ALWAYS) -> Body:
    """The class body of a graph whose nodes all fit; `construct` gives the constructor call of a node's module.

    Muted nodes leave nothing in it, and nodes that share weights call the module of the one that owns them.
    """
    graph = bypassed(graph)
    writer = _Writer(graph, rows, switches)
    inits = []
    known: dict[int, Init | None] = {}  # equal nodes that are fed alike share their row
    for name in graph.structure.order:
        node = graph.nodes[name]
        if node.block.role in _ENDS:
            continue
        row, lender = rows[name], owner(graph.nodes, name) if node.shares else name
        if id(row) not in known:
            known[id(row)] = _init(name, node, row, construct)
        same = known[id(row)]
        init = same and same._replace(node=lender, attribute=attribute(lender))
        if init is not None and lender == name:
            inits.append(init)
        writer.write(name, row, init)
    writer.finish()
    return Body(writer.arguments, tuple(inits), tuple(writer.lines), len(graph.outputs()))


def _init(name: str, node: Node, row: Row, construct: Construct) -> Init | None:
    copies = row.copies or (row,)
    calls = [construct(node.block, copy) for copy in copies]
    if any(call is None for call in calls):
        return None
    plain = all(_is_plain(node.block, copy) for copy in copies)
    kept = node.frozen and row.buffers > 0
    averages = node.checkpointed and keeps_averages(node, row)
    return Init(name, attribute(name), tuple(c for c in calls if c), len(copies) > 1, plain, averages, kept)


def _is_plain(block: Block, row: Row) -> bool:
    names = {port.name: "x" if given is not None else None for port, given in _fed(block, row)}
    shapes = {port.name: given for port, given in _fed(block, row)}
    return block.composite or block.forward(At("m", names, shapes)) == "m(x)"


def _called(node: Node, at: At, row: Row, init: Init | None) -> str:
    """The expression of a node's results, computed again in the backward pass where it is checkpointed."""
    expression = called(node.block, at, row)
    return again(expression, at.module, init.averages) if init is not None and node.checkpointed else expression


def again(expression: str, module: str, averages: bool) -> str:
    """An expression with the call of a module led through torch's `checkpoint`, which computes it again when needed."""
    before, call, rest = expression.partition(f"{module}(")
    if not call:
        return expression
    depth, end = 1, 0
    while depth:
        depth += {"(": 1, ")": -1}.get(rest[end], 0)
        end += 1
    given = [module, rest[: end - 1], "use_reentrant=False", f"context_fn=CountedOnce({module})" if averages else ""]
    return f"{before}checkpoint({', '.join(filter(None, given))}){rest[end:]}"


def _fed(block: Block, row: Row) -> list[tuple[Any, Any]]:
    return list(zip(block.inputs, row.inputs, strict=True))


def _following(chosen: list[str], order: tuple[str, ...]) -> dict[str, str | None]:
    """For each node the first of the chosen ones that comes after it."""
    left, found = set(chosen), {}
    following: str | None = None
    for name in reversed(order):
        found[name] = following
        following = name if name in left else following
    return found


class _Writer:
    """Writes the lines of `forward` and names results: what is read at once passes as x, others keep their names."""

    def __init__(self, graph: Graph, rows: Mapping[str, Row], switches: Switches) -> None:
        self.graph, self.rows, self._switches = graph, rows, switches
        self.order = graph.structure.order
        self.lines: list[tuple[str, str]] = []
        self._into: dict[str, list[Wire]] = {name: [] for name in graph.nodes}
        self._readers: dict[tuple[str, str], list[str]] = {}
        for wire in sorted(graph.wires, key=lambda w: w.place):
            self._into[wire.target].append(wire)
            self._readers.setdefault((wire.source, wire.output), []).append(wire.target)
        self._turn = {name: i for i, name in enumerate(self.order)}
        last = {name: len(self.order) for name in self.order if graph.block(name).role in ("output", "delay")}
        self._reads_at = self._turn | last  # what leaves the network is read at the very end
        self._next = _following([n for n in self.order if graph.block(n).role not in _ENDS], self.order)
        self._taken = {function for node in graph.nodes.values() for function in node.block.helpers}
        self._names: dict[tuple[str, str], str] = {}
        self._live: dict[str, int] = {}  # variable -> the turn that reads it last
        self._delays = graph.delays()
        self.arguments = tuple(self._input(name) for name in graph.inputs())
        self._start()

    def _input(self, name: str) -> str:
        """The argument; step by step, what the lines read is a step of it."""
        chosen = free(self._taken, variable(name))
        read = free(self._taken, f"{chosen}_t") if self._delays else chosen
        self._names[name, "y"] = read
        self._live[read] = self._last_reader(name, "y")
        return chosen

    def _start(self) -> None:
        """The states before the first step, and the loop over the steps."""
        if not self._delays:
            return
        first = self.arguments[0]
        for name in self._delays:
            state = free(self._taken, variable(name))
            self._names[name, "y"], self._live[state] = state, len(self.order)
            held = self.rows[name].outputs[0]
            assert held is not None  # all nodes fit
            sizes = ", ".join(map(str, (f"len({first})", *held.sizes)))
            self.lines.append((name, f"{state} = torch.zeros({sizes}, device={first}.device)"))
        self._kept = {name: free(self._taken, f"{variable(name)}_steps") for name in self.graph.outputs()}
        self.lines += [(name, f"{kept} = []") for name, kept in self._kept.items()]
        steps = [self._names[name, "y"] for name in self.graph.inputs()]
        each = [f"{argument}.unbind(1)" for argument in self.arguments]
        over = each[0] if len(each) == 1 else f"zip({', '.join(each)}, strict=True)"
        self.lines.append((self.graph.inputs()[0], f"for {', '.join(steps)} in {over}:"))

    def _last_reader(self, name: str, port: str) -> int:
        """The turn that reads a result last."""
        return max([self._reads_at[reader] for reader in self._readers.get((name, port), ())], default=-1)

    def write(self, name: str, row: Row, init: Init | None) -> None:
        """Adds the line of one node, or a line for each copy where copies cannot stand in one Sequential."""
        node, step = self.graph.nodes[name], _STEP if self._delays else ""
        module = f"self.{init.attribute}" if init else ""
        if row.copies and init is not None and init.plain and node.checkpointed:
            self.lines += [(name, f"{step}{line}") for line in self._copies_again(name, row, init)]
            return
        if not row.copies or (init is not None and init.plain):
            expression = _called(node, self._at(name, node.block, row, module), row, init)
            expressions = [expression if init else self._switched(name, expression)]
            target = self._target(name, node.block, keep=init is None)
        else:
            target = ""
            expressions = []
            for i, copy in enumerate(row.copies):
                at = self._at(name, node.block, copy, f"{module}[{i}]" if module else "", target)
                expressions.append(_called(node, at, copy, init))
                target = target or self._target(name, node.block, keep=True)
        self.lines += [(name, f"{step}{target} = {expression}") for expression in expressions]
        self.lines += [(name, f"{step}{result} = {done}") for result, done in self._finished(name, node.block)]

    def _copies_again(self, name: str, row: Row, init: Init) -> Iterator[str]:
        """The loop over copies of which each is computed again by itself."""
        block = self.graph.block(name)
        fed = self._at(name, block, row, _COPY).x
        target, layer = self._target(name, block, keep=True), free(set(self._taken), _COPY)
        if target != fed:
            yield f"{target} = {fed}"
        yield f"for {layer} in self.{init.attribute}:"
        yield f"{_STEP}{target} = {again(f'{layer}({target})', layer, init.averages)}"

    def _switched(self, name: str, expression: str) -> str:
        """An expression that a flag turns off: what goes past it then."""
        if name not in self._switches.flags:
            return expression
        past = self._switches.around[name]
        return f"{expression} if self.{self._switches.flags[name]} else {self._names[past.source, past.output]}"

    def _finished(self, name: str, block: Block) -> Iterator[tuple[str, str]]:
        """The results that torch gives with their axes in another order, and what puts them right."""
        for port in block.outputs if block.targets else ():
            result = self._names.get((name, port.name))
            if result is not None and block.finish(port.name, result) != result:
                yield result, block.finish(port.name, result)

    def _at(self, name: str, block: Block, row: Row, module: str, fed: str = "") -> At:
        names: dict[str, str | tuple[str, ...] | None] = {}
        shapes: dict[str, Any] = {}
        arriving: dict[str, list[str]] = {}
        for wire in self._into[name]:
            arriving.setdefault(wire.input, []).append(self._names[wire.source, wire.output])
        for port, shape in zip(block.inputs, row.inputs, strict=True):
            given = arriving.get(port.name, ())
            names[port.name] = tuple(given) if port.many else (fed or given[0] if given else None)
            shapes[port.name] = shape
        return At(module, names, shapes)

    def _target(self, name: str, block: Block, *, keep: bool) -> str:
        """The variables that take the results, with `_` for what nobody reads."""
        ports = [port.name for port in block.outputs]
        read = [port for port in ports if (name, port) in self._readers]
        chosen = dict.fromkeys(ports, "_")
        for port in read:
            wanted = variable(name if len(read) == 1 else f"{name}_{port}")
            chosen[port] = self._result(name, port, wanted, keep or len(ports) > 1)
        if not block.targets:
            return ", ".join(chosen.values())
        return block.targets.format(**chosen).replace("(_, _)", "_")

    def _result(self, name: str, port: str, wanted: str, keep: bool) -> str:
        turn, last = self._turn[name], self._last_reader(name, port)
        readers = self._readers[name, port]
        passing = None
        if not keep and len(set(readers)) == 1 and self._reads_next(readers[0], turn):
            passing = next((p for p in _PASSING if self._free_at(p, turn)), None)
        chosen = passing or free(self._taken, wanted)
        self._names[name, port] = chosen
        self._live[chosen] = last
        return chosen

    def _reads_next(self, reader: str, turn: int) -> bool:
        """Whether the line after this turn is the reader's (the return, where the reader is an exit)."""
        following = self._next[self.order[turn]]
        if self.graph.block(reader).role == "output":
            return following is None and len(self.graph.outputs()) == 1
        return following == reader

    def _free_at(self, name: str, turn: int) -> bool:
        """Whether a passing name holds nothing that is read after this turn."""
        held = name in self._live
        return not (held and self._live[name] > turn) and (held or name not in self._taken)

    def finish(self) -> None:
        """Adds the return, on the last line itself where that computes the only result."""
        ends = [self._into[out][0] for out in self.graph.outputs()]
        names = [self._names[w.source, w.output] for w in ends]
        if self._delays:
            self._next_step(dict(zip(self.graph.outputs(), names, strict=True)))
        elif len(names) == 1 and self.lines and self.lines[-1][1].startswith(f"{names[0]} = "):
            node, statement = self.lines[-1]
            self.lines[-1] = (node, "return " + statement.removeprefix(f"{names[0]} = "))
        else:
            self.lines.append((self.graph.outputs()[-1], f"return {', '.join(names)}"))

    def _next_step(self, results: Mapping[str, str]) -> None:
        """Keeps the results of a step, moves what delays hold on to the next, and returns all steps at the end."""
        self.lines += [(out, f"{_STEP}{kept}.append({results[out]})") for out, kept in self._kept.items()]
        pairs = [(self._names[n, "y"], self._names[w.source, w.output]) for n in self._delays for w in self._into[n]]
        moved = [(state, value) for state, value in pairs if state != value]
        if moved:
            states, values = (", ".join(each) for each in zip(*moved, strict=True))
            self.lines.append((self._delays[-1], f"{_STEP}{states} = {values}"))
        stacked = [f"torch.stack({kept}, dim=1)" for kept in self._kept.values()]
        self.lines.append((self.graph.outputs()[-1], f"return {', '.join(stacked)}"))
