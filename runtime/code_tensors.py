"""Operations on results as blocks: `torch.cat`, `F.relu`, `x.view`, with torch's axes that count the batch."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from runtime.code_values import Shape, Size, Tensor, Unknown
from runtime.code_words import flat

if TYPE_CHECKING:
    from runtime.code_walk import Walk

_NOT = "is no block here and was left out"
_SAME = {"contiguous", "float", "half", "double", "to", "cuda", "cpu", "clone", "detach", "type", "type_as", "long"}
_STATES = {"h", "c"}
Given = Sequence[object]
Operation = Callable[["Walk", ast.Call, Tensor, Given, Mapping[str, object]], object]


def operate(walk: Walk, node: ast.Call, name: str, given: Given, named: Mapping[str, object]) -> object:
    """What an operation gives; one that is not known is remarked and passes on its first result."""
    tensors = list(flat([*given, *named.values()]))
    if not tensors:
        return Unknown()
    if name in _SAME:
        return tensors[0]
    known = _OPERATIONS.get(name)
    if known is not None:
        return known(walk, node, tensors[0], given, named)
    return _layer(walk, node, name, given, named)


def _layer(walk: Walk, node: ast.Call, name: str, given: Given, named: Mapping[str, object]) -> object:
    first = next(flat([*given, *named.values()]))
    plain = {n: v for n, v in named.items() if not isinstance(v, Tensor)}
    made = walk.leaf(node, name, [v for v in given if not isinstance(v, Tensor)], plain)
    return first if made is None else walk.through(made, first)


def picked(walk: Walk, node: ast.Subscript, x: Tensor, key: str) -> object:
    """What an index into a result gives: its last step, one of several states, or axes that are spread anyway."""
    if key in (":,-1", ":,-1,:"):
        return walk.put(node, "LastStep", [x])
    spread = key.startswith(":,") and set(key.split(",")) == {":", "None"}  # as Multiply does by itself
    if not spread and (x.port not in _STATES or key not in ("-1", "0")):
        walk.remark(node, _NOT)
    return x


def _argument(given: Given, named: Mapping[str, object], place: int, name: str, default: object = None) -> object:
    return named.get(name, given[place] if len(given) > place else default)


def _flatten(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
    start, end = _argument(given, named, 1, "start_dim", 0), _argument(given, named, 2, "end_dim", -1)
    if not isinstance(start, int) or start < 1 or end != -1:
        walk.remark(node, "flattens the batch too and was left out" if start == 0 else _NOT)
        return x
    return walk.put(node, "Flatten", [x], start_dim=start)


def _view(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
    sizes = list(given[1:])
    if len(sizes) == 1 and isinstance(sizes[0], list | tuple):
        sizes = list(sizes[0])
    batch = bool(sizes) and (sizes[0] == -1 or (isinstance(sizes[0], Size) and sizes[0].batch))
    if not batch or len(sizes) < 2 or not all(type(n) is int for n in sizes[1:]):
        walk.remark(node, _NOT)
        return x
    if len(sizes) == 2:
        return walk.put(node, "Flatten", [x], start_dim=1)
    return walk.put(node, "Reshape", [x], sizes=sizes[1:])


def _cat(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
    dim = _argument(given, named, 1, "dim", _argument(given, named, 1, "axis", 0))
    tensors = list(flat([given[0] if given else named.get("tensors")]))
    if type(dim) is not int or dim == 0 or len(tensors) < 1:
        walk.remark(node, "joins along the batch and was left out" if dim == 0 else _NOT)
        return x
    return walk.put(node, "Concat", tensors, dim=dim - 1 if dim > 0 else dim)


def _joined(kind: str) -> Operation:
    def operation(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
        tensors = list(flat([*given, *named.values()]))
        if len(tensors) == 2:
            return walk.put(node, kind, tensors)
        walk.remark(node, _NOT)
        return x

    return operation


def _mean(over_pixels: str, over_time: str) -> Operation:
    def operation(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
        dim = _argument(given, named, 1, "dim", _argument(given, named, 1, "axis"))
        dims = set(dim) if isinstance(dim, list | tuple) else {dim}
        if dims in ({2, 3}, {-1, -2}, {2, 3, 4}, {-1, -2, -3}, {2}) and over_pixels:
            return walk.put(node, over_pixels, [x])
        if dims == {1} and over_time:
            return walk.put(node, over_time, [x])
        walk.remark(node, _NOT)
        return x

    return operation


def _squeeze(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
    dim = _argument(given, named, 1, "dim")
    if x.port in _STATES:
        return x
    if dim is None:
        return walk.put(node, "Squeeze", [x])
    if type(dim) is not int or dim == 0:
        walk.remark(node, _NOT)
        return x
    return walk.put(node, "Squeeze", [x], dim=dim - 1 if dim > 0 else dim)


def _permute(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
    axes = list(given[1:])
    axes = list(axes[0]) if len(axes) == 1 and isinstance(axes[0], list | tuple) else axes
    if sorted(a for a in axes if isinstance(a, int)) != list(range(len(axes))) or not axes or axes[0] != 0:
        walk.remark(node, _NOT)
        return x
    return walk.put(node, "Permute", [x], axes=[a - 1 for a in axes[1:] if isinstance(a, int)])


def _transpose(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
    if x.port in _STATES:
        return x
    if set(given[1:3]) in ({1, 2}, {-1, -2}):
        return walk.put(node, "Permute", [x], axes=[1, 0])
    walk.remark(node, _NOT)
    return x


def _pad(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
    sides = _argument(given, named, 1, "pad")
    plain = _argument(given, named, 2, "mode", "constant") == "constant" and not _argument(given, named, 3, "value", 0)
    if not plain or not isinstance(sides, list | tuple) or len(sides) not in (2, 4, 6):
        walk.remark(node, _NOT)
        return x
    return walk.put(node, f"ZeroPad{len(sides) // 2}d", [x], padding=sides)


def _size(walk: Walk, node: ast.Call, x: Tensor, given: Given, named: Mapping[str, object]) -> object:
    place = _argument(given, named, 1, "dim")
    return Shape() if place is None else Size(batch=place == 0)


_OPERATIONS: dict[str, Operation] = {
    "flatten": _flatten,
    "view": _view,
    "reshape": _view,
    "cat": _cat,
    "concat": _cat,
    "concatenate": _cat,
    "add": _joined("Add"),
    "mul": _joined("Multiply"),
    "multiply": _joined("Multiply"),
    "sub": _joined("Subtract"),
    "mean": _mean("GlobalAvgPool", "MeanOverTime"),
    "amax": _mean("GlobalMaxPool", ""),
    "squeeze": _squeeze,
    "permute": _permute,
    "transpose": _transpose,
    "pad": _pad,
    "size": _size,
}
