"""One node measured: shapes, parameters and cost from the shapes that arrive, remembered for equal nodes."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from blocks.block import Bridge, Change, Port, Remedy, Unfit
from blocks.graph import Graph, Node, Structure
from blocks.nesting import circle, within
from blocks.over_time import at_all_steps, misheld, one_step, only_over_time
from blocks.recomputing import again, refuse_other_mode
from blocks.row import Inputs, Inside, Row, frozen, lent
from blocks.setting import BadSetting
from blocks.shape import Meaning, Shape
from blocks.sharing import misfits
from blocks.sums import OF_NETWORK, BadSum, at

__all__ = ["DEEPEST", "NO_NETWORKS", "Inputs", "Inside", "Networks", "Row", "collect", "flow", "gather", "measure"]

Networks = Mapping[str, Graph]
NO_NETWORKS: Networks = {}
DEEPEST = 32  # composites and networks inside each other


def measure(node: Node, inputs: Inputs, networks: Networks = NO_NETWORKS, depth: int = 0) -> Row:
    """The row of a node for the shapes at its input ports (None: unknown or not connected; a tuple at `many` ports)."""
    row: Row | None = node.memo.get(inputs)
    if row is None:
        row = _counted(node, _measured(node, inputs, networks, depth))
        if not _depends_on_networks(node.block, row):
            node.memo[inputs] = row
    return row


def gather(structure: Structure, name: str, ports: tuple[Port, ...], rows: Mapping[str, Row]) -> Inputs:
    """The shapes that arrive at a node, port by port."""
    step = structure.plan[structure.position[name]]
    if step.source is not None:
        return (rows[step.source].outputs[step.slot],)
    return collect(step.feeds, ports, rows)


def collect(feeds: tuple[tuple[tuple[str, int], ...], ...], ports: tuple[Port, ...], rows: Mapping[str, Row]) -> Inputs:
    """The same for a node with several ports or wires."""
    return tuple(
        tuple(rows[source].outputs[slot] for source, slot in feed)
        if port.many
        else (rows[feed[0][0]].outputs[feed[0][1]] if feed else None)
        for port, feed in zip(ports, feeds, strict=False)
    )


def flow(graph: Graph, networks: Networks = NO_NETWORKS, depth: int = 0) -> dict[str, Row]:
    """The rows of all nodes, in order; nodes in circles have none."""
    rows: dict[str, Row] = {}
    nodes = graph.nodes
    for name, source, slot, feeds in graph.structure.plan:
        node = nodes[name]
        if source is not None:
            inputs: Inputs = (rows[source].outputs[slot],)
        else:
            inputs = collect(feeds, node.block.inputs, rows)
        rows[name] = node.memo.get(inputs) or measure(node, inputs, networks, depth)
    if graph.sharers:
        rows |= misfits(graph, rows)
    if graph.structure.late:
        rows |= misheld(graph, rows)
    return rows


def _depends_on_networks(block: Any, row: Row) -> bool:
    if block.role == "network":
        return True
    inside = row.inside
    return inside is not None and any(n.block.role == "network" for n in inside.graph.nodes.values())


def _counted(node: Node, row: Row) -> Row:
    """What counts of a node: shared weights do with their owner, those of a frozen node do not learn."""
    if node.muted or row.problem is not None:
        return row
    if node.checkpointed and None not in row.outputs:
        row = again(node, row)
    return lent(row) if node.shares else frozen(row) if node.frozen else row


def _passed_on(node: Node, inputs: Inputs) -> Row:
    """The row of a muted node: what arrives first leaves first, and nothing else does."""
    block = node.block
    first = inputs[0] if inputs else None
    if isinstance(first, tuple):
        first = first[0] if first else None
    outputs = (first, *(None for _ in block.outputs[1:]))[: len(block.outputs)]
    if inputs and outputs and block.role != "delay":
        return Row(inputs, outputs)
    unmute = Change({"muted": False})
    expected = "an input and an output, so that it can be muted and pass on what arrives"
    missing = "no input" if not inputs else "no output" if not outputs else "a delay, which ends a circle"
    return Row(inputs, outputs, problem=Unfit(missing, expected, "Unmute it.", setting="muted", remedies=(unmute,)))


def _measured(node: Node, inputs: Inputs, networks: Networks, depth: int) -> Row:
    block = node.block
    if node.muted:
        return _passed_on(node, inputs)
    blank = Row(inputs, (None,) * len(block.outputs))
    if block.role == "unknown" or (block.role != "delay" and not _known(block.inputs, inputs)):
        return blank
    try:
        _refuse_meanings(block.inputs, inputs)
        if node.repeat > 1:
            return _repeated(node, inputs, networks, depth)
        return _once(block, inputs, networks, depth)
    except Unfit as problem:
        return Row(inputs, blank.outputs, problem=problem)
    except Exception as bug:
        if not block.package:
            raise
        return Row(inputs, blank.outputs, problem=_not_ours(block, bug))


def _not_ours(block: Any, bug: Exception) -> Unfit:
    """What a mistake in the rules of another package's block is here: a problem of the node, not of the program."""
    told = f"{type(bug).__name__}: {bug}".splitlines()[0][:200]
    return Unfit(told, f"the rules of {block.kind()} to hold for this input", f"Tell the authors of {block.package}.")


