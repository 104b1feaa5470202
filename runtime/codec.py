"""Frozen dataclasses to plain JSON values and back, each field read by its annotated type."""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Callable
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Reader = Callable[[Any], Any]

_SPELLED = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}  # JSON has no such numbers
_READ = {spelled: float(name) for name, spelled in _SPELLED.items()}


def to_plain(value: Any) -> Any:
    """The value as JSON knows it; a float that is no finite number is spelled out as text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else _SPELLED[repr(float(value))]
    if isinstance(value, (tuple, list)):
        if set(map(type, value)) == {float} and all(map(math.isfinite, value)):
            return list(value)  # the curves of a training, which would take ten times as long one by one
        return [to_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: to_plain(each) for key, each in value.items()}
    if dataclasses.is_dataclass(value):
        return {each.name: to_plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    return value


def from_plain(kind: type[T], content: Any) -> T:
    """The dataclass `kind` from plain JSON; unknown names are passed over, all else is ValueError.

    Fields are int, float, str, bool, Literal, another dataclass, or tuples, dicts and options of
    these; True is no int, and a whole number is a float too.
    """
    if type(content) is not dict:
        raise ValueError(f"has no object where a {kind.__name__} is expected")
    given = {}
    for name, (read, required) in _fields(typing.cast(Any, kind)).items():
        if name in content:
            try:
                given[name] = read(content[name])
            except ValueError as error:
                raise ValueError(f"{error}, in {name}") from error
        elif required:
            raise ValueError(f"lacks {name}")
    return kind(**given)


@functools.cache
def _fields(kind: type[Any]) -> dict[str, tuple[Reader, bool]]:
    """For every field how it is read, and whether it must be there."""
    hints = typing.get_type_hints(kind)
    return {each.name: (_reader(hints[each.name]), _required(each)) for each in dataclasses.fields(kind)}


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _reader(kind: Any) -> Reader:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is float:
        return _float
    if origin is Literal:
        return lambda value: _one_of(value, arguments)
    if origin is tuple:
        return _tuple_reader(_reader(arguments[0]))
    if origin is dict:
        return _dict_reader(_reader(arguments[1]))
    if origin is types.UnionType:
        inner = _reader(next(each for each in arguments if each is not types.NoneType))
        return lambda value: None if value is None else inner(value)
    if dataclasses.is_dataclass(kind):
        return lambda value: from_plain(typing.cast(type[Any], kind), value)
    return lambda value: _exactly(value, kind)


def _tuple_reader(inner: Reader) -> Reader:
    return lambda value: tuple(inner(each) for each in _exactly(value, list))


def _dict_reader(inner: Reader) -> Reader:
    return lambda value: {key: inner(each) for key, each in _exactly(value, dict).items()}


def _exactly(value: Any, kind: type) -> Any:
    if type(value) is not kind:  # True is an int to isinstance
        raise ValueError(f"has {ascii(value)[:40]} where {kind.__name__} is expected")
    return value


def _float(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    if type(value) is str and value in _READ:
        return _READ[value]
    raise ValueError(f"has {ascii(value)[:40]} where a number is expected")


def _one_of(value: Any, choices: tuple[Any, ...]) -> Any:
    if type(value) is not str or value not in choices:
        raise ValueError(f"has {ascii(value)[:40]} where one of {choices} is expected")
    return value
