"""Settings that name networks and nodes: what they take, and how they follow what is renamed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from blocks.setting import BadSetting
from designer import actions
from runtime.design import Design, Phase
from runtime.file import open_design
from runtime.places import PlacesSetting, following
from runtime.recipes.autoencoder import Denoising
from runtime.recipes.distillation import Distillation
from tests.designs import digits

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PLACES = PlacesSetting((), "", name="frozen")


@pytest.mark.parametrize(("typed", "value"), [("", ()), ("Net", ("Net",)), ("Net.a, B/c", ("Net.a", "B.c"))])
def test_places_are_read_as_people_type_them(typed: str, value: tuple[str, ...]) -> None:
    assert PLACES.read(typed) == value
    assert PLACES.read(PLACES.show(value)) == value


@pytest.mark.parametrize("typed", ["Net.a.b", "Net.", "Net Net", "Net, Net"])
def test_what_is_no_place_is_refused(typed: str) -> None:
    with pytest.raises(BadSetting, match="networks, or nodes of them"):
        PLACES.read(typed)


def test_a_place_follows_its_network_and_its_node_and_no_other() -> None:
    told = ("Net", "Net.fc", "Network.fc", "Net.fc1")
    assert PLACES.renamed(told, "Net", "Other") == ("Other", "Other.fc", "Network.fc", "Other.fc1")
    assert PLACES.renamed(told, "Net.fc", "Net.head") == ("Net", "Net.head", "Network.fc", "Net.fc1")


def test_every_setting_of_a_recipe_that_names_a_network_follows_it() -> None:
    assert following(Distillation(teacher="Large", frozen=("Large",)), "Large", "L").changed() == ["teacher", "frozen"]
    assert following(Distillation(teacher="Large"), "Large", "L").teacher == "L"
    assert following(Denoising(before=("A", "B"), decoder="B"), "B", "C") == Denoising(before=("A", "C"), decoder="C")


def test_renaming_in_the_window_renames_what_the_training_names() -> None:
    design = digits(frozen=("LeNet.conv1",), network="LeNet")
    after = actions.renamed("LeNet", "conv1", "first")(design)
    assert after.training[0].plan.frozen == ("LeNet.first",)
    after = actions.renamed_network("LeNet", "Net")(after)
    assert after.training[0].plan.frozen == ("Net.first",)
    assert after.training[0].plan.value("network") == "Net"


def test_a_design_that_names_nothing_keeps_its_training_as_it_is() -> None:
    design = open_design(SAMPLES / "lenet_digits.json")
    assert actions.renamed("LeNet", "conv1", "first")(design).training is design.training


def test_a_phase_follows_the_networks_of_its_objectives() -> None:
    design: Design = replace(digits(), training=(Phase("fit", Distillation(teacher="LeNet")),))
    after = actions.renamed_network("LeNet", "Net")(design)
    assert after.training[0].plan.value("teacher") == "Net"
