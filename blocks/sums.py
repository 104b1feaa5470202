"""Settings that follow from sums over names: worked out, worked out again when a name has another value, renamed."""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from blocks.arithmetic import FUNCTIONS, LARGEST, LONGEST, NotASum, NotKnown, Result, Scope, read_sum, substituted
from blocks.block import Block
from blocks.graph import Graph, Node, led_on
from blocks.setting import BadSetting, Number, PerAxis, Setting, Sizes, Whole

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
OF_NETWORK = "settings."  # `settings.width` of a Use is the setting width of its network
_WHOLE = (Whole, PerAxis, Sizes)


class BadSum(BadSetting):
    """A sum that a setting cannot take: which one, of which node, what it takes, and why this is none."""

    def __init__(self, setting: str, expected: str, text: str, reason: str, node: str = "") -> None:
        super().__init__(setting, expected, text)
        self.node, self.reason = node, reason
        self.told = f"{text[:80]}: {reason}"
        where = f"{_short(setting)} of {node}" if node else _short(setting)
        self.args = (f"{where} expects {expected}, received {text[:80]!a}: {reason}",)


@dataclass(frozen=True)
class Given:
    """A value with the sum that it follows from, as a field shows it."""

    text: str
    value: Any


@dataclass(frozen=True)
class Amount(Setting):
    """The value of a name: a number, kept whole where it is written whole."""

    @property
    def expected(self) -> str:
        return "a number"

    def parse(self, raw: object) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) <= LARGEST:
            raise self.bad(raw)
        return raw

    def read(self, text: str) -> float:
        try:
            return self.parse(read_sum(text).value({}))
        except NotASum as why:
            raise self.bad(text) from why

    def show(self, value: Any) -> str:
        return str(value) if isinstance(value, int) or float(f"{value:g}") != value else f"{value:g}"


@dataclass(frozen=True)
class Amounts(Setting):
    """Names with their values, as pairs in the order of the names."""

    @property
    def expected(self) -> str:
        return "names with numbers"

    def parse(self, raw: object) -> tuple[tuple[str, float], ...]:
        pairs = list(raw.items()) if isinstance(raw, dict) else raw
        if not isinstance(pairs, list | tuple):
            raise self.bad(raw)
        held = {}
        for pair in pairs:
            if not isinstance(pair, tuple | list) or len(pair) != 2 or not _is_name(pair[0]):
                raise self.bad(raw)
            held[pair[0]] = Amount(0, "").bind(f"{self.name}.{pair[0]}", object).parse(pair[1])
        return tuple(sorted(held.items()))

    def read(self, text: str) -> tuple[tuple[str, float], ...]:
        parts = (part.partition("=") for part in text.split(",") if part.strip())
        return self.parse({name.strip(): Amount(0, "").read(value) for name, _, value in parts})

    def dump(self, value: Any) -> object:
        return dict(value)

    def show(self, value: Any) -> str:
        return ", ".join(f"{name} = {Amount(0, '').show(number)}" for name, number in value)

    def brief(self, value: Any) -> str:
        return " · ".join(f"{name} {Amount(0, '').show(number)}" for name, number in value)


AMOUNT = Amount(0, "A number that sums can be over.")


def amounts(*, doc: str, short: str = "") -> Any:
    """A field that holds names with their values."""
    return field(default=(), metadata={"setting": Amounts((), doc, short=short)})


def why_no_name(name: str) -> str:
    """Why a name cannot stand in sums and in code, or nothing."""
    if not NAME.fullmatch(name):
        return f"{name[:80]!a} is not a name: letters, digits and _ , not beginning with a digit, 64 at most"
    if name in FUNCTIONS or keyword.iskeyword(name) or name == "self":
        return f"{name} means something else in a sum or in Python; choose another name"
    return ""


def _is_name(name: object) -> bool:
    return isinstance(name, str) and not why_no_name(name)


def takes_sums(setting: Setting) -> bool:
    """Whether a setting holds numbers, so that a sum can say which."""
    return isinstance(setting, (*_WHOLE, Number, Amount))


def setting_at(block: Block, key: str) -> Setting:
    """The setting of a block, or of the network that stands there (`settings.width`); raises BadSetting."""
    if key.startswith(OF_NETWORK) and block.role == "network":
        return replace(AMOUNT, name=key)
    if key not in block.settings:
        raise BadSetting(key, f"to be one of {', '.join(block.settings)}", "")
    return block.settings[key]


def value_at(block: Block, key: str) -> Any:
    """What that setting is set to; None for one of a network that is left as the network has it."""
    if key.startswith(OF_NETWORK):
        return dict(block.value("settings")).get(key.removeprefix(OF_NETWORK))
    return block.value(key)


