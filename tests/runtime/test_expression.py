"""From numbers back to sums: what is found for arguments that follow from names, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.expression import Expressions

SCOPES = [{"w": w, "d": d, "p": p} for w, d, p in ((8, 2, 0.5), (16, 2, 0.5), (24, 2, 0.25), (9, 3, 0.5), (10, 5, 0.1))]
NAMES = {"w": "width", "d": "depth", "p": "p"}
SUMS = ("2*w", "w*d", "max(w, 12)")


def found(*values: Any, near: tuple[str, ...] = ()) -> str | None:
    return Expressions(SCOPES, NAMES, SUMS).told(values, near)


def following(rule: str) -> str | None:
    return found(*(eval(rule, {}, scope) for scope in SCOPES))


@pytest.mark.parametrize(
    "rule, code",
    [
        ("w", "width"),
        ("2*w", "2 * width"),
        ("w*d", "width * depth"),
        ("max(w, 12)", "max(width, 12)"),
        ("49*w", "49 * width"),
        ("4*w + 3", "4 * width + 3"),
        ("w//4", "width // 4"),
        ("w + d", "width + depth"),
        ("3*w - 2*d + 1", "3 * width + 1 - 2 * depth"),
        ("7 - w", "7 - width"),
        ("w*w*d", "width * (width * depth)"),
        ("5*w*w", "5 * width * width"),
        ("p", "p"),
        ("(w, 3)", "(width, 3)"),
        ("(2*w,)", "(2 * width,)"),
    ],
)
def test_the_sum_that_numbers_follow_from_is_found(rule: str, code: str) -> None:
    assert following(rule) == code


WORDS, FLAGS = ("same", "valid", "same", "same", "same"), (True, False, True, True, True)


@pytest.mark.parametrize("values", [(1, 5, 2, 8, 3), WORDS, FLAGS])
def test_what_follows_from_nothing_known_is_not_made_up(values: tuple[Any, ...]) -> None:
    assert found(*values) is None


def test_the_sums_of_its_own_node_come_first() -> None:
    assert found(*(2 * scope["w"] for scope in SCOPES), near=("w+w",)) == "width + width"


def test_two_points_are_not_taken_for_a_line() -> None:
    scopes = [{"w": 8}, {"w": 16}]
    assert Expressions(scopes, {"w": "width"}, ()).told((392, 800)) is None


def test_what_is_the_same_everywhere_is_a_literal() -> None:
    assert found((3, "a"), (3, "a"), (3, "a"), (3, "a"), (3, "a")) == '(3, "a")'
