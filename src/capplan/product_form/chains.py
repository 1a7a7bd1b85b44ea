"""chains: a product-form network with each source's classes taken together, and its answer told by class again."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isclose

import numpy as np
from numpy.typing import NDArray

from capplan.demands import held_demand_s, runs_per_request, service_demand_s
from capplan.errors import NoSolutionError, UnstableError
from capplan.network import Network
from capplan.network_parts import Discipline, Operation, Source, Station, Visit
from capplan.solution import Array, Solution, Standing
from capplan.time_law import TimeKind, TimeLaw

BoolArray = NDArray[np.bool_]
_SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chains:
    """A network's sources, each as one chain of requests.

    Attributes
    ----------
    closed
        The closed sources, in order.
    users, think_s
        Populations and think times of the closed sources, shape (closed sources,).
    demand_s
        Of a request of each closed source, its classes together, shape (closed sources, stations).
    servers
        Of each station; infinite where nobody ever waits, fractional under a limit, shape (stations,).
    erlangs
        Servers that open sources keep busy, shape (stations,).
    """

    network: Network
    closed: tuple[Source, ...]
    users: Array
    think_s: Array
    demand_s: Array
    servers: Array
    erlangs: Array

    @property
    def queueing(self) -> BoolArray:
        """Whether requests may have to share servers, shape (stations,)."""
        return np.isfinite(self.servers)

    @property
    def room(self) -> Array:
        """Servers that open sources leave, shape (stations,)."""
        room: Array = self.servers - self.erlangs
        return room

    @property
    def away_s(self) -> Array:
        """Time in which a closed source's request or user disturbs nobody, shape (closed sources,)."""
        away: Array = self.think_s + self.demand_s[:, ~self.queueing].sum(axis=1)
        return away


def obstacle(network: Network) -> str | None:
    """Say what keeps a network from having the product form (Baskett, Chandy, Muntz and Palacios 1975), or None."""
    for source in network.sources:
        if source.arrival_rate_per_s is not None and not _exponential(source.law):
            return f"the arrivals of {source.name} are not Poisson"
    asked = _asked(network)
    for station in network.stations:
        served = asked[station.name]
        if station.discipline is Discipline.PRIORITY:
            return f"{station.name} serves by priority"
        if len({each.group for each in served}) > 1:
            return f"{station.name} is divided among groups"
        if station.discipline is Discipline.FIRST_COME and not _alike(served):
            return f"{station.name} serves in order, and times there differ or are not exponential"
    return _scarce_pool(network)


def _exponential(law: TimeLaw) -> bool:
    return law.kind is TimeKind.EXPONENTIAL or (law.kind is TimeKind.ERLANG and law.variance_ratio == 1.0)


def _alike(served: list[Visit]) -> bool:
    """Return whether all times are exponential, with one mean."""
    return all(
        _exponential(each.law) and isclose(each.service_s, served[0].service_s, rel_tol=_SAME)
        for each in served
    )


def _scarce_pool(network: Network) -> str | None:
    """Say for which pool, or for which lock of its processes, requests may have to wait, or None.

    Each holds at most one member of a pool at a time.
    """
    for pool in network.pools:
        if pool.processes is not None and pool.processes < pool.size:
            return f"requests may have to wait for the lock of a process of {pool.name}"
        holders = 0.0
        for source in network.sources:
            run = {name for asked in source.mix for name in runs_per_request(network, asked)}
            if any(network.operation(name).pool == pool.name for name in run):
                holders += inf if source.population is None else source.population
        if holders > pool.size:
            return f"requests may have to wait for {pool.name}"
    return None


def _asked(network: Network) -> dict[str, list[Visit]]:
    """Return, for each station, all that requests ask of it, a slice of own code as a visit."""
    asked: dict[str, list[Visit]] = {each.name: [] for each in network.stations}
    run = {
        name
        for source in network.sources
        for whole in source.mix
        for name in runs_per_request(network, whole)
    }
    for operation in network.operations:
        if operation.name in run:
            for part in (_own_slice(operation), *operation.visits):
                asked[part.station].append(part)
    return asked


