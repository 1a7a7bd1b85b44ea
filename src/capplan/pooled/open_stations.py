"""Open chain without a pool: every station on its own, as Jackson's theorem allows."""

from functools import cache, partial

import numpy as np

from capplan.birth_death import SATURATION_RATIO, birth_death
from capplan.pooled.network import Array, BoolArray, PooledNetwork
from capplan.pooled.product_form import chain_table, job_rate
from capplan.pooled.response_tail import no_wait
from capplan.pooled.solution import PooledSolution, class_residence, unstable_as_infinite
from capplan.pooled.time_inside import InsideLaw, company, inside_law

_MOST_PRESENT = 128


def solve_open_stations(network: PooledNetwork) -> PooledSolution:
    """Solve each station as M/M/c with its background and permanent jobs (Jackson 1963, BCMP 1975).

    The chain is open traffic like the background, so that a request's residence is its demand divided by
    the rate of one job on top of all of that.

    Raises
    ------
    ValueError
        The network is closed or has a pool.
    """
    if network.arrival_rate_per_s is None or network.pool is not None:
        raise ValueError("arrival_rate_per_s: the open solver needs an open chain without a pool")
    arrivals, demand = network.arrival_rate_per_s, network.chain_demand_s
    residence, permanent = demand.copy(), np.zeros_like(demand)
    limit = np.full_like(arrivals, np.inf)
    for k, station in enumerate(network.stations):
        if station.kind == "delay":
            continue
        jobs = station.permanent_jobs
        room = np.maximum(station.server_count - station.background_erlangs, 0.0)
        limit = np.minimum(limit, room / np.maximum(demand[:, k], 1e-300))
        rate = job_rate(station.server_count, station.background_erlangs + arrivals * demand[:, k], jobs + 1)
        residence[:, k] = demand[:, k] / rate[jobs + 1]
        permanent[:, k] = jobs * rate[jobs]
    stable = (arrivals < SATURATION_RATIO * limit) & network.background_fits
    throughput = np.where(stable, arrivals, limit)
    queue = throughput[:, None] * residence
    solution = PooledSolution(
        solver="open_stations",
        network=network,
        throughput_per_s=throughput,
        queue_length=queue,
        residence_s=class_residence(network, residence),
        pool_wait_s=np.zeros_like(arrivals),
        busy_workers=queue.sum(axis=1),
        connection_wait_s=np.zeros_like(arrivals),
        lock_wait_s=np.zeros_like(arrivals),
        permanent_erlangs=permanent,
        wait=no_wait(network.worlds),
        law=cache(partial(_followed, network, arrivals, stable, queue.sum(axis=1))),
        stable=stable,
    )
    return unstable_as_infinite(solution)


def _followed(network: PooledNetwork, arrivals: Array, stable: BoolArray, queue: Array) -> InsideLaw:
    """Follow a request among all that are inside; where more are than can be followed, those are the fewest."""
    mean = float(np.max(np.where(stable, queue, 0.0)))
    most = min(int(10.0 * mean + 20.0), _MOST_PRESENT)
    inside = chain_table(network.stations, network.chain_demand_s, most)
    rate = inside.throughput_per_s[1:]
    coming = np.broadcast_to(np.where(stable, arrivals, 0.5 * rate[0]), rate.shape)
    return inside_law(network, inside, company(birth_death(coming, rate)[:-1], coming, most))
