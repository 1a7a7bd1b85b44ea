"""Workers that are threads of processes, in networks solved for all worlds at once, against the exact chain."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from capplan.pooled import solve_pooled
from capplan.pooled.network import ConnectionPool, PooledNetwork, PooledStation, ProcessLocks, WorkerPool
from capplan.pooled.one_world import one_world
from capplan.pooled.process_locks import lock_table, slowed_by_locks
from capplan.pooled.product_form import chain_table
from capplan.solvers.markov_chain import solve_markov_chain
from tests.strategies import networks

ONE = np.ones(1)


def locked(
    processes: int,
    seats: int,
    *,
    cores: int = 2,
    locked_s: float = 0.15,
    beside_s: float = 0.05,
    wait_s: float = 0.1,
    users: int = 8,
    think_s: float = 0.5,
) -> PooledNetwork:
    """Users of one pool: own code under locks, work of others on the same cores in three calls, and a wait."""
    cpu = PooledStation(name="cpu", kind="queueing", server_count=cores * ONE)
    return PooledNetwork(
        stations=(cpu, PooledStation(name="wait", kind="delay", server_count=ONE)),
        class_names=("page",),
        class_shares=np.ones((1, 1)),
        service_demand_s=np.array([[[locked_s + beside_s, wait_s]]]),
        visits_per_request=np.array([[3.0, 1.0]]),
        population=users * ONE,
        think_time_s=think_s * ONE,
        pool=WorkerPool(
            name="web",
            worker_count=processes * seats,
            locks=ProcessLocks(seats=seats, locked_demand_s=locked_s * ONE),
        ),
    )


NETWORKS = {
    "two processes on two cores": locked(2, 2),
    "two processes on one core": locked(2, 2, cores=1),
    "one process": locked(1, 4, cores=4, users=6),
    "more processes than cores": locked(4, 2, users=10, beside_s=0.0),
    "a core for each": locked(3, 2, cores=4, users=6),
    "the database works more": locked(2, 3, locked_s=0.05, beside_s=0.15, users=9),
    "full": locked(2, 3, users=20, beside_s=0.0),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_near_the_exact_answer(name: str) -> None:
    """The mean response time is within 1 % of the exact one, p95 within 2.5 %, and without locks it would not be."""
    network = NETWORKS[name]
    found, exact = solve_pooled(network), solve_markov_chain(one_world(network, 0))
    assert found.mean_response_time_s[0] == pytest.approx(exact.response_time_s[0], rel=0.01)
    assert found.response_percentile(0, 0.95)[0] == pytest.approx(exact.percentile_s(0, 0.95), rel=0.025)


def test_locks_are_worth_counting() -> None:
    """Left out, the locks of one process of four threads would make a response little more than half as long."""
    network = NETWORKS["one process"]
    assert network.pool is not None
    without = replace(network, pool=replace(network.pool, locks=None))
    exact = solve_markov_chain(one_world(network, 0)).response_time_s[0]
    assert solve_pooled(without).mean_response_time_s[0] < 0.6 * exact


@given(
    shape=st.sampled_from([(1, 2), (1, 3), (2, 2), (3, 2)]),
    cores=st.integers(1, 4),
    locked_s=st.floats(0.02, 0.3),
    beside_s=st.just(0.0) | st.floats(0.01, 0.2),
    wait_s=st.floats(0.01, 0.3),
    full=st.floats(0.0, 1.0),
)
def test_the_inside_is_near_the_exact_one(
    shape: tuple[int, int],
    cores: int,
    locked_s: float,
    beside_s: float,
    wait_s: float,
    full: float,
) -> None:
    """With any number inside they leave as fast as in the exact chain, within 3 %."""
    users = 1 + round(full * (shape[0] * shape[1] - 1))
    network = locked(
        *shape, cores=cores, locked_s=locked_s, beside_s=beside_s, wait_s=wait_s, users=users, think_s=0.0
    )
    assert network.pool is not None
    assert network.pool.locks is not None
    exact = solve_markov_chain(one_world(network, 0)).throughput_per_s[0]
    table = lock_table(network, network.pool.worker_count, network.pool.locks, users)
    assert table.throughput_per_s[users, 0] == pytest.approx(exact, rel=0.03)


@given(network=networks("worker_pool"), top=st.integers(1, 12))
def test_a_process_for_each_worker_is_no_lock(network: PooledNetwork, top: int) -> None:
    """With one seat in every process the inside is that of the product form, background and all."""
    assume(bool(np.all(network.background_fits)))
    locks = ProcessLocks(seats=1, locked_demand_s=0.7 * network.chain_demand_s[:, 0])
    found = lock_table(network, 12, locks, top)
    expected = chain_table(network.stations, network.chain_demand_s, top)
    np.testing.assert_allclose(found.throughput_per_s, expected.throughput_per_s, rtol=1e-8)
    np.testing.assert_allclose(found.queue_length, expected.queue_length, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.permanent_erlangs, expected.permanent_erlangs, rtol=1e-7, atol=1e-9)


@given(network=networks("worker_pool", shared=False), top=st.integers(1, 12))
def test_one_process_is_one_core(network: PooledNetwork, top: int) -> None:
    """With everything at the cores under the lock of one process, one core does all the work."""
    first, *others = network.stations
    locks = ProcessLocks(seats=12, locked_demand_s=network.chain_demand_s[:, 0])
    found = lock_table(network, 12, locks, top)
    one = replace(first, server_count=np.ones(network.worlds))
    expected = chain_table((one, *others), network.chain_demand_s, top)
    np.testing.assert_allclose(found.throughput_per_s, expected.throughput_per_s, rtol=1e-8)
    np.testing.assert_allclose(found.queue_length, expected.queue_length, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("processes", "seats"), [(1, 64), (2, 32), (8, 8), (32, 2), (64, 1), (20, 100)])
def test_many_seats_stay_in_range(processes: int, seats: int) -> None:
    """64 inside are counted out without overflow: more never lower throughput, nor raise it beyond a core each."""
    network = locked(processes, seats, cores=16, users=64)
    assert network.pool is not None
    assert network.pool.locks is not None
    table = lock_table(network, processes * seats, network.pool.locks, 64)
    flow = table.throughput_per_s[:, 0]
    assert np.all(np.diff(flow) > -1e-9)
    assert flow[-1] * 0.15 <= min(processes, 16) * (1.0 + 1e-9)
    np.testing.assert_allclose(table.queue_length[:, :, 0].sum(axis=0), np.arange(65.0), rtol=1e-9)


@pytest.mark.parametrize("connections", [1, 2, 3])
@pytest.mark.parametrize(("processes", "seats"), [(1, 4), (2, 2), (3, 2)])
def test_locks_beside_scarce_connections(processes: int, seats: int, connections: int) -> None:
    """Slowed as without connections, a pool that lacks them is within 6 % of the exact mean response time."""
    network = locked(processes, seats, cores=3, users=7, beside_s=0.04)
    assert network.pool is not None
    held = ConnectionPool(
        name="db", connection_count=connections, calls_per_request=3.0 * ONE, held_demand_s=0.04 * ONE
    )
    network = replace(network, pool=replace(network.pool, connections=held))
    exact = solve_markov_chain(one_world(network, 0)).response_time_s[0]
    assert solve_pooled(network).mean_response_time_s[0] == pytest.approx(exact, rel=0.06)


@pytest.mark.parametrize(("processes", "seats"), [(1, 100), (5, 20), (50, 2)])
def test_more_inside_than_are_counted_out(processes: int, seats: int) -> None:
    """Beyond 64 inside throughput goes on growing from where it was, and never beyond a core for each process."""
    network = locked(processes, seats, cores=16, users=100)
    assert network.pool is not None
    free = chain_table(network.stations, network.chain_demand_s, 100)
    assert network.pool.locks is not None
    table = slowed_by_locks(network, processes * seats, network.pool.locks, free)
    flow = table.throughput_per_s[:, 0]
    assert np.all(np.diff(flow) > -1e-9)
    assert flow[65] == pytest.approx(2.0 * flow[64] - flow[63], rel=0.01)
    assert flow[-1] * 0.15 <= min(processes, 16) * (1.0 + 1e-9)
    np.testing.assert_allclose(table.queue_length[:, :, 0].sum(axis=0), np.arange(101.0), rtol=1e-9)


def test_whoever_waits_for_a_lock_waits_for_no_core() -> None:
    """Of one process alone all waiting is for its lock, and with a process for each worker none is."""
    one, each = (
        solve_pooled(locked(*shape, cores=cores, beside_s=0.0)) for shape, cores in (((1, 4), 4), ((4, 1), 2))
    )
    at_cores_s = one.residence_s[0, 0, 0]
    assert one.lock_wait_s[0] == pytest.approx(at_cores_s - 0.15, rel=1e-6)
    assert each.lock_wait_s[0] == 0.0
