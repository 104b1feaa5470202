"""The open document: edits, history, file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from blocks.edits import Refused
from designer import actions
from designer.actions import new_design
from designer.document import PAUSE, Edit, OpenDesign, View
from designer.place import Place
from runtime.design import Design
from runtime.file import BadDesign, CannotSave, dumps, open_design

LENET = Path(__file__).parents[2] / "samples" / "lenet_digits.json"


@pytest.fixture
def document() -> OpenDesign:
    """LeNet, opened."""
    return OpenDesign.read(LENET)


def channels(document: OpenDesign) -> int:
    return int(document.design.networks["LeNet"].block("conv1").value("out_channels"))


def widen(to: int) -> Edit:
    return actions.configured("LeNet", ["conv1"], {"out_channels": to})


def test_an_edit_is_one_step_that_undo_and_redo_go_over(document: OpenDesign) -> None:
    before = document.design
    assert document.apply(widen(48), "Widen conv1")
    assert (channels(document), document.history) == (48, ("Widen conv1",))
    undone = document.undo()
    assert undone is not None
    assert undone.label == "Widen conv1"
    assert document.design is before
    assert document.future == ("Widen conv1",)
    assert document.redo() is undone
    assert channels(document) == 48


def test_typing_becomes_one_step(document: OpenDesign) -> None:
    for value in (4, 48, 480):
        document.apply(widen(value), "Set out_channels of conv1", "conv1.out_channels")
    assert len(document.history) == 1
    document.undo()
    assert channels(document) == 32


class Watch:
    """A clock that stands until it is told how much later it is."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def typing(document: OpenDesign, *values: int, into: str = "conv1.out_channels") -> None:
    """Types into a field; each value is what stands in it after a key."""
    for value in values:
        document.apply(widen(value), "", into)


def test_what_is_typed_on_after_a_pause_is_another_step() -> None:
    watch = Watch()
    document = OpenDesign(open_design(LENET), clock=watch)
    typing(document, 4, 48)
    watch.now += PAUSE
    typing(document, 5)
    assert document.history == ("Set conv1 out_channels to 48 (was 32)", "Set conv1 out_channels to 5 (was 48)")


def test_a_slow_edit_is_no_pause_of_the_hand() -> None:
    watch = Watch()
    document = OpenDesign(open_design(LENET), clock=watch)

    def slow(design: Design) -> Design:
        watch.now += 10 * PAUSE
        return widen(48)(design)

    typing(document, 4)
    document.apply(widen(4), "", "conv1.out_channels")
    watch.now += 0.1
    document.changed.connect(lambda *_: setattr(watch, "now", watch.now + 10 * PAUSE))  # the window repaints
    typing(document, 48, 480)
    assert len(document.history) == 1


@pytest.mark.parametrize("between", ["another field", "undo and redo", "saving", "leaving the field"])
def test_typing_never_goes_on_across_something_else(document: OpenDesign, between: str, tmp_path: Path) -> None:
    typing(document, 4)
    if between == "another field":
        document.apply(actions.repeated("LeNet", ["relu1"], 2), "", "relu1.repeat")
    elif between == "undo and redo":
        document.undo()
        document.redo()
    elif between == "saving":
        document.save(tmp_path / "mine.json")
    else:
        document.end_gesture()
    steps = len(document.history)
    typing(document, 48)
    assert len(document.history) == steps + 1


def test_typing_after_undoing_another_field_is_a_step_of_its_own(document: OpenDesign) -> None:
    typing(document, 4)
    document.apply(actions.repeated("LeNet", ["relu1"], 2))
    document.undo()
    typing(document, 48)
    document.undo()
    assert channels(document) == 4


def test_typing_back_to_what_was_there_is_no_step(document: OpenDesign) -> None:
    before = document.design
    typing(document, 3, 32)
    assert document.design is before
    assert not document.modified
    assert not document.history


def test_a_step_tells_the_first_and_the_last_of_what_was_typed(document: OpenDesign) -> None:
    typing(document, 4, 48, 480)
    assert document.history == ("Set conv1 out_channels to 480 (was 32)",)


def test_many_steps_are_gone_over_at_once(document: OpenDesign) -> None:
    states = [document.design]
    for width in (4, 5, 6):
        document.apply(widen(width))
        states.append(document.design)
    told: list[Design] = []
    document.changed.connect(lambda before, after: told.append(after))
    for position in (0, 3, 1):
        change = document.go_to(position)
        assert document.design is states[position]
        assert document.position == position
    assert change is document.steps[1]  # the last one gone over
    assert told == [states[0], states[3], states[1]]
    assert document.go_to(1) is None


