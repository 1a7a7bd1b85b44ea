"""Closed chain without a pool: exact product form, the stations as one flow-equivalent server."""

from functools import cache, partial

import numpy as np

from capplan.birth_death import finite_source, found_by_users
from capplan.pooled.network import Array, PooledNetwork
from capplan.pooled.product_form import chain_table
from capplan.pooled.response_tail import no_wait
from capplan.pooled.solution import PooledSolution, class_residence, unstable_as_infinite
from capplan.pooled.time_inside import InsideLaw, inside_law, users


def solve_closed(network: PooledNetwork) -> PooledSolution:
    """Solve by convolution (Buzen 1973), the queueing stations first, think time and delays around them.

    The stations seen from outside serve n requests with rate X(n) (Chandy, Herzog and Woo 1975); for a
    product-form network this is exact. It avoids the mean-value recursion over marginal probabilities,
    which is unstable for several servers.

    Raises
    ------
    ValueError
        The network is open or has a pool.
    """
    if network.population is None or network.think_time_s is None or network.pool is not None:
        raise ValueError("population: the closed solver needs a closed chain without a pool")
    population, think, demand = network.population, network.think_time_s, network.chain_demand_s
    queueing = [k for k, station in enumerate(network.stations) if station.kind == "queueing"]
    away = think + demand.sum(axis=1) - demand[:, queueing].sum(axis=1)
    permanent = np.zeros_like(demand)
    if queueing:
        shared = [network.stations[k] for k in queueing]
        table = chain_table(shared, demand[:, queueing], int(population.max()))
        present = finite_source(population, away, table.throughput_per_s[1:])
        throughput = np.sum(present * table.throughput_per_s, axis=0)
        queue = throughput[:, None] * demand
        queue[:, queueing] = np.einsum("nw,knw->wk", present, table.queue_length)
        permanent[:, queueing] = np.einsum("nw,knw->wk", present, table.permanent_erlangs)
    else:
        throughput = population / away
        queue = throughput[:, None] * demand
    stable = network.background_fits
    solution = PooledSolution(
        solver="closed",
        network=network,
        throughput_per_s=np.where(stable, throughput, 0.0),
        queue_length=queue,
        residence_s=class_residence(network, queue / throughput[:, None]),
        pool_wait_s=np.zeros_like(think),
        busy_workers=queue.sum(axis=1),
        connection_wait_s=np.zeros_like(think),
        lock_wait_s=np.zeros_like(think),
        permanent_erlangs=permanent,
        wait=no_wait(network.worlds),
        law=cache(partial(_followed, network, population, think)),
        stable=stable,
    )
    return unstable_as_infinite(solution)


def _followed(network: PooledNetwork, population: Array, think_time_s: Array) -> InsideLaw:
    """Follow a request, all stations together as the inside."""
    most = int(population.max())
    inside = chain_table(network.stations, network.chain_demand_s, most)
    present = finite_source(population, think_time_s, inside.throughput_per_s[1:])
    found = found_by_users(present, population)
    return inside_law(network, inside, users(found, population, think_time_s, most))
