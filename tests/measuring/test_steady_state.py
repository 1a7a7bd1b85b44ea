"""Where a series becomes steady, and whether it drifts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.steady_state import Truncation, drift, half_width_statistic, mser5
from tests.measuring.evidence import single_server

_VALUES = st.lists(st.floats(0.001, 100.0), min_size=2, max_size=60)


@given(values=_VALUES)
def test_the_statistic_is_the_one_of_the_paper(values: list[float]) -> None:
    """The fast sums give sum (Y - mean)^2 / (k - d)^2 of what is left after every d, as the definition does."""
    series = np.array(values)
    naive = [
        np.sum((series[d:] - series[d:].mean()) ** 2) / (len(series) - d) ** 2 for d in range(len(series))
    ]
    assert half_width_statistic(series) == pytest.approx(naive, rel=1e-6, abs=1e-12)


@given(values=st.lists(st.floats(0.001, 100.0), min_size=100, max_size=300))
def test_no_other_cut_in_the_first_half_is_better(values: list[float]) -> None:
    """The cut is a multiple of five in the first half whose naive interval is the narrowest of all such cuts."""
    series = np.array(values)
    found = mser5(series)
    assert found is not None
    assert found.count % 5 == 0
    assert found.count <= len(series) / 2
    means = [series[i : i + 5].mean() for i in range(0, len(series) // 5 * 5, 5)]

    def width(cut: int) -> float:
        return float(np.sum((means[cut:] - np.mean(means[cut:])) ** 2)) / (len(means) - cut) ** 2

    best = min(width(cut) for cut in range(len(means) // 2 + 1))
    assert width(found.count // 5) <= best * (1 + 1e-6) + 1e-12
    assert found.at_border == (found.count // 5 == len(means) // 2)


def test_a_known_transient_is_cut_where_it_ends() -> None:
    """100 slow requests before 400 that all take one second are cut off, and nothing else."""
    series = np.concatenate((np.full(100, 5.0), np.ones(400)))
    assert Truncation(count=100, at_border=False) == mser5(series)


def test_what_never_varies_is_kept_whole() -> None:
    """A constant series has no warm-up, although its rounding errors differ."""
    assert Truncation(count=0, at_border=False) == mser5(np.full(1000, 0.1))


def test_what_never_settles_says_so() -> None:
    """Response times that grow from the first request to the last have no steady part: the cut is at the border."""
    found = mser5(np.linspace(1.0, 10.0, 500))
    assert found is not None
    assert found.at_border


def test_cutting_removes_the_bias_of_a_warm_up() -> None:
    """An exponential warm-up that adds half to the mean adds less than five percent to what MSER-5 keeps."""
    rng = np.random.default_rng(3)
    whole, kept = [], []
    for _ in range(100):
        series = rng.exponential(1.0, 1000) + 25 * np.exp(-np.arange(1000) / 20)
        found = mser5(series)
        assert found is not None
        whole.append(series.mean())
        kept.append(series[found.count :].mean())
    assert np.mean(whole) > 1.45
    assert np.mean(kept) < 1.05


def test_a_steady_queue_is_seldom_called_unsettled() -> None:
    """Of 300 steady runs of an M/M/1 queue at half its capacity, at most one in twenty has its cut at the border."""
    rng = np.random.default_rng(4)
    found = [mser5(single_server(rng, 300, 0.5)) for _ in range(300)]
    assert sum(each is not None and each.at_border for each in found) <= 15


def test_too_few_observations_are_not_judged() -> None:
    """99 observations are nineteen batches and a rest: nothing is said of them."""
    assert mser5(np.ones(99)) is None
    assert mser5(np.ones(100)) is not None


def test_a_line_drifts_by_its_rise_whatever_one_point_does() -> None:
    """A line that rises by 3 over its span drifts by 3, also with a wild point in it."""
    at = np.linspace(100.0, 160.0, 30)
    series = np.linspace(1.0, 4.0, 30)
    series[7] = 1000.0
    found = drift(at, series)
    assert found is not None
    assert found.change == pytest.approx(3.0, rel=1e-9)
    assert found.significant
    falling = drift(at, -series)
    assert falling is not None
    assert falling.change == pytest.approx(-3.0, rel=1e-9)
    assert falling.significant


def test_noise_seldom_drifts() -> None:
    """Of 400 series of independent noise at most 2 % are called drifting, at 99 % certainty."""
    rng = np.random.default_rng(5)
    found = [drift(np.arange(20.0), rng.exponential(1.0, 20)) for _ in range(400)]
    assert sum(each is not None and each.significant for each in found) <= 8


def test_what_was_read_at_one_moment_has_no_drift() -> None:
    """Without a span, or with seven points, there is nothing to say."""
    assert drift(np.zeros(20), np.arange(20.0)) is None
    assert drift(np.arange(7.0), np.arange(7.0)) is None
