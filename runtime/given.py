"""Sums as a design file holds them, `"out_channels": "=2*width"`: taken out of a node's entry, and put back in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from blocks.arithmetic import Scope
from blocks.block import CATALOGUE, Block
from blocks.graph import Node
from blocks.sums import OF_NETWORK, ordered, setting_at, takes_sums, worked_out

MARK = "="
Sums = tuple[tuple[str, str], ...]


def sums_in(kind: type[Block], entry: Mapping[str, Any]) -> dict[str, str]:
    """The sums in the entry of a node, by the setting that each gives."""
    found = {k: v[1:] for k, v in entry.items() if _is_sum(v) and k in kind.settings and takes_sums(kind.settings[k])}
    values = entry.get("settings")
    if kind.role == "network" and isinstance(values, dict):
        found |= {f"{OF_NETWORK}{name}": value[1:] for name, value in values.items() if _is_sum(value)}
    return found


def _is_sum(value: object) -> bool:
    return isinstance(value, str) and value.startswith(MARK)


def may_hold_sums(written: str) -> bool:
    """Whether an entry, of which this is the repr, can hold a sum: so that the many that do not cost nothing."""
    return "'=" in written or '"=' in written


def without_sums(kind: str, entry: Mapping[str, Any], scope: Scope) -> tuple[dict[str, Any], Sums]:
    """The entry of a node with values in place of its sums, and the sums; raises BadSum."""
    known = CATALOGUE.get(kind)
    assert known is not None
    given = sums_in(known, entry)
    plain = dict(entry)
    for key, text in given.items():
        setting = setting_at(known(), key)
        _put(plain, key, setting.dump(worked_out(setting, text, scope)))
    return plain, ordered(known, given)


def with_sums(node: Node, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a node with its sums in place of their values, in the order of the settings."""
    told = dict(entry)
    for key, text in node.given:
        _put(told, key, f"{MARK}{text}")
    return dict(_sorted(node.block, told))


def _put(entry: dict[str, Any], key: str, value: object) -> None:
    if key.startswith(OF_NETWORK):
        entry["settings"] = {**entry.get("settings", {}), key.removeprefix(OF_NETWORK): value}
    else:
        entry[key] = value


def _sorted(block: Block, entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Known settings in their order, then what else stands there."""
    for name in block.settings:
        if name in entry:
            yield name, entry[name]
    for name, value in entry.items():
        if name not in block.settings:
            yield name, value
