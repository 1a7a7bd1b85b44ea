"""Laws that every solver of networks obeys, whatever the network."""

from dataclasses import fields, replace
from itertools import pairwise
from math import factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from capplan.errors import NoSolutionError
from capplan.pooled import SOLVERS, solve_pooled, solver_name
from capplan.pooled.connection_chain import connection_table
from capplan.pooled.level_chain import level_chain
from capplan.pooled.network import (
    Array,
    ConnectionPool,
    PooledNetwork,
    PooledStation,
    ProcessLocks,
    WorkerPool,
)
from capplan.pooled.product_form import _convolve, _log_convolve, chain_rate, chain_table, permanent_rate
from capplan.pooled.response_tail import PoolWait
from capplan.pooled.solution import PooledSolution
from tests.strategies import networks, scarce_connections

ANY_SOLVER = st.sampled_from(sorted(SOLVERS))
ANY_NETWORK = ANY_SOLVER.flatmap(networks)
PLAIN_NETWORK = ANY_SOLVER.flatmap(lambda solver: networks(solver, shared=False))
SLACK = 1 + 1e-9
# On the very edge of saturation a mean is as good as infinite, and rounding decides on which side it falls.
ENDLESS_S = 1e6


def _means(solution: PooledSolution) -> dict[str, Array]:
    return {
        "throughput": solution.throughput_per_s,
        "response": np.minimum(solution.response_time_s, ENDLESS_S),
        "pool wait": np.minimum(solution.pool_wait_s, ENDLESS_S),
        "busy workers": solution.busy_workers,
        "utilization": solution.utilization_ratio,
    }


def _assert_same(expected: PooledSolution, actual: PooledSolution) -> None:
    wanted, got = _means(expected), _means(actual)
    for name, values in wanted.items():
        np.testing.assert_allclose(got[name], values, rtol=1e-8, atol=1e-12, err_msg=name)


def _world(network: PooledNetwork, world: int) -> PooledNetwork:
    """The same network with one world only."""

    def cut(owner: PooledNetwork | PooledStation | ConnectionPool | ProcessLocks) -> dict[str, Any]:
        values = {f.name: getattr(owner, f.name) for f in fields(owner)}
        return {name: v[world : world + 1] for name, v in values.items() if isinstance(v, np.ndarray)}

    stations = tuple(replace(s, **cut(s)) for s in network.stations)
    pool = network.pool
    if pool is not None and pool.connections is not None:
        pool = replace(pool, connections=replace(pool.connections, **cut(pool.connections)))
    if pool is not None and pool.locks is not None:
        pool = replace(pool, locks=replace(pool.locks, **cut(pool.locks)))
    return replace(network, stations=stations, pool=pool, **cut(network))


@given(network=ANY_NETWORK | scarce_connections())
def test_operational_laws_hold(network: PooledNetwork) -> None:
    """No solution breaks an operational law, and each solver answers for the networks of its kind."""
    solution = solve_pooled(network)
    assert solution.law_violations() == []
    assert solution.solver == solver_name(network)


@given(network=networks("closed") | networks("worker_pool") | scarce_connections())
def test_more_users_never_lower_throughput(network: PooledNetwork) -> None:
    """Adding a user never lowers the throughput of a closed chain."""
    assume(network.population is not None)
    assert network.population is not None
    more = replace(network, population=network.population + 1)
    assert np.all(solve_pooled(more).throughput_per_s * SLACK >= solve_pooled(network).throughput_per_s)


@given(network=ANY_NETWORK | scarce_connections(), station=st.integers(0, 2))
def test_more_servers_never_hurt(network: PooledNetwork, station: int) -> None:
    """Adding a server never lowers the throughput and never raises the response time."""
    k = station % len(network.stations)
    grown = replace(network.stations[k], server_count=network.stations[k].server_count + 1)
    stations = (*network.stations[:k], grown, *network.stations[k + 1 :])
    before, after = solve_pooled(network), solve_pooled(replace(network, stations=stations))
    assert np.all(after.throughput_per_s * SLACK >= before.throughput_per_s)
    assert np.all(after.mean_response_time_s <= before.mean_response_time_s * SLACK)


