"""What a template is: an architecture of the literature as a function of its settings, which gives networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, TypeVar

from blocks.definition import Catalogue, Definition
from blocks.zoo.drawing import Drawing

TEMPLATES: Catalogue[Template] = Catalogue("template")


class Template(Definition):
    """An architecture: `draw` lays out one network, `networks` several. Whatever it draws is made of the catalogue.

    A setting out of its bounds raises BadSetting, settings that do not go together raise BadSetting or Unfit.
    """

    family: ClassVar[str] = ""  # under which it is listed
    source: ClassVar[str] = ""  # the paper
    keywords: ClassVar[str] = ""  # what else people type to find it

    def title(self) -> str:
        """What this one is called in papers, as `ResNet-50`."""
        return type(self).kind()

    def draw(self, d: Drawing) -> None:
        """Draws the network, from its entrances to its exits."""

    def networks(self) -> Mapping[str, Drawing]:
        """The networks by name; one, named after the template, where it does not say otherwise."""
        d = Drawing()
        self.draw(d)
        return {type(self).kind(): d}

    def torchvision(self) -> Mapping[str, str]:
        """Where torchvision keeps the weights of this one: its module for each of ours, by the longest beginning.

        `{"conv2_1.conv1": "layer1.0.conv1"}` maps `conv2_1.conv1.weight` to `layer1.0.conv1.weight`. Empty where
        torchvision has no such network.
        """
        return {}


T = TypeVar("T", bound=Template)


def template(family: str) -> Callable[[type[T]], type[T]]:
    """A decorator that takes a template into the catalogue, listed under `family`."""

    def take(kind: type[T]) -> type[T]:
        kind.family = family
        TEMPLATES.add(kind)
        return kind

    return take
