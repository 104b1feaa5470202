"""Planting a bug into one function of ours for a while, and seeing whether the sessions notice."""

from __future__ import annotations

import importlib
import inspect
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from runtime.file import open_design
from tests.designer.sessions import Broken, session

SAMPLES = Path(__file__).parents[2] / "samples"
STARTS = ("lenet_digits", "resnet_digits", "inception_digits", "xor_mlp")


@dataclass(frozen=True)
class Bug:
    """A mistake somebody could have made: in the function at `where` (`module:name`), `was` reads `reads`."""

    name: str
    where: str
    was: str
    reads: str


@dataclass(frozen=True)
class Catch:
    """The session that noticed a bug, and what it said; no seed where none did."""

    bug: Bug
    seed: int | None = None
    said: str = ""


class Moved(LookupError):
    """The line that a bug is planted in reads otherwise by now: the bug has to be told anew."""


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """While it lasts the function has the bug, for everyone who imported it; raises Moved."""
    function = _function(bug.where)
    sound = function.__code__
    function.__code__ = _with_bug(bug, function)
    try:
        yield
    finally:
        function.__code__ = sound


def _function(where: str) -> FunctionType:
    module, _, path = where.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = inspect.getattr_static(found, name)
    found = getattr(found, "func", found) if isinstance(found, cached_property) else found
    found = found.fget if isinstance(found, property) else found
    assert isinstance(found, FunctionType)
    return found


def _with_bug(bug: Bug, function: FunctionType) -> CodeType:
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(bug.was) != 1:
        raise Moved(f"{bug.name}: {bug.where} has {source.count(bug.was)} times {bug.was!r}")
    text = "from __future__ import annotations\n" + source.replace(bug.was, bug.reads)
    whole = compile(text, f"<{bug.name}>", "exec")
    return next(_codes(whole, function.__name__))


def _codes(code: CodeType, name: str) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if each.co_name == name:
                yield each
            yield from _codes(each, name)


def caught(bug: Bug, seeds: Iterable[int], edits: int) -> Catch:
    """The first session that breaks while a bug is planted, whether in words or in an error that nobody expected."""
    with tempfile.TemporaryDirectory() as folder, planted(bug):
        for seed in seeds:
            design = open_design(SAMPLES / f"{STARTS[seed % len(STARTS)]}.json")
            try:
                session(design, seed, edits, Path(folder) / "mine.json")
            except Broken as broken:
                return Catch(bug, seed, str(broken))
            except Exception as error:
                return Catch(bug, seed, f"{type(error).__name__}: {error}")
    return Catch(bug)


def report(
    bugs: Iterable[Bug], seeds: Sequence[int], lengths: Sequence[int], say: Callable[[str], object]
) -> list[Catch]:
    """What became of every bug in sessions of the first length, else of the next; said as it comes."""
    catches = []
    for bug in bugs:
        tries = (caught(bug, seeds, edits) for edits in lengths)
        catch = next((each for each in tries if each.seed is not None), Catch(bug))
        found = "MISSED" if catch.seed is None else f"seed {catch.seed}"
        say(f"{found:>9}  {bug.name}: {catch.said[:160]}")
        catches.append(catch)
    missed = sum(catch.seed is None for catch in catches)
    say(f"{len(catches) - missed} of {len(catches)} caught")
    return catches
