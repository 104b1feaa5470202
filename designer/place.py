"""Where one looks: a network, the step of a training phase, or the inside of a composite."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Place:
    """Where one looks: a network or the step of a phase, and the composites opened one in the other."""

    network: str = ""
    step: str = ""
    path: tuple[str, ...] = ()

    def inside(self, node: str) -> Place:
        """One composite further in."""
        return replace(self, path=(*self.path, node))

    def up(self, levels: int = 1) -> Place:
        """So many composites further out."""
        return replace(self, path=self.path[: max(len(self.path) - levels, 0)])

    @property
    def home(self) -> Place:
        """The network or step itself."""
        return replace(self, path=())


@dataclass(frozen=True)
class Through:
    """A use of a network through which one has gone into it: where it stands, and its name there."""

    place: Place
    node: str
