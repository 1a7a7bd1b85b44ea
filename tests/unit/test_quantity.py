"""Quantity: the formula a reader sees is the calculation that ran."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from capplan.estimate import Basis, Estimate
from capplan.quantity import Quantity, closure, constant, larger, power, smaller, total
from capplan.worlds import WORLD_COUNT, draw, interval

_ABOUT_TWO = Estimate(low=0.5, mid=1.5, high=3.0, basis=Basis.MEASURED, source="a test")
_TWO_TO_FOUR = Estimate(low=2.0, mid=3.0, high=4.0, basis=Basis.MEASURED, source="a test")
_LITERAL = re.compile(r"\d+(?:\.\d+)?(?:e[+-]\d+)?")


def _drawn(key: str, estimate: Estimate = _ABOUT_TWO) -> Quantity:
    return Quantity.drawn(key, estimate, "s")


def _exact(key: str, least: int, most: int, parts: int = 1) -> Quantity:
    """Return a quantity of fractions, with which Python calculates without rounding; eight worlds are enough."""
    spread = np.linspace(least * parts, most * parts, 8).round().astype(int)
    order = np.argsort(draw(_ABOUT_TWO, key)[:8])
    values = np.array([Fraction(int(value), parts) for value in spread[order]], dtype=object)
    return Quantity(key, values, "x", Basis.ASSUMED, "a test")


_LEAVES = [_exact("a", -3, 4), _exact("b", 1, 5, parts=3), _exact("c", 2, 9, parts=7)]
_EXPONENT = _exact("n", 0, 2)
_NUMBERS = st.integers(-9, 10**7)


def _quotient(dividend: Quantity, divisor: Quantity) -> Quantity:
    assume(np.all(getattr(divisor, "values", divisor) != 0))
    return dividend / divisor


_SIGNS: tuple[Callable[[Any, Any], Quantity], ...] = (
    lambda left, right: left + right,
    lambda left, right: left - right,
    lambda left, right: left * right,
    _quotient,
)


def _deeper(inner: st.SearchStrategy[Quantity]) -> st.SearchStrategy[Quantity]:
    """Return expressions one level deeper, plain numbers on either side among them."""
    plain = inner | _NUMBERS
    return st.one_of(
        *(st.builds(sign, inner, plain) for sign in _SIGNS),
        *(st.builds(sign, _NUMBERS, inner) for sign in _SIGNS),
        st.builds(larger, inner, plain),
        st.builds(smaller, inner, plain),
        st.builds(power, inner, st.just(_EXPONENT) | st.just(_EXPONENT + 1)),
        st.builds(total, st.lists(inner, min_size=1, max_size=3)),
    )


_EXPRESSIONS = st.recursive(st.sampled_from(_LEAVES), _deeper, max_leaves=10)


def _numbers(quantity: Quantity) -> object:
    """Return a quantity's values; a whole literal divided by another is a float, whatever stands around it."""
    return pytest.approx([float(value) for value in quantity.values], rel=1e-12, abs=1e-12)


def _evaluated(quantity: Quantity) -> list[float]:
    """Return what Python makes of a formula with its inputs' values, world by world."""
    text = _LITERAL.sub(r"Fraction('\g<0>')", quantity.formula or quantity.key)
    leaves = {leaf.key: leaf.values for leaf in quantity.inputs or (quantity,)}
    known = {"max": max, "min": min, "Fraction": Fraction}
    return [
        float(eval(text, known, {key: values[world] for key, values in leaves.items()}))  # noqa: S307 - our formula
        for world in range(len(quantity.values))
    ]


@given(_EXPRESSIONS)
def test_the_formula_evaluates_to_the_values(expression: Quantity) -> None:
    """Read by Python with the inputs' values, the formula gives the quantity's value in every world."""
    assert _evaluated(expression) == _numbers(expression)


@given(_EXPRESSIONS, _EXPRESSIONS)
def test_a_named_part_stands_for_its_formula(part: Quantity, rest: Quantity) -> None:
    """Once named, an expression appears in later formulas under its key, and the formula still evaluates."""
    named = part.named("part", "x")
    whole = rest * (1 - named)
    assert _evaluated(whole) == _numbers(whole)
    assert "part" in {leaf.key for leaf in whole.inputs}


@pytest.mark.parametrize(
    ("expected", "made"),
    [
        ("(a + b) * c", lambda a, b, c: (a + b) * c),
        ("a + b * c", lambda a, b, c: a + b * c),
        ("a - (b + c)", lambda a, b, c: a - (b + c)),
        ("a - (b - c)", lambda a, b, c: a - (b - c)),
        ("a - b - c", lambda a, b, c: a - b - c),
        ("a / (b * c)", lambda a, b, c: a / (b * c)),
        ("a / (b / c)", lambda a, b, c: a / (b / c)),
        ("a / b / c", lambda a, b, c: a / b / c),
        ("a * b / c", lambda a, b, c: a * b / c),
        ("(a + b) ** c", lambda a, b, c: power(a + b, c)),
        ("(a * b) ** c", lambda a, b, c: power(a * b, c)),
        ("a ** (b / c)", lambda a, b, c: power(a, b / c)),
        ("(a ** b) ** c", lambda a, b, c: power(power(a, b), c)),
        ("a ** (b ** c)", lambda a, b, c: power(a, power(b, c))),
        ("a * b ** c", lambda a, b, c: a * power(b, c)),
        ("max(a + b, c)", lambda a, b, c: larger(a + b, c)),
        ("min(a - b, 0) / c", lambda a, b, c: smaller(a - b, 0) / c),
        ("2 * (1 + a) - b + c", lambda a, b, c: 2 * (1 + a) - b + c),
        ("1 / (a + 0.5) / (b + c)", lambda a, b, c: 1 / (a + 0.5) / (b + c)),
        ("a + b + c", lambda a, b, c: total([a, b, c])),
    ],
)
def test_parentheses_stand_where_they_are_needed(
    expected: str, made: Callable[[Quantity, Quantity, Quantity], Quantity]
) -> None:
    """A formula has the parentheses that Python's precedence needs, and no others."""
    assert expected == made(_drawn("a"), _drawn("b"), _drawn("c")).formula


