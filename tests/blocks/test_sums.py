"""Settings that follow from sums: given, worked out again, refused in words, used with other values, moved about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from blocks import edits, sums
from blocks.activation import ReLU
from blocks.check import check
from blocks.convolution import Conv2d
from blocks.ends import Use
from blocks.graph import Graph
from blocks.grouping import group
from blocks.linear import Linear
from blocks.own import own_setting
from blocks.regularization import Dropout
from blocks.setting import BadSetting
from blocks.sums import BadSum, at, resolved, with_sum
from tests.blocks.drawn import drawn


def summed(graph: Graph, **given: Mapping[str, str]) -> Graph:
    """With sums for settings of some nodes."""
    for name, told in given.items():
        for key, text in told.items():
            node = sums.with_sum(graph.nodes[name], key, text, sums.scope_of(graph), name)
            graph = graph.with_node(name, node)
    return graph


def cell(**variables: float) -> Graph:
    """Two convolutions over the setting `width` of the network."""
    graph = drawn("image -> conv1 -> relu -> conv2 -> out", conv1=Conv2d(8), relu=ReLU(), conv2=Conv2d(8))
    graph = replace(graph, settings={"width": 8}, variables=variables)
    return summed(graph, conv1={"out_channels": "width"}, conv2={"out_channels": "2*width", "kernel_size": "(3, 5)"})


def test_a_node_holds_the_value_and_the_sum() -> None:
    node = cell().nodes["conv2"]
    assert (node.block.value("out_channels"), node.given) == (16, (("out_channels", "2*width"),))
    assert node.block.value("kernel_size") == (3, 5)


def test_a_plain_value_puts_an_end_to_the_sum() -> None:
    plain = edits.configure(cell(), ["conv2"], {"out_channels": 5})
    assert (plain.block("conv2").value("out_channels"), plain.nodes["conv2"].given) == (5, ())


def test_sums_are_in_the_order_of_the_settings() -> None:
    block = Conv2d(8)
    one = summed(drawn("image -> c -> out", c=block), c={"groups": "1*1"})
    graph = replace(drawn("image -> c -> out", c=block), settings={"a": 1})
    there = summed(graph, c={"groups": "a", "out_channels": "8*a"})
    back = summed(graph, c={"out_channels": "8*a", "groups": "a"})
    assert there == back
    assert one.nodes["c"].given == ()


@pytest.mark.parametrize(
    "setting, text, sentence",
    [
        ("out_channels", "2*widht", "out_channels of conv1 expects a whole number of at least 1, received '2*widht': "
         "widht is not known here; did you mean width?"),
        ("out_channels", "width/3", "it works out to 2.66667"),
        ("out_channels", "width-8", "received 'width-8': it works out to 0"),
        ("out_channels", "10**10**10", "an exponent is at most 64"),
        ("bias", "width", "bias of conv1 expects true or false, received 'width': it takes no sum"),
    ],
)  # fmt: skip
def test_a_sum_that_does_not_fit_is_told_in_a_sentence(setting: str, text: str, sentence: str) -> None:
    graph = cell()
    with pytest.raises(BadSum) as told:
        with_sum(graph.nodes["conv1"], setting, text, sums.scope_of(graph), "conv1")
    assert sentence in str(told.value)


def test_a_number_takes_a_fraction_and_sizes_take_several() -> None:
    graph = replace(drawn("image -> drop -> out", drop=Dropout(0.5)), settings={"side": 8})
    graph = summed(graph, drop={"p": "side/100"}, image={"shape": "(1, side, side+1)"})
    assert graph.block("drop").value("p") == 0.08
    assert graph.block("image").value("shape") == (1, 8, 9)


def test_other_values_are_worked_out_in_every_node() -> None:
    wide = resolved(cell(), settings={"width": 12})
    assert [wide.block(n).value("out_channels") for n in ("conv1", "conv2")] == [12, 24]
    assert wide.structure is wide.structure


def test_a_value_that_a_node_cannot_take_names_the_node() -> None:
    with pytest.raises(BadSum, match="out_channels of conv1 expects a whole number of at least 1, received 'width'"):
        resolved(cell(), settings={"width": 0})


def test_the_networks_own_settings_come_before_the_variables_of_the_design() -> None:
    graph = summed(cell(width=99, base=3), conv1={"out_channels": "width+base"})
    assert graph.block("conv1").value("out_channels") == 11


def test_each_use_of_a_network_has_its_own_values() -> None:
    inner = cell()
    graph = drawn("image -> a -> out", "image -> b", a=Use("cell"), b=Use("cell", settings_={"width": 4}))
    rows = check(graph, {"cell": inner}).rows
    assert rows["a"].parameters == check(inner).parameters
    assert rows["b"].parameters == check(resolved(inner, settings={"width": 4})).parameters
    assert [shape.channels for name in "ab" if (shape := rows[name].outputs[0])] == [16, 8]


def test_a_network_at_other_values_is_worked_out_once() -> None:
    graph = cell()
    assert at(graph, (("width", 5),)) is at(graph, (("width", 5),))
    assert at(graph, ()) is graph


@pytest.mark.parametrize(
    "values, said",
    [
        ({"depth": 3}, "names of the network's own settings (width) as settings of cell, received depth"),
        ({"width": 1.5}, "a whole number as width of cell, received 1.5"),
        ({"width": 0}, "a whole number of at least 1 as out_channels of conv1 in cell, received width"),
    ],
)  # fmt: skip
def test_a_use_with_values_that_do_not_fit_says_so(values: Mapping[str, float], said: str) -> None:
    graph = drawn("image -> use -> out", use=Use("cell", settings_=dict(values)))
    (error,) = check(graph, {"cell": cell()}).errors
    assert said in error.message
    assert error.setting == "settings"


@pytest.mark.parametrize("raw", [{"a b": 1}, {"width": "x"}, {"width": True}, [1], "x", {"lambda": 1}, {"min": 1}])
def test_the_values_of_a_use_are_names_with_numbers(raw: object) -> None:
    with pytest.raises(BadSetting):
        Use("cell", settings_=raw)


def test_a_networks_setting_has_the_bounds_of_what_it_feeds() -> None:
    graph = replace(drawn("image -> drop -> fc -> out", drop=Dropout(0.5), fc=Linear(3)), settings={"p": 0.5, "w": 3})
    graph = summed(graph, drop={"p": "p"}, fc={"out_features": "w"})
    p, width = own_setting(graph, "p", {}), own_setting(graph, "w", {}, "cell")
    with pytest.raises(BadSetting, match="p expects a number from 0"):
        p.parse(2.0)
    with pytest.raises(BadSetting, match="w expects a whole number of at least 1"):
        width.parse(0)
    assert width.doc == "w, promoted from cell: feeds out_features of fc."
    with pytest.raises(BadSetting, match="at least 1, as out_features of fc asks, received 0"):
        width.read("0")


def test_what_is_pasted_elsewhere_follows_the_names_there_or_is_plain() -> None:
    copied = edits.extract(cell(), ["conv1", "conv2"])
    there, named = edits.paste(replace(Graph(), settings={"width": 5}), copied)
    assert there.block(named["conv2"]).value("out_channels") == 10
    plain, named = edits.paste(Graph(), copied)
    assert plain.nodes[named["conv2"]].given == ()
    assert plain.block(named["conv2"]).value("out_channels") == 16


def test_an_expanded_use_keeps_what_its_sums_were_over() -> None:
    inner, outer = cell(), drawn("image -> use -> out", use=Use("cell", settings_={"width": 6}))
    outer = summed(replace(outer, settings={"base": 3}), use={"settings.width": "2*base"})
    opened, names = edits.expand(outer, "use", check(outer, {"cell": inner}).rows["use"])
    node = opened.nodes[names["conv2"]]
    assert (node.block.value("out_channels"), node.given) == (12, (("out_channels", "2*(2*base)"),))


def test_a_group_hands_on_the_settings_that_its_sums_need() -> None:
    graph = cell()
    made = group(graph, ["conv1", "relu"], "Stem", check(graph).rows)
    assert made.inner.settings == {"width": 8}
    assert made.outer.nodes[made.name].given == (("settings.width", "width"),)
    checked = check(resolved(made.outer, settings={"width": 5}), {"Stem": made.inner})
    assert checked.parameters == check(resolved(graph, settings={"width": 5})).parameters


def test_a_refusal_of_a_name_says_why() -> None:
    assert "means something else" in sums.why_no_name("min")
    assert "means something else" in sums.why_no_name("lambda")
    assert "is not a name" in sums.why_no_name("2w")
    assert sums.why_no_name("width") == ""
