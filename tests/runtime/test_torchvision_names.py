"""Our names of weights and torchvision's: by modules, the longest beginning first."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from blocks.zoo import Template
from runtime.torchvision_names import NoName, renamed


class Two(Template):
    """A network that torchvision has."""

    def torchvision(self) -> Mapping[str, str]:
        return {"stem": "features.0", "stem.norm": "features.1", "fc": "classifier", "scale": "weight"}


class Whole(Template):
    """A network whose modules torchvision calls as we do, except one."""

    def torchvision(self) -> Mapping[str, str]:
        return {"": "backbone", "fc": "fc"}


class Clash(Template):
    """Two modules in one place."""

    def torchvision(self) -> Mapping[str, str]:
        return {"stem": "features", "stem.norm": "features.1"}


def test_the_longest_beginning_gives_the_place() -> None:
    assert renamed(Two(), ["stem.weight", "stem.norm.bias", "scale"]) == {
        "stem.weight": "features.0.weight",
        "stem.norm.bias": "features.1.bias",
        "scale": "weight",
    }


def test_an_empty_beginning_stands_for_all_that_is_not_named() -> None:
    assert renamed(Whole(), ["a.weight", "fc.bias"]) == {"a.weight": "backbone.a.weight", "fc.bias": "fc.bias"}


def test_a_beginning_ends_where_a_module_ends() -> None:
    with pytest.raises(NoName, match=r"torchvision has no stem2\.weight"):
        renamed(Two(), ["stem2.weight"])


def test_two_weights_in_one_place_are_refused() -> None:
    with pytest.raises(NoName, match=r"stem\.1\.weight and stem\.norm\.weight would both be features\.1\.weight"):
        renamed(Clash(), ["stem.1.weight", "stem.norm.weight"])


def test_a_network_torchvision_does_not_have_is_said() -> None:
    with pytest.raises(NoName, match="torchvision has no Template"):
        renamed(Template(), ["x"])
