"""Names over which settings are sums: variables of a design, settings of a network, and what stands for its uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from blocks import sums
from blocks.ends import Use
from blocks.graph import Graph, Node
from blocks.naming import Refused, fresh_name
from blocks.sharing import families, family
from blocks.sums import OF_NETWORK, Amount, BadSum
from runtime.design import Design, Drawn, Phase

Change = Callable[[Graph], Graph]


def with_sum(design: Design, network: str, names: Collection[str], setting: str, text: str) -> Design:
    """With a setting of some nodes following from a sum; raises BadSum. One over no names is a plain value."""
    graph = design.networks[network]
    for name in families(graph, names):
        graph = graph.with_node(name, sums.with_sum(graph.nodes[name], setting, text, sums.scope_of(graph), name))
    return design.with_network(network, graph)


# --- variables of the design ----------------------------------------------------------------


def with_variable(design: Design, name: str, value: float) -> Design:
    """With a variable added or changed, and all sums over it worked out; raises Refused naming who cannot take it."""
    if name not in design.variables:
        _refuse_name(design, name)
    variables = {**design.variables, name: value}
    after = replace(design, variables=variables)
    return _everywhere(after, lambda graph: sums.resolved(graph, variables=variables), f"{name} = {value}")


def renamed_variable(design: Design, old: str, new: str) -> Design:
    """With a variable under another name, also in the sums over it; raises Refused."""
    if old == new:
        return design
    _refuse_name(design, new)
    variables = {new if name == old else name: value for name, value in design.variables.items()}
    return _rewritten(design, variables, {old: new})


def without_variable(design: Design, name: str) -> Design:
    """Without a variable: sums over it get its value instead."""
    variables = {n: value for n, value in design.variables.items() if n != name}
    return _rewritten(design, variables, {name: _told(design.variables[name])})


def variable_users(design: Design, name: str) -> tuple[str, ...]:
    """The nodes whose sums are over a variable, as `network.node`."""
    return tuple(
        f"{network}.{node}"
        for network, graph in design.networks.items()
        if name not in graph.settings
        for node in sums.users(graph, name)
    )


def _rewritten(design: Design, variables: Mapping[str, float], told: Mapping[str, str]) -> Design:
    def change(graph: Graph) -> Graph:
        own = {name: text for name, text in told.items() if name not in graph.settings}
        return sums.rewritten(graph, own).knowing(variables) if own else graph.knowing(variables)

    return _everywhere(replace(design, variables=variables), change)


# --- settings of a network ------------------------------------------------------------------


def with_own_setting(design: Design, network: str, name: str, value: float) -> Design:
    """With a setting of a network added or changed, and the sums over it worked out; raises Refused."""
    graph = design.networks[network]
    if name not in graph.settings:
        _refuse_own(design, graph, network, name)
    settings = {**graph.settings, name: value}
    try:
        return design.with_network(network, sums.resolved(graph, settings=settings))
    except BadSum as bad:
        raise Refused(f"{name} = {value} does not fit: {bad}") from bad


def renamed_own_setting(design: Design, network: str, old: str, new: str) -> Design:
    """With a network's setting under another name, in its sums and wherever it is used; raises Refused."""
    if old == new:
        return design
    graph = design.networks[network]
    _refuse_own(design, graph, network, new)
    settings = {new if name == old else name: value for name, value in graph.settings.items()}
    after = design.with_network(network, replace(sums.rewritten(graph, {old: new}), settings=settings))
    return _everywhere(after, lambda each: _in_uses(each, network, lambda node: _moved(node, old, new)))


def without_own_setting(design: Design, network: str, name: str) -> Design:
    """Without a setting of a network: sums over it get its value instead, and its uses do not give it any more."""
    graph = design.networks[network]
    settings = {n: value for n, value in graph.settings.items() if n != name}
    after = design.with_network(
        network, replace(sums.rewritten(graph, {name: _told(graph.settings[name])}), settings=settings)
    )
    dropped = {f"{OF_NETWORK}{name}": None}
    return _everywhere(after, lambda each: _in_uses(each, network, lambda node: sums.configured(node, dropped)))


def promote(design: Design, network: str, node: str, setting: str, name: str) -> Design:
    """With a setting of a node made the network's own under `name`, with the value it has; raises Refused."""
    graph = design.networks[network]
    why = why_not_promote(design, network, node, setting)
    if why:
        raise Refused(why)
    value = _value(design, graph.nodes[node], setting)
    if graph.settings.get(name) != value:
        _refuse_own(design, graph, network, name)
        graph = replace(graph, settings={**graph.settings, name: value})
    for each in family(graph, node):  # which share their weights, and so their settings
        graph = graph.with_node(each, sums.with_sum(graph.nodes[each], setting, name, sums.scope_of(graph), each))
    return design.with_network(network, graph)


def why_not_promote(design: Design, network: str, node: str, setting: str) -> str:
    """Why a setting of a node cannot become the network's own, or nothing."""
    graph = design.networks[network]
    placed = graph.nodes[node]
    told = setting.removeprefix(OF_NETWORK)
    if dict(placed.given).get(setting) in graph.settings:
        return f"{told} of {node} is {dict(placed.given)[setting]} of {network} already"
    known = setting.startswith(OF_NETWORK) or setting in placed.block.settings
    if not known or not sums.takes_sums(sums.setting_at(placed.block, setting)):
        return f"{told} of {node} is no number; only numbers can become settings of {network}"
    if not isinstance(_value(design, placed, setting), int | float):
        return f"{told} of {node} is no single number now; only a single number can become a setting of {network}"
    return ""