def _own_slice(operation: Operation) -> Visit:
    return Visit(
        station=operation.station,
        count=operation.slice_count,
        service_s=operation.service_s / operation.slice_count,
        law=operation.law,
        group=operation.group,
    )


def chains_of(network: Network) -> Chains:
    """Take the classes of each source together.

    Raises
    ------
    NoSolutionError
        The network does not have the product form, or open sources bring more than a station can do.
    """
    found = obstacle(network)
    if found is not None:
        raise NoSolutionError(f"no product form: {found}; use --method markov_chain or simulation.")
    demand = service_demand_s(network)
    erlangs = np.zeros(demand.shape[1])
    closed, means = [], []
    for source, own in zip(network.sources, network.class_slices, strict=True):
        mean = np.array(list(source.mix.values())) @ demand[own]
        if source.arrival_rate_per_s is not None:
            erlangs += source.arrival_rate_per_s * mean
        else:
            closed.append(source)
            means.append(mean)
    demands = np.array(means).reshape(len(closed), demand.shape[1])
    users = np.array([float(each.population or 0) for each in closed])
    asked = _asked(network)
    servers = np.array([_servers(each, asked[each.name]) for each in network.stations])
    _check_room(network, servers, erlangs)
    return Chains(
        network=network,
        closed=tuple(closed),
        users=users,
        think_s=np.array([each.think_time_s for each in closed]),
        demand_s=demands,
        # Where everybody who comes finds a server free nobody waits, unless open requests come as well.
        servers=np.where((erlangs == 0.0) & (servers >= users @ (demands > 0.0)), np.inf, servers),
        erlangs=erlangs,
    )


def _servers(station: Station, served: list[Visit]) -> float:
    """Return the servers that requests get at most: one group alone has the station up to its limit."""
    if station.discipline is Discipline.DELAY:
        return inf
    used = {each.group for each in served}
    return float(
        min([station.server_count, *(each.limit_cores for each in station.groups if each.name in used)])
    )


def _check_room(network: Network, servers: Array, erlangs: Array) -> None:
    for station, there, asked in zip(network.stations, servers, erlangs, strict=True):
        if not asked < there:
            raise UnstableError(
                f"{station.name} has {there:g} servers, and open sources ask for {asked:.4g} "
                "of them: requests pile up for ever; add servers or lower the rates."
            )


def told_by_class(
    chains: Chains,
    flow: Array,
    queue: Array,
    open_stretch: Array,
    *,
    method: str,
    standing: Standing = Standing.EXACT,
    error_ratio: float = 0.0,
    figures: Mapping[str, float] | None = None,
) -> Solution:
    """Give every class its part: at a shared or ordered station residence is in proportion to demand.

    Parameters
    ----------
    flow, queue
        Throughput of each closed source and its numbers at the stations, (sources,) and (sources, stations).
    open_stretch
        How much longer than its demand an open request is at each station, shape (stations,).
    """
    network = chains.network
    demand = service_demand_s(network)
    throughput = np.zeros(demand.shape[0])
    stretched = np.ones_like(demand)
    number = 0
    for source, own in zip(network.sources, network.class_slices, strict=True):
        shares = np.array(list(source.mix.values()))
        if source.arrival_rate_per_s is not None:
            throughput[own] = source.arrival_rate_per_s * shares
            stretched[own] = open_stretch
            continue
        throughput[own] = flow[number] * shares
        asked = flow[number] * chains.demand_s[number]
        stretched[own] = np.divide(queue[number], asked, out=np.ones_like(asked), where=asked > 0.0)
        number += 1
    residence = demand * stretched
    return Solution(
        network=network,
        method=method,
        standing=standing,
        throughput_per_s=throughput,
        response_time_s=residence.sum(axis=1),
        residence_s=residence,
        pool_wait_s=np.zeros((demand.shape[0], len(network.pools))),
        busy_servers=throughput @ demand,
        busy_members=np.einsum("r,rpk,rk->p", throughput, held_demand_s(network), stretched),
        lost_ratio=np.zeros(demand.shape[0]),
        laws=(None,) * demand.shape[0],
        error_ratio=error_ratio,
        figures=figures or {},
    )
