"""JSON from a stranger: read under limits, every mistake named by its place, nothing else ever raised."""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any, NoReturn

LARGEST = 64 * 1024 * 1024  # bytes of a file
DEEPEST = 128  # brackets inside each other
MOST_VALUES = 2_000_000  # counted by the commas and brackets of the text
LONGEST_NUMBER = 40  # digits

_Path = tuple[Any, str | int] | None
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # one that never ends reaches to the end of the file
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SIGN = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SUSPECT = re.compile(rf"\\[bfrtu]|[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff{_BIDI}]")
_FORBIDDEN = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff{_BIDI}]")


class BadDesign(Exception):
    """A design that cannot be read: the file, the place in it, what was expected, what is there, and what to do."""

    def __init__(self, file: str, place: str, expected: str, received: str, repair: str = "") -> None:
        self.file, self.place, self.expected, self.received, self.repair = file, place, expected, received, repair
        where = f"{file}, {place}" if place else file
        sentence = f"{where}: expected {expected}, found {received}."
        super().__init__(f"{sentence} {repair}" if repair else sentence)

    def __reduce__(self) -> tuple[type[BadDesign], tuple[str, ...]]:
        return BadDesign, (self.file, self.place, self.expected, self.received, self.repair)


class _Wrong:
    """Stands in the parsed tree where something may not stand, so that its place can be told."""

    def __init__(self, expected: str, received: str) -> None:
        self.expected, self.received = expected, received


def parse(text: str, file: str) -> Any:
    """The tree of plain JSON in `text`; raises BadDesign with the line and column, or the path to the value."""
    _refuse_size(text, file)
    _refuse_depth(text, file)
    parser = _Parser()
    try:
        tree = json.loads(
            text,
            object_pairs_hook=parser.object,
            parse_int=parser.int,
            parse_float=parser.float,
            parse_constant=parser.constant,
        )
    except json.JSONDecodeError as error:
        raise _syntax(error, file) from error
    except RecursionError as error:
        raise too_deep(file) from error
    if parser.wrong or _SUSPECT.search(text):
        _refuse_wrong(tree, file)
    return tree


_EXPECTED = {
    "Expecting value": "a value",
    "Expecting property name enclosed in double quotes": "a name in double quotes",
    "Unterminated string starting": "an end to the text that begins here",
    "Extra data": "the end of the file",
    "Illegal trailing comma before end of object": "no comma before the closing bracket",
    "Illegal trailing comma before end of array": "no comma before the closing bracket",
}


def _syntax(error: json.JSONDecodeError, file: str) -> BadDesign:
    """The error of text that is no JSON, with its line and column."""
    said = error.msg.removesuffix(" delimiter").removesuffix(" at")
    expected = _EXPECTED.get(said) or said.replace("Expecting", "a").replace("Invalid", "no invalid")
    rest = error.doc[error.pos : error.pos + 20].split("\n")[0]
    ended = error.pos >= len(error.doc.rstrip()) or said.startswith("Unterminated")
    received, repair = ("the end of the file", "The file may be cut short.") if ended else (ascii(rest), "")
    return BadDesign(file, f"line {error.lineno}, column {error.colno}", expected, received, repair)


def shown(value: object) -> str:
    """A JSON value as an error shows it: short, escaped, never a wall of text."""
    if isinstance(value, dict):
        return f"an object of {len(value)} entries"
    if isinstance(value, list) and len(value) > 8:
        return f"a list of {len(value)}"
    words = {None: "null", True: "true", False: "false"}
    text = words[value] if value is None or isinstance(value, bool) else ascii(value)
    return text if len(text) <= 80 else text[:77] + "..."


def too_deep(file: str) -> BadDesign:
    """The error of brackets that go on for ever."""
    return BadDesign(file, "its nesting", f"at most {DEEPEST} brackets inside each other", "more")


def _refuse_size(text: str, file: str) -> None:
    if len(text) > LARGEST:
        raise BadDesign(file, "its size", f"at most {LARGEST:,} characters", f"{len(text):,}")
    values = text.count("[") + text.count("{") + text.count(",")
    if values > MOST_VALUES:
        raise BadDesign(file, "its size", f"at most {MOST_VALUES:,} values", f"about {values:,}")


def _refuse_depth(text: str, file: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    outside = _STRING.sub(b"", text.encode("utf-8", "surrogatepass"))
    brackets = outside.translate(None, _NOT_BRACKETS)
    if max(accumulate(map(_SIGN.__getitem__, brackets)), default=0) > DEEPEST:
        raise too_deep(file)


class _Parser:
    """The hooks of `json.loads`, which note what may not be in a design."""

    def __init__(self) -> None:
        self.wrong = False

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1) if len(keys) < 1000 else _first_twin(keys)
            made[twice] = self._note("every name once", f"{shown(twice)} twice")
        return made

    def int(self, digits: str) -> Any:
        if len(digits) > LONGEST_NUMBER:
            return self._note("a number of at most 40 digits", f"one of {len(digits)}")
        return int(digits)

    def float(self, digits: str) -> Any:
        value = float(digits) if len(digits) <= 400 else math.inf
        return value if math.isfinite(value) else self._note("a finite number", shown(digits))

    def constant(self, name: str) -> Any:
        return self._note("a finite number", name)

    def _note(self, expected: str, received: str) -> _Wrong:
        self.wrong = True
        return _Wrong(expected, received)


def _first_twin(keys: list[str]) -> str:
    seen: set[str] = set()
    return next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]


def _refuse_wrong(tree: Any, file: str) -> None:
    """Refuses the first value that may not stand in a design, and a name likewise."""
    waiting: list[tuple[_Path, Any]] = [(None, tree)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            for key in value:
                _refuse_text(key, (path, "a name"), file)
            waiting.extend([((path, key), each) for key, each in value.items()][::-1])
        elif isinstance(value, list):
            waiting.extend([((path, index), each) for index, each in enumerate(value)][::-1])
        elif isinstance(value, _Wrong):
            raise BadDesign(file, _told(path), value.expected, value.received)
        elif isinstance(value, str):
            _refuse_text(value, path, file)


def _refuse_text(text: str, path: _Path, file: str) -> None:
    if _FORBIDDEN.search(text):
        expected = "text without control characters and marks that turn its direction"
        raise BadDesign(file, _told(path), expected, shown(text))


def _told(path: _Path) -> str:
    """A chain of keys as people write it: `networks.LeNet.wires[3]`."""
    keys = []
    while path is not None:
        path, key = path
        keys.append(key)
    place = ""
    for key in reversed(keys):
        place = f"{place}[{key}]" if isinstance(key, int) else within(place, key)
    return place


def within(place: str, key: str) -> str:
    """The path to an entry of an object: `networks.LeNet.nodes.conv1`."""
    told = key if key.isprintable() and len(key) <= 80 else shown(key)
    return f"{place}.{told}" if place else told


def refuse(file: str, place: str, expected: str, value: object, repair: str = "") -> NoReturn:
    """Raises the BadDesign of a value that is not what was expected there."""
    raise BadDesign(file, place, expected, shown(value), repair)