def worked_out(setting: Setting, text: str, scope: Scope, node: str = "") -> Any:
    """The value of a setting that a sum gives; raises BadSum."""
    if not takes_sums(setting):
        raise BadSum(setting.name, setting.expected, text, "it takes no sum", node)
    try:
        result = read_sum(text).value(scope)
    except NotKnown as why:
        raise BadSum(setting.name, setting.expected, text, _unknown(why.name, scope), node) from why
    except NotASum as why:
        raise BadSum(setting.name, setting.expected, text, f"{why}", node) from why
    try:
        return setting.parse(_fitted(setting, result))
    except BadSetting as bad:
        raise BadSum(setting.name, setting.expected, text, f"it works out to {_told(result)}", node) from bad


def typed(setting: Setting, text: str, scope: Scope) -> Any:
    """What a person typed into a field: a value, or Given where it is a sum over names; raises BadSetting."""
    try:
        return setting.read(text)
    except BadSetting:
        told = text.replace("×", ",") if isinstance(setting, PerAxis | Sizes) else text
        if not takes_sums(setting) or not _has_names(told):
            raise
        return Given(told.strip(), worked_out(setting, told, scope))


def _has_names(text: str) -> bool:
    try:
        return bool(read_sum(text).names)
    except NotASum:
        return False


def _fitted(setting: Setting, result: Result) -> Any:
    """A result as the setting takes it: whole where it is one, in a row where several are taken."""
    if isinstance(setting, _WHOLE):
        several = isinstance(result, tuple)
        numbers = result if isinstance(result, tuple) else (result,)
        whole = tuple(int(n) if float(n).is_integer() else n for n in numbers)
        return whole if several or isinstance(setting, Sizes) else whole[0]
    return result


def _unknown(name: str, scope: Scope) -> str:
    near = difflib.get_close_matches(name, scope, n=2, cutoff=0.6)
    if near:
        return f"{name} is not known here; did you mean {' or '.join(near)}?"
    known = ", ".join(list(scope)[:8])
    return f"{name} is not known here; " + (f"the names that are: {known}" if known else "there are no variables yet")


def _told(result: Result) -> str:
    numbers = result if isinstance(result, tuple) else (result,)
    return "×".join(str(n) if isinstance(n, int) else f"{n:.6g}" for n in numbers)


def _short(setting: str) -> str:
    return setting.removeprefix(OF_NETWORK)


# --- nodes ----------------------------------------------------------------------------------


def configured(node: Node, values: Mapping[str, object]) -> Node:
    """A node with other plain values, whose sums are gone; raises BadSetting. None puts a network's setting back."""
    own = {key: value for key, value in values.items() if not key.startswith(OF_NETWORK)}
    block = node.block.with_settings(**own) if own else node.block
    inner = {key.removeprefix(OF_NETWORK): value for key, value in values.items() if key not in own}
    if inner:
        if block.role != "network":
            raise BadSetting(next(iter(values)), "a network at the node", "none")
        held = {**dict(block.value("settings")), **inner}
        block = block.with_settings(settings={name: value for name, value in held.items() if value is not None})
    given = tuple(pair for pair in node.given if pair[0] not in values)
    return replace(node, block=block, given=given)


def with_sum(node: Node, key: str, text: str, scope: Scope, name: str = "") -> Node:
    """A node whose setting follows from a sum; one over no names is only worked out. Raises BadSetting, BadSum."""
    value = worked_out(setting_at(node.block, key), text, scope, name)
    plain = configured(node, {key: value})
    if not read_sum(text).names:
        return plain
    given = {**dict(plain.given), key: text.strip()}
    return replace(plain, given=ordered(node.block, given))


