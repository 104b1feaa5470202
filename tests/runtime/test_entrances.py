"""A use to which another shape comes than its network says is repaired: inside, at every step, or before it."""

from __future__ import annotations

from dataclasses import replace

from blocks.edits import configure
from runtime.design import Design
from runtime.file import loads
from runtime.verdict import Finding, judge
from tests.runtime.test_variables import TEXT


def cells(uses: tuple[str, ...] = ("a",), sizes: tuple[int, ...] = (3, 8, 8)) -> Design:
    """A network that takes 8 × 8 × 8, used where `sizes` come."""
    nodes = {
        "image": f'{{"block": "Input", "shape": {list(sizes)}}}',
        **dict.fromkeys(uses, '{"block": "Use", "network": "Cell"}'),
        **{f"y{name}": '{"block": "Output"}' for name in uses},
    }
    wires = [wire for name in uses for wire in (f'"image -> {name}"', f'"{name} -> y{name}"')]
    body = ", ".join(f'"{name}": {told}' for name, told in nodes.items())
    net = f'{{"nodes": {{{body}}}, "wires": [{", ".join(wires)}]}}'
    cell = loads(TEXT).networks["Cell"]
    design = loads(f'{{"format": 1, "networks": {{"Cell": {{}}, "Net": {net}}}}}')
    return replace(design, networks={"Cell": cell, "Net": design.networks["Net"]})


def misfit(design: Design) -> Finding:
    return next(each for each in judge(design).errors if each.network == "Net" and each.node == "a")


def titles(design: Design) -> list[str]:
    return [fix.title for fix in judge(design).fixes(misfit(design))]


def test_the_input_of_a_network_used_once_is_set_to_what_comes() -> None:
    design = cells()
    verdict = judge(design)
    fix = verdict.fixes(misfit(design))[0]
    assert fix.title == "Set x of Cell to 3 × 8 × 8"
    after = fix.edit(design)
    assert after.networks["Cell"].block("x").value("shape") == (3, 8, 8)
    assert judge(after).errors == ()


def test_a_network_with_more_uses_keeps_its_input() -> None:
    assert not any(title.startswith("Set x of Cell") for title in titles(cells(("a", "b"))))


def test_what_converts_is_inserted_before_the_use() -> None:
    design = cells(("a", "b"))
    fixes = judge(design).fixes(misfit(design))
    assert fixes
    assert all(fix.title.startswith("Insert ") for fix in fixes)
    after = judge(fixes[0].edit(design))
    assert all(each.node != "a" for each in after.errors)


def test_a_first_axis_more_offers_to_use_it_at_every_step() -> None:
    design = cells(sizes=(5, 8, 8, 8))
    assert "Set over_time to True on a" in titles(design)


def test_an_input_is_not_set_where_that_breaks_what_is_inside() -> None:
    design = cells(sizes=(3, 1, 1))
    narrow = design.edited("Cell", lambda g: configure(g, ["conv"], {"kernel_size": (5, 5), "padding": 0}))
    assert not any(title.startswith("Set x of Cell") for title in titles(narrow))
