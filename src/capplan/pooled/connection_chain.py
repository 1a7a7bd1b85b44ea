"""Requests inside a pool whose connections are scarcer than its workers, as an exact Markov chain.

A request alternates slices of its own code with calls that hold a connection, both on the first station's
servers, and with visits to one station elsewhere: all delay stations together, or one more queueing
station. Slices and calls are exponential and their number geometric, so that the state is (calls in
progress or waiting for a connection, requests elsewhere).
"""

from dataclasses import dataclass

import numpy as np

from capplan.errors import NoSolutionError
from capplan.pooled.level_chain import level_chain
from capplan.pooled.network import Array, ConnectionPool, PooledNetwork
from capplan.pooled.product_form import ChainTable, chain_rate, job_rate, permanent_rate

# The share of a demand that counts as none, so that rates stay finite.
_LEAST_SHARE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Slices:
    """Rates of the parts of a request; all (worlds,) but the tables over a number of requests."""

    connection_count: int
    call_ratio: Array  # chance that a slice of own code is followed by a call
    away_ratio: Array  # ... by a visit elsewhere
    own_per_s: Array
    call_per_s: Array
    away_per_s: Array  # (top + 1, worlds): completions with e requests elsewhere
    job_rate: Array  # (top + 1, worlds): servers per job with n requests at the first station


def connection_table(network: PooledNetwork, connections: ConnectionPool, top: int) -> ChainTable:
    """Solve the inside of the pool for n = 1..top requests.

    Raises
    ------
    NoSolutionError
        Requests visit both delay stations and another queueing station, or two more queueing stations.
    """
    elsewhere = _elsewhere(network)
    slices = _slices(network, connections, elsewhere, top)
    worlds, station_count = network.worlds, len(network.stations)
    first = network.stations[0]
    permanent = permanent_rate(first, top)
    shape = (top + 1, worlds)
    table = ChainTable(
        throughput_per_s=np.zeros(shape),
        queue_length=np.zeros((station_count, *shape)),
        permanent_erlangs=np.zeros((station_count, *shape)),
        waiting=np.zeros(shape),
    )
    table.permanent_erlangs[0, 0] = permanent[0]
    demand = network.chain_demand_s[:, elsewhere]
    parts = demand / np.maximum(demand.sum(axis=1, keepdims=True), 1e-300)
    for n in range(1, top + 1):
        levels = _levels(slices, n, away=bool(elsewhere))
        for calls, chance in enumerate(levels):
            served = min(calls, slices.connection_count)
            away = np.arange(chance.shape[0])
            present = n - calls - away + served
            rate = (n - calls - away)[:, None] * slices.job_rate[present] * slices.own_per_s
            done = rate * (1.0 - slices.call_ratio - slices.away_ratio)
            table.throughput_per_s[n] += np.sum(chance * done, axis=0)
            table.queue_length[0, n] += present @ chance
            table.permanent_erlangs[0, n] += np.sum(chance * permanent[present], axis=0)
            table.waiting[n] += (calls - served) * np.sum(chance, axis=0)
            for part, k in enumerate(elsewhere):
                table.queue_length[k, n] += (away @ chance) * parts[:, part]
    return table


def _elsewhere(network: PooledNetwork) -> list[int]:
    """Find the stations besides the first that requests visit."""
    demand = network.chain_demand_s
    visited = [k for k in range(1, len(network.stations)) if demand[:, k].any()]
    queueing = [k for k in visited if network.stations[k].kind == "queueing"]
    if queueing and len(visited) > 1:
        names = ", ".join(network.stations[k].name for k in visited)
        message = (
            "a pool with fewer connections than workers is solved with delay stations or one more queueing "
            f"station besides {network.stations[0].name}, not with {names}"
        )
        raise NoSolutionError(message)
    if any(network.stations[k].permanent_jobs for k in queueing):
        message = f"{network.stations[queueing[0]].name}: permanent jobs beside scarce connections"
        raise NoSolutionError(message)
    return visited


def _slices(network: PooledNetwork, connections: ConnectionPool, elsewhere: list[int], top: int) -> _Slices:
    demand, first = network.chain_demand_s, network.stations[0]
    calls, cpu = connections.calls_per_request, np.maximum(demand[:, 0], 1e-300)
    away_demand = demand[:, elsewhere].sum(axis=1)
    visits = np.where(demand[:, elsewhere] > 0.0, network.visits_per_request[:, elsewhere], 0.0).sum(axis=1)
    count = 1.0 + calls + visits
    own = np.maximum(demand[:, 0] - connections.held_demand_s, _LEAST_SHARE * cpu)
    held = np.where(calls > 0.0, np.maximum(connections.held_demand_s, _LEAST_SHARE * cpu), cpu)
    number = np.arange(top + 1.0)[:, None] * np.ones_like(calls)
    if elsewhere:
        number = chain_rate(network.stations[elsewhere[0]], top)
    share = job_rate(first.server_count, first.background_erlangs, top + first.permanent_jobs)
    return _Slices(
        connection_count=connections.connection_count,
        call_ratio=calls / count,
        away_ratio=visits / count,
        own_per_s=count / own,
        call_per_s=np.where(calls > 0.0, calls, 1.0) / held,
        away_per_s=number * np.where(visits > 0.0, visits / np.maximum(away_demand, 1e-300), 1.0 / cpu),
        job_rate=share[first.permanent_jobs :],
    )


def _levels(slices: _Slices, n: int, *, away: bool) -> list[Array]:
    """Stationary distribution with n requests inside, a level for each number of calls in progress."""
    up, within, down = [], [], []
    worlds = slices.own_per_s.size
    for calls in range(n + 1):
        size = n - calls + 1 if away else 1
        served = min(calls, slices.connection_count)
        e = np.arange(size)
        own = n - calls - e
        share = slices.job_rate[own + served]
        start = own[:, None] * share * slices.own_per_s
        local = np.zeros((size, size, worlds))
        local[e[1:], e[:-1]] = slices.away_per_s[1:size]
        local[e[:-1], e[1:]] = (start * slices.away_ratio)[:-1]
        within.append(local)
        if calls < n:
            smaller = size - 1 if away else 1
            leave = np.zeros((size, smaller, worlds))
            leave[e[:smaller], e[:smaller]] = (start * slices.call_ratio)[:smaller]
            up.append(leave)
        if calls:
            larger = size + 1 if away else 1
            back = np.zeros((size, larger, worlds))
            back[e, e] = served * share * slices.call_per_s
            down.append(back)
    return level_chain(up, within, down)
