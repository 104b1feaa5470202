"""Names of nodes as people write them, and the refusal of an edit in a sentence."""

from __future__ import annotations

import re
from collections.abc import Collection

from blocks.block import Block
from blocks.graph import Graph

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class Refused(Exception):
    """An edit that cannot be done, and why; nothing has changed."""


def fresh_name(taken: Collection[str], wanted: str) -> str:
    """`wanted`, or the first of wanted2, wanted3, … that is free."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", wanted) or "node"
    base = base if NAME.match(base) else f"n_{base}"
    stem = base.rstrip("0123456789") or base
    if base not in taken:
        return base
    number = 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def name_for(graph: Graph, block: Block) -> str:
    """A fitting free name for a block: `conv1`, `conv2`, … as people write them; a use is called after its network."""
    if block.role == "network" and block.value("network"):
        return fresh_name(graph.nodes, str(block.value("network")).strip("_").lower() or "use")
    words = re.sub(r"[^a-z0-9]", "", type(block).kind().lower())
    stem = re.sub(r"[0-9]d$", "", words)
    if block.role in {"input", "output"} and stem not in graph.nodes:
        return stem
    number = 1
    while f"{stem}{number}" in graph.nodes:
        number += 1
    return f"{stem}{number}"


def refuse_name(graph: Graph, name: str) -> None:
    """Raises Refused for a name that code could not bear, or that is taken."""
    if not NAME.fullmatch(name):
        raise Refused(f"{name!a} is not a name: letters, digits and _ , not beginning with a digit, 64 at most")
    if name in graph.nodes:
        raise Refused(f"there is already a node named {name}; choose another name")
