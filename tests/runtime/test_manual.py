"""The reference manual: every block of the catalogue has a whole page, made from its definition alone."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import torch

from blocks.block import Block, block, gives, takes
from blocks.catalogue import CATALOGUE
from blocks.example import Example, example_of
from blocks.shape import IMAGE
from runtime.cli import main
from runtime.manual import ManualPage, found, pages, torch_names

# The others need a design around them.
ALONE = [kind for kind in CATALOGUE if kind.role not in {"network", "delay"} and not kind.of_weights]


def page(name: str) -> ManualPage:
    kind = CATALOGUE.get(name)
    assert kind is not None
    return ManualPage(kind)


def worked(kind: type[Block]) -> Example:
    example = example_of(kind)
    assert example is not None, f"{kind.kind()} has no worked example: give it `trials`"
    return example


def in_torch(name: str) -> bool:
    """Whether torch has what is called so."""
    held: object = torch
    for part in name.split(".")[1:]:
        if not hasattr(held, part):
            return False
        held = getattr(held, part)
    return True


def lacks(kind: type[Block]) -> list[str]:
    """What a definition leaves out of its page."""
    references = ManualPage(kind).references
    has = {
        "a line": re.fullmatch(r"\S.*[.:)]", kind.summary()),
        "a heading": kind.category,
        "other words": kind.keywords,
        "a formula": kind.formula or kind.role in {"input", "output"},  # which compute nothing
        "shapes": "→" in (kind.__doc__ or ""),
        "a doc for each setting": all(setting.doc for setting in kind.settings.values()),
        "a paper or a page of torch": references,
        "a whole reference": all(each.title and (each.url.startswith("http") or not each.url) for each in references),
    }
    return [what for what, there in has.items() if not there]


def test_every_block_has_a_line_a_heading_words_shapes_and_a_reference() -> None:
    assert {kind.kind(): lacks(kind) for kind in CATALOGUE if lacks(kind)} == {}


def test_every_page_of_torch_is_of_something_that_torch_has() -> None:
    named = {name for kind in ALONE for name in torch_names(kind)}
    assert len(named) > 100
    assert {name for name in named if not in_torch(name)} == set()


def test_every_composite_names_its_parts() -> None:
    assert [kind.kind() for kind in ALONE if kind.composite and not ManualPage(kind).related.parts] == []


def test_every_worked_example_is_sound() -> None:
    wrong = {kind.kind(): worked(kind).checked.errors for kind in ALONE if worked(kind).checked.errors}
    assert wrong == {}


def test_every_worked_example_prints_code_that_names_its_result() -> None:
    for kind in ALONE:
        code = ManualPage(kind).code
        compile(code, kind.kind(), "exec")
        assert code.startswith(("import ", "from "))
        assert "__main__" not in code


def test_the_worked_example_tells_the_checkers_numbers() -> None:
    example = worked(page("Conv2d").kind)
    assert str(example.inputs[0]) == "(64, 28, 28)"
    assert example.row.parameters == 64 * 32 * 9 + 32
    assert example.row.macs == 64 * 32 * 9 * 28 * 28
    assert "nn.Conv2d(64, 32, 3, padding=1)" in page("Conv2d").code


def test_related_blocks_are_ranks_parts_users_and_what_is_alike() -> None:
    near = page("Conv2d").related
    assert near.same == ("Conv1d", "Conv3d")
    assert "ConvUnit" in near.users
    assert page("ConvUnit").related.parts == ("Conv2d", "BatchNorm2d", "ReLU")
    assert "GRU" in page("LSTM").related.alike


def test_every_link_between_pages_leads_somewhere() -> None:
    near = [page.related for page in pages()]
    named = {name for one in near for name in (*one.same, *one.parts, *one.users, *one.alike)}
    assert {name for name in named if name not in CATALOGUE} == set()


@pytest.mark.parametrize(
    "words, first",
    [
        ("conv2d", "Conv2d"),
        ("relu", "ReLU"),
        ("swish", "SiLU"),
        ("peepholes", "GatedLSTM"),
        ("transition", "Transition"),
    ],
)
def test_pages_are_found_by_names_then_by_words_settings_and_text(words: str, first: str) -> None:
    assert found(words, pages())[0].name == first


def test_all_words_of_a_search_must_be_on_the_page() -> None:
    assert found("conv nonsense", pages()) == []
    assert found("", pages()) == []


def test_a_page_needs_nothing_but_the_definition() -> None:
    @block("Home made")
    class Doubled(Block):
        """Adds an image to itself (Nobody 2026): (C, H, W) → (C, H, W)."""

        source = "https://arxiv.org/abs/2601.00001"
        x = takes(IMAGE)
        y = gives(IMAGE)

        def forward(self, at: Any) -> str:
            return f"{at.x} + {at.x}"

    CATALOGUE.remove("Doubled")
    made = ManualPage(Doubled)
    assert [(each.sort, each.title) for each in made.references] == [("paper", "Nobody 2026")]
    assert "return x + x" in made.code


# --- on the command line ------------------------------------------------------------------------


def test_the_whole_manual_has_every_page_under_its_heading(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {f"{kind.kind()}  ({kind.category})" for kind in CATALOGUE} <= set(lines)
    assert "Convolution" in lines


def test_one_page_tells_formula_paper_example_code_and_relatives(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks", "squeezeexcite"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("SqueezeExcite  (Squeeze and excite)\n")
    for told in ("formula: y = x", "paper: Hu et al. 2018, fig. 3  https://", "example: SqueezeExcite()", "made of: "):
        assert told in out
    assert "    class SqueezeExcite(nn.Module):" in out


def test_the_list_is_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks", "--list"]) == 0
    out = capsys.readouterr().out
    assert len([line for line in out.splitlines() if line.startswith("  ")]) == len(CATALOGUE)


def test_machines_get_the_example_and_the_relatives_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks", "--json", "MaxPool2d"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["example"]["outputs"] == [[64, 14, 14]]
    assert "nn.MaxPool2d(2)" in told["example"]["code"]
    assert told["related"]["same"] == ["MaxPool1d", "MaxPool3d"]
    assert told["references"][0]["title"] == "torch.nn.MaxPool2d"


def test_a_name_that_is_nearly_right_is_put_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks", "Conf2d"]) == 2
    assert "Is Conv2d" in capsys.readouterr().err


def test_a_setting_of_one_axis_asks_for_one_number_and_no_word_has_a_unit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks", "Conv1d"]) == 0
    printed = capsys.readouterr().out
    assert "of at least 1; default 3 px" in printed
    assert "default same\n" in printed
