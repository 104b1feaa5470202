"""A file of a newer program, or of a hand that slipped: nothing is lost, and what is strange is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.design import Design
from runtime.export import export
from runtime.file import dumps, loads
from runtime.strict_json import BadDesign
from runtime.verdict import judge
from tests.designs import points, two_losses


def with_entries(design: Design, *place: str | int, **entries: Any) -> str:
    """The file of a design with more in its first phase, or at a place in it."""
    tree = json.loads(dumps(design))
    held = tree["training"][0]
    for each in place:
        held = held[each]
    held.update(entries)
    return json.dumps(tree)


NEWER = [
    (with_entries(points(), recipe="dream"), "The recipe dream is not known here. Choose one of classification,"),
    (with_entries(points(), optimizer={"kind": "Lion"}), "The optimizer Lion is not known here"),
    (with_entries(points(), loss={"kind": "Newer", "knob": 3}), "The loss Newer is not known here"),
    (with_entries(points(), optimizer={"kind": "Lion"}, loss=3), "The optimizer Lion is not known here"),
    (with_entries(two_losses(), warp=1), "A step drawn by hand has the entry warp, which is not known here. Remove it"),
    (with_entries(two_losses(), "objectives", 0, warp=1), "An objective has the entry warp"),
    (with_entries(two_losses(), "objectives", 1, schedule={"kind": "Tides"}), "The schedule Tides is not known here"),
]


@pytest.mark.parametrize(("text", "told"), NEWER, ids=[told.split(" is ")[0] for _, told in NEWER])
def test_what_is_not_known_in_a_phase_is_named_and_kept(text: str, told: str) -> None:
    design = loads(text)
    assert [each.message.startswith(told) for each in judge(design).errors] == [True]
    assert json.loads(dumps(design))["training"] == json.loads(text)["training"]
    assert dumps(loads(dumps(design))) == dumps(design)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (with_entries(points(), warp=1), "warp"),
        (with_entries(points(), optimizer={"kind": "Adam", "warp": 1}), "optimizer.warp"),
        (
            with_entries(two_losses(), "objectives", 1, optimizer={"kind": "Adam", "warp": 1}),
            "objectives[1].optimizer.warp",
        ),
    ],
    ids=["recipe", "optimizer", "objective"],
)
def test_a_setting_that_is_not_known_is_a_warning_that_names_it(text: str, place: str) -> None:
    told = f"The setting {place} is not known here; it is kept but has no effect."
    assert told in [each.message for each in judge(loads(text)).diagnostics if each.level == "warning"]
    assert '"warp": 1' in dumps(loads(text))


@pytest.mark.parametrize(
    ("names", "told"), [(("fit", "fit"), r"\[1\].phase: .* 'fit'"), ((" ",), r"\[0\].phase: .* ' '")]
)
def test_a_phase_without_a_name_of_its_own_is_refused_by_its_place(names: tuple[str, ...], told: str) -> None:
    tree = json.loads(dumps(points()))
    tree["training"] = [tree["training"][0] | {"phase": name} for name in names]
    with pytest.raises(BadDesign, match=told):
        loads(json.dumps(tree))


def test_a_script_whose_training_would_fail_is_not_exported(tmp_path: Path) -> None:
    design = loads(with_entries(two_losses(), "objectives", 0, networks=[]))
    files, remark = export(design, tmp_path / "out")
    assert [file.name for file in files] == ["model.py", "design.json"]
    assert remark.startswith("Without train.py: tug: draw is minimized, but it updates no network.")
