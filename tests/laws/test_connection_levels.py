"""Large pools over scarce connections: between the two limits of the exact chain, and near to it everywhere."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from capplan.pooled import solve_pooled, worker_pool
from capplan.pooled.connection_chain import connection_table
from capplan.pooled.connection_levels import _by_calls, _by_visits, connection_levels
from capplan.pooled.network import Array, ConnectionPool, PooledNetwork, PooledStation, WorkerPool
from capplan.pooled.product_form import ChainTable
from capplan.pooled.slices import slices_of
from tests.strategies import scarce_connections

FIELDS = ("throughput_per_s", "queue_length", "permanent_erlangs", "waiting")


def _connections(network: PooledNetwork) -> ConnectionPool:
    assert network.pool is not None
    assert network.pool.connections is not None
    return network.pool.connections


def _tables(
    network: PooledNetwork, connections: ConnectionPool | None = None
) -> tuple[ChainTable, ChainTable]:
    """Return the exact table and the one of levels, with other connections if any are named."""
    assert network.pool is not None
    chosen, top = connections or _connections(network), network.pool.worker_count
    return connection_table(network, chosen, top), connection_levels(network, chosen, top)


def _assert_same(tables: tuple[ChainTable, ChainTable], ratio: float = 1e-8) -> None:
    exact, levels = tables
    for name in FIELDS:
        wanted, got = getattr(exact, name), getattr(levels, name)
        np.testing.assert_allclose(got, wanted, rtol=ratio, atol=ratio / 100.0, err_msg=name)


def _random(worlds: int, workers: int, connections: int, seed: int) -> PooledNetwork:
    """A pool in many worlds, over orders of magnitude of waits, calls and visits."""
    rng = np.random.default_rng(seed)

    def between(low: float, high: float) -> Array:
        return np.exp(rng.uniform(np.log(low), np.log(high), worlds))

    one = np.ones(worlds)
    servers = np.ceil(between(0.5, workers))
    held = rng.uniform(0.02, 0.98, worlds)
    pool = ConnectionPool(
        name="db", connection_count=connections, calls_per_request=between(0.1, 50.0), held_demand_s=held
    )
    return PooledNetwork(
        stations=(
            PooledStation(
                name="cpu",
                kind="queueing",
                server_count=servers,
                background_erlangs=servers * rng.uniform(0.0, 0.7, worlds),
                permanent_jobs=1,
            ),
            PooledStation(name="waits", kind="delay", server_count=one),
        ),
        class_names=("request",),
        class_shares=one[:, None],
        service_demand_s=np.stack([one, between(0.01, 30.0)], axis=1)[:, None, :],
        population=np.full(worlds, 4.0 * workers),
        think_time_s=between(1.0, 100.0),
        pool=WorkerPool(name="web", worker_count=workers, connections=pool),
        visits_per_request=np.stack([one, between(0.05, 100.0)], axis=1),
    )


@given(network=scarce_connections())
def test_exact_where_nobody_goes_elsewhere(network: PooledNetwork) -> None:
    """Without visits elsewhere the number of calls is the whole chain."""
    demand = network.service_demand_s * np.array([1.0, 0.0])
    _assert_same(_tables(replace(network, service_demand_s=demand)))


@given(network=scarce_connections())
def test_exact_where_nobody_waits_for_a_server(network: PooledNetwork) -> None:
    """With a server for everyone the chain has product form."""
    cpu = replace(
        network.stations[0], server_count=np.full(2, 50.0), background_erlangs=np.zeros(2), permanent_jobs=2
    )
    _assert_same(_tables(replace(network, stations=(cpu, *network.stations[1:]))))


@given(network=scarce_connections())
def test_exact_where_nobody_waits_for_a_connection(network: PooledNetwork) -> None:
    """With a connection for every worker the chain has product form."""
    _assert_same(_tables(network, replace(_connections(network), connection_count=6)))


@given(network=scarce_connections())
def test_exact_where_visits_are_many_or_calls_are(network: PooledNetwork) -> None:
    """The error vanishes where a request makes very many visits for a call, or calls for a visit."""
    connections = _connections(network)
    called = replace(connections, calls_per_request=connections.calls_per_request * 1e5)
    visited = replace(network, visits_per_request=network.visits_per_request * 1e5)
    _assert_same(_tables(network, called), ratio=1e-3)
    _assert_same(_tables(visited), ratio=1e-3)


@given(network=scarce_connections())
def test_near_the_exact_chain(network: PooledNetwork) -> None:
    """The throughput is within 0.2 % of the exact chain's, and the line within 0.5 % of the requests inside."""
    exact, levels = _tables(network)
    np.testing.assert_allclose(levels.throughput_per_s, exact.throughput_per_s, rtol=2e-3)
    inside = np.arange(exact.waiting.shape[0])[:, None]
    assert np.all(np.abs(levels.waiting - exact.waiting) <= 5e-3 * inside)


@pytest.mark.parametrize("connections", [1, 2, 4, 8])
def test_near_the_exact_chain_with_many_requests(connections: int) -> None:
    """With 20 requests inside the throughput is as near as with few: within 0.2 %, mostly within 0.01 %."""
    exact, levels = _tables(_random(64, 20, connections, seed=connections))
    off = np.max(np.abs(levels.throughput_per_s[1:] / exact.throughput_per_s[1:] - 1.0), axis=0)
    assert np.max(off) < 2e-3
    assert np.median(off) < 1e-4


def test_either_limit_alone_is_worse() -> None:
    """The limits err to opposite sides, so that their mixture is several times as near as either."""
    network = _random(256, 10, 1, seed=3)
    exact, levels = _tables(network)
    slices = slices_of(network, _connections(network), [1], 10)
    done_ratio = 1.0 - slices.call_ratio - slices.away_ratio
    mixed, by_calls, by_visits = (
        np.max(np.abs(throughput[1:] / exact.throughput_per_s[1:] - 1.0))
        for throughput in (
            levels.throughput_per_s,
            _by_calls(slices, 10)[0] * done_ratio,
            _by_visits(slices, 10)[0] * done_ratio,
        )
    )
    assert 4.0 * mixed < min(by_calls, by_visits)


def test_a_large_pool_is_solved_so_and_obeys_the_laws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond 16 workers the solver takes the levels, up to 16 the chain; what it finds obeys the operational laws."""
    large, small = _random(8, 17, 3, seed=1), _random(8, 16, 3, seed=1)
    found = solve_pooled(large).throughput_per_s, solve_pooled(small).throughput_per_s
    monkeypatch.setattr(worker_pool, "_MOST_FOLLOWED", 17)
    followed = solve_pooled(large).throughput_per_s, solve_pooled(small).throughput_per_s
    np.testing.assert_array_equal(found[1], followed[1])
    np.testing.assert_allclose(found[0], followed[0], rtol=2e-3)
    assert np.any(found[0] != followed[0])


@pytest.mark.parametrize("connections", [1, 8, 255])
def test_256_workers(connections: int) -> None:
    """A pool of 256 workers obeys the operational laws, and more requests inside are never done slower."""
    network = _random(16, 256, connections, seed=7)
    assert solve_pooled(network).law_violations() == []
    throughput = connection_levels(network, _connections(network), 256).throughput_per_s
    assert np.all(np.diff(throughput, axis=0) >= -1e-9 * throughput[1:])