@given(network=ANY_NETWORK)
def test_order_of_stations_does_not_matter(network: PooledNetwork) -> None:
    """Reversing the stations reverses the answers per station and leaves the others alone.

    A request's own code runs at the first, under locks if there are any; all times it takes are as variable as its own
    code's if it visits the others very often.
    """
    assume(network.pool is None or network.pool.locks is None)
    network = replace(network, visits_per_request=np.full_like(network.visits_per_request, 1e12))
    reversed_network = replace(
        network, stations=network.stations[::-1], service_demand_s=network.service_demand_s[:, :, ::-1]
    )
    expected, actual = solve_pooled(network), solve_pooled(reversed_network)
    reversed_back = actual.utilization_ratio[:, ::-1]
    np.testing.assert_allclose(reversed_back, expected.utilization_ratio, rtol=1e-8, atol=1e-12)
    clear = expected.stable & (expected.mean_response_time_s < ENDLESS_S)
    queues = actual.queue_length[clear, ::-1], expected.queue_length[clear]
    np.testing.assert_allclose(*queues, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(_means(actual)["response"], _means(expected)["response"], rtol=1e-8)


@given(network=ANY_NETWORK | scarce_connections(), factor=st.floats(1e-3, 1e3))
def test_time_has_no_unit(network: PooledNetwork, factor: float) -> None:
    """Scaling all times by a factor scales response times by it and throughput by its inverse."""
    changes: dict[str, Any] = {"service_demand_s": network.service_demand_s * factor}
    if network.think_time_s is not None:
        changes["think_time_s"] = network.think_time_s * factor
    if network.arrival_rate_per_s is not None:
        changes["arrival_rate_per_s"] = network.arrival_rate_per_s / factor
    if network.pool is not None and network.pool.connections is not None:
        held = network.pool.connections.held_demand_s * factor
        changes["pool"] = replace(
            network.pool, connections=replace(network.pool.connections, held_demand_s=held)
        )
    if network.pool is not None and network.pool.locks is not None:
        locked = network.pool.locks.locked_demand_s * factor
        changes["pool"] = replace(network.pool, locks=replace(network.pool.locks, locked_demand_s=locked))
    expected, actual = solve_pooled(network), solve_pooled(replace(network, **changes))
    unscaled = np.minimum(actual.response_time_s / factor, ENDLESS_S)
    np.testing.assert_allclose(unscaled, np.minimum(expected.response_time_s, ENDLESS_S), rtol=1e-7)
    np.testing.assert_allclose(actual.throughput_per_s, expected.throughput_per_s / factor, rtol=1e-7)


@given(network=networks("closed"))
def test_pool_for_everybody_is_no_pool(network: PooledNetwork) -> None:
    """A pool with a worker for every user gives what no pool gives."""
    assert network.population is not None
    pool = WorkerPool(name="workers", worker_count=int(network.population.max()))
    _assert_same(solve_pooled(network), solve_pooled(replace(network, pool=pool)))


@given(network=networks("open_stations"))
def test_pool_for_every_arrival_is_no_pool(network: PooledNetwork) -> None:
    """An open chain with more workers than it can ever fill gives what no pool gives."""
    _assert_same(
        solve_pooled(network),
        solve_pooled(replace(network, pool=WorkerPool(name="workers", worker_count=400))),
    )


@given(network=ANY_NETWORK | scarce_connections())
def test_worlds_do_not_touch(network: PooledNetwork) -> None:
    """Worlds solved together give what each gives alone; percentiles but for those of whom too many are present."""
    together = solve_pooled(network)
    for world in range(network.worlds):
        alone = solve_pooled(_world(network, world))
        for name, values in _means(alone).items():
            batched = _means(together)[name][world : world + 1]
            np.testing.assert_allclose(batched, values, rtol=1e-8, atol=1e-12, err_msg=name)
        expected = np.minimum(alone.mixed_percentile(0.95), ENDLESS_S)
        actual = np.minimum(together.mixed_percentile(0.95), ENDLESS_S)
        np.testing.assert_allclose(actual[world], expected[0], rtol=1e-4)


@given(network=PLAIN_NETWORK)
def test_vanishing_background_is_none(network: PooledNetwork) -> None:
    """A background too small to see takes the general path and gives the plain answer."""
    stations = tuple(
        replace(s, background_erlangs=np.full_like(s.server_count, 1e-13)) for s in network.stations
    )
    expected, actual = solve_pooled(network), solve_pooled(replace(network, stations=stations))
    np.testing.assert_allclose(_means(actual)["response"], _means(expected)["response"], rtol=1e-8)


@given(network=ANY_NETWORK | scarce_connections(), q=st.floats(0.01, 0.999))
def test_percentile_inverts_the_tail(network: PooledNetwork, q: float) -> None:
    """The tail at a percentile is 1 - q, and a tail never rises."""
    solution = solve_pooled(network)
    time = solution.mixed_percentile(q)
    known = solution.stable
    finite = np.where(known, time, 1.0)
    np.testing.assert_allclose(solution.mixed_tail(finite)[known], 1 - q, rtol=1e-6)
    assert np.all(solution.mixed_tail(finite * 1.01) <= solution.mixed_tail(finite) + 1e-12)


@given(network=ANY_NETWORK | scarce_connections())
def test_tail_has_the_mean(network: PooledNetwork) -> None:
    """The area under the tail of the response time is the mean response time."""
    solution = solve_pooled(network)
    mean = np.where(solution.stable, solution.response_time_s[:, 0], 1.0)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    area = np.zeros_like(mean)
    edges = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 256.0, 1024.0])
    for low, high in pairwise(edges):
        for node, weight in zip(nodes, weights, strict=True):
            time = mean * (low + high + (high - low) * node) / 2
            area += mean * (high - low) / 2 * weight * solution.response_tail(0, time)
    np.testing.assert_allclose(area[solution.stable], mean[solution.stable], rtol=1e-4)