def ordered(block: Block | type[Block], given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Sums in the order of the settings, so that equal nodes are equal however they came about."""
    order = [*block.settings]
    return tuple(sorted(given.items(), key=lambda p: (order.index(p[0]) if p[0] in order else len(order), p[0])))


def names_in(node: Node) -> Iterator[str]:
    """The names that a node's sums are over."""
    for _, text in node.given:
        yield from read_sum(text).names


# --- networks -------------------------------------------------------------------------------


def scope_of(graph: Graph) -> Scope:
    """The names that sums in a network know: its own settings before the variables of the design."""
    return {**graph.variables, **graph.settings}


def resolved(graph: Graph, *, settings: Scope | None = None, variables: Scope | None = None) -> Graph:
    """A network with its sums worked out for other values; raises BadSum naming the node that cannot take its own."""
    settings = graph.settings if settings is None else settings
    variables = graph.variables if variables is None else variables
    scope = {**variables, **settings}
    fresh = {}
    known: dict[tuple[int, tuple[tuple[str, str], ...]], Block] = {}  # large networks repeat themselves
    for name, node in graph.nodes.items():
        if node.given:
            block = known.get((id(node.block), node.given))
            if block is None:
                block = known[id(node.block), node.given] = _worked_out(node, scope, name)
            if block is not node.block:
                fresh[name] = replace(node, block=block)
    wires = graph.wires
    for name, node in fresh.items():
        if not _same_ports(graph.block(name), node.block):
            wires = tuple(led_on(replace(graph, wires=wires), name, node.block).values())
    nodes = {**graph.nodes, **fresh} if fresh else graph.nodes
    after = replace(graph, nodes=nodes, wires=wires, settings=settings, variables=variables)
    same = all(_same_ports(graph.block(name), node.block) for name, node in fresh.items())
    return graph.handing_on(after) if same else after


def _worked_out(node: Node, scope: Scope, name: str) -> Block:
    """The block of a node with the values that its sums have now; the same where none differs."""
    values = {key: worked_out(setting_at(node.block, key), text, scope, name) for key, text in node.given}
    same = all(value == value_at(node.block, key) for key, value in values.items())
    return node.block if same else configured(node, values).block


def _same_ports(one: Block, other: Block) -> bool:
    return one.inputs == other.inputs and one.outputs == other.outputs and one.role == other.role


def at(graph: Graph, values: Iterable[tuple[str, float]]) -> Graph:
    """A network as one use of it has it, with these values for its settings; raises BadSetting. Remembered."""
    told = tuple(values)
    if not told:
        return graph
    known: dict[Any, Graph] = graph.__dict__.setdefault("_at", {})
    if told not in known:
        if len(known) > 64:
            known.clear()
        known[told] = resolved(graph, settings={**graph.settings, **dict(_checked(graph, told))})
    return known[told]


def _checked(graph: Graph, values: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    for name, value in values:
        if name not in graph.settings:
            known = ", ".join(graph.settings) or "it has none"
            raise BadSetting("settings", f"names of the network's own settings ({known})", name)
        if type(graph.settings[name]) is int:
            if not float(value).is_integer():
                raise BadSetting(name, "a whole number", value)
            value = int(value)
        yield name, value


def entrusted(use: Node, inner: Graph) -> tuple[Node, Graph]:
    """A use of a network whose nodes were taken from here, and that network with the settings that its sums need.

    The use hands on the settings of where it stands, so that what followed them still does.
    """
    used = {name for node in inner.nodes.values() for name in names_in(node)}
    settings = {name: value for name, value in inner.settings.items() if name in used}
    given = {f"{OF_NETWORK}{name}": name for name in settings}
    block = use.block.with_settings(settings=settings) if settings else use.block
    return replace(use, block=block, given=ordered(block, given)), inner.handing_on(replace(inner, settings=settings))


def users(graph: Graph, name: str) -> tuple[str, ...]:
    """The nodes whose sums are over a name."""
    return tuple(n for n, node in graph.nodes.items() if node.given and name in names_in(node))


def rewritten(graph: Graph, values: Mapping[str, str]) -> Graph:
    """A network whose sums have other names, numbers or sums in place of some names; one left without names is plain.

    The values of settings stay as they are.
    """
    fresh = {}
    for name, node in graph.nodes.items():
        if node.given and any(used in values for used in names_in(node)):
            told = ((key, substituted(text, values)) for key, text in node.given)
            kept = tuple((key, text) for key, text in told if len(text) <= LONGEST and read_sum(text).names)
            fresh[name] = replace(node, given=kept)
    return _with(graph, fresh)


def _with(graph: Graph, fresh: Mapping[str, Node]) -> Graph:
    """With other nodes that have the same ports."""
    return graph.handing_on(replace(graph, nodes={**graph.nodes, **fresh})) if fresh else graph


def laid_open(body: Graph, use: Node) -> Graph:
    """The network at a use, as it has it, with sums over what the use gives: for nodes that move to where it stands."""
    given = dict(use.given)
    told = {name: given.get(f"{OF_NETWORK}{name}", Amount(0, "").show(v)) for name, v in body.settings.items()}
    return rewritten(body, told) if told else body


def welcomed(fragment: Graph, graph: Graph) -> Graph:
    """Nodes from elsewhere with the values that their sums have in `graph`; what makes no sense there becomes plain."""
    scope = scope_of(graph)
    known = plain(fragment, scope)
    fresh: dict[str, Node] = {}
    for name, node in known.nodes.items():
        for key, text in node.given:
            try:
                fresh[name] = with_sum(fresh.get(name, node), key, text, scope, name)
            except BadSum:
                left = fresh.get(name, node)
                fresh[name] = replace(left, given=tuple(pair for pair in left.given if pair[0] != key))
    return _with(known, fresh)


def plain(graph: Graph, known: Iterable[str]) -> Graph:
    """A network in which sums over names other than the known ones are gone, their values kept: for what is pasted."""
    held = set(known)
    fresh = {
        name: replace(node, given=tuple(p for p in node.given if held.issuperset(read_sum(p[1]).names)))
        for name, node in graph.nodes.items()
        if node.given and not held.issuperset(names_in(node))
    }
    return _with(graph, fresh)
