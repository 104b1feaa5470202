"""Prints a step graph as functions of a batch: what each loss needs, and every metric that follows from the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from blocks.block import At, Block
from blocks.call import quoted
from blocks.measure import Row
from blocks.over_time import called
from runtime.naming import free, snake_case, variable
from runtime.plan import Stretch

Lines = list[tuple[str, str]]  # (node or "", statement)


def share_metrics(stretch: Stretch) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """For each loss that is minimized the values its function gives, itself first; and the metrics no loss covers.

    A metric goes with the first loss whose function uses all networks that it needs.
    """
    losses = list(dict.fromkeys(o.minimize for o in stretch.objectives))
    reached = {loss: set(stretch.behind(loss)) for loss in losses}
    shared = {loss: [loss] for loss in losses}
    rest: list[str] = []
    for name in stretch.judged():
        if name in losses:
            continue
        needed = set(stretch.behind(name))
        home = next((loss for loss in losses if not _uses(stretch, needed - reached[loss])), None)
        (shared[home] if home else rest).append(name)
    return {loss: tuple(names) for loss, names in shared.items()}, tuple(rest)


def _uses(stretch: Stretch, nodes: set[str]) -> bool:
    """Whether a network is used among these nodes."""
    return any(stretch.graph.block(name).role == "network" for name in nodes)


class StepBody:
    """The lines of one function `(networks, batch) -> Values` that computes `results`."""

    def __init__(self, stretch: Stretch, results: tuple[str, ...], classes: Mapping[str, str]) -> None:
        self._stretch, self._classes = stretch, classes
        self._graph = stretch.graph
        self._taken = {"networks", "batch", *(f for n in self._graph.nodes.values() for f in n.block.helpers)}
        self._names: dict[tuple[str, str], str] = {}
        self._modules: dict[str, str] = {}
        self._computed: dict[str, str] = {}  # what was assigned last for an expression
        self._order = order = stretch.behind(*results)
        self._read = {(w.source, w.output) for name in order for w in self._graph.into(name)}
        self._read |= {(name, self._graph.block(name).outputs[0].name) for name in results}
        self.lines: Lines = [*self._networks(order), *self._fields(order)]
        for name in order:
            if self._graph.block(name).role != "input":
                self.lines += self._statements(name)
        first = {name: self._graph.block(name).outputs[0].name for name in results}
        told = [f"{quoted(name)}: {self._names[name, port]}{self._reduced(name)}" for name, port in first.items()]
        self.lines.append(("", f"return {{{', '.join(told)}}}"))

    def _reduced(self, name: str) -> str:
        """The mean over the batch where a number for each example is minimized, as a loss and what gates cost."""
        minimized = any(objective.minimize == name for objective in self._stretch.objectives)
        return ".mean()" if minimized and not self._of_batch(name) else ""

    def _of_batch(self, name: str) -> bool:
        """Whether the result of a node is one number for the whole batch."""
        wires = self._graph.into(name)
        return self._graph.block(name).batchless or (bool(wires) and all(self._of_batch(w.source) for w in wires))

    def _networks(self, order: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        fields = {variable(name) for name in order if self._graph.block(name).role == "input"}
        for name in order:
            block = self._graph.block(name)
            named = block.role == "network" or block.of_weights
            if named and block.value("network") not in self._modules:
                made = self._classes[block.value("network")]
                wanted = variable(snake_case(made))
                local = free(self._taken, f"{wanted}_network" if wanted in fields else wanted)
                self._modules[block.value("network")] = local
                yield name, f"{local} = networks[{quoted(made)}]"

    def _fields(self, order: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for name in order:
            if self._graph.block(name).role == "input":
                self._names[name, "y"] = free(self._taken, variable(name))
                yield name, f"{self._names[name, 'y']} = batch[{quoted(name)}]"

    def _statements(self, name: str) -> Iterator[tuple[str, str]]:
        """The line of a node, or one for each copy of a repeated one."""
        node, row = self._graph.nodes[name], self._stretch.checked.rows[name]
        target = ""
        for copy in row.copies or (row,):
            at = self._at(name, node.block, copy, target)
            gathered = self._stretch.gathers(name)
            expression = node.block.gathered(at) if gathered else called(node.block, at, copy)
            if gathered:
                expression = self._computed.get(expression, expression)
            if self._renames(node.block, expression) and not row.copies:
                self._names[name, node.block.outputs[0].name] = expression
                return
            target = target or self._target(name, node.block)
            self._computed[expression] = target
            yield name, f"{target} = {expression}"
        for port in node.block.outputs:
            result = self._names.get((name, port.name), "")
            if result and node.block.finish(port.name, result) != result:
                yield name, f"{result} = {node.block.finish(port.name, result)}"

    def _renames(self, block: Block, expression: str) -> bool:
        """Whether a node would only give another name to a result, as what is multiplied by one does."""
        return len(block.outputs) == 1 and not block.gathers and expression in self._names.values()

    def _at(self, name: str, block: Block, row: Row, fed: str) -> At:
        wires = self._graph.into(name)
        names: dict[str, str | tuple[str, ...] | None] = {}
        shapes: dict[str, Any] = {}
        for port, shape in zip(block.inputs, row.inputs, strict=True):
            given = tuple(self._names[w.source, w.output] for w in wires if w.input == port.name)
            names[port.name] = given if port.many else (fed or given[0] if given else None)
            shapes[port.name] = shape
        return At(self._module(block, row), names, shapes)

    def _module(self, block: Block, row: Row) -> str:
        """What is called: a network, or a module without weights, made on the spot."""
        if block.role == "network" or block.of_weights:
            return self._modules[block.value("network")]
        return str(block.module(*row.inputs) or "")

    def _target(self, name: str, block: Block) -> str:
        chosen = {}
        for port in block.outputs:
            read = (name, port.name) in self._read
            chosen[port.name] = self._result(name, block, port.name) if read else "_"
        pattern = block.targets or ", ".join(f"{{{port.name}}}" for port in block.outputs)
        return pattern.format(**chosen).replace("(_, _)", "_")

    def _result(self, name: str, block: Block, port: str) -> str:
        """Several results, and those of a network, are named as it names them if it stands there once; else by node."""
        network, several = block.role == "network", len(block.outputs) > 1
        once = self._named_once(block, port) if network else several and self._alone(block)
        plain = network and port == "y" and variable(name) not in self._taken  # which says less than the node does
        whole = not several and not (network and name.replace("_", "") == self._module_of(block).replace("_", ""))
        wanted = port if once and not plain else name if whole else f"{name}_{port}"
        self._names[name, port] = free(self._taken, variable(wanted))
        return self._names[name, port]

    def _named_once(self, block: Block, port: str) -> bool:
        """Whether a network is used once, and no other one of the function gives a result of that name."""
        uses = [use for use in map(self._graph.block, self._order) if use.role == "network"]
        alone = sum(port in (each.name for each in use.outputs) for use in uses) == 1
        return alone and self._graph.uses[block.value("network")] == 1

    def _module_of(self, block: Block) -> str:
        return self._modules[block.value("network")]

    def _alone(self, block: Block) -> bool:
        """Whether no other block of its kind stands in the step."""
        return sum(type(node.block) is type(block) for node in self._graph.nodes.values()) == 1