@given(
    servers=st.integers(1, 40),
    share=st.floats(0.0, 0.9),
    permanent=st.integers(0, 4),
)
def test_shared_station_is_the_brute_force_sum(servers: int, share: float, permanent: int) -> None:
    """The rates of a shared station are those of the product form summed term by term."""
    traffic = servers * share
    station = PooledStation(
        name="cpu",
        kind="queueing",
        server_count=np.array([float(servers)]),
        background_erlangs=np.array([traffic]),
        permanent_jobs=permanent,
    )
    top = 8

    def weight(n: int, jobs: int) -> float:
        total, term = 0.0, 1.0
        for i in range(1, n + jobs + 1):
            term *= i / min(i, servers)
        for k in range(3000):
            if k:
                i = n + jobs + k
                term *= traffic * i / (k * min(i, servers))
            total += term
        return total / (factorial(n) * factorial(jobs))

    weights = [weight(n, permanent) for n in range(top + 1)]
    expected = [weights[n - 1] / weights[n] for n in range(1, top + 1)]
    np.testing.assert_allclose(chain_rate(station, top)[1:, 0], expected, rtol=1e-9)
    if permanent:
        kept = [weight(n, permanent - 1) / weights[n] for n in range(top + 1)]
        np.testing.assert_allclose(permanent_rate(station, top)[:, 0], kept, rtol=1e-9)


@given(network=networks("closed"))
def test_logarithms_and_plain_numbers_agree(network: PooledNetwork) -> None:
    """Convolution in logarithms gives what convolution in plain numbers gives."""
    weights = np.abs(network.chain_demand_s).T + 0.1
    plain, logs = _convolve(weights, weights), _log_convolve(np.log(weights), np.log(weights))
    np.testing.assert_allclose(np.exp(logs), plain, rtol=1e-12)


