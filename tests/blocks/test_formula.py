"""A formula of one's own: what may stand in it, what it computes, and that nothing in it is ever run."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from blocks.formula import Formula, read_formula
from blocks.setting import BadSetting
from tests.blocks.oracle import answer

NUMBERS = st.floats(-3, 3).map(lambda n: round(n, 2))
PLACE = {"sigmoid": lambda v: 1 / (1 + math.exp(-v)), "tanh": math.tanh, "exp": math.exp, "abs": abs, "sin": math.sin}


def formulas() -> st.SearchStrategy[str]:
    """Random formulas over x."""
    leaf = st.just("x") | st.integers(0, 3).map(str) | NUMBERS.map(repr)

    def grown(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        both = st.tuples(part, st.sampled_from("+-*"), part).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})")
        bare = st.tuples(st.just("x"), st.sampled_from("+-*"), part).map(lambda t: f"{t[0]} {t[1]} {t[2]}")
        called = st.tuples(st.sampled_from(["sigmoid", "tanh", "abs", "sin"]), part).map(lambda t: f"{t[0]}({t[1]})")
        return both | bare | called | part.map(lambda p: f"-{p}") | part.map(lambda p: f"({p}) ** 2")

    return st.recursive(leaf, grown, max_leaves=8).map(lambda told: f"{told} + 0 * x")


@given(told=formulas(), x=st.floats(-2, 2))
def test_it_computes_what_python_would(told: str, x: float) -> None:
    expected = eval(told, {"__builtins__": {}, **PLACE, "x": x})
    found = eval(read_formula(told).write({"x": "x"}), {"torch": torch, "x": torch.tensor(x, dtype=torch.float64)})
    assert float(found) == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_swish_is_written_as_a_formula() -> None:
    x = torch.randn(2, 3, 4, 4)
    torch.testing.assert_close(answer(Formula("x * sigmoid(x)"), x), torch.nn.functional.silu(x))


def test_its_variables_become_inputs_in_the_order_in_which_they_stand() -> None:
    assert [port.name for port in Formula("b * (a - b) + e ** c").inputs] == ["b", "a", "c"]


REFUSED = """
|1 + 2|x.y|__import__('os')|x[0]|lambda: 0|open(x)|x if x else 1|x and x|'x'|x @ x|sigmoid(x, x)|max(x)|exp(*x)|
exp(x, out=x)|x + 1j|xy|x := 1
""".replace("\n", "").split("|")


@pytest.mark.parametrize("told", [*REFUSED, "(" * 300, "-" * 60 + "x", "x" * 500])
def test_what_is_no_formula_is_refused_in_words(told: str) -> None:
    with pytest.raises(BadSetting, match="a formula such as x"):
        Formula(told)