@pytest.mark.parametrize("value", [1, 0.5, 86400, 2629800.0, 1234567.0, 1e-9, 5e11, 0.1 + 0.2, 1 / 3])
def test_a_plain_number_is_shown_as_it_was_used(value: float) -> None:
    """A number in a formula reads back as the number that was used, to the last digits of a float."""
    shown = (_drawn("a") * value).formula.removeprefix("a * ")
    assert value == pytest.approx(float(shown), rel=1e-14)


def test_a_drawn_quantity_has_the_bounds_it_was_given() -> None:
    """A given number has no formula; its interval is what was given, its values are the draws under its key."""
    quantity = _drawn("traffic.rate")
    assert (0.5, 1.5, 3.0) == quantity.interval()
    assert ("", ()) == (quantity.formula, quantity.inputs)
    assert np.array_equal(draw(_ABOUT_TWO, "traffic.rate"), quantity.values)


def test_a_derived_quantity_has_the_quantiles_of_its_values() -> None:
    """The interval of a result is read off the worlds, not from the bounds of what went in."""
    result = (_drawn("a") * _drawn("b")).named("it", "s")
    assert interval(result.values) == result.interval()
    assert result.basis is Basis.DERIVED


def test_naming_closes_an_expression() -> None:
    """A named quantity keeps its formula and inputs; a formula made of it shows the name alone."""
    inner = (_drawn("a") + _drawn("b")).named("sum", "s")
    outer = inner * _drawn("c")
    assert ("a + b", ["a", "b"]) == (inner.formula, [each.key for each in inner.inputs])
    assert ("sum * c", ["sum", "c"]) == (outer.formula, [each.key for each in outer.inputs])


def test_naming_again_leads_back() -> None:
    """A name given to a quantity that has one already is a new quantity whose formula is the old name."""
    again = _drawn("a").named("alias", "s")
    assert ("a", ["a"]) == (again.formula, [each.key for each in again.inputs])


def test_an_input_used_twice_is_listed_once() -> None:
    """Inputs are a set in the order of first use."""
    a, b = _drawn("a"), _drawn("b")
    assert ["b", "a"] == [each.key for each in (b * a - a / b).inputs]


def test_a_computed_quantity_keeps_what_it_was_found_from() -> None:
    """The result of an algorithm is spread over all worlds and names its inputs."""
    found = Quantity.computed("it", np.array(3.0), "cores", formula="min{c : c >= a}", inputs=[_drawn("a")])
    assert [3.0] * WORLD_COUNT == list(found.values)
    assert ("min{c : c >= a}", ["a"]) == (found.formula, [each.key for each in found.inputs])


def test_a_constant_is_the_same_in_every_world() -> None:
    """A number without doubt has one value."""
    assert [2.0] * WORLD_COUNT == list(constant("months", 2, "months", "a test").values)


def test_the_sum_of_nothing_is_refused() -> None:
    """A total needs a part: nothing has no unit."""
    with pytest.raises((TypeError, ValueError)):
        total([])


def test_the_closure_has_inputs_before_what_uses_them() -> None:
    """Everything a result depends on is found once, and each only after its own inputs."""
    a, b = _drawn("a"), _drawn("b")
    middle = (a + b).named("middle", "s")
    result = (middle * a).named("result", "s")
    assert ["a", "b", "middle", "result"] == list(closure([result, middle]))


def test_two_quantities_with_one_key_are_refused() -> None:
    """A key that stands for two different numbers would make a derivation lie."""
    first, second = _drawn("a").named("it", "s"), _drawn("a", _TWO_TO_FOUR).named("it", "s")
    with pytest.raises(ValueError, match="two different quantities are both called it"):
        closure([first, second])


def test_two_quantities_with_one_key_are_refused_deep_inside() -> None:
    """Two results that rest on different numbers of one name are refused too."""
    first, second = _drawn("a") * 2, _drawn("a", _TWO_TO_FOUR) * 2
    with pytest.raises(ValueError, match="both called a"):
        closure([first.named("one", "s"), second.named("other", "s")])


def test_two_quantities_with_one_key_are_refused_in_one_formula() -> None:
    """A formula that uses one name for two different numbers is refused: a + a would not be twice a."""
    with pytest.raises(ValueError, match="both called a"):
        closure([(_drawn("a") + _drawn("a", _TWO_TO_FOUR)).named("it", "s")])


def test_a_key_may_be_computed_twice_alike() -> None:
    """The same number found again under its key is one quantity."""
    first, second = (_drawn("a") * 2).named("it", "s"), (_drawn("a") * 2).named("it", "s")
    assert ["a", "it"] == list(closure([first, second]))