def name_for_promoted(design: Design, network: str, node: str, setting: str) -> str:
    """A free name for a promoted setting: its own where it is free, else after its node."""
    graph = design.networks[network]
    taken, own = {*graph.settings, *design.variables}, setting.removeprefix(OF_NETWORK)
    wanted = own if own not in taken else f"{node}_{own}"
    free = fresh_name(taken, wanted)
    return free if not sums.why_no_name(free) else fresh_name(taken, f"{node}_{own}")


def _value(design: Design, node: Node, setting: str) -> Any:
    value = sums.value_at(node.block, setting)
    if value is None and setting.startswith(OF_NETWORK) and node.block.role == "network":
        inner = design.networks.get(str(node.block.value("network")))
        return inner.settings.get(setting.removeprefix(OF_NETWORK)) if inner is not None else None
    return value


# --- uses of a network ----------------------------------------------------------------------


def uses(design: Design) -> dict[str, int]:
    """How often each network stands as a block in others; training steps are not counted."""
    counts: Counter[str] = Counter()
    for graph in design.networks.values():
        counts.update(graph.uses)
    return dict(counts)


def uses_of(design: Design, network: str) -> tuple[str, ...]:
    """Where a network stands as a block, as `network.node`; training steps are not counted."""
    return tuple(
        f"{name}.{node}"
        for name, graph in design.networks.items()
        for node, placed in graph.nodes.items()
        if _stands(placed, network)
    )


def detach(design: Design, network: str, node: str) -> Design:
    """With a copy of the network that stands at a node, for this use alone; raises Refused."""
    placed = design.networks[network].nodes[node]
    used = str(placed.block.value("network")) if isinstance(placed.block, Use) else ""
    if used not in design.networks:
        raise Refused(f"{node} is no network of this design, so there is nothing to detach")
    name = fresh_name(design.networks, used)
    copied = design.with_network(name, design.networks[used])
    beside = {held: _copied(getattr(design, held), used, name) for held in ("layout", "notes", "frames", "bends")}
    own = replace(placed, block=placed.block.with_settings(network=name))
    return replace(copied, **beside).edited(network, lambda graph: graph.with_node(node, own))  # type: ignore[arg-type]


def why_not_detach(design: Design, network: str, node: str) -> str:
    """Why a use cannot have a network of its own, or nothing."""
    placed = design.networks[network].nodes[node]
    if not isinstance(placed.block, Use) or placed.block.network not in design.networks:
        return f"{node} is no network of this design."
    alone = len(uses_of(design, placed.block.network)) == 1
    return f"{node} is the only use of {placed.block.network}, so it is its own already." if alone else ""


def _copied(held: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    return {**held, new: held[old]} if old in held else dict(held)


def _stands(node: Node, network: str) -> bool:
    return isinstance(node.block, Use) and node.block.network == network


def _in_uses(graph: Graph, network: str, change: Callable[[Node], Node]) -> Graph:
    for name, node in graph.nodes.items():
        if _stands(node, network):
            graph = graph.with_node(name, change(node))
    return graph


def _moved(node: Node, old: str, new: str) -> Node:
    """A use that gives its value to another name."""
    values = {new if name == old else name: value for name, value in node.block.value("settings")}
    keys = {f"{OF_NETWORK}{old}": f"{OF_NETWORK}{new}"}
    given = {keys.get(key, key): text for key, text in node.given}
    block = node.block.with_settings(settings=values)
    return replace(node, block=block, given=sums.ordered(block, given))


# --- all graphs of a design -----------------------------------------------------------------


def _everywhere(design: Design, change: Change, told: str = "") -> Design:
    """With every network and every drawn step changed; raises Refused with `told` where a sum does not fit."""
    networks = {}
    for name, graph in design.networks.items():
        try:
            networks[name] = change(graph)
        except BadSum as bad:
            raise Refused(f"{told} does not fit in {name}: {bad}") from bad
    return replace(design, networks=networks, training=tuple(_steps(design, change)))


def _steps(design: Design, change: Change) -> Iterator[Phase]:
    for phase in design.training:
        if not isinstance(phase.plan, Drawn):
            yield phase
            continue
        step = change(phase.plan.step)
        yield phase if step is phase.plan.step else replace(phase, plan=replace(phase.plan, step=step))


def _refuse_name(design: Design, name: str) -> None:
    why = sums.why_no_name(name)
    if why:
        raise Refused(why)
    if name in design.variables:
        raise Refused(f"there is already a variable named {name}; choose another name")
    holder = next((n for n, graph in design.networks.items() if name in graph.settings), "")
    if holder:
        raise Refused(f"{holder} has a setting named {name}; choose another name")


def _refuse_own(design: Design, graph: Graph, network: str, name: str) -> None:
    why = sums.why_no_name(name)
    if why:
        raise Refused(why)
    if name in graph.settings:
        raise Refused(f"{network} has a setting named {name} already; choose another name")
    if name in design.variables:
        raise Refused(f"there is a variable named {name}; choose another name")


def _told(value: float) -> str:
    return Amount(0, "").show(value)


__all__ = [
    "detach",
    "name_for_promoted",
    "promote",
    "renamed_own_setting",
    "renamed_variable",
    "uses",
    "uses_of",
    "variable_users",
    "why_not_detach",
    "why_not_promote",
    "with_own_setting",
    "with_sum",
    "with_variable",
    "without_own_setting",
    "without_variable",
]
