"""Variables and promoted settings: given, changed, renamed and removed everywhere at once; uses linked and detached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks.check import check
from blocks.naming import Refused
from blocks.setting import BadSetting
from runtime.design import Design, Drawn
from runtime.file import BadDesign, dumps, loads
from runtime.plan import plan as make_plan
from runtime.source import CannotPrint
from runtime.variables import (
    detach,
    name_for_promoted,
    promote,
    renamed_own_setting,
    renamed_variable,
    uses_of,
    variable_users,
    why_not_detach,
    with_own_setting,
    with_sum,
    with_variable,
    without_own_setting,
    without_variable,
)
from runtime.verdict import judge, rejudge
from tests.designs import two_losses

TEXT = """{
  "format": 1,
  "title": "Cells",
  "variables": {"base": 8},
  "networks": {
    "Cell": {
      "settings": {"width": 16},
      "nodes": {
        "x": {"block": "Input", "shape": [8, 8, 8]},
        "conv": {"block": "Conv2d", "out_channels": "=2*width"},
        "back": {"block": "Conv2d", "out_channels": 8, "kernel_size": "=(1, 3)"},
        "y": {"block": "Output"}
      },
      "wires": ["x -> conv", "conv -> back", "back -> y"]
    },
    "Net": {
      "nodes": {
        "image": {"block": "Input"},
        "small": {"block": "Conv2d", "out_channels": 8, "kernel_size": 21, "padding": 0},
        "a": {"block": "Use", "network": "Cell"},
        "b": {"block": "Use", "network": "Cell", "settings": {"width": "=4*base"}},
        "flat": {"block": "Flatten"},
        "fc": {"block": "Linear", "out_features": "=base+2"},
        "y": {"block": "Output"}
      },
      "wires": ["image -> small", "small -> a", "a -> b", "b -> flat", "flat -> fc", "fc -> y"]
    }
  }
}"""


@pytest.fixture
def design() -> Design:
    return loads(TEXT)


def value(design: Design, network: str, node: str, setting: str) -> object:
    return design.networks[network].block(node).value(setting)


def stored(design: Design) -> Design:
    """The same out of a file: equal, and written to the same bytes."""
    again = loads(dumps(design))
    assert (again.networks, again.variables) == (design.networks, design.variables)
    assert dumps(again) == dumps(design)
    return again


# --- the file -----------------------------------------------------------------------------


def test_a_file_holds_sums_and_the_design_their_values(design: Design) -> None:
    assert value(design, "Cell", "conv", "out_channels") == 32
    assert value(design, "Net", "b", "settings") == (("width", 32),)
    assert value(design, "Net", "fc", "out_features") == 10
    assert '"out_channels": "=2*width"' in dumps(stored(design))
    assert dumps(design).index('"variables"') < dumps(design).index('"networks"')


def test_a_design_without_names_says_nothing_of_them(design: Design) -> None:
    plain = without_variable(without_own_setting(design, "Cell", "width"), "base")
    assert '"variables"' not in dumps(plain)
    assert '"settings"' not in dumps(plain).replace('"settings": {"width": 32}', "")
    assert '"="' not in dumps(plain)


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('"=2*width"', '"=2*widht"', "networks.Cell.nodes.conv.out_channels: expected a whole number of at least 1, "
         "found '=2*widht': widht is not known here; did you mean width?"),
        ('"=2*width"', '"=width/3"', "it works out to 5.33333"),
        ('"=2*width"', '"=10**10**10"', "an exponent is at most 64"),
        ('"=4*base"', '"=4*bass"', "networks.Net.nodes.b.settings.width: expected a number"),
        ('{"base": 8}', '{"base": "8"}', "variables.base: expected a number"),
        ('{"base": 8}', '{"min": 8}', "variables.min: expected a name"),
        ('{"width": 16}', '{"width": true}', "networks.Cell.settings.width: expected a number"),
        ('{"width": 16}', '[16]', "networks.Cell.settings: expected an object"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_told_with_its_place(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(BadDesign) as told:
        loads(TEXT.replace(old, new))
    assert said in str(told.value)


def test_text_that_begins_with_an_equals_sign_is_text_where_text_is_taken() -> None:
    design = loads(TEXT.replace('"network": "Cell"}', '"network": "=Cell"}'))
    assert value(design, "Net", "a", "network") == "=Cell"


# --- variables ----------------------------------------------------------------------------


def test_a_changed_variable_works_out_every_sum_over_it(design: Design) -> None:
    after = with_variable(design, "base", 4)
    assert value(after, "Net", "b", "settings") == (("width", 16),)
    assert value(after, "Net", "fc", "out_features") == 6
    assert judge(stored(after)).errors == ()


def test_a_variable_that_a_node_cannot_take_is_refused_by_name(design: Design) -> None:
    with pytest.raises(Refused, match="base = -2 does not fit in Net: out_features of fc expects a whole number"):
        with_variable(design, "base", -2)


@pytest.mark.parametrize("name, why", [("width", "Cell has a setting named width"), ("max", "means something else")])
def test_a_variable_needs_a_free_name(design: Design, name: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        with_variable(design, name, 1)


def test_sums_follow_a_renamed_variable(design: Design) -> None:
    after = stored(renamed_variable(design, "base", "size"))
    assert after.networks["Net"].nodes["b"].given == (("settings.width", "4*size"),)
    assert variable_users(after, "size") == ("Net.b", "Net.fc")


def test_sums_get_the_value_of_a_removed_variable(design: Design) -> None:
    after = stored(without_variable(with_sum(design, "Cell", ["conv"], "out_channels", "width+base"), "base"))
    assert after.networks["Net"].nodes["fc"].given == ()
    assert value(after, "Net", "fc", "out_features") == 10
    assert after.networks["Cell"].nodes["conv"].given == (("out_channels", "width+8"),)


def test_a_sum_over_no_names_is_only_worked_out(design: Design) -> None:
    after = with_sum(design, "Net", ["fc"], "out_features", "2*8")
    assert after.networks["Net"].nodes["fc"].given == ()
    with pytest.raises(BadSetting, match="did you mean base"):
        with_sum(after, "Net", ["fc"], "out_features", "2*bas")


# --- settings of a network ----------------------------------------------------------------


def test_a_changed_default_reaches_the_uses_that_follow_it(design: Design) -> None:
    after = with_own_setting(design, "Cell", "width", 4)
    rows = judge(after).networks["Net"].rows
    assert rows["a"].parameters == check(after.networks["Cell"]).parameters
    assert rows["b"].parameters == judge(design).networks["Net"].rows["b"].parameters


def test_a_default_that_does_not_fit_is_refused(design: Design) -> None:
    with pytest.raises(Refused, match="width = 0 does not fit: out_channels of conv"):
        with_own_setting(design, "Cell", "width", 0)


def test_uses_follow_a_renamed_setting(design: Design) -> None:
    after = stored(renamed_own_setting(design, "Cell", "width", "breadth"))
    assert after.networks["Net"].nodes["b"].given == (("settings.breadth", "4*base"),)
    assert judge(after).errors == ()


def test_a_removed_setting_leaves_its_value_inside_and_nothing_at_the_uses(design: Design) -> None:
    after = stored(without_own_setting(design, "Cell", "width"))
    assert value(after, "Cell", "conv", "out_channels") == 32
    assert value(after, "Net", "b", "settings") == ()
    assert judge(after).errors == ()


def test_an_inner_setting_is_promoted_to_the_outside(design: Design) -> None:
    after = stored(promote(design, "Cell", "back", "out_channels", "out"))
    assert after.networks["Cell"].settings == {"width": 16, "out": 8}
    assert after.networks["Cell"].nodes["back"].given[0] == ("out_channels", "out")
    assert judge(after).networks["Net"].parameters == judge(design).networks["Net"].parameters


def test_a_value_of_a_use_is_promoted_on(design: Design) -> None:
    after = stored(promote(design, "Net", "a", "settings.width", "first"))
    assert after.networks["Net"].settings == {"first": 16}
    assert value(with_own_setting(after, "Net", "first", 3), "Net", "a", "settings") == (("width", 3),)


@pytest.mark.parametrize(
    "node, setting, name, why",
    [
        ("conv", "bias", "b", "bias of conv is no number"),
        ("back", "kernel_size", "k", "kernel_size of back is no single number now"),
        ("back", "out_channels", "width", "Cell has a setting named width already"),
        ("back", "out_channels", "base", "there is a variable named base"),
        ("back", "nothing", "n", "is no number"),
    ],
)
def test_what_cannot_be_promoted_says_why(design: Design, node: str, setting: str, name: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        promote(design, "Cell", node, setting, name)


def test_a_promoted_setting_gets_a_name_that_is_free(design: Design) -> None:
    assert name_for_promoted(design, "Cell", "back", "out_channels") == "out_channels"
    once = promote(design, "Cell", "back", "out_channels", "out_channels")
    assert name_for_promoted(once, "Cell", "conv", "out_channels") == "conv_out_channels"


# --- uses ---------------------------------------------------------------------------------


def test_uses_are_linked_and_counted(design: Design) -> None:
    assert uses_of(design, "Cell") == ("Net.a", "Net.b")


def test_an_edit_inside_reaches_the_counts_of_all_who_use_it(design: Design) -> None:
    verdict = judge(design)
    graph = design.networks["Cell"]
    block = graph.block("conv").with_settings(bias=False)
    node = graph.nodes["conv"]
    after = design.with_network("Cell", graph.with_node("conv", type(node)(block, given=node.given)))
    assert (
        rejudge(verdict, after, "Cell", ["conv"]).networks["Net"].parameters == judge(after).networks["Net"].parameters
    )


def test_a_detached_use_has_a_network_of_its_own(design: Design) -> None:
    after = stored(detach(design, "Net", "b"))
    assert value(after, "Net", "b", "network") == "Cell2"
    assert after.networks["Net"].nodes["b"].given == design.networks["Net"].nodes["b"].given
    assert uses_of(after, "Cell") == ("Net.a",)
    changed = with_own_setting(after, "Cell", "width", 2)
    assert judge(changed).networks["Net"].rows["b"].parameters == judge(design).networks["Net"].rows["b"].parameters
    assert "only use" in why_not_detach(after, "Net", "a")


def test_what_is_no_use_cannot_be_detached(design: Design) -> None:
    with pytest.raises(Refused, match="fc is no network"):
        detach(design, "Net", "fc")


def test_a_training_step_takes_a_network_as_it_is() -> None:
    design = two_losses()
    plan = design.training[0].plan
    assert isinstance(plan, Drawn)
    use = plan.step.nodes["first"]
    wider = replace(use, block=use.block.with_settings(settings={"width": 3}))
    step = plan.step.with_node("first", wider)
    first = replace(design.networks["First"], settings={"width": 2})
    phase = replace(design.training[0], plan=replace(plan, step=step))
    after = replace(design.with_network("First", first), training=(phase,))
    assert any("first has values of its own for First" in error.message for error in judge(after).errors)
    with pytest.raises(CannotPrint, match="cannot have values of its own in a training step"):
        make_plan(after)
