"""A sketch that also remembers where its nodes stand, so that a template is laid out the way its paper draws it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any

from blocks.block import Block
from blocks.composite import End, Sketch
from blocks.measure import NO_NETWORKS, Networks
from blocks.setting import BadSetting
from blocks.shape import Shape

ROW, COLUMN = 80.0, 240.0  # canvas pixels from a row to the next, and from a column to the next
PARTED = 104.0  # down to a row in which branches begin or meet, so that shapes have room beside their wires
MOST_REPEATS, MOST_NODES = 1000, 500  # more than any paper has, and drawn while a person waits
Branch = Iterable[tuple[str, Block]]


class Drawing(Sketch):
    """A sketch whose nodes stand in rows from top to bottom; column 0 is the middle.

    Raises BadSetting where a template would draw without end: a node repeated too often, or too many of them.
    """

    def __init__(self, networks: Networks = NO_NETWORKS) -> None:
        super().__init__(networks)
        self._at: dict[str, tuple[int, float]] = {}
        self._across: list[int] = []  # how many columns the main way has in each row

    def add(self, block: Block, *ends: End, name: str = "", repeat: int = 1, **optional: End) -> Any:
        """The same as of a sketch, while there is an end to it."""
        if repeat > MOST_REPEATS:
            raise BadSetting(name, f"to be repeated at most {MOST_REPEATS:,} times", repeat)
        if len(self._nodes) >= MOST_NODES:
            raise BadSetting("the network", f"at most {MOST_NODES:,} blocks", len(self._nodes) + 1)
        return super().add(block, *ends, name=name, repeat=repeat, **optional)

    def begin(self, name: str, shape: Shape) -> End:
        """An entrance in a row of its own."""
        self._stand(name)
        return self.input(name, shape)

    def begin_beside(self, **shapes: Shape) -> list[End]:
        """Several entrances in one row."""
        ends = []
        for column, (name, shape) in zip(_columns(len(shapes)), shapes.items(), strict=True):
            self._at[name] = len(self._across), column
            ends.append(self.input(name, shape))
        self._across.append(len(shapes))
        return ends

    def below(self, name: str, block: Block, *ends: End, repeat: int = 1, **optional: End) -> End:
        """A node in a row of its own; of several results the first is given."""
        self._stand(name)
        return _first(self.add(block, *ends, name=name, repeat=repeat, **optional))

    def below_all(self, name: str, block: Block, *ends: End, **optional: End) -> tuple[End, ...]:
        """A node in a row of its own; all of its results."""
        self._stand(name)
        return _all(self.add(block, *ends, name=name, repeat=1, **optional))

    def row(self, nodes: Mapping[str, tuple[Block, Iterable[End]]], middle: float = 0.0) -> list[tuple[End, ...]]:
        """Nodes side by side around a column, each with what it is fed by; all results of each."""
        made = []
        for column, (name, (block, ends)) in zip(_columns(len(nodes)), nodes.items(), strict=True):
            self._at[name] = len(self._across), middle + column
            made.append(_all(self.add(block, *ends, name=name)))
        self._across.append(len(nodes))
        return made

    def beside(self, branches: Iterable[Branch], *starts: End) -> list[End]:
        """Branches side by side, from one result or each from its own; the end of each. An empty one is its start."""
        columns = [list(branch) for branch in branches]
        begun = starts * len(columns) if len(starts) == 1 else starts
        ends = []
        for column, branch, start in zip(_columns(len(columns)), columns, begun, strict=True):
            ends.append(self._chain(branch, start, len(self._across), column))
        self._across += [len(columns)] * max(map(len, columns))
        return ends

    def aside(self, branch: Branch, start: End, column: float = 1.0) -> End:
        """A branch that leaves the main way: it runs down in a column of its own, from the row after its start."""
        return self._chain(branch, start, self._at[start.node][0] + 1, column)

    def aside_all(self, name: str, block: Block, start: End, column: float = 1.0) -> tuple[End, ...]:
        """A single node beside the main way, in the row after its start; all of its results."""
        self._at[name] = self._at[start.node][0] + 1, column
        return _all(self.add(block, start, name=name))

    def skip(self) -> None:
        """Leaves a row to what stands beside the main way."""
        self._across.append(1)

    def freeze(self, name: str) -> None:
        """Lets a node keep its weights as they are."""
        self._nodes[name] = replace(self._nodes[name], frozen=True)

    def share(self, name: str, lender: str) -> None:
        """Lets a node use the weights of another of the same block."""
        self._nodes[name] = replace(self._nodes[name], shares=lender)

    def end(self, name: str, end: End) -> None:
        """An exit in a row of its own."""
        self._stand(name)
        self.output(name, end)

    def ends(self, middle: float = 0.0, /, **exits: End) -> None:
        """Exits side by side in one row, around a column."""
        for column, (name, end) in zip(_columns(len(exits)), exits.items(), strict=True):
            self._at[name] = len(self._across), middle + column
            self.output(name, end)
        self._across.append(len(exits))

    def end_aside(self, name: str, end: End, column: float | None = None) -> None:
        """An exit in the row after its start, in the column of that or another."""
        row, same = self._at[end.node]
        self._at[name] = row + 1, same if column is None else column
        self.output(name, end)

    def layout(self) -> Mapping[str, tuple[float, float]]:
        """The places of the nodes, as top left corners in canvas pixels."""
        across = self._across + [1] * (1 + max((row for row, _ in self._at.values()), default=0) - len(self._across))
        heights = list(accumulate((ROW if a == b else PARTED for a, b in pairwise(across)), initial=0.0))
        return {name: (column * COLUMN, heights[row]) for name, (row, column) in self._at.items()}

    def _stand(self, name: str) -> None:
        self._at[name] = len(self._across), 0.0
        self._across.append(1)

    def _chain(self, branch: Branch, start: End, row: int, column: float) -> End:
        end = start
        for step, (name, block) in enumerate(branch):
            self._at[name] = row + step, column
            end = _first(self.add(block, end, name=name))
        return end


def _first(made: End | tuple[End, ...]) -> End:
    return made[0] if isinstance(made, tuple) else made


def _all(made: End | tuple[End, ...]) -> tuple[End, ...]:
    return made if isinstance(made, tuple) else (made,)


def _columns(count: int) -> list[float]:
    """So many columns, the middle of which is 0."""
    return [column - (count - 1) / 2 for column in range(count)]