def _known(ports: tuple[Port, ...], inputs: Inputs) -> bool:
    """Whether every port that must be connected has a shape."""
    for port, shape in zip(ports, inputs, strict=True):
        if port.many:
            if (not shape and not port.optional) or None in shape:
                return False
        elif shape is None and not port.optional:
            return False
    return True


def _refuse_meanings(ports: tuple[Port, ...], inputs: Inputs) -> None:
    for port, arrived in zip(ports, inputs, strict=True):
        for index, shape in enumerate(arrived if port.many else (arrived,)):
            if shape is not None and shape.meaning not in port.meanings:
                raise Unfit(
                    shape,
                    _phrase(port.meanings),
                    port=port.name,
                    index=index,
                    remedies=(Bridge(port.meanings),),
                )
            if shape is not None and shape.dtype != "float32" and Meaning.TOKENS not in port.meanings:
                raise Unfit(
                    f"whole numbers {shape}",
                    "plain numbers",
                    "Put an Embedding or OneHot before it.",
                    port=port.name,
                    index=index,
                    remedies=(Bridge(port.meanings),),
                )


def _phrase(meanings: tuple[Meaning, ...]) -> str:
    words = [f"{'an' if m.value[0] in 'aeiou' else 'a'} {m.value}" for m in meanings]
    return " or ".join(words)


