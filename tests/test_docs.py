"""The page on training: it names every recipe and every setting of a phase, and its example trains."""

from __future__ import annotations

import json
import re
from pathlib import Path

from runtime.file import dumps, loads, open_design
from runtime.plan import plan
from runtime.recipes import RECIPES
from runtime.terms import Terms
from runtime.verdict import judge

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "training.md").read_text("utf-8")


def test_every_recipe_and_every_setting_of_a_phase_is_named() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert {recipe.kind() for recipe in RECIPES} - named == set()
    assert set(Terms.settings) - named == set()


def test_every_sample_that_is_named_exists() -> None:
    table = PAGE.partition("## Recipes")[2].partition("##")[0]
    samples = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.rpartition("| `")[2])}
    assert all((ROOT / "samples" / f"{name}.json").exists() for name in samples)


def test_the_example_of_two_phases_is_sound() -> None:
    example = PAGE.partition("```json\n")[2].partition("```")[0]
    tree = json.loads(dumps(open_design(ROOT / "samples" / "lenet_digits.json")))
    design = loads(json.dumps(tree | json.loads(f"{{{example}}}")))
    assert judge(design).errors == ()
    assert [stretch.frozen for stretch in plan(design)] == [("LeNet.conv1", "LeNet.conv2"), ()]
