"""The parts of a request inside a pool whose connections are scarcer than its workers.

A request alternates slices of its own code with calls that hold a connection, both on the first station's
servers, and with visits to one station elsewhere: all delay stations together, or one more queueing
station. Slices and calls are exponential and their number geometric.
"""

from dataclasses import dataclass

import numpy as np

from capplan.errors import NoSolutionError
from capplan.pooled.network import Array, ConnectionPool, PooledNetwork
from capplan.pooled.product_form import chain_rate, job_rate

# The share of a demand that counts as none, so that rates stay finite.
_LEAST_SHARE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slices:
    """Rates of the parts of a request; all (worlds,) but the tables over a number of requests."""

    connection_count: int
    call_ratio: Array  # chance that a slice of own code is followed by a call
    away_ratio: Array  # ... by a visit elsewhere
    own_per_s: Array
    call_per_s: Array
    away_per_s: Array  # (top + 1, worlds): completions with e requests elsewhere
    job_rate: Array  # (top + 1, worlds): servers per job with n requests at the first station


def places_elsewhere(network: PooledNetwork) -> list[int]:
    """Find the stations besides the first that requests visit.

    Raises
    ------
    NoSolutionError
        They are both delay stations and another queueing station, or two more queueing stations.
    """
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


def slices_of(network: PooledNetwork, connections: ConnectionPool, places: list[int], top: int) -> Slices:
    """Cut a request into its parts, beside up to ``top`` requests inside."""
    demand, first = network.chain_demand_s, network.stations[0]
    calls, cpu = connections.calls_per_request, np.maximum(demand[:, 0], 1e-300)
    away_demand = demand[:, places].sum(axis=1)
    visits = np.where(demand[:, places] > 0.0, network.visits_per_request[:, places], 0.0).sum(axis=1)
    count = 1.0 + calls + visits
    own = np.maximum(demand[:, 0] - connections.held_demand_s, _LEAST_SHARE * cpu)
    held = np.where(calls > 0.0, np.maximum(connections.held_demand_s, _LEAST_SHARE * cpu), cpu)
    number = np.arange(top + 1.0)[:, None] * np.ones_like(calls)
    if places:
        number = chain_rate(network.stations[places[0]], top)
    share = job_rate(first.server_count, first.background_erlangs, top + first.permanent_jobs)
    return Slices(
        connection_count=connections.connection_count,
        call_ratio=calls / count,
        away_ratio=visits / count,
        own_per_s=count / own,
        call_per_s=np.where(calls > 0.0, calls, 1.0) / held,
        away_per_s=number * np.where(visits > 0.0, visits / np.maximum(away_demand, 1e-300), 1.0 / cpu),
        job_rate=share[first.permanent_jobs :],
    )
