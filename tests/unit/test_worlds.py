"""The 256 worlds: how inputs are drawn and read back as quantiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from capplan.estimate import Basis, Estimate
from capplan.worlds import (
    WORLD_COUNT,
    Array,
    draw,
    interval,
    median,
    quantile,
    share_of_worlds,
    unit_draws,
    world_at,
)

_KEYS = st.text(min_size=1, max_size=30)
_WORLDS = st.lists(st.floats(-1e6, 1e6), min_size=WORLD_COUNT, max_size=WORLD_COUNT).map(np.array)
_BOUNDS = st.tuples(*[st.floats(0, 1e9)] * 3).map(sorted)


def _estimate(low: float, mid: float, high: float, source: str = "") -> Estimate:
    return Estimate(low=low, mid=mid, high=high, basis=Basis.ASSUMED, source=source)


@given(_KEYS)
def test_every_slice_of_an_input_is_hit_once(key: str) -> None:
    """Each of the 256 equal slices of an input's probability holds exactly one world."""
    slices = np.floor(unit_draws(key) * WORLD_COUNT).astype(int)
    assert list(range(WORLD_COUNT)) == sorted(slices)


@given(_KEYS)
def test_draws_depend_on_the_key_alone(key: str) -> None:
    """An input keeps its draws whatever was drawn before it, and whatever its bounds and source are."""
    alone = unit_draws.__wrapped__(key).copy()
    for other in ("a", "b", key + "x"):
        unit_draws.__wrapped__(other)
    again = unit_draws.__wrapped__(key)
    wide, shifted = draw(_estimate(0, 1, 3, "one"), key), draw(_estimate(10, 11, 13, "another"), key)
    assert np.array_equal(alone, again)
    assert np.allclose(wide + 10, shifted, rtol=0, atol=1e-12)


def test_the_draws_of_a_key_never_change() -> None:
    """The first draws of one key as they were when the first plan was made; a change moves every number."""
    expected = [38.5, 17.5, 237.5, 154.5]
    assert expected == list(unit_draws("traffic.requests_per_s")[:4] * WORLD_COUNT)


def test_different_keys_are_drawn_in_different_orders() -> None:
    """The draws of no two of a hundred keys are correlated as if they were one input."""
    ranks = np.stack([unit_draws(f"input {number}") for number in range(100)])
    correlation = np.abs(np.corrcoef(ranks) - np.eye(100))
    # Of 4,950 correlations of 256 shuffled ranks, each of standard deviation 1/16, the largest is about 4 of them.
    assert correlation.max() < 5.5 / 16


@given(_BOUNDS, _KEYS)
def test_draws_follow_the_triangular_law(bounds: list[float], key: str) -> None:
    """Sorted draws are the quantiles of scipy's triangular law at the middles of the 256 slices."""
    low, mid, high = bounds
    # Narrower than a millionth of its size, scipy's own rounding is larger than the law.
    if high - low <= 1e-6 * high:
        return
    law = stats.triang((mid - low) / (high - low), loc=low, scale=high - low)
    expected = law.ppf((np.arange(WORLD_COUNT) + 0.5) / WORLD_COUNT)
    assert expected == pytest.approx(np.sort(draw(_estimate(low, mid, high), key)), rel=1e-6, abs=1e-12)


@given(_BOUNDS, _KEYS)
def test_draws_stay_inside_their_bounds(bounds: list[float], key: str) -> None:
    """No world has less than low or more than high."""
    low, mid, high = bounds
    drawn = draw(_estimate(low, mid, high), key)
    assert low <= drawn.min() * (1 + 1e-12)
    assert drawn.max() <= high * (1 + 1e-12)


@given(st.floats(-1e9, 1e9), _KEYS)
def test_an_exact_value_is_the_same_in_every_world(value: float, key: str) -> None:
    """Zero width gives the value itself 256 times, to the last bit."""
    assert [value] * WORLD_COUNT == list(draw(Estimate.exactly(value), key))


@given(_WORLDS, st.floats(0.001, 1))
def test_a_quantile_is_the_least_value_enough_worlds_stay_under(values: Array, probability: float) -> None:
    """The quantile is one of the values, enough worlds do not exceed it, and no smaller value has enough."""
    found = quantile(values, probability)
    smaller = values[values < found]
    enough = probability - 1e-9
    assert found in values
    assert share_of_worlds(values <= found) >= enough
    assert not smaller.size or share_of_worlds(values <= smaller.max()) < probability


@given(_WORLDS, st.floats(0.001, 1))
def test_the_deciding_world_has_the_quantile(values: Array, probability: float) -> None:
    """The world that decides is the one whose value the quantile is."""
    assert quantile(values, probability) == values[world_at(values, probability)]


@pytest.mark.parametrize(("probability", "rank"), [(0.05, 13), (0.5, 128), (0.8, 205), (0.95, 244), (1, 256)])
def test_ranks_of_the_quantiles_in_use(probability: float, rank: int) -> None:
    """Of 1 to 256, the 95 % quantile is 244: the first that 243.2 worlds do not exceed; likewise the others."""
    shuffled = unit_draws("any") * WORLD_COUNT + 0.5
    assert rank == quantile(shuffled, probability)


def test_the_interval_is_three_quantiles() -> None:
    """Low, middle and high are the 5 %, 50 % and 95 % quantiles; the median is the middle one."""
    values = unit_draws("any") * WORLD_COUNT + 0.5
    assert (13, 128, 244) == interval(values)
    assert median(values) == 128


def test_the_share_of_worlds_counts_them() -> None:
    """A condition that holds in 64 of 256 worlds holds in a quarter."""
    assert share_of_worlds(np.arange(WORLD_COUNT) < 64) == 0.25
