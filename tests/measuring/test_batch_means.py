"""Means, rates and percentiles with intervals that hold for requests that depend on each other."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from capplan.batch_means import batch_counts, mean_interval, quantile, quantile_interval, rate_interval
from capplan.measurements import Interval
from tests.measuring.evidence import single_server

_TIMES = st.lists(st.floats(0.0, 1000.0), min_size=1, max_size=400)


@given(times=_TIMES, percent=st.integers(1, 99))
def test_a_percentile_is_the_brute_force_one(times: list[float], percent: int) -> None:
    """The percentile is the least observation that at least that share of all observations do not exceed."""
    share = Fraction(percent, 100)
    least = min(x for x in times if Fraction(sum(y <= x for y in times), len(times)) >= share)
    assert least == quantile(np.array(times), percent / 100)
    assert least == quantile_interval(np.array(times), percent / 100).mid


@given(times=_TIMES)
def test_an_interval_holds_its_own_estimate(times: list[float]) -> None:
    """Low <= mid <= high and low >= 0, for means and percentiles alike."""
    series = np.array(times)
    for found in (mean_interval(series), quantile_interval(series, 0.95)):
        assert 0 <= found.low <= found.mid <= found.high
    assert mean_interval(series).mid == pytest.approx(float(np.mean(series)))


@given(times=st.lists(st.floats(0.0, 100.0, exclude_max=True), max_size=400))
def test_a_rate_counts_what_lies_in_the_window(times: list[float]) -> None:
    """The rate is the number of events in [20, 80) over 60 s, events outside not counted."""
    found = rate_interval(np.array(times), 20.0, 80.0)
    assert found.mid == pytest.approx(sum(20 <= each < 80 for each in times) / 60)
    assert found.low <= found.mid <= found.high


@pytest.mark.parametrize(
    ("observations", "counts"),
    [(49, ()), (50, (5,)), (99, (5,)), (100, (10,)), (150, (15, 10)), (300, (30, 20, 15, 10))],
)
def test_batches_hold_ten_observations(observations: int, counts: tuple[int, ...]) -> None:
    """Ten to thirty batches of at least ten observations each, five where that cannot be, else none."""
    assert counts == batch_counts(observations)


def test_too_few_observations_have_no_interval() -> None:
    """49 observations have a mean whose low and high are the mean, and 99 have a p95 without interval."""
    assert Interval(low=2.0, mid=2.0, high=2.0) == mean_interval(np.array([1.0, 3.0] * 24))
    late = quantile_interval(np.linspace(0.0, 1.0, 99), 0.95)
    assert late.low == late.mid == late.high


def test_the_interval_is_the_textbook_one_for_ten_batches() -> None:
    """Ten batches with means 1..10 have the interval 5.5 ± t(0.975, 9) * s / sqrt(10), computed by hand."""
    found = mean_interval(np.repeat([1.0, 8.0, 3.0, 10.0, 5.0, 2.0, 9.0, 4.0, 7.0, 6.0], 10))
    half = 2.2621571628 * 3.0276503541 / 10**0.5
    assert (found.low, found.mid, found.high) == pytest.approx((5.5 - half, 5.5, 5.5 + half), rel=1e-9)


def test_batches_that_hang_together_are_made_longer() -> None:
    """A slow swing over the whole run makes thirty batches follow one another: the interval is that of ten."""
    swing = 10 + np.sin(np.linspace(0.0, 4 * np.pi, 600))
    means = np.array([part.mean() for part in np.array_split(swing, 10)])
    half = 2.2621571628 * means.std(ddof=1) / 10**0.5
    found = mean_interval(swing)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=1e-6)


def test_the_end_of_a_window_belongs_to_the_next() -> None:
    """Events at 0 s and at 10 s: only the first lies in [0, 10)."""
    assert rate_interval(np.array([0.0, 10.0]), 0.0, 10.0).mid == pytest.approx(0.1)


def _autoregressive(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Return 10 + AR(1) noise with a correlation of 0.8."""
    noise = rng.normal(size=count + 200)
    for index in range(1, len(noise)):
        noise[index] += 0.8 * noise[index - 1]
    found: NDArray[np.float64] = noise[200:] + 10
    return found


def _held(found: list[Interval], truth: float) -> float:
    return float(np.mean([each.low <= truth <= each.high for each in found]))


def test_the_interval_of_a_mean_holds_the_truth() -> None:
    """A nominal 95 % interval holds the true mean in 91 to 99 % of 300 runs of independent noise."""
    rng = np.random.default_rng(6)
    assert 0.91 <= _held([mean_interval(rng.exponential(1.0, 400)) for _ in range(300)], 1.0) <= 0.99


def test_correlated_noise_still_gets_an_interval_that_holds() -> None:
    """Of 200 runs of AR(1) noise with correlation 0.8 at least 85 % hold the mean; the naive interval under 60 %."""
    rng = np.random.default_rng(7)
    runs = [_autoregressive(rng, 1500) for _ in range(200)]
    assert _held([mean_interval(run) for run in runs], 10.0) >= 0.85
    naive = [(run.mean(), 1.96 * run.std() / len(run) ** 0.5) for run in runs]
    assert np.mean([abs(mean - 10) <= half for mean, half in naive]) < 0.6


def test_a_queue_gets_intervals_that_hold_most_of_the_time() -> None:
    """At 70 % of an M/M/1's capacity and 6,000 requests: mean in 84 % of the runs or more, p95 in 70 % or more.

    Both are nominally 95 %: what is missing is what requests that queue behind one another cost.
    """
    rng = np.random.default_rng(8)
    runs = [single_server(rng, 6000, 0.7) for _ in range(150)]
    assert _held([mean_interval(run) for run in runs], 1 / 0.3) >= 0.84
    assert _held([quantile_interval(run, 0.95) for run in runs], np.log(20) / 0.3) >= 0.70


def test_the_interval_of_a_rate_holds_the_truth() -> None:
    """Poisson arrivals at 5/s for a minute: a nominal 95 % interval holds 5 in 91 to 99 % of 300 runs."""
    rng = np.random.default_rng(9)
    runs = [np.sort(rng.uniform(0.0, 60.0, rng.poisson(300))) for _ in range(300)]
    assert 0.91 <= _held([rate_interval(run, 0.0, 60.0) for run in runs], 5.0) <= 0.99
