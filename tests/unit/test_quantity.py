"""Quantity: the formula a reader sees is the calculation that ran."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.estimate import Basis, Estimate
from capplan.quantity import Quantity, closure, constant, larger, power, smaller, total
from capplan.worlds import WORLD_COUNT, draw, interval

_ESTIMATE = Estimate(low=0.5, mid=1.5, high=3.0, basis=Basis.MEASURED, source="a test")
# Positive and near 1, so that a base of a power stays positive where nothing is subtracted.
_LEAVES = {
    key: Quantity.drawn(key, Estimate(low=0.5 + n / 4, mid=1 + n / 2, high=3, basis=Basis.ASSUMED, source=""), "x")
    for n, key in enumerate("abcd")
}
_NUMBERS = st.one_of(st.floats(0.001, 1e7), st.integers(1, 10**9))


def _binary(inner: st.SearchStrategy[Quantity]) -> st.SearchStrategy[Quantity]:
    """Return expressions one level deeper, with plain numbers on either side."""
    other = inner | _NUMBERS
    return st.one_of(
        st.builds(lambda x, y: x + y, inner, other),
        st.builds(lambda x, y: x + y, _NUMBERS, inner),
        st.builds(lambda x, y: x - y, inner, other),
        st.builds(lambda x, y: x - y, _NUMBERS, inner),
        st.builds(lambda x, y: x * y, inner, other),
        st.builds(lambda x, y: x * y, _NUMBERS, inner),
        st.builds(lambda x, y: x / y, inner, other),
        st.builds(lambda x, y: x / y, _NUMBERS, inner),
        st.builds(larger, inner, other),
        st.builds(smaller, inner, other),
        st.builds(lambda x, y: power(larger(x, 0.5), smaller(larger(y, -2), 2)), inner, inner),
        st.builds(lambda parts: total(parts), st.lists(inner, min_size=1, max_size=4)),
    )


_EXPRESSIONS = st.recursive(st.sampled_from(list(_LEAVES.values())), _binary, max_leaves=12)


def _evaluated(text: str, values: dict[str, Any], world: int) -> float:
    """Return what Python makes of a formula with its inputs' values in one world."""
    names: dict[str, Any] = {key: np.longdouble(array[world]) for key, array in values.items()}
    return float(eval(text, {"__builtins__": {}, "max": max, "min": min}, names))  # noqa: S307 - a formula we made


def _size_of_terms(text: str, values: dict[str, Any], world: int) -> float:
    """Return what the formula would be if nothing cancelled: the scale that rounding errors are relative to."""
    return abs(_evaluated(text.replace(" - ", " + "), values, world))


@given(_EXPRESSIONS)
def test_the_formula_evaluates_to_the_values(expression: Quantity) -> None:
    """Read by Python with the inputs' values, the formula gives the quantity's value in every world."""
    closed = expression.named("it", "x")
    values = {leaf.key: leaf.values for leaf in closed.inputs}
    with np.errstate(all="ignore"):
        for world in range(0, WORLD_COUNT, 17):
            actual = closed.values[world]
            if not np.isfinite(actual):
                continue
            scale = _size_of_terms(closed.formula, values, world)
            tolerance = 1e-9 * max(abs(actual), scale if np.isfinite(scale) else np.inf)
            assert _evaluated(closed.formula, values, world) == pytest.approx(actual, rel=1e-9, abs=tolerance)
