"""Which blocks a person may want to read of next: kinds of one name, parts, what is made of it, and what is like it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blocks.block import Block
from blocks.definition import Catalogue
from blocks.example import example_of

_RANK = re.compile(r"[123]d$")
_MOST_ALIKE, _MOST_USERS = 6, 12
_ENDS = {"input", "output"}


@dataclass(frozen=True)
class Related:
    """Names of blocks, each at the first place that fits."""

    same: tuple[str, ...]  # for other numbers of axes
    parts: tuple[str, ...]  # what it is made of in its worked example
    users: tuple[str, ...]  # what has it inside
    alike: tuple[str, ...]  # of its category, with most words in common


def related(kind: type[Block], catalogue: Catalogue[Block]) -> Related:
    """What has to do with a block of the catalogue."""
    others = [other for other in catalogue if other is not kind]
    same = [other.kind() for other in others if _stem(other) == _stem(kind)]
    parts = [name for name in parts_of(kind) if name in catalogue]
    users = [other.kind() for other in others if kind.kind() in parts_of(other)][:_MOST_USERS]
    told = {*same, *parts, *users}
    near = [(len(_words(kind) & _words(other)), other) for other in others if other.category == kind.category]
    ranked = sorted((pair for pair in near if pair[0]), key=lambda pair: -pair[0])
    stems = {_stem(other): other.kind() for _, other in reversed(ranked) if other.kind() not in told}
    alike = [other.kind() for _, other in ranked if stems.get(_stem(other)) == other.kind()]
    return Related(tuple(same), tuple(parts), tuple(users), tuple(alike[:_MOST_ALIKE]))


def parts_of(kind: type[Block]) -> tuple[str, ...]:
    """The kinds of blocks directly inside a composite, in its worked example."""
    example = example_of(kind)
    inside = example.inside if example else None
    blocks = (node.block for node in inside.nodes.values()) if inside else ()
    return tuple(dict.fromkeys(block.kind() for block in blocks if block.role not in _ENDS))


def _stem(kind: type[Block]) -> str:
    return _RANK.sub("", kind.kind())


def _words(kind: type[Block]) -> set[str]:
    """The words by which a block is searched, without those that its whole category has."""
    return set(kind.keywords.lower().split()) - {kind.category.lower()}
