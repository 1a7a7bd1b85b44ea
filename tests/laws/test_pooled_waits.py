"""Waits of pooled networks in which a worker is held for very different times, within a class or between classes."""

from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.pooled import solve_pooled
from capplan.pooled.course import Course, Errand, holding_moments
from capplan.pooled.moment_wait import moment_wait
from capplan.pooled.network import PooledNetwork, PooledStation, WorkerPool
from capplan.pooled.one_world import one_world
from capplan.pooled.response_tail import PoolWait
from capplan.queues.multi_server import m_m_c
from capplan.solvers import solve

ONE = np.ones(1)
Times = list[tuple[float, float]]


def _pool(
    times_s: Times,
    *,
    workers: int,
    shares: tuple[float, ...] = (1.0,),
    cores: int = 2,
    visits: float = 1.0,
    disk: int | None = None,
    arrivals: float | None = None,
    users: tuple[int, float] | None = None,
) -> PooledNetwork:
    """Classes of own code and of time elsewhere, in so many visits; users and their think time, or arrivals."""
    elsewhere = (
        PooledStation(name="waits", kind="delay", server_count=ONE)
        if disk is None
        else PooledStation(name="disk", kind="queueing", server_count=disk * ONE)
    )
    return PooledNetwork(
        stations=(PooledStation(name="cpu", kind="queueing", server_count=cores * ONE), elsewhere),
        class_names=tuple(f"class {number}" for number in range(len(times_s))),
        class_shares=np.array([shares]),
        service_demand_s=np.array([times_s]),
        pool=WorkerPool(name="web", worker_count=workers),
        visits_per_request=np.array([[1.0, visits]]),
        population=None if users is None else users[0] * ONE,
        think_time_s=None if users is None else users[1] * ONE,
        arrival_rate_per_s=None if arrivals is None else arrivals * ONE,
    )


PAGE: Times = [(0.1, 0.1)]
MOSTLY_WAITS: Times = [(0.05, 0.5)]
FAST_AND_SLOW: Times = [(0.05, 0.02), (0.2, 0.5)]

