"""The sessions at random notice mistakes: bugs planted one at a time, of which nearly all have to be caught."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks import edits
from tests.designer.hand_at_random import EDITS as KINDS
from tests.designer.laws import LAWS
from tests.designer.planted_bugs import BUGS, EDITS, SEEDS
from tests.designer.planting import Bug, Moved, caught, planted, report
from tests.designer.promises import ASPECTS

QUICK = (  # what one of a few short sessions is sure to notice
    "undone steps are kept",
    "undoing what was typed takes back the last key",
    "places are changed in place",
)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nearly_all_planted_bugs_are_caught(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        catches = report(BUGS, SEEDS, EDITS, print)
    assert sum(catch.seed is not None for catch in catches) >= 38


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_caught(name: str) -> None:
    bug = next(each for each in BUGS if each.name == name)
    assert caught(bug, SEEDS, 60).seed is not None
    assert caught(replace(bug, reads=bug.was), SEEDS[:1], 12).seed is None


def test_forty_bugs_can_be_planted_each_in_a_line_that_is_there() -> None:
    assert len({bug.name for bug in BUGS}) == 40
    for bug in BUGS:
        with planted(bug):
            pass


def test_a_bug_is_gone_when_it_is_no_longer_wanted() -> None:
    sound = edits.rename.__code__
    bug = Bug("a name that is taken is given again", "blocks.edits:rename", "refuse_name(graph, new)", "pass")
    with planted(bug):
        assert edits.rename.__code__ is not sound
    assert edits.rename.__code__ is sound


def test_a_bug_whose_line_reads_otherwise_by_now_is_not_planted() -> None:
    with pytest.raises(Moved, match="no such line"), planted(Bug("x", "blocks.edits:rename", "no such line", "pass")):
        pass


def test_laws_are_about_kinds_of_edits_and_kinds_touch_what_there_is() -> None:
    assert LAWS.keys() <= KINDS.keys()
    for kind in KINDS.values():
        assert kind.touches <= ASPECTS.keys()
