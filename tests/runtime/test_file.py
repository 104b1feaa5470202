"""The design file: what is written reads back, and whatever is wrong with one is told by its place."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks.ends import Unknown
from blocks.graph import Graph, Node
from blocks.linear import Linear
from runtime.design import Design, Drawn, Note, Phase
from runtime.file import (
    BadDesign,
    dumps,
    dumps_fragment,
    loads,
    loads_fragment,
    migrated,
    open_design,
    save_design,
)
from runtime.optimizer import SGD
from runtime.recipe import Objective
from runtime.schedule import Cosine
from runtime.store import CannotSave
from runtime.unknown import UnknownRecipe, UnknownSource
from tests.make_samples import texts

SAMPLES = texts()
EXAMPLE = """\
{
  "format": 1,
  "title": "LeNet on handwritten digits",
  "networks": {
    "LeNet": {
      "nodes": {
        "image": {"block": "Input", "shape": [1, 8, 8]},
        "conv1": {"block": "Conv2d", "out_channels": 6, "kernel_size": 5, "padding": 2},
        "left": {"block": "ReLU"},
        "join": {"block": "Concat"}
      },
      "wires": ["image -> conv1", "conv1 -> left", "left -> join.parts[0]", "conv1 -> join.parts[1]"]
    }
  },
  "data": {"source": "digits", "batch_size": 32},
  "training": [{"phase": "fit", "recipe": "classification", "epochs": 20}],
  "layout": {"LeNet": {"image": [0, 0], "conv1": [0, 90]}}
}
"""


def network(nodes: str, wires: str = "") -> str:
    return f'{{"format": 1, "networks": {{"N": {{"nodes": {{{nodes}}}, "wires": [{wires}]}}}}}}'


def refusal(text: str) -> BadDesign:
    with pytest.raises(BadDesign) as caught:
        loads(text, name="lenet.json")
    return caught.value


# --- what is written ----------------------------------------------------------------------


def test_the_example_of_the_design_page_is_written_as_it_stands() -> None:
    assert dumps(loads(EXAMPLE)) == EXAMPLE


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_loaded_and_saved_has_the_same_bytes(name: str) -> None:
    assert dumps(loads(SAMPLES[name])) == SAMPLES[name]


def test_a_moved_node_changes_one_line() -> None:
    before = loads(SAMPLES["lenet_digits.json"])
    after = before.with_places("LeNet", {"conv1": (12.0, 80.0)})
    lines = zip(dumps(before).splitlines(), dumps(after).splitlines(), strict=True)
    assert [new.strip() for old, new in lines if old != new] == ['"conv1": [12, 80],']


def test_a_number_of_the_layout_is_whole_where_it_can_be() -> None:
    graph = Graph({"fc": Node(Linear(2))})
    text = dumps(Design(networks={"N": graph}, layout={"N": {"fc": (0.0, 90.5)}}))
    assert '"layout": {"N": {"fc": [0, 90.5]}}' in text


def test_a_step_drawn_by_hand_reads_back_equal() -> None:
    objective = Objective("loss", ("N",), SGD(0.1, momentum=0.9), Cosine(), gradient_clip_val=1.0, every=2)
    step = Graph({"fc": Node(Linear(2), repeat=3)})
    design = Design(training=(Phase("fit", Drawn(step, (objective,), epochs=3, patience=2)),))
    assert loads(dumps(design)) == design


def test_a_note_keeps_its_lines_and_its_place() -> None:
    design = Design(notes={"N": (Note("# Title\n\n* 学习 √2", (8.0, -3.5), 300.0),)})
    assert loads(dumps(design)) == design


def test_nodes_copied_as_text_paste_with_wires_and_places() -> None:
    lenet = loads(EXAMPLE)
    graph, layout = loads_fragment(dumps_fragment(lenet.networks["LeNet"], lenet.layout["LeNet"]))
    assert (graph, layout) == (lenet.networks["LeNet"], lenet.layout["LeNet"])


def test_a_text_from_elsewhere_is_no_fragment() -> None:
    with pytest.raises(BadDesign, match="the clipboard"):
        loads_fragment("[1, 2]")


# --- what is not known here ---------------------------------------------------------------


def test_an_unknown_block_is_kept_with_its_wires() -> None:
    mystery = '"a": {"block": "ReLU"}, "m": {"block": "Hyper", "deep": {"x": [1, null]}, "repeat": 2}'
    wires = '"a -> m", "a -> m.parts[0]", "a -> m.other", "m.h -> b"'
    text = dumps(loads(network(mystery + ', "b": {"block": "ReLU"}', wires)))
    assert '"m": {"block": "Hyper", "deep": {"x": [1, null]}, "repeat": 2}' in text
    assert f'"wires": [{wires}]' in text
    assert isinstance(loads(text).networks["N"].block("m"), Unknown)


def test_an_unknown_setting_is_kept_through_an_edit_of_the_node() -> None:
    design = loads(network('"c": {"block": "Conv2d", "future": {"deep": 1}}'))
    block = design.networks["N"].block("c").with_settings(stride=2)
    edited = design.edited("N", lambda graph: graph.with_node("c", Node(block)))
    assert '"c": {"block": "Conv2d", "stride": 2, "future": {"deep": 1}}' in dumps(edited)


def test_unknown_entries_data_and_recipes_are_kept() -> None:
    text = (
        '{"format": 1, "networks": {}, "data": {"source": "webcam", "rate": 3}, "training": '
        '[{"phase": "a", "recipe": "dream", "x": 1}, {"phase": "b", "recipe": "regression", "optimizer": '
        '{"kind": "Lion", "lr": 1}}], "future": {"a": [1]}}'
    )
    design = loads(text)
    assert isinstance(design.data, UnknownSource)
    assert [type(phase.plan) for phase in design.training] == [UnknownRecipe, UnknownRecipe]
    kept, told = json.loads(dumps(design)), json.loads(text)
    assert {key: kept[key] for key in told} == told


# --- formats ------------------------------------------------------------------------------


def test_a_newer_format_is_refused_with_what_to_do() -> None:
    error = refusal('{"format": 2, "networks": {}}')
    assert "expected format 1 or older, found format 2" in str(error)
    assert "newer version of this program" in error.repair


def test_an_older_format_is_migrated_step_by_step() -> None:
    steps: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
        1: lambda tree: {"format": 2, "title": tree["name"]},
        2: lambda tree: {**tree, "format": 3, "title": tree["title"].upper()},
    }
    assert migrated({"format": 1, "name": "x"}, "a.json", steps, newest=3) == {"format": 3, "title": "X"}


# --- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, place, expected",
    [
        ("", "line 1, column 1", "a value"),
        ('{"format": 1,\n  "title" 5}', "line 2, column 11", "a ':'"),
        (EXAMPLE[:200], "line 8, column 37", "a name in double quotes"),
        ("[1]", "", "a design, which is a JSON object"),
        ("{}", "format", "the number of a format"),
        ('{"format": true}', "format", "the number of a format"),
        ('{"format": 1, "title": 5}', "title", "a line of text, at most 4,096 characters"),
        ('{"format": 1, "title": "a\\nb"}', "title", "a line of text, at most 4,096 characters"),
        ('{"format": 1, "networks": []}', "networks", "an object"),
        ('{"format": 1, "networks": {"my net": {}}}', "networks.my net", "a name of letters, digits and _"),
        (network('"1x": {"block": "ReLU"}'), "networks.N.nodes.1x", "a name of letters, digits and _"),
        (network('"a": {}'), "networks.N.nodes.a.block", "the name of a block"),
        (network('"a": {"block": "ReLU", "repeat": 0}'), "networks.N.nodes.a.repeat", "a whole number from 1 to 1,000"),
        (network('"c": {"block": "Conv2d", "kernel_size": -1}'), "networks.N.nodes.c.kernel_size", "a whole number"),
        (network('"c": {"block": "Conv2d", "stride": true}'), "networks.N.nodes.c.stride", "a whole number"),
        (network('"d": {"block": "Dropout", "p": NaN}'), "networks.N.nodes.d.p", "a finite number"),
        (network('"d": {"block": "Dropout", "p": 1e999}'), "networks.N.nodes.d.p", "a finite number"),
        (network(f'"d": {{"block": "Linear", "out_features": {"9" * 5000}}}'), "networks.N.nodes.d.out_features", "40"),
        (network('"a": {"block": "ReLU"}, "a": {"block": "ReLU"}'), "networks.N.nodes.a", "every name once"),
        (network('"a": {"block": "ReLU"}', '"a -> b"'), "networks.N.wires[0]", "a wire between nodes and ports"),
        (network('"a": {"block": "ReLU"}', "7"), "networks.N.wires[0]", "a wire as text"),
        (
            network('"a": {"block": "ReLU"}, "b": {"block": "ReLU"}', '"a -> b", "b -> b"'),
            "networks.N.wires[1]",
            "one wire to b.x at this place",
        ),
        ('{"format": 1, "data": {"source": "digits", "batch_size": -1}}', "data.batch_size", "a whole number"),
        (
            '{"format": 1, "training": [{"phase": "","recipe": "regression","schedule": {"kind":"Steps","every":0}}]}',
            "training[0].schedule.every",
            "a whole number of at least 1",
        ),
        ('{"format": 1, "training": [{"phase": "a"}]}', "training[0].recipe", "the name of a recipe"),
        ('{"format": 1, "layout": {"N": {"a": [0]}}}', "layout.N.a", "two numbers, [x, y]"),
        ('{"format": 1, "layout": {"N": {"a": [0, 1e9]}}}', "layout.N.a", "a number from"),
        ('{"format": 1, "notes": {"N": [{"text": "a", "colour": 1}]}}', "notes.N[0].colour", "one of the entries"),
        ('{"format": 1, "title": "a\\u202eb"}', "title", "text without control characters"),
        ('{"format": 1, "x": {"a\\u0000b": 1}}', "x.a name", "text without control characters"),
        ('{"format": 1, "x": ["\\ud800"]}', "x[0]", "text without control characters"),
        ("[" * 10_000 + "]" * 10_000, "its nesting", "at most 128 brackets inside each other"),
        ("[" + "1," * 2_000_000 + "1]", "its size", "at most 2,000,000 values"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(text: str, place: str, expected: str) -> None:
    error = refusal(text)
    assert (error.file, error.place) == ("lenet.json", place)
    assert error.expected.startswith(expected) or expected in error.expected
    assert str(error).startswith("lenet.json")


def test_brackets_within_text_do_not_nest() -> None:
    assert loads('{"format": 1, "title": "' + "[" * 200 + '"}').title == "[" * 200


def test_too_many_nodes_are_refused_before_they_are_read() -> None:
    nodes = ",".join(f'"n{i}": 0' for i in range(100_001))
    assert refusal(network(nodes)).expected == "at most 100,000 nodes"


def test_a_hundred_thousand_nodes_open() -> None:
    nodes = ",".join(f'"n{i}": {{"block": "ReLU"}}' for i in range(100_000))
    wires = ",".join(f'"n{i} -> n{i + 1}"' for i in range(99_999))
    assert len(loads(network(nodes, wires)).networks["N"].wires) == 99_999


def test_a_circle_opens_for_the_checker_to_name() -> None:
    nodes = '"a": {"block": "ReLU"}, "b": {"block": "ReLU"}'
    assert len(loads(network(nodes, '"a -> b", "b -> a"')).networks["N"].wires) == 2


# --- files --------------------------------------------------------------------------------


def test_a_saved_design_opens_equal(tmp_path: Path) -> None:
    design = loads(EXAMPLE)
    save_design(tmp_path / "a.json", design)
    assert open_design(tmp_path / "a.json") == design
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == EXAMPLE


def test_a_file_that_is_not_there_is_a_bad_design(tmp_path: Path) -> None:
    with pytest.raises(
        BadDesign, match=r"missing\.json: expected a file that can be opened, found none \(no such file"
    ):
        open_design(tmp_path / "missing.json")


def test_a_wire_that_goes_on_for_ever_is_quoted_by_its_beginning() -> None:
    with pytest.raises(BadDesign, match=r"wire 'aaa.*\.\.\.' is not of the form") as caught:
        loads(EXAMPLE.replace('"wires": [', f'"wires": ["{"a" * 3000}", ', 1))
    assert len(str(caught.value)) < 400


def test_bytes_that_are_no_text_are_told_by_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"title": "\xff"}')
    with pytest.raises(BadDesign, match="byte 11: expected text in UTF-8"):
        open_design(tmp_path / "a.json")


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("\ufeff" + EXAMPLE, encoding="utf-8")
    assert open_design(tmp_path / "a.json") == loads(EXAMPLE)


@pytest.mark.parametrize("title", ["a\nb", "x" * 5000, "\ud800"])
def test_a_design_that_would_not_open_again_is_not_saved(tmp_path: Path, title: str) -> None:
    save_design(tmp_path / "a.json", loads(EXAMPLE))
    with pytest.raises(CannotSave):
        save_design(tmp_path / "a.json", Design(title=title))
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == EXAMPLE


# --- anything at all ----------------------------------------------------------------------

WORDS = ["block", "nodes", "wires", "format", "Conv2d", "shape", "repeat", "Use", "a -> b", "kind", "step", "data"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**50), 10**50)
    | st.integers(-2, 3)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(WORDS)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
MUTATIONS = st.lists(st.tuples(st.integers(0, 400), JSON, st.sampled_from(["put", "drop", "double"])), max_size=3)
TEXT_CHANGES = st.lists(
    st.tuples(st.integers(0, 3000), st.sampled_from(string.printable + '"[]{}:,\\\x00\u202e')), max_size=4
)


def only_a_bad_design(text: str) -> None:
    """Opens the text; then what was opened is stable, or it is refused by the one error."""
    try:
        design = loads(text, name="a.json")
    except BadDesign:
        return
    again = dumps(design)
    assert dumps(loads(again)) == again


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every container of a tree with every key in it."""
    waiting, found = [tree], []
    while waiting:
        each = waiting.pop()
        keys = list(each) if isinstance(each, dict) else range(len(each)) if isinstance(each, list) else ()
        found += [(each, key) for key in keys]
        waiting += [each[key] for key in keys]
    return found