def test_the_history_knows_where_it_was_saved(document: OpenDesign, tmp_path: Path) -> None:
    assert document.saved_position == 0
    document.apply(widen(4))
    document.save(tmp_path / "mine.json")
    document.apply(widen(5))
    assert document.saved_position == 1
    document.go_to(0)
    assert document.saved_position == 1
    document.apply(widen(6))  # the saved state is out of reach now
    assert document.saved_position is None
    assert document.modified


def test_a_step_knows_where_it_happened_and_shows_that_again(document: OpenDesign) -> None:
    document.apply(actions.with_new_network("Head"), "Add Head", seen=View(Place("LeNet")))
    document.leave(View(Place("Head")))
    document.apply(widen(4), seen=View(Place("LeNet"), ("conv1",)))
    document.apply(actions.retitled("Mine"), seen=View(Place("Head")))
    added, widened, titled = document.steps
    assert added.shown(forward=False) == View(Place("LeNet"))  # Head is not there before it
    assert added.shown(forward=True).place == Place("Head")
    assert widened.shown(forward=False) == View(Place("LeNet"), ("conv1",))
    assert titled.shown(forward=False) == View()  # is seen from anywhere


def test_what_a_step_changed_elsewhere_is_shown_where_it_is(document: OpenDesign) -> None:
    document.apply(actions.with_new_network("Head"))
    document.apply(widen(4), seen=View(Place("Head"), ("x",)))  # as a fix in the list of problems does
    assert document.steps[-1].networks == ("LeNet",)
    assert document.steps[-1].shown(forward=False) == View(Place("LeNet"))


def test_what_changes_nothing_is_no_step(document: OpenDesign) -> None:
    assert not document.apply(widen(32), "Widen conv1")
    assert not document.history


def test_a_refused_edit_leaves_everything_as_it_was(document: OpenDesign) -> None:
    before = document.design
    with pytest.raises(Refused):
        document.apply(actions.renamed("LeNet", "conv1", "conv2"), "Rename")
    assert document.design is before
    assert not document.history


def test_an_edit_that_undo_took_back_is_forgotten_after_another(document: OpenDesign) -> None:
    document.apply(widen(48), "Widen")
    document.undo()
    document.apply(widen(16), "Narrow")
    assert not document.future


def test_the_verdict_follows_every_edit(document: OpenDesign) -> None:
    before = document.verdict.networks["LeNet"].parameters
    document.apply(widen(64), "Widen conv1")
    assert document.verdict.networks["LeNet"].parameters > before
    document.undo()
    assert document.verdict.networks["LeNet"].parameters == before


def test_undoing_to_what_was_saved_counts_as_saved(document: OpenDesign, tmp_path: Path) -> None:
    document.save(tmp_path / "mine.json")
    document.apply(widen(48), "Widen")
    assert document.modified
    document.undo()
    assert not document.modified


def test_what_is_saved_opens_as_it_was(document: OpenDesign, tmp_path: Path) -> None:
    document.apply(widen(48), "Widen")
    document.save(tmp_path / "mine.json")
    assert dumps(open_design(tmp_path / "mine.json")) == dumps(document.design)


def test_a_failed_save_leaves_it_modified(document: OpenDesign, tmp_path: Path) -> None:
    document.apply(widen(48), "Widen")
    with pytest.raises(CannotSave):
        document.save(tmp_path / "missing" / "folder" / "mine.json")
    assert document.modified


def test_a_file_that_cannot_be_read_leaves_open_what_was_open(document: OpenDesign, tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text('{"format": 1, "title": "cut')
    before = document.design
    with pytest.raises(BadDesign, match=r"cut\.json"):
        document.open(tmp_path / "cut.json")
    assert document.design is before


def test_another_document_has_a_history_of_its_own(document: OpenDesign, qtbot: QtBot) -> None:
    document.apply(widen(48), "Widen")
    with qtbot.waitSignals([document.replaced, document.changed, document.file_changed]):
        document.show(new_design())
    assert not document.history
    assert not document.modified


def step(number: int) -> Edit:
    """One of a few kinds of edits, by number."""
    kinds: list[Edit] = [
        widen(1 + number % 7),
        actions.retitled(f"Title {number % 5}"),
        actions.repeated("LeNet", ["relu1"], 1 + number % 3),
        lambda design: design.with_places("LeNet", {"conv1": (float(number % 4), 0.0)}),
        lambda design: replace(design, training=()) if number % 2 else design,
    ]
    return kinds[number % len(kinds)]


@given(st.lists(st.integers(0, 1000), max_size=25))
def test_every_undo_gives_exactly_what_was_before_that_edit(numbers: list[int]) -> None:
    document = OpenDesign.read(LENET)
    seen: list[Design] = [document.design]
    for number in numbers:
        if document.apply(step(number), "Edit"):
            seen.append(document.design)
    for expected in reversed(seen[:-1]):
        document.undo()
        assert dumps(document.design) == dumps(expected)
    for expected in seen[1:]:
        document.redo()
        assert dumps(document.design) == dumps(expected)
