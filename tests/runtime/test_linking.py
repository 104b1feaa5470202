"""Uses stay in step with their networks: inputs and outputs come, go and are renamed; none comes to stand in itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from blocks import edits
from blocks.ends import Input, Output, Use
from blocks.graph import Node, Wire, wire_text
from blocks.naming import Refused
from runtime.design import Design
from runtime.file import dumps, loads
from runtime.linking import linked, switched
from runtime.verdict import judge
from tests.runtime.test_variables import TEXT


@pytest.fixture
def design() -> Design:
    return loads(TEXT)


def edited(design: Design, network: str, *names: str, add: str = "", block: Node | None = None) -> Design:
    """After nodes of a network are removed, or one is added."""
    graph = edits.remove(design.networks[network], names, heal=False)
    return linked(design, design.with_network(network, edits.add(graph, add, block) if block else graph))


def wires(design: Design, network: str) -> list[str]:
    graph = design.networks[network]
    return [wire_text(wire, graph.nodes) for wire in graph.wires]


def test_an_output_that_is_added_inside_comes_out_of_every_use(design: Design) -> None:
    graph = edits.connect(edits.add(design.networks["Cell"], "aux", Node(Output())), Wire("conv", "y", "aux", "x"))
    after = linked(design, design.with_network("Cell", graph))
    assert [after.networks["Net"].block(n).value("gives") for n in "ab"] == [("y", "aux")] * 2
    assert wires(after, "Net") == wires(design, "Net")
    assert judge(after).networks["Net"].errors == ()


def test_an_input_that_is_added_inside_waits_for_a_wire_at_every_use(design: Design) -> None:
    after = edited(design, "Cell", add="z", block=Node(Input((2,))))
    assert after.networks["Net"].block("a").value("takes") == ("x", "z")
    assert next(e.message for e in judge(after).networks["Net"].errors).startswith(
        "a has nothing connected to its input z"
    )


def test_what_is_renamed_inside_keeps_its_wires(design: Design) -> None:
    graph = edits.rename(edits.rename(design.networks["Cell"], "x", "image"), "y", "map")
    after = linked(design, design.with_network("Cell", graph))
    assert after.networks["Net"].block("b") == replace_ends(design, "image", "map")
    assert judge(after).networks["Net"].errors == ()
    assert len(wires(after, "Net")) == len(wires(design, "Net"))


def replace_ends(design: Design, entry: str, leaving: str) -> object:
    return design.networks["Net"].block("b").with_settings(takes=(entry,), gives=(leaving,))


def test_a_wire_to_what_is_gone_is_gone(design: Design) -> None:
    after = edited(edited(design, "Cell", add="z", block=Node(Input((2,)))), "Cell", "x")
    assert after.networks["Net"].block("a").value("takes") == ("z",)
    assert not [line for line in wires(after, "Net") if line.endswith(("-> a", "-> b"))]


def test_a_use_has_names_of_its_own_for_what_goes_in_and_out(design: Design) -> None:
    net = edits.configure(design.networks["Net"], ["a"], {"takes": ["left"]})
    net = replace(net, wires=tuple(w._replace(input="left") if w.target == "a" else w for w in net.wires))
    named = design.with_network("Net", net)
    after = linked(named, named.with_network("Cell", edits.rename(named.networks["Cell"], "x", "image")))
    assert after.networks["Net"].block("a").value("takes") == ("left",)
    assert wires(after, "Net") == wires(named, "Net")


def test_bends_stay_with_a_wire_whose_end_was_renamed(design: Design) -> None:
    wire = next(w for w in design.networks["Net"].wires if w.target == "a")
    bent = design.with_bends("Net", {wire: ((3.0, 4.0),)})
    after = linked(bent, bent.with_network("Cell", edits.rename(bent.networks["Cell"], "x", "image")))
    assert after.bends["Net"] == {wire._replace(input="image"): ((3.0, 4.0),)}


def test_a_network_cannot_come_to_stand_in_itself(design: Design) -> None:
    for used, words in (("Cell", "Cell cannot hold itself"), ("Net", r"Cell cannot hold Net, which stands in it")):
        with pytest.raises(Refused, match=words):
            edited(design, "Cell", add="own", block=Node(Use(used)))


def test_a_file_in_which_a_network_holds_itself_is_told_in_every_network_of_the_circle(design: Design) -> None:
    text = dumps(design).replace('"back": {"block": "Conv2d", "out_channels": 8, "kernel_size": "=(1, 3)"}',
                        '"back": {"block": "Use", "network": "Net"}')  # fmt: skip
    found = [(e.network, e.node) for e in judge(loads(text)).errors]
    assert found == [("Cell", "back"), ("Net", "a")]
    assert "Net → Cell → Net" in judge(loads(text)).errors[0].message


def test_another_network_stands_at_a_use_with_the_values_that_it_knows(design: Design) -> None:
    both = design.with_network("Other", edits.rename(design.networks["Cell"], "x", "map"))
    after = switched(both, "Net", ["b"], "Other")
    use = after.networks["Net"].nodes["b"]
    assert (use.block.value("network"), use.block.value("takes")) == ("Other", ("map",))
    assert use.given == (("settings.width", "4*base"),)
    assert "a -> b" in wires(after, "Net")
    assert judge(after).networks["Net"].errors == ()


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"takes": ["x", "z"]}, "Give it the inputs and outputs of Cell"),
        ({"gives": ["y", "z"]}, "Give it the inputs and outputs of Cell"),
        ({"settings.width": 0}, "Leave the settings as Cell has them"),
        ({"settings.depth": 3}, "Leave the settings as Cell has them"),
    ],
)  # fmt: skip
def test_a_use_that_is_out_of_step_is_repaired_by_a_button(
    design: Design, settings: Mapping[str, object], words: str
) -> None:
    graph = edits.configure(design.networks["Net"], ["a"], settings)
    if "takes" in settings:
        graph = edits.connect(graph, Wire("small", "y", "a", "z"))
    verdict = judge(design.with_network("Net", graph))
    (error,) = verdict.errors
    fix = next(fix for fix in verdict.fixes(error) if fix.title == words)
    assert judge(fix.edit(verdict.design)).errors == ()
