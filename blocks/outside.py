"""Blocks of other packages: their entry points in the group `layerwright.blocks`, taken in, or refused by name."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from blocks.block import At, Block
from blocks.carried import CannotCarry, carried_text, is_carried
from blocks.definition import Catalogue
from blocks.example import Example, example_of

GROUP = "layerwright.blocks"
# Definitions know neither: the window has no torch, the training no Qt, and both must see the same blocks.
_HIDDEN = ("torch", "PySide6")


@dataclass(frozen=True)
class Broken:
    """Blocks of a package that could not be taken in, and why."""

    package: str
    entry: str
    reason: str

    def __str__(self) -> str:
        told = f"{self.reason.rstrip('.')}. Update or uninstall {self.package}; everything else works."
        return f"The blocks “{self.entry}” of the package {self.package} are left out: {told}"


class _Refused(Exception):
    """Why a block or an entry point cannot be taken in."""


def load(catalogue: Catalogue[Block]) -> tuple[Broken, ...]:
    """Takes the blocks of every installed package into the catalogue; what cannot be is given back, and the rest is in.

    An entry point names a module whose blocks are decorated, or one such class.
    """
    points = sorted(entry_points(group=GROUP), key=lambda point: (_package(point), point.name))
    return tuple(broken for point in points for broken in _taken(point, catalogue))


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value.partition(":")[0].partition(".")[0]


def _taken(point: EntryPoint, catalogue: Catalogue[Block]) -> Iterator[Broken]:
    """Takes in what an entry point adds; gives what is wrong with it."""
    package, before = _package(point), set(catalogue)
    try:
        with _hidden():
            loaded = point.load()
        fresh = [kind for kind in catalogue if kind not in before]
        _refuse_other(loaded, fresh, catalogue)
    except (Exception, SystemExit) as error:  # whatever another's module does while it is imported
        _take_out([kind for kind in catalogue if kind not in before], catalogue)
        yield Broken(package, point.name, _told(error))
        return
    for kind in fresh:
        try:
            _try_out(kind)
            kind.package = package  # from now on a rule of it that breaks is a problem of its node
        except Exception as error:
            _take_out([kind], catalogue)
            yield Broken(package, f"{point.name}, {kind.kind()}", _told(error))


@contextmanager
def _hidden() -> Iterator[None]:
    """Keeps a module from importing what definitions do not know."""
    held = {name: sys.modules.get(name) for name in _HIDDEN}
    sys.modules.update(dict.fromkeys(_HIDDEN))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name, module in held.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module


def _refuse_other(loaded: object, fresh: Sequence[type[Block]], catalogue: Catalogue[Block]) -> None:
    """Raises where an entry point names neither a block nor a module with blocks."""
    if fresh or (isinstance(loaded, type) and any(loaded is known for known in catalogue)):
        return
    if isinstance(loaded, type) and issubclass(loaded, Block):
        raise _Refused(f'{loaded.__name__} is not decorated with @block("its category")')
    what = getattr(loaded, "__name__", repr(loaded))
    raise _Refused(f"{what} holds no class of Block that is decorated with @block")


def _take_out(kinds: Iterable[type[Block]], catalogue: Catalogue[Block]) -> None:
    for kind in kinds:
        catalogue.remove(kind.kind())


def _try_out(kind: type[Block]) -> None:
    """Raises where a definition breaks on its own worked example: before a design stands on it."""
    if not kind.summary():
        raise _Refused("it has no docstring, whose first line the palette shows")
    for port in (*kind.inputs, *kind.outputs):
        if not port.meanings:
            raise _Refused(f"the port {port.name} takes nothing")
    example = example_of(kind)
    if example is not None and not kind.composite:
        _refuse_uncallable(example)


def _refuse_uncallable(example: Example) -> None:
    """Raises where code could not be printed for the example."""
    block, given = example.block, example.row.inputs
    made = block.module(*given)
    if made is not None and is_carried(made.name):
        carried_text(made.name, type(block).carried)
    names = {port.name: ("x",) * len(shape) if port.many else shape and "x" for port, shape in _fed(example)}
    told = block.forward(At("self.module", names, dict(zip(names, given, strict=True))))
    if not isinstance(told, str):
        raise _Refused(f"forward gives {told!r}, which is no text")


def _fed(example: Example) -> list[tuple[Any, Any]]:
    return list(zip(example.block.inputs, example.row.inputs, strict=True))


def _told(error: BaseException) -> str:
    """What went wrong, in a line."""
    if isinstance(error, _Refused | CannotCarry):
        return str(error)
    if isinstance(error, ImportError) and error.name in _HIDDEN:
        room = "a module file, which `carried` names" if error.name == "torch" else "no definition"
        return f"it imports {error.name}, which belongs into {room}"
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
