"""Draws are those of SplitMix64, and the times drawn have the laws that they are named after."""

import numpy as np
import pytest
from numpy.typing import NDArray

from capplan.network_layout import places_of
from capplan.simulator import streams
from capplan.simulator.compiled import CompiledRun
from capplan.simulator.plain import PlainRun
from capplan.simulator.tables import model_of
from tests.simulator.small_networks import single, with_another_source

# The first outputs for the seed 1234567, as published with many implementations of SplitMix64.
PUBLISHED = (
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
)


def test_draws_are_those_of_splitmix64() -> None:
    """Each draw is made of the upper 53 bits of the published outputs."""
    state = 1234567
    for output in PUBLISHED:
        state = streams.following(state)
        assert ((output >> 11) + 0.5) * 2.0**-53 == streams.unit(state)


def test_no_draw_is_zero_and_none_is_above_one() -> None:
    """The logarithm of the least and of the greatest draw exists: the scrambled words 0 and 2**64 - 1."""
    assert streams.unit(0) == 2.0**-54
    draws = [streams.unit(each) for each in range(10_000)]
    assert 0.0 < min(draws)
    assert max(draws) <= 1.0


def _drawn(law: int, mean_s: float, shape: float, count: int = 40_000) -> NDArray[np.float64]:
    state, found = streams.start(1, 0, "test"), []
    for _ in range(count):
        value, state = streams.time_s(law, mean_s, shape, state)
        found.append(value)
    return np.array(found)


@pytest.mark.parametrize(
    ("law", "shape", "variance_ratio", "median"),
    [
        (streams.EXPONENTIAL, 0.0, 1.0, np.log(2.0)),
        (streams.ERLANG, 2.0, 0.5, 1.6783469900 / 2.0),
        (streams.ERLANG, 40.0, 1.0 / 40.0, 39.66718 / 40.0),
        (streams.HYPEREXPONENTIAL, 0.5 * (1.0 + 0.6**0.5), 4.0, None),
        (streams.LOGNORMAL, np.log(3.0) ** 0.5, 2.0, 3.0**-0.5),
    ],
)
def test_times_have_mean_variance_and_median(
    law: int, shape: float, variance_ratio: float, median: float | None
) -> None:
    """Over 40,000 draws mean, variance and median are those of the law, within five standard errors of each."""
    times = _drawn(law, 2.0, shape)
    apart = times - times.mean()
    assert abs(times.mean() - 2.0) < 5.0 * times.std() / 200.0
    assert abs(times.var() - 4.0 * variance_ratio) < 5.0 * np.std(apart**2) / 200.0
    if median is not None:
        assert abs(np.mean(times < 2.0 * median) - 0.5) < 5.0 * 0.5 / 200.0


def test_the_phases_of_a_hyperexponential_have_balanced_means() -> None:
    """Half of the mean comes of each phase: its distribution function is the mixture of the two."""
    first = 0.5 * (1.0 + 0.6**0.5)
    times = _drawn(streams.HYPEREXPONENTIAL, 2.0, first)
    for time_s in (0.2, 1.0, 4.0, 10.0):
        beyond = first * np.exp(-first * time_s) + (1.0 - first) * np.exp(-(1.0 - first) * time_s)
        assert abs(np.mean(times > time_s) - beyond) < 5.0 * 0.5 / 200.0


def test_a_thousand_phases_are_summed() -> None:
    """The product of a thousand draws is smaller than any double; their time is near its mean all the same."""
    found_s, _ = streams.time_s(streams.ERLANG, 2.0, 1000.0, streams.start(1, 0, "test"))
    assert found_s == pytest.approx(2.0, rel=5.0 / 1000.0**0.5)


def test_a_deterministic_time_takes_no_draw() -> None:
    """The state stays where it is."""
    assert streams.time_s(streams.DETERMINISTIC, 2.0, 0.0, 5) == (2.0, 5)


def test_streams_of_different_uses_have_nothing_in_common() -> None:
    """Neighbors in seed, replication or name are uncorrelated over 10,000 draws."""
    starts = [
        streams.start(*each)
        for each in ((1, 0, "a"), (2, 0, "a"), (1, 1, "a"), (1, 0, "b"), (1, 0, "a", "0"))
    ]
    rows = []
    for state in starts:
        row = []
        for _ in range(10_000):
            state = streams.following(state)  # noqa: PLW2901 - a stream is walked along
            row.append(streams.unit(state))
        rows.append(row)
    assert len(set(starts)) == len(starts)
    assert np.max(np.abs(np.corrcoef(rows) - np.eye(len(rows)))) < 5.0 / 100.0


@pytest.mark.parametrize("run_of", [PlainRun, CompiledRun])
def test_a_network_that_gains_a_source_keeps_its_draws(run_of: type[PlainRun | CompiledRun]) -> None:
    """Requests that the new source does not meet take the same times, to the last bit."""
    before = run_of(model_of(places_of(single())), 7)
    after = run_of(model_of(places_of(with_another_source(single()))), 7)
    for run in (before, after):
        run.advance(50.0)
    alone, beside = before.taken(), after.taken()
    assert alone.done[0] > 20
    assert alone.samples[0].tolist() == beside.samples[0].tolist()