def mutated(text: str, changes: list[tuple[int, Any, str]]) -> str:
    tree = json.loads(text)
    for number, value, deed in changes:
        spots = places(tree)
        container, key = spots[number % len(spots)]
        if deed == "put":
            container[key] = value
        elif deed == "drop":
            del container[key]
        elif isinstance(container, dict) and isinstance(value, str):
            container[value] = container[key]
        if not places(tree):
            break
    return json.dumps(tree)


def struck(text: str, changes: list[tuple[int, str]]) -> str:
    for position, letter in changes:
        place = position % len(text)
        text = text[:place] + letter + text[place + position % 3 :]
    return text


fuzz = settings(max_examples=700, suppress_health_check=list(HealthCheck))
long_fuzz = settings(max_examples=7000, suppress_health_check=list(HealthCheck))
source = st.sampled_from([*SAMPLES.values(), EXAMPLE])


@fuzz
@given(JSON)
def test_any_json_opens_or_is_refused(tree: Any) -> None:
    only_a_bad_design(json.dumps({"format": 1, "networks": {"N": tree}, "training": [tree], "notes": tree}))


@fuzz
@given(source, MUTATIONS)
def test_a_design_with_other_values_opens_or_is_refused(text: str, changes: list[tuple[int, Any, str]]) -> None:
    only_a_bad_design(mutated(text, changes))


@fuzz
@given(source, TEXT_CHANGES)
def test_a_design_with_other_letters_opens_or_is_refused(text: str, changes: list[tuple[int, str]]) -> None:
    only_a_bad_design(struck(text, changes))


@pytest.mark.slow
@long_fuzz
@given(JSON)
def test_any_json_opens_or_is_refused_at_length(tree: Any) -> None:
    only_a_bad_design(json.dumps({"format": 1, "networks": {"N": {"nodes": tree}}, "data": tree, "layout": tree}))


@pytest.mark.slow
@long_fuzz
@given(source, MUTATIONS)
def test_a_design_with_other_values_opens_or_is_refused_at_length(
    text: str, changes: list[tuple[int, Any, str]]
) -> None:
    only_a_bad_design(mutated(text, changes))


@pytest.mark.slow
@long_fuzz
@given(source, TEXT_CHANGES)
def test_a_design_with_other_letters_opens_or_is_refused_at_length(text: str, changes: list[tuple[int, str]]) -> None:
    only_a_bad_design(struck(text, changes))
