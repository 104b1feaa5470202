"""The design file: read with every mistake named by its place, written so that saving twice gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from blocks.graph import Graph
from runtime.design import Design, Layout
from runtime.reading import Reader
from runtime.store import CannotRead, CannotSave, read, save
from runtime.strict_json import LARGEST, BadDesign, parse, refuse, shown
from runtime.writing import FORMAT, graph_tree, layout_tree, text_of, tree_of

__all__ = [
    "FORMAT",
    "MIGRATIONS",
    "BadDesign",
    "CannotSave",
    "dumps",
    "dumps_fragment",
    "loads",
    "loads_fragment",
    "open_design",
    "save_design",
]

Tree = dict[str, Any]
MIGRATIONS: dict[int, Callable[[Tree], Tree]] = {}  # by the format they read; each gives the tree of the next


def dumps(design: Design) -> str:
    """The text of a design's file: stable, one node a line where it fits, ending in a newline."""
    return text_of(tree_of(design))


def loads(text: str, *, name: str = "") -> Design:
    """The design that the text of a file means; raises BadDesign and nothing else. `name` is the file in errors."""
    file = name or "the text"
    tree = parse(text.removeprefix("\ufeff"), file)
    if not isinstance(tree, dict):
        refuse(file, "", "a design, which is a JSON object", tree)
    return Reader(file).design(migrated(tree, file))


def open_design(path: Path) -> Design:
    """The design in a file; raises BadDesign and nothing else."""
    file = str(path)
    try:
        data = read(path, LARGEST)
        text = data.decode("utf-8")
    except CannotRead as error:
        raise _unreadable(file, error) from error
    except UnicodeDecodeError as error:
        raise BadDesign(file, f"byte {error.start:,}", "text in UTF-8", shown(data[error.start : error.end])) from error
    return loads(text, name=file)


def _unreadable(file: str, error: CannotRead) -> BadDesign:
    cause = error.__cause__
    if isinstance(cause, OSError):
        return BadDesign(file, "", "a file that can be opened", f"none ({(cause.strerror or str(cause)).lower()})")
    return BadDesign(file, error.place, error.expected, "something else", "Choose a design file.")


def save_design(path: Path, design: Design) -> None:
    """Replaces the file by the design, wholly or not at all, after reading the bytes back; raises CannotSave."""
    try:
        data = dumps(design).encode()
    except ValueError as cause:
        raise CannotSave(path, cause) from cause
    save(path, data, verify=lambda written: _verify(written, str(path)))


def _verify(data: bytes, file: str) -> None:
    text = data.decode()
    if dumps(loads(text, name=file)) != text:
        raise ValueError("what would be written does not read back as it is")


def migrated(
    tree: Tree, file: str, migrations: Mapping[int, Callable[[Tree], Tree]] = MIGRATIONS, newest: int = FORMAT
) -> Tree:
    """The tree in the newest format; raises BadDesign for one that is newer still."""
    found = tree.get("format")
    if type(found) is not int or found < 1:
        refuse(file, "format", f"the number of a format, 1 to {newest}", found, "Is this a design file?")
    if found > newest:
        repair = "It was saved by a newer version of this program: update, then open it again."
        raise BadDesign(file, "format", f"format {newest} or older", f"format {found}", repair)
    for number in range(found, newest):
        tree = migrations[number](tree)
    return tree


def dumps_fragment(graph: Graph, layout: Layout) -> str:
    """Some nodes with their wires and places as readable text, for the clipboard."""
    placed = {name: at for name, at in layout.items() if name in graph.nodes}
    return text_of({**graph_tree(graph), "layout": layout_tree(placed)})


def loads_fragment(text: str) -> tuple[Graph, Layout]:
    """The nodes and places in a text from the clipboard; raises BadDesign."""
    file = "the clipboard"
    tree = parse(text, file)
    if not isinstance(tree, dict) or "nodes" not in tree:
        refuse(file, "", "nodes copied from a design", tree)
    reader = Reader(file)
    graph = reader.graph({key: tree[key] for key in ("nodes", "wires") if key in tree}, "")
    return graph, reader.layouts({"copied": tree.get("layout", {})}, {"copied": graph})["copied"]