# With how far mean, p95 and p99 may be off. Where every worker has a core the two kinds are the network's own, all but.
HELD = {
    "one worker": (_pool(PAGE, workers=1, arrivals=4.0), 1e-3),
    "one worker, mostly waits": (_pool(MOSTLY_WAITS, workers=1, arrivals=1.2), 1e-3),
    "one worker, two classes": (
        _pool(FAST_AND_SLOW, shares=(0.8, 0.2), workers=1, arrivals=3.0, cores=1),
        1e-3,
    ),
    "two workers": (_pool(PAGE, workers=2, arrivals=8.0), 1e-3),
    "two workers, mostly waits": (_pool(MOSTLY_WAITS, workers=2, arrivals=2.2), 1e-3),
    "two workers on one core": (_pool([(0.05, 0.1)], workers=2, visits=5.0, cores=1, arrivals=9.0), 0.01),
    "two workers and a disk": (
        _pool([(0.05, 0.1)], workers=2, visits=2.0, cores=1, disk=2, arrivals=9.0),
        0.025,
    ),
    "four workers": (_pool(PAGE, workers=4, arrivals=11.0), 0.03),
    "four workers, mostly waits": (_pool(MOSTLY_WAITS, workers=4, arrivals=4.3), 2e-3),
    "eight workers": (_pool(PAGE, workers=8, arrivals=15.0), 0.015),
    "eight workers, mostly waits": (_pool(MOSTLY_WAITS, workers=8, arrivals=8.7), 5e-3),
    "users, one worker": (_pool(PAGE, workers=1, users=(6, 0.5)), 0.02),
    "users, mostly waits": (_pool(MOSTLY_WAITS, workers=4, users=(16, 0.8)), 0.01),
    "users and a disk": (_pool([(0.05, 0.1)], workers=4, visits=2.0, cores=1, disk=2, users=(16, 0.8)), 0.01),
    "users in a long line": (_pool(MOSTLY_WAITS, workers=4, users=(30, 0.8)), 2e-3),
    "users in a long line for cores": (_pool(PAGE, workers=4, users=(30, 0.8)), 0.015),
    "users of two classes": (
        _pool(FAST_AND_SLOW, shares=(0.8, 0.2), workers=2, users=(10, 0.5)),
        0.01,
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_waits_behind_requests_held_for_any_time(name: str) -> None:
    """Means and percentiles are those of the exact chain: as close as the table says."""
    network, bound = HELD[name]
    exact, found = solve(one_world(network, 0), "markov_chain"), solve_pooled(network)
    assert found.law_violations() == []
    np.testing.assert_allclose(found.response_time_s[0], exact.response_time_s, rtol=bound)
    for number in range(len(network.class_names)):
        for q in (0.95, 0.99):
            late = exact.percentile_s(number, q)
            assert found.response_percentile(number, q)[0] == pytest.approx(late, rel=bound), (number, q)


@given(
    own_s=st.floats(1e-3, 10.0),
    errands=st.lists(st.tuples(st.floats(0.05, 20.0), st.floats(1e-3, 10.0)), max_size=3),
)
def test_moments_of_holding_are_those_of_its_phases(own_s: float, errands: list[tuple[float, float]]) -> None:
    """A request is in a slice of its own code or on an errand: k! times powers of the inverse of that generator."""
    slices = 1.0 + sum(visits for visits, _ in errands)
    leaving = np.diag([slices / own_s, *(1.0 / visit_s for _, visit_s in errands)])
    for k, (visits, visit_s) in enumerate(errands, start=1):
        leaving[0, k], leaving[k, 0] = -visits / own_s, -1.0 / visit_s
    inverse = np.linalg.inv(leaving)
    expected = [factorial(k) * np.linalg.matrix_power(inverse, k)[0].sum() for k in (1, 2, 3)]
    parts = tuple(Errand(visits=n * ONE, visit_s=np.full((1, 1, 1), each)) for n, each in errands)
    found = holding_moments(Course(own_s=np.full((1, 1, 1), own_s), errands=parts))
    np.testing.assert_allclose([each.item() for each in found], expected, rtol=1e-6)


@pytest.mark.parametrize("load", [0.3, 0.9, 0.999, 1.0 - 1e-6])
def test_one_worker_with_waits_is_the_formula_of_pollaczek_and_khinchine(load: float) -> None:
    """Ninety-five of 2 ms, five of a second that wait for two more: half of these do not wait, a quarter once."""
    shares, own, waits = np.array([0.95, 0.05]), np.array([0.002, 1.0]), np.array([0.0, 2.0])
    mean = shares @ (own + waits)
    second = shares @ (2.0 * (own + waits) ** 2 + 2.0 * waits**2)
    times = list(zip(own, waits, strict=True))
    network = _pool(times, shares=(0.95, 0.05), workers=1, arrivals=load / mean)
    wait_s = load / mean * second / 2.0 / (1.0 - load)
    np.testing.assert_allclose(solve_pooled(network).pool_wait_s, wait_s, rtol=1e-6)


def test_more_workers_than_can_be_followed_have_the_factor() -> None:
    """Thirty workers who wait are M/M/30 times (1 + C^2) / 2 = 1 + (1 / 1.1)^2 of one visit."""
    network = _pool([(0.1, 1.0)], workers=30, cores=60, arrivals=24.0)
    plain = m_m_c(24.0 * ONE, 1.1 * ONE, 30.0 * ONE)
    plain_s = plain.wait_probability_ratio / plain.drain_rate_per_s
    np.testing.assert_allclose(
        solve_pooled(network).pool_wait_s, plain_s * (1.0 + (1.0 / 1.1) ** 2), rtol=1e-9
    )


def test_a_thousand_users_who_wait_for_one_worker() -> None:
    """Nearly all are in line, more probably than a double could say: the worker is busy, and Little's law holds."""
    found = solve_pooled(_pool([(0.5, 0.5)], workers=1, users=(1000, 10.0)))
    np.testing.assert_allclose(found.throughput_per_s, 1.0, rtol=1e-9)
    np.testing.assert_allclose(found.mean_response_time_s, 990.0, rtol=1e-9)
    assert found.mixed_percentile(0.95)[0] == pytest.approx(990.0, rel=0.15)


@given(
    line=st.lists(st.floats(0.01, 1.0), min_size=8, max_size=30),
    rate=st.floats(0.1, 10.0),
    times=st.floats(1.0, 2.0),
)
def test_a_long_line_keeps_its_variance(line: list[float], rate: float, times: float) -> None:
    """Departures at exponential intervals give the wait itself, at more variable ones a wait of that variance."""
    found = np.array(line)[:, None]
    at_least = np.cumsum(found[::-1], axis=0)[::-1] / found.sum()
    number = np.arange(1.0, len(line) + 1.0)
    mean = number @ found[:, 0] / found.sum()
    spread = number**2 @ found[:, 0] / found.sum() - mean**2
    second = ((mean * times + spread) / rate**2 + (mean / rate) ** 2) * ONE
    exact = PoolWait(phase_tail=at_least, rate_per_s=rate * ONE)
    law = moment_wait(at_least, (mean / rate * ONE, second, 6.0 * ONE), np.array([True]))
    np.testing.assert_allclose(law.mean_s, exact.mean_s, rtol=1e-9)
    if times == 1.0:
        at = np.linspace(0.1, 3.0, 7)[:, None] * exact.mean_s
        np.testing.assert_allclose(law.even.tail(at), exact.tail(at), rtol=1e-6)
    phases = np.arange(law.even.phase_tail.shape[0])[:, None]
    squared = np.sum((2.0 * phases + 2.0) * law.even.phase_tail, axis=0) / law.even.rate_per_s**2
    np.testing.assert_allclose(squared, second, rtol=0.1)
