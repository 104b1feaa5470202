"""What a training step needs beyond torch and its networks: the text of losses and functions that it calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from blocks.block import Block
from blocks.carried import CannotCarry, carried_text, is_carried
from blocks.row import Row
from runtime.plan import Stretch
from runtime.source import CannotPrint


def carried_in_steps(stretches: Iterable[Stretch], classes: Mapping[str, str]) -> tuple[str, ...]:
    """The text of each class or function that the steps call and torch lacks, once; raises CannotPrint."""
    found: dict[str, str] = {}
    for stretch in stretches:
        for node, block, row in _placed(stretch):
            for name in _called(block, row):
                found[name] = _text(name, block, stretch.name, node)
                if name in classes.values():
                    told = (
                        f"{node} brings {name} along, as which a network would stand in the code. Rename the network."
                    )
                    raise CannotPrint(stretch.name, node, told)
    return tuple(found.values())


def _placed(stretch: Stretch) -> Iterator[tuple[str, Block, Row]]:
    for name in stretch.checked.order:
        row = stretch.checked.rows[name]
        for copy in row.copies or (row,):
            yield name, stretch.graph.block(name), copy


def _called(block: Block, row: Row) -> Iterator[str]:
    """The names that the line of a block calls and torch lacks."""
    yield from block.helpers
    made = block.module(*row.inputs) if block.role not in ("network", "input") else None
    if made is not None and is_carried(made.name):
        yield made.name


def _text(name: str, block: Block, phase: str, node: str) -> str:
    try:
        return carried_text(name, type(block).carried)
    except CannotCarry as error:
        raise CannotPrint(phase, node, f"{node} cannot be printed: {error}") from error
