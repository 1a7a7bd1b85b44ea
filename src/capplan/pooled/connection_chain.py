"""Requests inside a pool whose connections are scarcer than its workers, as an exact Markov chain.

The state is (calls in progress or waiting for a connection, requests elsewhere).
"""

import numpy as np

from capplan.pooled.level_chain import level_chain
from capplan.pooled.network import Array, ConnectionPool, PooledNetwork
from capplan.pooled.product_form import ChainTable, permanent_rate
from capplan.pooled.slices import Slices, places_elsewhere, slices_of


def connection_table(network: PooledNetwork, connections: ConnectionPool, top: int) -> ChainTable:
    """Solve the inside of the pool for n = 1..top requests.

    Raises
    ------
    NoSolutionError
        Requests visit both delay stations and another queueing station, or two more queueing stations.
    """
    elsewhere = places_elsewhere(network)
    slices = slices_of(network, connections, elsewhere, top)
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


def _levels(slices: Slices, n: int, *, away: bool) -> list[Array]:
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
