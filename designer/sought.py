"""What is looked for in a design: words, settings, shapes and problems; and where it is found, however deep inside."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from blocks.block import Block
from blocks.check import Diagnostic
from blocks.graph import Graph, Node
from blocks.measure import Row
from blocks.setting import BadSetting
from blocks.shape import dotted
from designer.document import OpenDesign
from designer.scene import Place, Scene

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_SIGN = re.compile(r"\s*(>=|<=|!=|=|>|<|×)\s*")
_SETTING = re.compile(r"([A-Za-z_]\w*)(>=|<=|!=|=|>|<)(.+)")
_SHAPE = re.compile(r"(?:\d+|\?|\*)(?:[x×](?:\d+|\?|\*))+")
_LEVELS = {"error": "error", "warning": "warning", "advice": "advice", "problem": ""}
_DEEPEST = 12  # composites opened one in the other
Test = Callable[["Found"], bool]


@dataclass(frozen=True)
class Hit:
    """A node that was found, where it stands, what it is, and whether that is in sight already."""

    place: Place
    node: str
    told: str = ""
    here: bool = True


@dataclass(frozen=True)
class Found:
    """What a node can be found by."""

    name: str
    node: Node
    row: Row | None
    problems: Sequence[Diagnostic] = ()


def test_of(text: str) -> Test | None:
    """What a text asks of a node, every part of it; None where it asks nothing."""
    plain = _SIGN.sub(r"\1", text.replace("≥", ">=").replace("≤", "<=").replace("≠", "!="))
    tests = [_test(part) for part in plain.split()]
    return (lambda found: all(test(found) for test in tests)) if tests else None


def _test(part: str) -> Test:
    setting, level = _SETTING.fullmatch(part), part.lower().removesuffix("s")
    if setting:
        name, sign, value = setting.groups()
        return lambda found: _compares(found, name.lower(), sign, value)
    if _SHAPE.fullmatch(part):
        wanted = re.split("[x×]", part)
        return lambda found: _has_shape(found, wanted) or part.lower().replace("x", "×") in _words(found)
    if level in _LEVELS:
        return lambda found: _has_problem(found, _LEVELS[level]) or level in found.name.lower()
    return lambda found: part.lower() in _words(found)


def _words(found: Found) -> str:
    node = found.node
    marks = (word for word, on in _said(node) if on)
    times = f"×{node.repeat}" if node.repeat > 1 else ""
    said = " ".join(problem.message for problem in found.problems)
    inner = str(found.row.problem) if found.row is not None and found.row.problem and not said else ""
    return f"{found.name} {' '.join(marks)} {times} {said} {inner}".lower() + _of_block(node.block)


def _said(node: Node) -> tuple[tuple[str, object], ...]:
    marks = ("muted", "frozen", "checkpointed")
    return *((mark, getattr(node, mark)) for mark in marks), (node.shares, node.shares)


@lru_cache(20_000)
def _of_block(block: Block) -> str:
    """What every node with this block can be found by."""
    settings = (f"{n} {s.show(block.value(n))}" for n, s in block.settings.items())
    words = (block.label(), block.kind(), block.category, block.keywords, *settings)
    return f" {' '.join(words)} ".lower().replace(" × ", "×")


def _has_shape(found: Found, wanted: Sequence[str]) -> bool:
    for shape in found.row.outputs if found.row is not None else ():
        sizes = shape.sizes if shape is not None else ()
        if len(sizes) == len(wanted) and all(w in "?*" or int(w) == n for w, n in zip(wanted, sizes, strict=True)):
            return True
    return False


def _has_problem(found: Found, level: str) -> bool:
    broken = found.row is not None and found.row.problem is not None and level in ("", "error")
    return broken or any(problem.level == level or not level for problem in found.problems)


def _compares(found: Found, name: str, sign: str, text: str) -> bool:
    for setting_name, value in _values(found, name):
        setting = found.node.block.settings.get(setting_name)
        try:
            wanted = setting.read(text) if setting is not None else float(text)
        except (BadSetting, ValueError):
            wanted = text
        if _holds(sign, value, wanted, text):
            return True
    return False


def _values(found: Found, name: str) -> Iterator[tuple[str, Any]]:
    """The settings of that name, or whose name begins so, and a few numbers beside them."""
    block, row = found.node.block, found.row
    names = [name] if name in block.settings else [n for n in block.settings if n.startswith(name)]
    yield from ((n, block.value(n)) for n in names)
    beside = {"repeat": found.node.repeat, "name": found.name, "block": block.kind()}
    if row is not None:
        beside |= {"parameters": row.parameters, "macs": row.macs}
        shape = row.outputs[0] if row.outputs else None
        beside |= (
            {"shape": dotted(shape.sizes), "channels": shape.sizes[0]} if shape is not None and shape.sizes else {}
        )
    if name in beside and not names:
        yield "", beside[name]


def _holds(sign: str, value: Any, wanted: Any, text: str) -> bool:
    if sign in ("=", "!="):
        told = str(value).lower().replace(" ", "") == text.lower().replace("x", "×")
        return (value == wanted or told or str(value).lower() == text.lower()) == (sign == "=")
    values = value if isinstance(value, tuple) else (value,)
    limits = wanted if isinstance(wanted, tuple) else (wanted,) * len(values)
    pairs = list(zip(values, limits, strict=False))
    if not pairs or not all(isinstance(v, int | float) and isinstance(w, int | float) for v, w in pairs):
        return False
    return any(_COMPARED[sign](v, w) for v, w in pairs)


# Where


def hits(document: OpenDesign, scene: Scene, text: str) -> list[Hit]:
    """The nodes that a text asks for: those in sight first, then those inside, in other networks, and in the steps."""
    test = test_of(text)
    if test is None:
        return []
    known: dict[int, list[tuple[tuple[str, ...], str]]] = {}
    found = [_hit(scene.place, (), name, scene.graph) for name in _matching(_all(scene), test)]
    found += list(_inside(scene.place, scene.graph, scene.checked.rows, test, known))
    for name, checked in document.verdict.networks.items():
        place = Place(name)
        if place != scene.place:
            problems = tuple(d for d in document.verdict.diagnostics if d.network == name)
            other = Scene(place, checked, {}, problems)
            found += [_hit(place, (), n, checked.graph, here=False) for n in _matching(_all(other), test)]
            found += list(_inside(place, checked.graph, checked.rows, test, known))
    for planned in document.verdict.phases:
        place = Place(step=planned.name)
        if planned.checked is not None and place != scene.place:
            step = Scene(place, planned.checked, {})
            found += [_hit(place, (), n, step.graph, here=False) for n in _matching(_all(step), test)]
    return list(dict.fromkeys(found))


def where(place: Place) -> str:
    """A place in words: `ResNet › stage2`."""
    first = place.network or f"{place.step} (training step)"
    return " › ".join((first, *place.path))


def _all(scene: Scene) -> Iterator[Found]:
    told: dict[str, list[Diagnostic]] = {}
    for problem in scene.problems:
        told.setdefault(problem.node, []).append(problem)
    rows = scene.checked.rows
    for name, node in scene.graph.nodes.items():
        yield Found(name, node, rows.get(name), told.get(name, ()))


def _matching(found: Iterable[Found], test: Test) -> Iterator[str]:
    return (each.name for each in found if test(each))


def _hit(place: Place, path: tuple[str, ...], name: str, graph: Graph, here: bool = True) -> Hit:
    node = graph.nodes[name]
    for each in path:
        place = place.inside(each)
    return Hit(place, name, f"{node.block.label()} {node.block.shorthand()}".strip(), here)


def _inside(
    place: Place,
    graph: Graph,
    rows: Mapping[str, Row],
    test: Test,
    known: dict[int, list[tuple[tuple[str, ...], str]]],
) -> Iterator[Hit]:
    """What is found within the composites of a network; equal ones are looked into once."""
    for path, name in _within(graph, rows, test, known, 0):
        inner = graph
        at: Mapping[str, Row] = rows
        for each in path:
            inside = at[each].inside
            assert inside is not None
            inner, at = inside.graph, inside.rows
        yield _hit(place, path, name, inner, here=False)


def _within(
    graph: Graph,
    rows: Mapping[str, Row],
    test: Test,
    known: dict[int, list[tuple[tuple[str, ...], str]]],
    depth: int,
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, node in graph.nodes.items():
        row = rows.get(name)
        if row is None or row.inside is None or not node.block.composite or depth > _DEEPEST:
            continue
        inside = row.inside
        if id(inside) not in known:
            own = (Found(n, each, inside.rows.get(n)) for n, each in inside.graph.nodes.items())
            first: list[tuple[tuple[str, ...], str]] = [((), n) for n in _matching(own, test)]
            known[id(inside)] = first + list(_within(inside.graph, inside.rows, test, known, depth + 1))
        yield from (((name, *path), inner) for path, inner in known[id(inside)])
