"""Estimate: the one way to say about how much."""

import dataclasses
import math

import pytest

from capplan.estimate import Basis, Estimate


def _estimate(low: float, mid: float, high: float) -> Estimate:
    return Estimate(low=low, mid=mid, high=high, basis=Basis.MEASURED, source="a test")


@pytest.mark.parametrize("bounds", [(1, 2, 3), (1, 1, 3), (1, 3, 3), (2, 2, 2), (-1, 0, 1)])
def test_ordered_bounds_are_kept(bounds: tuple[float, float, float]) -> None:
    """What is given in order, ties included, is what the estimate holds."""
    made = _estimate(*bounds)
    assert bounds == (made.low, made.mid, made.high)


@pytest.mark.parametrize("bounds", [(2, 1, 3), (1, 3, 2), (3, 2, 1)])
def test_bounds_out_of_order_are_refused(bounds: tuple[float, float, float]) -> None:
    """An estimate whose bounds do not enclose its middle cannot exist."""
    with pytest.raises(ValueError, match="low <= mid <= high"):
        _estimate(*bounds)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bound_that_is_no_number_is_refused(value: float, place: int) -> None:
    """Neither infinity nor NaN stands in an estimate, wherever it is put."""
    bounds = [1.0, 2.0, 3.0]
    bounds[place] = value
    with pytest.raises(ValueError, match="finite"):
        _estimate(*bounds)


def test_exactly_has_no_width() -> None:
    """An exact value is its own low, middle and high, and is assumed unless said otherwise."""
    expected = Estimate(low=4, mid=4, high=4, basis=Basis.ASSUMED, source="")
    assert expected == Estimate.exactly(4)


def test_an_estimate_does_not_change() -> None:
    """What was estimated once stays as it was."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        _estimate(1, 2, 3).mid = 2.5  # type: ignore[misc] # that it cannot be set is the claim