def test_several_delays_fall_back_to_logarithms() -> None:
    """Weights beyond the range of doubles give the throughput of the one delay they amount to."""
    one = np.ones(1)
    stations = tuple(PooledStation(name=f"d{k}", kind="delay", server_count=one) for k in range(3))
    table = chain_table(stations, np.array([[1.0, 1.0, 1.0]]), 1000)
    np.testing.assert_allclose(table.throughput_per_s[:, 0], np.arange(1001.0) / 3.0, rtol=1e-9)
    np.testing.assert_allclose(table.queue_length[1, 1:, 0], np.arange(1, 1001.0) / 3.0, rtol=1e-9)


@given(rates=st.lists(st.floats(0.01, 10.0), min_size=48, max_size=48))
def test_level_chain_solves_the_balance(rates: list[float]) -> None:
    """The distribution of a chain in levels satisfies the balance equations of its generator."""
    size = 4
    generator = np.zeros((3 * size, 3 * size))
    values = np.array(rates).reshape(3, 4, 4)
    up = [values[0][:, :, None], values[1][:, :, None]]
    down = [values[2][:, :, None], values[0].T[:, :, None]]
    within = [values[1][:, :, None], values[2][:, :, None], values[0][:, :, None]]
    for level in range(3):
        block = slice(level * size, (level + 1) * size)
        generator[block, block] = within[level][:, :, 0]
        if level < 2:
            above = slice((level + 1) * size, (level + 2) * size)
            generator[block, above] = up[level][:, :, 0]
            generator[above, block] = down[level][:, :, 0]
    np.fill_diagonal(generator, 0.0)
    np.fill_diagonal(generator, -generator.sum(axis=1))
    distribution = np.concatenate(level_chain(up, within, down))[:, 0]
    assert distribution.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(distribution @ generator, 0.0, atol=1e-9)


@given(network=scarce_connections())
def test_enough_connections_give_the_product_form(network: PooledNetwork) -> None:
    """With a connection for every worker the Markov chain gives the throughput of the product form."""
    assert network.pool is not None
    assert network.pool.connections is not None
    top = network.pool.worker_count
    enough = replace(network.pool.connections, connection_count=top)
    chain = connection_table(network, enough, top)
    table = chain_table(network.stations, network.chain_demand_s, top)
    np.testing.assert_allclose(chain.throughput_per_s, table.throughput_per_s, rtol=1e-8)
    np.testing.assert_allclose(chain.queue_length, table.queue_length, rtol=1e-8, atol=1e-12)


@given(network=scarce_connections())
def test_scarce_connections_are_the_brute_force_chain(network: PooledNetwork) -> None:
    """With scarce connections the inside of the pool is the chain over (calls, elsewhere), solved densely."""
    assert network.pool is not None
    connections = network.pool.connections
    assert connections is not None
    top = network.pool.worker_count
    states = [(d, e) for d in range(top + 1) for e in range(top + 1 - d)]
    per_server = chain_rate(network.stations[0], top)[:, 0]
    calls, held = connections.calls_per_request[0], connections.held_demand_s[0]
    cpu, away = network.chain_demand_s[0]
    visits = network.visits_per_request[0, 1] if away > 0 else 0.0
    count = 1 + calls + visits
    generator = np.zeros((len(states), len(states)))
    done = np.zeros(len(states))
    for i, (d, e) in enumerate(states):
        own, active = top - d - e, min(d, connections.connection_count)
        share = per_server[own + active] / max(own + active, 1)
        ended = own * share * count / (cpu - held)
        done[i] = ended / count
        moves = [(d + 1, e, ended * calls / count), (d, e + 1, ended * visits / count)]
        moves += [(d - 1, e, active * share * calls / held), (d, e - 1, e * visits / (away or 1.0))]
        for to_d, to_e, rate in moves:
            if rate > 0:
                generator[i, states.index((to_d, to_e))] += rate
    np.fill_diagonal(generator, -generator.sum(axis=1))
    reached = [i for i, (_, e) in enumerate(states) if away > 0 or e == 0]
    balance = np.vstack([generator[np.ix_(reached, reached)].T, np.ones(len(reached))])
    chance = np.linalg.lstsq(balance, np.append(np.zeros(len(reached)), 1.0), rcond=None)[0]
    table = connection_table(network, connections, top)
    np.testing.assert_allclose(table.throughput_per_s[top, 0], chance @ done[reached], rtol=1e-5)


