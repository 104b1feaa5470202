"""Where a checkpoint of torchvision keeps the weights of a template's network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from blocks.zoo import Template


class NoName(ValueError):
    """A weight of ours that has no place of its own in torchvision's network; the sentence says which."""


def renamed(template: Template, names: Iterable[str]) -> dict[str, str]:
    """Torchvision's name for each of our names of a state dict, by the longest beginning that the template maps.

    A beginning ends where a module does: `conv1` begins `conv1.weight`, not `conv10.weight`. Raises NoName.
    """
    places = template.torchvision()
    if not places:
        raise NoName(f"torchvision has no {template.title()}")
    found = {name: _renamed(name, places) for name in names}
    ours: dict[str, str] = {}
    for name, theirs in found.items():
        if theirs in ours:
            raise NoName(f"{ours[theirs]} and {name} would both be {theirs} of torchvision")
        ours[theirs] = name
    return found


def of_old(name: str) -> str:
    """The name under which the DenseNet files of torchvision's first years, which it still offers, hold a weight."""
    return re.sub(r"(\.denselayer\d+\.(?:norm|conv))(\d)\.", r"\1.\2.", name)


def _renamed(name: str, places: Mapping[str, str]) -> str:
    for beginning in _beginnings(name):
        if beginning in places:
            return ".".join(filter(None, (places[beginning], name[len(beginning) :].removeprefix("."))))
    raise NoName(f"torchvision has no {name}: no beginning of it is among the {len(places)} modules mapped")


def _beginnings(name: str) -> Iterator[str]:
    """The name, then without its last part, and so on; at last the whole network, which is ""."""
    while name:
        yield name
        name = name.rpartition(".")[0]
    yield ""
