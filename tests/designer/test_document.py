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
from designer.document import Edit, OpenDesign
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
    assert document.undo() == "Widen conv1"
    assert document.design is before
    assert document.future == ("Widen conv1",)
    assert document.redo() == "Widen conv1"
    assert channels(document) == 48


def test_typing_becomes_one_step(document: OpenDesign) -> None:
    for value in (4, 48, 480):
        document.apply(widen(value), "Set out_channels of conv1", "conv1.out_channels")
    assert len(document.history) == 1
    document.undo()
    assert channels(document) == 32


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
