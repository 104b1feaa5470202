"""A recurrent layer opened to its gates, as a network that can be edited, and closed to one block again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from blocks.apart import apart, count_of, single
from blocks.block import Block
from blocks.ends import Use
from blocks.gates import cell_of, drawable
from blocks.graph import Graph, Node, Wire
from blocks.layers_drawn import layers_like
from blocks.naming import Refused, fresh_name
from blocks.recurrent import LastStep
from blocks.shape import Shape, vector
from runtime.design import Design
from runtime.rolling import is_step, rolled, why_not_roll
from runtime.variables import uses_of


def unfolded(design: Design, network: str, node: str, x: Shape | None) -> Design:
    """With a recurrent layer as a network of its gates, used at every step; `x` is what arrives. Raises Refused.

    Of several layers or directions each is drawn by itself.
    """
    graph = design.networks[network]
    placed = graph.nodes[node]
    why = why_not_unfold(graph, node, x)
    if why or x is None:
        raise Refused(why)
    _, directions = count = count_of(placed.block)
    if count != (1, 1):
        drawn, singles = apart(graph, node)
        design = design.with_network(network, drawn)
        for name, layer in singles.items():
            width = directions * placed.block.value("hidden_size")
            design = unfolded(design, network, name, x.with_features(width) if layer else x)
        return design
    read = [port.name for port in placed.block.outputs if any(w.output == port.name for w in graph.out_of(node))]
    wanted = list(dict.fromkeys(["y", *("y" if port == "h" else port for port in read)]))
    cell = cell_of(placed.block, vector(x.features), wanted)
    title = fresh_name(design.networks, f"{placed.block.kind()}Cell")
    use = Use(title, ("x",), cell.outputs(), over_time=True)
    after = design.with_network(title, cell)
    return after.with_network(network, _replaced(graph, node, replace(placed, block=use, given=()), wanted))


def why_not_unfold(graph: Graph, node: str, x: Shape | None) -> str:
    """Why a node cannot be opened to its gates, or nothing."""
    placed = graph.nodes[node]
    if not drawable(placed.block):
        return f"{node} is {placed.block.label()}; only a recurrent layer has gates."
    if placed.repeat > 1 or placed.muted or placed.shares:
        return f"{node} is repeated, muted or shares its weights; make it a single layer of its own first."
    if any(wire.input != "x" for wire in graph.into(node)):
        return f"{node} is given a state or a mask; only a layer that begins with zeros can be drawn gate by gate."
    if x is None:
        return f"What arrives at {node} is not known yet; connect its input first."
    try:
        cell_of(single(placed.block), vector(x.features))
    except Refused as refusal:
        return f"{node}: {refusal}."
    return ""


def _replaced(graph: Graph, node: str, use: Node, results: list[str]) -> Graph:
    """With a use at a node; who read a last state reads the last step of it."""
    names = dict(zip(results, use.block.value("gives"), strict=True))
    nodes = {**graph.nodes, node: use}
    wires: list[Wire] = []
    for wire in graph.wires:
        if wire.source != node:
            wires.append(wire)
        elif wire.output == "y":
            wires.append(wire._replace(output=names["y"]))
        else:
            wires.append(_at_last(nodes, wires, wire, names["y" if wire.output == "h" else wire.output]))
    return replace(graph, nodes=nodes, wires=tuple(wires))


def _at_last(nodes: dict[str, Node], wires: list[Wire], wire: Wire, port: str) -> Wire:
    name = f"{wire.source}_{wire.output}"
    if name not in nodes:
        nodes[name] = Node(LastStep())
        wires.append(Wire(wire.source, port, name, "x"))
    return wire._replace(source=name, output="y")


def folded(design: Design, network: str, node: str) -> Design:
    """With the one block that the drawn gates at a node stand for; their network goes with its last use.

    Of a layer laid out in time any step will do. Raises Refused where they stand for none: then they are a layer of
    one's own.
    """
    graph = design.networks[network]
    if is_step(design.networks, graph, node):
        whole, step = rolled(design.networks, graph, node)
        after = design.with_network(network, whole)
        return after.without_network(step) if step and not uses_of(after, step) else after
    why, block = _folding(design.networks, graph, node)
    if block is None:
        raise Refused(why)
    use = graph.nodes[node]
    after = design.with_network(network, _closed(graph, node, replace(use, block=block, given=())))
    cell = str(use.block.value("network"))
    return after if uses_of(after, cell) else after.without_network(cell)


def why_not_fold(networks: Mapping[str, Graph], graph: Graph, node: str) -> str:
    """Why the network at a node cannot be closed to a recurrent layer, or nothing."""
    return why_not_roll(networks, graph, node) if is_step(networks, graph, node) else _folding(networks, graph, node)[0]


def _folding(networks: Mapping[str, Graph], graph: Graph, node: str) -> tuple[str, Block | None]:
    block = graph.block(node)
    cell = networks.get(str(block.value("network"))) if isinstance(block, Use) else None
    if cell is None or not block.value("over_time") or not cell.delays():
        return f"{node} is no recurrent layer drawn gate by gate or step by step.", None
    found = next((known for known, drawn in _known(cell) if _same(cell, drawn)), None)
    if found is None:
        return f"{block.value('network')} was changed, so no block does what it does; it stays a network.", None
    last = [w for w in graph.out_of(node) if w.output != "y" and not isinstance(graph.block(w.target), LastStep)]
    told = f"{last[0].target} reads the cell after every step, which one block does not give." if last else ""
    return told, None if last else found


def _known(cell: Graph) -> Iterator[tuple[Block, Graph]]:
    """Every layer of this size, and how it is drawn."""
    sizes = [cell.block(name).shape() for name in (*cell.inputs(), *cell.delays())]
    if len(cell.inputs()) != 1 or any(shape.rank != 1 for shape in sizes):
        return
    size = sizes[-1].features
    results = ("y", "c")[: len(cell.outputs())]
    for block in layers_like(cell, size):
        if results == ("y",) or any(port.name == "c" for port in block.outputs):
            yield block, cell_of(block, sizes[0], results)


def _same(one: Graph, other: Graph) -> bool:
    return dict(one.nodes) == dict(other.nodes) and set(one.wires) == set(other.wires)


def _closed(graph: Graph, node: str, layer: Node) -> Graph:
    """With a layer at a node; its last cell is a result of its own and needs no reader."""
    lasts = {w.target for w in graph.out_of(node) if w.output != "y"}
    nodes = {name: placed for name, placed in graph.nodes.items() if name not in lasts} | {node: layer}
    wires = [w._replace(source=node, output="c") if w.source in lasts else w for w in graph.wires]
    return replace(graph, nodes=nodes, wires=tuple(w for w in wires if w.target not in lasts))
