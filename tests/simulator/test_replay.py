"""A recorded stream of requests goes through a network as it was recorded."""

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from capplan.errors import InputError
from capplan.network import Network
from capplan.network_parts import Discipline, Pool
from capplan.simulator.replay import Arrival, replay
from capplan.time_law import TimeKind, TimeLaw
from tests.simulator.small_networks import groups, single, urgent_and_other

DETERMINISTIC = TimeLaw(kind=TimeKind.DETERMINISTIC, variance_ratio=0.0)


def _stream(*times_s: float, operation: str = "job") -> list[Arrival]:
    return [Arrival(each, operation) for each in times_s]


def test_one_server_takes_one_after_the_other() -> None:
    """Services of 1 s for arrivals at 0, 0.5, 2.25 and 4 s, up to 4.5 s: the last is not done by then."""
    found = replay(single(law=DETERMINISTIC), _stream(0.0, 0.5, 2.25, 4.0), seed=1, until_s=4.5)
    np.testing.assert_allclose(found, [1.0, 1.5, 1.0, nan])


def test_a_shared_server_is_shared() -> None:
    """Two requests of 1 s that overlap slow one another down: by hand, done at 1.5 s and at 2 s."""
    network = single(law=DETERMINISTIC, discipline=Discipline.SHARED)
    found = replay(network, _stream(0.0, 0.5), seed=1, until_s=10.0)
    np.testing.assert_allclose(found, [1.5, 1.5])


def test_whoever_finds_no_room_is_turned_away() -> None:
    """One worker and room for one to wait: the third of three at once has no response time."""
    network = single(law=DETERMINISTIC, discipline=Discipline.DELAY)
    pooled = replace(
        network,
        pools=(Pool(name="worker", size=1, queue_limit=1),),
        operations=(replace(network.operations[0], pool="worker"),),
    )
    np.testing.assert_allclose(replay(pooled, _stream(0.0, 0.0, 0.0), seed=1, until_s=9.0), [1.0, 2.0, nan])


def test_those_at_one_moment_go_in_the_order_of_the_recording() -> None:
    """First come, first served, also where two operations arrive at the same moment."""
    network = single(law=DETERMINISTIC)
    other = replace(network.operations[0], name="other", service_s=3.0)
    both = replace(network, operations=(*network.operations, other))
    arrivals = [Arrival(1.0, "other"), Arrival(1.0, "job"), Arrival(1.0, "other"), Arrival(1.0, "job")]
    np.testing.assert_allclose(replay(both, arrivals, seed=1, until_s=50.0), [3.0, 4.0, 7.0, 8.0])


def test_priorities_are_those_of_the_sources() -> None:
    """While one is served, whoever is urgent goes before the other that came earlier."""
    network = urgent_and_other(DETERMINISTIC)
    arrivals = [Arrival(0.0, "slow"), Arrival(0.1, "slow"), Arrival(0.2, "quick")]
    np.testing.assert_allclose(replay(network, arrivals, seed=1, until_s=50.0), [1.0, 2.4, 1.3])


def test_a_window_without_an_end_waits_for_all() -> None:
    """Up to infinity, everybody is done; and then nothing happens any more."""
    found = replay(single(law=DETERMINISTIC), _stream(0.0, 0.5), seed=1, until_s=inf)
    np.testing.assert_allclose(found, [1.0, 1.5])


def test_a_long_recording_has_the_mean_of_its_law() -> None:
    """50,000 Poisson arrivals at one server 0.7 busy: M/M/1's mean, within a tenth; the same for the same seed."""
    times = np.cumsum(np.random.default_rng(3).exponential(1.0 / 0.7, size=50_000))
    arrivals = _stream(*times.tolist())
    once, again, other = (replay(single(), arrivals, seed=seed, until_s=1e6) for seed in (1, 1, 2))
    assert not np.isnan(once).any()
    assert np.mean(once) == pytest.approx(1.0 / 0.3, rel=0.1)
    assert once.tobytes() == again.tobytes()
    assert once.tobytes() != other.tobytes()


@pytest.mark.parametrize(
    ("arrivals", "place"),
    [
        ([Arrival(1.0, "page"), Arrival(0.5, "page")], r"arrivals\.1\.at_s"),
        ([Arrival(-1.0, "page")], r"arrivals\.0\.at_s"),
        ([Arrival(11.0, "page")], r"arrivals\.0\.at_s"),
        ([Arrival(nan, "page")], r"arrivals\.0\.at_s"),
        ([Arrival(1.0, "nothing")], r"arrivals\.0\.operation"),
    ],
)
def test_a_recording_that_cannot_be_is_refused(arrivals: list[Arrival], place: str) -> None:
    """Arrivals out of order, outside of the window, or of no known operation; the error says which."""
    with pytest.raises(InputError, match=place):
        replay(groups(), arrivals, seed=1, until_s=10.0)


def test_nothing_recorded_is_nothing_replayed() -> None:
    """An empty recording has no response times."""
    network: Network = groups()
    assert replay(network, [], seed=1, until_s=10.0).size == 0
