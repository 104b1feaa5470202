"""Sums: what they work out to, what is none, how far they go, and how Python spells them."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.arithmetic import NotASum, NotKnown, in_python, read_sum, substituted

SCOPE = {"width": 64, "depth": 3, "ratio": 0.5}


@pytest.mark.parametrize(
    "text, value",
    [
        ("2*width", 128),
        ("width // depth % 5", 1),
        ("max(width / 4, 8) + min(1, 2)", 17),
        ("2**depth - -1", 9),
        ("round(width * 0.3)", 19),
        ("ceil(width / 3) + floor(7/2) + abs(-1) + int(2.9)", 28),
        ("sqrt(width) + log2(8)", 11),
        ("(1, width, width)", (1, 64, 64)),
    ],
)
def test_a_sum_is_worked_out_over_names(text: str, value: object) -> None:
    assert read_sum(text).value(SCOPE) == value


def test_a_sum_knows_the_names_it_is_over() -> None:
    assert read_sum("max(width, 2*depth) + width").names == ("width", "depth")


def test_a_name_without_a_value_is_named() -> None:
    with pytest.raises(NotKnown, match="widht is not known here"):
        read_sum("2*widht").value(SCOPE)


@pytest.mark.parametrize(
    "text",
    ["10**10**10", "9**9**9", "2**64", "1/0", "(-1)**0.5", "0**-1", "1e308*10", "width % 0", "log2(0)", "sqrt(-1)"],
)
def test_a_sum_without_bounds_or_value_is_refused(text: str) -> None:
    with pytest.raises(NotASum):
        read_sum(text).value(SCOPE)


@pytest.mark.parametrize(
    "text",
    ["f(2)", "min(2)", "round(1, 2)", "max(*a)", "min(1, key=2)", "a.b", "a[0]", "lambda: 1", "'a'", "True", "1or 2"],
)
def test_what_is_no_sum_is_never_run(text: str) -> None:
    with pytest.raises(NotASum):
        read_sum(text).value({"a": 1, "b": 1, "c": 1})


@pytest.mark.parametrize(
    "text",
    [
        "a if b else c",
        "[1]",
        "a := 1",
        "1 < 2",
        "not a",
        "näme",
        "(1, (2, 3))",
        "0x",
        "1+" * 200 + "1",
        "__import__('os')",
    ],
)
def test_what_has_no_place_in_a_sum_is_refused(text: str) -> None:
    with pytest.raises(NotASum):
        read_sum(text).value({"a": 1, "b": 1, "c": 1})


@given(text=st.text("0123456789.+-*/%() ,eabminx", max_size=16))
def test_whatever_is_written_is_a_number_or_no_sum(text: str) -> None:
    with suppress(NotASum):
        result = read_sum(text).value({"a": 3, "b": 0.5})
        assert all(math.isfinite(n) for n in (result if isinstance(result, tuple) else (result,)))


@pytest.mark.parametrize(
    "text", ["2*width", "width/2", "(width + 8)/2", "max(width/4, 8)*2", "ceil(width/3)*4", "2**depth", "width*ratio"]
)
def test_python_spells_a_whole_sum_so_that_it_is_an_int(text: str) -> None:
    code = in_python(text, {"width": "w"}, whole=True, fractions={"ratio"})
    found = eval(code, {"math": math}, {"w": 64, "depth": 3, "ratio": 0.5})
    assert type(found) is int
    assert found == read_sum(text).value(SCOPE)


def test_a_division_that_leaves_nothing_is_written_as_people_write_it() -> None:
    assert in_python("width/2", {}, whole=True) == "width // 2"
    assert in_python("width/2", {}, whole=False) == "width / 2"
    assert in_python("(1, 2*width)", {"width": "WIDTH"}, whole=True) == "(1, 2 * WIDTH)"


def test_names_are_replaced_and_the_rest_stays_as_it_was_typed() -> None:
    assert substituted("2*width+wide", {"width": "breadth"}) == "2*breadth+wide"
    assert substituted("2*width", {"width": "base+1"}) == "2*(base+1)"
    assert substituted("width", {"width": "-3"}) == "(-3)"
    assert substituted("1e5*e5", {"e5": "x"}) == "1e5*x"
