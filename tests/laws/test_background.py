"""Open traffic in the background, which makes the cores faster and slower while a request is served."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.pooled import solve_pooled
from capplan.pooled.background import two_speeds
from capplan.pooled.network import PooledNetwork, PooledStation, WorkerPool
from capplan.pooled.one_world import one_world
from capplan.solvers import solve

ONE = np.ones(1)
_MANY = 120


def _beside(
    background: float,
    *,
    cores: int = 2,
    waits: tuple[float, float] | None = None,
    workers: int | None = 4,
    users: tuple[int, float] | None = None,
    arrivals: float | None = None,
) -> PooledNetwork:
    """Pages of 100 ms beside so many busy cores; waits are demand and visits, users number and think time."""
    cpu = PooledStation(
        name="cpu", kind="queueing", server_count=cores * ONE, background_erlangs=background * ONE
    )
    elsewhere = PooledStation(name="waits", kind="delay", server_count=ONE)
    return PooledNetwork(
        stations=(cpu,) if waits is None else (cpu, elsewhere),
        class_names=("page",),
        class_shares=np.ones((1, 1)),
        service_demand_s=np.array([[[0.1] if waits is None else [0.1, waits[0]]]]),
        pool=None if workers is None else WorkerPool(name="web", worker_count=workers),
        visits_per_request=np.array([[1.0] if waits is None else [1.0, waits[1]]]),
        population=None if users is None else users[0] * ONE,
        think_time_s=None if users is None else users[1] * ONE,
        arrival_rate_per_s=None if arrivals is None else arrivals * ONE,
    )


BESIDE = {
    "a third of the cores": (_beside(0.6, users=(15, 2.0)), 0.015),
    "and a wait": (_beside(0.6, waits=(0.1, 1), users=(12, 1.0)), 0.02),
    "without a pool": (_beside(0.6, workers=None, users=(10, 1.0)), 0.02),
    "a little": (_beside(0.6, cores=4, users=(10, 1.0)), 0.005),
    # What waits for a worker is not told that the cores are slower at times: that is averaged.
    "half of four cores, a line": (_beside(2.0, cores=4, workers=6, users=(15, 0.6)), 0.04),
    "one core, a line": (_beside(0.4, cores=1, workers=3, users=(10, 2.0)), 0.09),
    "open arrivals, a line": (_beside(0.6, arrivals=8.0), 0.1),
}


@pytest.mark.parametrize("name", BESIDE)
def test_percentiles_beside_open_traffic(name: str) -> None:
    """Median, p95 and p99 of who is followed at two speeds are those of the exact chain, as close as the table says."""
    network, bound = BESIDE[name]
    exact, found = solve(one_world(network, 0), "markov_chain"), solve_pooled(network)
    for q in (0.5, 0.95, 0.99):
        assert found.response_percentile(0, q)[0] == pytest.approx(exact.percentile_s(0, q), rel=bound), q


@given(
    servers=st.integers(1, 6),
    load=st.floats(0.2, 0.8),
    present=st.floats(1.0, 8.0),
    jobs=st.integers(0, 2),
    service_s=st.floats(0.01, 10.0),
)
def test_two_speeds_are_those_of_the_chain(
    servers: int, load: float, present: float, jobs: int, service_s: float
) -> None:
    """Mean, variance, skewness and memory of the speed are those of the background's own birth-death chain."""
    station = PooledStation(
        name="cpu",
        kind="queueing",
        server_count=servers * ONE,
        background_erlangs=servers * load * ONE,
        permanent_jobs=jobs,
    )
    found = two_speeds(station, np.array([[present]]), service_s * ONE)
    if found is None:
        return
    number = np.arange(float(_MANY))
    speed = np.minimum(1.0, servers / (present + jobs + number))
    up, down = np.full(_MANY - 1, servers * load / service_s), (number * speed / service_s)[1:]
    generator = np.diag(up, 1) + np.diag(down, -1)
    generator -= np.diag(generator.sum(axis=1))
    chance = np.cumprod(np.concatenate([[1.0], up / down]))
    chance /= chance.sum()
    apart = speed / (chance @ speed) - 1.0
    slow, fast = found.speed[:, 0, 0]
    variance, third = chance @ apart**2, chance @ apart**3
    # Two values around 1 have the variance (1 - slow) (fast - 1) and the third moment that times their sum less 2.
    np.testing.assert_allclose((1.0 - slow) * (fast - 1.0), variance, rtol=1e-4)
    np.testing.assert_allclose((1.0 - slow) * (fast - 1.0) * (slow + fast - 2.0), third, rtol=1e-3, atol=1e-7)
    deviation = np.linalg.solve(generator - np.outer(np.ones(_MANY), chance), -apart)
    memory_s = (chance * apart) @ deviation / variance
    np.testing.assert_allclose(1.0 / found.leave_per_s[:, 0, 0].sum(), memory_s, rtol=1e-3)
    np.testing.assert_allclose(found.at_start[:, 0, 0].sum(), 1.0, rtol=1e-12)


def test_steady_background_needs_no_speeds() -> None:
    """No background, or one that many cores hardly feel, leaves the speed as it is."""
    for servers, traffic in ((2.0, 0.0), (64.0, 1.0)):
        station = PooledStation(
            name="cpu", kind="queueing", server_count=servers * ONE, background_erlangs=traffic * ONE
        )
        assert two_speeds(station, np.array([[1.0], [4.0]]), ONE) is None