def test_wait_of_a_long_queue() -> None:
    """A queue longer than doubles can start a Poisson sum for has the tail of its normal limit."""
    phases = 2000
    wait = PoolWait(phase_tail=np.ones((phases, 1)), rate_per_s=np.ones(1))
    tail = wait.tail(np.array([[1800.0], [2000.0], [2200.0]]))[:, 0]
    np.testing.assert_allclose(tail, [1.0, 0.5, 0.0], atol=0.01)


def test_saturation_is_reported() -> None:
    """An open chain that exceeds its station is not stable: its tail is 1 and its percentile infinite."""
    one = np.ones(1)
    network = PooledNetwork(
        stations=(PooledStation(name="cpu", kind="queueing", server_count=one),),
        class_names=("request",),
        class_shares=np.ones((1, 1)),
        service_demand_s=np.ones((1, 1, 1)),
        arrival_rate_per_s=2 * one,
    )
    for pool in (None, WorkerPool(name="workers", worker_count=3)):
        solution = solve_pooled(replace(network, pool=pool))
        assert not solution.stable[0]
        assert solution.throughput_per_s[0] == pytest.approx(1.0)
        assert np.isinf(solution.response_time_s[0, 0])
        assert solution.response_tail(0, 5.0)[0] == 1.0
        assert np.isinf(solution.response_percentile(0, 0.5)[0])


def test_too_many_stations_beside_scarce_connections_is_refused() -> None:
    """Scarce connections with a disk and a delay besides the CPU have no solver, and the error says so."""
    one = np.ones(1)
    connections = ConnectionPool(
        name="connections", connection_count=1, calls_per_request=one, held_demand_s=0.1 * one
    )
    network = PooledNetwork(
        stations=tuple(
            PooledStation(name=name, kind="delay" if name == "net" else "queueing", server_count=one)
            for name in ("cpu", "disk", "net")
        ),
        class_names=("request",),
        class_shares=np.ones((1, 1)),
        service_demand_s=np.ones((1, 1, 3)),
        population=4 * one,
        think_time_s=one,
        pool=WorkerPool(name="workers", worker_count=3, connections=connections),
    )
    with pytest.raises(NoSolutionError, match="disk, net"):
        solve_pooled(network)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"class_shares": np.full((1, 1), 0.5)}, "class_shares"),
        ({"service_demand_s": np.ones((1, 2, 1))}, "service_demand_s"),
        ({"service_demand_s": np.zeros((1, 1, 1))}, "service_demand_s"),
        ({"arrival_rate_per_s": np.ones(1)}, "population"),
        ({"population": np.array([1.5])}, "population"),
        ({"think_time_s": None}, "think_time_s"),
        ({"think_time_s": -np.ones(1)}, "think_time_s"),
    ],
)
def test_malformed_network_names_the_field(change: dict[str, Any], field: str) -> None:
    """A network with an impossible field is refused by the field's name."""
    network = PooledNetwork(
        stations=(PooledStation(name="cpu", kind="queueing", server_count=np.ones(1)),),
        class_names=("request",),
        class_shares=np.ones((1, 1)),
        service_demand_s=np.ones((1, 1, 1)),
        population=np.ones(1),
        think_time_s=np.ones(1),
    )
    with pytest.raises(ValueError, match=field):
        replace(network, **change)