def _once(block: Any, inputs: Inputs, networks: Networks, depth: int) -> Row:
    if block.role == "network" or block.composite:
        return _from_inside(block, inputs, networks, depth)
    outputs = block.shape(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    _refuse_empty(inputs, outputs)
    return Row(
        inputs,
        outputs,
        parameters=sum(map(prod, block.all_parameters(*inputs).values())),
        # published totals leave out single counters such as num_batches_tracked
        buffers=sum(prod(sizes) for sizes in block.all_buffers(*inputs).values() if sizes),
        macs=block.macs(*inputs, *outputs),
        activations=sum(shape.bytes for shape in outputs),
    )


def _refuse_empty(inputs: Inputs, outputs: tuple[Shape, ...]) -> None:
    for shape in outputs:
        if min(shape.sizes, default=1) < 1:
            raise Unfit(inputs[0], "an input large enough to leave something", f"The result would be {shape}.")


def _from_inside(block: Any, inputs: Inputs, networks: Networks, depth: int) -> Row:
    if depth >= DEEPEST:
        raise Unfit(inputs[0], f"networks at most {DEEPEST} deep in each other")
    if block.composite:
        return _opened(block.opened(*inputs), inputs, networks, depth)
    if not depth:
        _refuse_circle(block.network, networks)
    if block.value("over_time"):
        single = one_step(inputs)
        row = at_all_steps(_known_inside(_network(block, single, networks), single, networks, depth), inputs)
    else:
        only_over_time(block.network, networks)
        row = _known_inside(_network(block, inputs, networks), inputs, networks, depth)
    refuse_other_mode(block, row)
    return row


def _known_inside(graph: Graph, inputs: Inputs, networks: Networks, depth: int) -> Row:
    """The row of a network for what arrives: worked out once for all its uses, as long as what it uses is the same."""
    known: dict[Inputs, tuple[list[Graph], Row | Unfit]] = graph.__dict__.setdefault("_rows", {})
    used = list(within(graph, networks).values())
    before, row = known.get(inputs, ([], None))
    if row is None or len(before) != len(used) or any(a is not b for a, b in zip(before, used, strict=True)):
        try:
            row = _opened(graph, inputs, networks, depth)
        except Unfit as problem:
            row = problem
        known[inputs] = used, row
    if isinstance(row, Unfit):
        raise row.with_traceback(None)
    return row


def _refuse_circle(network: str, networks: Networks) -> None:
    way = circle(network, networks)
    if way:
        raise Unfit(" → ".join(way), "one that ends", "A network may not contain itself.", setting="network")


def _opened(graph: Graph, inputs: Inputs, networks: Networks, depth: int) -> Row:
    """The row of what holds a graph, from the rows of what is in it."""
    rows = flow(graph, networks, depth + 1)
    _raise_inner(graph, rows)
    outputs = tuple(_arrives(graph, rows, name) for name in graph.outputs())
    return Row(
        inputs,
        outputs,
        parameters=sum(row.parameters for row in rows.values()),
        buffers=sum(row.buffers for row in rows.values()),
        macs=sum(row.macs for row in rows.values()),
        activations=sum(row.activations for name, row in rows.items() if graph.block(name).role != "input"),
        again=max((row.again for row in rows.values()), default=0),
        inside=Inside(graph, rows),
    )


def _network(block: Any, inputs: Inputs, networks: Networks) -> Graph:
    graph = networks.get(block.network)
    if graph is None:
        known = ", ".join(networks) or "none"
        raise Unfit(block.network or "no name", f"the name of a network of this design ({known})", setting="network")
    try:
        graph = at(graph, block.value("settings"))
    except BadSetting as bad:
        node = f"{bad.node} in " if isinstance(bad, BadSum) else ""
        expected = f"{bad.expected} as {bad.setting} of {node}{block.network}"
        own = {f"{OF_NETWORK}{name}": None for name, _ in block.value("settings")}
        left = Change(own, f"Leave the settings as {block.network} has them")
        raise Unfit(getattr(bad, "told", bad.received), expected, setting="settings", remedies=(left,)) from bad
    entrances, exits = graph.inputs(), graph.outputs()
    same = Change({"takes": entrances, "gives": exits}, f"Give it the inputs and outputs of {block.network}")
    if len(entrances) != len(inputs):
        raise Unfit(f"{len(inputs)} inputs", f"{len(entrances)}, as the network {block.network} has", remedies=(same,))
    for name, port, shape in zip(entrances, block.inputs, inputs, strict=True):
        wanted = graph.block(name).shape()
        if shape.sizes != wanted.sizes:
            steps = shape.sizes[1:] == wanted.sizes and not block.value("over_time")
            each: tuple[Remedy, ...] = (Change({"over_time": True}),) if steps else ()
            expected, remedies = f"{wanted}, as {name} of {block.network} says", (*each, Bridge(wanted))
            raise Unfit(shape, expected, port=port.name, remedies=remedies)
    if len(exits) != len(block.outputs):
        expected = f"the {len(exits)} outputs of {block.network}"
        raise Unfit(f"{len(block.outputs)}", expected, setting="gives", remedies=(same,))
    return graph


def _raise_inner(graph: Graph, rows: Mapping[str, Row]) -> None:
    for name in graph.nodes:
        row = rows.get(name)
        if row is None or (row.problem is None and None in row.outputs):
            continue
        if row.problem is not None:
            raise row.problem.within(name)
    if any(name not in rows for name in graph.nodes):
        raise Unfit("a circle of wires", "a network without one")


def _arrives(graph: Graph, rows: Mapping[str, Row], output: str) -> Shape | None:
    shape: Shape | None = rows[output].inputs[0]
    return shape


def _repeated(node: Node, inputs: Inputs, networks: Networks, depth: int) -> Row:
    block = node.block
    one_way = len(block.outputs) == 1 and sum(not p.optional for p in block.inputs) == 1
    if not one_way or block.inputs[0].many or block.role == "delay":
        raise Unfit(f"{node.repeat} times", "one input and one output to be repeated", setting="repeat")
    copies: list[Row] = []
    for _ in range(node.repeat):
        copies.append(measure(Node(block), inputs, networks, depth))
        problem = copies[-1].problem
        if problem is not None:
            raise Unfit(
                problem.received,
                f"{problem.expected} (copy {len(copies)} of {node.repeat})",
                problem.repair,
                setting=problem.setting or "repeat",
                remedies=problem.remedies if len(copies) == 1 else (Change({"repeat": len(copies) - 1}),),
            )
        inputs = (copies[-1].outputs[0], *inputs[1:])
    return Row(
        copies[0].inputs,
        copies[-1].outputs,
        parameters=sum(c.parameters for c in copies),
        buffers=sum(c.buffers for c in copies),
        macs=sum(c.macs for c in copies),
        activations=sum(c.activations for c in copies),
        again=max(c.again for c in copies),
        copies=tuple(copies),
    )
