"""Open chain without a pool: every station on its own, as Jackson's theorem allows; Erlang's C formula."""

from dataclasses import dataclass

import numpy as np

from capplan.markov import SATURATION_RATIO
from capplan.network import Array, Network
from capplan.product_form import job_rate
from capplan.response_tail import no_wait
from capplan.solution import Solution, class_residence, unstable_as_infinite


def solve_open_stations(network: Network) -> Solution:
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
    solution = Solution(
        solver="open_stations",
        network=network,
        throughput_per_s=throughput,
        queue_length=queue,
        residence_s=class_residence(network, residence),
        pool_wait_s=np.zeros_like(arrivals),
        busy_workers=queue.sum(axis=1),
        connection_wait_s=np.zeros_like(arrivals),
        permanent_erlangs=permanent,
        wait=no_wait(network.worlds),
        stable=stable,
    )
    return unstable_as_infinite(solution)


def erlang_c(server_count: Array, offered_erlangs: Array) -> Array:
    """P(an arrival waits) in M/M/c, Erlang's C formula through the recursion of his B formula.

    Parameters
    ----------
    server_count, offered_erlangs
        Same shape; 1 where the servers cannot carry the offered load.
    """
    blocked = np.ones_like(offered_erlangs)
    for servers in range(1, int(np.max(server_count)) + 1):
        step = offered_erlangs * blocked / (servers + offered_erlangs * blocked)
        blocked = np.where(servers <= server_count, step, blocked)
    busy = offered_erlangs / server_count
    waits: Array = np.where(busy < 1.0, blocked / (1.0 - np.minimum(busy, 1.0) * (1.0 - blocked)), 1.0)
    return waits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QueueWait:
    """Wait in an M/M/c queue, first come first served; all arrays share one shape.

    Attributes
    ----------
    wait_probability_ratio
        P(wait > 0).
    drain_rate_per_s
        Rate of the exponential wait of those who wait; 0 where the queue is not stable.
    """

    wait_probability_ratio: Array
    drain_rate_per_s: Array

    @property
    def mean_s(self) -> Array:
        """Mean wait over all arrivals, infinite where not stable."""
        mean = np.full_like(self.drain_rate_per_s, np.inf)
        return np.divide(
            self.wait_probability_ratio, self.drain_rate_per_s, out=mean, where=self.drain_rate_per_s > 0.0
        )

    def percentile_s(self, q: float) -> Array:
        """Wait that a share q of the arrivals does not exceed, infinite where not stable.

        Raises
        ------
        ValueError
            q is not inside (0, 1).
        """
        if not 0.0 < q < 1.0:
            raise ValueError(f"q must lie between 0 and 1, not {q}")
        depth = np.log(np.maximum(self.wait_probability_ratio / (1.0 - q), 1.0))
        wait = np.full_like(self.drain_rate_per_s, np.inf)
        return np.divide(depth, self.drain_rate_per_s, out=wait, where=self.drain_rate_per_s > 0.0)


def m_m_c(arrival_rate_per_s: Array, service_time_s: Array, server_count: Array) -> QueueWait:
    """Wait of M/M/c jobs, first come first served (Erlang 1917).

    Parameters
    ----------
    arrival_rate_per_s, service_time_s, server_count
        Same shape, positive.
    """
    offered = arrival_rate_per_s * service_time_s
    drain = np.maximum(server_count / service_time_s - arrival_rate_per_s, 0.0)
    return QueueWait(wait_probability_ratio=erlang_c(server_count, offered), drain_rate_per_s=drain)
