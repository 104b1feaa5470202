"""The walls of the house: who may import whom, what may be installed, how long things may grow.

The import contracts of pyproject.toml read the source; here a fresh interpreter says what really
was imported.
"""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import runtime
from blocks.catalogue import FAMILIES

CORE = ("check", "composite", "edits", "graph", "measure", "repair", "setting", "shape")
# What needs torch; everything else in runtime is its plain half.
TORCH_HALF = {"model", "modules", "carried", "checkpoint", "culprit", "failure", "memory", "teller", "train", "worker"}
TORCH_HALF |= {"adopted", "folding", "gauge", "latency", "parallel", "sampling", "team"}
PACKAGES = ("blocks", "runtime", "designer")
LONGEST_MODULE, LONGEST_FUNCTION = 450, 60
WALK = """
import importlib, pkgutil, sys
for name in sys.argv[1].split(","):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(getattr(package, "__path__", ()), name + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print(",".join(sys.modules))
"""


def imported_by(*modules: str) -> set[str]:
    """Return the names of all that a fresh interpreter holds after importing `modules`."""
    command = [sys.executable, "-c", WALK, ",".join(modules)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.strip().split(","))


def requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    """Yield what the installed package `name` needs here, with those of its `extras`."""
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield requirement


def everything_needed() -> dict[str, str]:
    """Return the version of every package that Layerwright, as dev.py installs it, stands on."""
    found: dict[str, str] = {}
    waiting = [("layerwright", frozenset({"test", "onnx", "data"}))]
    while waiting:
        name, extras = waiting.pop()
        for requirement in requirements(name, extras):
            needed = canonicalize_name(requirement.name)
            if needed not in found:
                found[needed] = installed(needed)
                waiting.append((needed, frozenset(requirement.extras)))
    return found


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        pytest.fail(f"{name} is needed but not installed: run python3 dev.py test")


def pins(repository: Path) -> dict[str, str]:
    lines = (repository / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): pin for name, pin in pairs}


def sources(repository: Path) -> Iterator[tuple[str, str]]:
    for package in (*PACKAGES, "tests"):
        for file in sorted((repository / package).rglob("*.py")):
            yield str(file.relative_to(repository)), file.read_text()
    yield "dev.py", (repository / "dev.py").read_text()


def test_blocks_imports_neither_qt_nor_torch() -> None:
    assert not imported_by("blocks") & {"torch", "PySide6", "shiboken6", "pyqtgraph"}


def test_the_core_of_blocks_imports_no_family() -> None:
    # The ends of a network are part of every graph.
    families = {family.__name__ for family in FAMILIES} - {"blocks.ends"}
    core = (f"blocks.{name}" for name in CORE)
    assert not imported_by(*core) & families


def test_the_plain_half_of_runtime_imports_neither_qt_nor_torch() -> None:
    modules = {module.name for module in pkgutil.iter_modules(runtime.__path__)}
    plain = (f"runtime.{name}" for name in sorted(modules - TORCH_HALF))
    assert not imported_by(*plain) & {"torch", "PySide6", "shiboken6", "pyqtgraph"}


def test_the_torch_half_of_runtime_imports_no_qt() -> None:
    assert not imported_by("runtime") & {"PySide6", "shiboken6", "pyqtgraph"}


def test_the_window_imports_no_torch() -> None:
    assert "torch" not in imported_by("designer")


def test_plots_are_imported_only_when_the_monitor_opens() -> None:
    assert "pyqtgraph" not in imported_by("designer.app", "designer.window")


def test_nothing_we_depend_on_needs_torchvision() -> None:
    # It would replace the installed torch by the newest CUDA build.
    assert "torchvision" not in everything_needed()


def test_every_package_we_stand_on_is_pinned_to_what_is_installed(repository: Path) -> None:
    pinned = pins(repository)
    public = {name: found.partition("+")[0] for name, found in everything_needed().items()}
    # A CUDA build of torch brings packages of its own, which it pins itself.
    own = {name: found for name, found in public.items() if not name.startswith(("nvidia", "cuda"))}
    own.pop("triton", None)
    assert {name: pinned.get(name) for name in own} == own


def test_no_pin_names_a_local_build(repository: Path) -> None:
    assert [pin for pin in pins(repository).values() if "+" in pin or "*" in pin] == []


def test_no_module_is_too_long_to_read(repository: Path) -> None:
    lengths = {name: len(text.splitlines()) for name, text in sources(repository)}
    assert {name: n for name, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_no_function_is_too_long_to_read(repository: Path) -> None:
    functions = [
        (f"{name}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for name, text in sources(repository)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert {name: n for name, n in functions if n > LONGEST_FUNCTION} == {}
