"""One world of a pooled network in the words of the general one, so that every solver can judge it."""

from capplan.network import Network
from capplan.network_parts import Discipline, Operation, Pool, Source, Station, Visit
from capplan.pooled.network import PooledNetwork

_LEAST_S = 1e-9


def one_world(network: PooledNetwork, world: int) -> Network:
    """Return the network of one world; its first classes are those of the chain, in order.

    Open traffic in the background asks for as long as a request of the chain does, each time; so do permanent jobs,
    which come back at once.
    """
    stations = tuple(_station(network, k, world) for k in range(len(network.stations)))
    operations, sources = _own(network, world)
    for k, station in enumerate(network.stations):
        if station.kind == "delay":
            continue
        service_s = max(float(network.chain_demand_s[world, k]), _LEAST_S)
        erlangs = float(station.background_erlangs[world])
        if erlangs > 0.0:
            name = f"background of {station.name}"
            operations.append(Operation(name=name, station=station.name, service_s=service_s))
            sources.append(Source(name=name, mix={name: 1.0}, arrival_rate_per_s=erlangs / service_s))
        if station.permanent_jobs:
            name = f"jobs at {station.name}"
            operations.append(Operation(name=name, station=station.name, service_s=service_s))
            sources.append(Source(name=name, mix={name: 1.0}, population=station.permanent_jobs))
    return Network(
        stations=stations, operations=tuple(operations), sources=tuple(sources), pools=_pools(network)
    )


def _station(network: PooledNetwork, k: int, world: int) -> Station:
    """Return a station; servers without end, where code under locks is to share them, are one for every worker."""
    station = network.stations[k]
    if station.kind == "queueing":
        return Station(name=station.name, server_count=int(station.server_count[world]))
    if k == 0 and network.pool is not None and network.pool.locks is not None:
        return Station(name=station.name, server_count=network.pool.worker_count)
    return Station(name=station.name, discipline=Discipline.DELAY)


def _own(network: PooledNetwork, world: int) -> tuple[list[Operation], list[Source]]:
    """Return the operations of the chain's classes, their calls after them, and their source."""
    requests, calls = [], []
    pool = network.pool
    connections = pool.connections if pool is not None else None
    first = network.stations[0].name
    for r, name in enumerate(network.class_names):
        demand = network.service_demand_s[world, r]
        own_s, asks = float(demand[0]), {}
        if connections is not None and connections.held_demand_s[world] > 0.0:
            held_s = own_s * float(connections.held_demand_s[world] / network.chain_demand_s[world, 0])
            count = float(connections.calls_per_request[world])
            call = Operation(
                name=f"{name}: {connections.name}",
                station=first,
                service_s=max(held_s / count, _LEAST_S),
                pool=connections.name,
            )
            calls.append(call)
            asks, own_s = {call.name: count}, own_s - held_s
        elsewhere_s = demand.copy()
        elsewhere_s[0] = min(own_s, float(demand[0]) * _unlocked_share(network, world))
        own_s -= float(elsewhere_s[0])
        visits = tuple(
            Visit(
                station=station.name,
                count=float(network.visits_per_request[world, k]),
                service_s=float(elsewhere_s[k] / network.visits_per_request[world, k]),
            )
            for k, station in enumerate(network.stations)
            if elsewhere_s[k] > 0.0
        )
        requests.append(
            Operation(
                name=name,
                station=first,
                service_s=max(own_s, _LEAST_S),
                pool=None if pool is None else pool.name,
                visits=visits,
                calls=asks,
            )
        )
    return [*requests, *calls], [_source(network, world)]


def _unlocked_share(network: PooledNetwork, world: int) -> float:
    """Return the share of a request's work at the cores under no lock, where there are locks, and no connection."""
    if network.pool is None or network.pool.locks is None:
        return 0.0
    connections = network.pool.connections
    held_s = 0.0 if connections is None else connections.held_demand_s[world]
    accounted_s = network.pool.locks.locked_demand_s[world] + held_s
    return max(0.0, 1.0 - float(accounted_s / network.chain_demand_s[world, 0]))


def _source(network: PooledNetwork, world: int) -> Source:
    shares = network.class_shares[world]
    mix = {name: float(share) for name, share in zip(network.class_names, shares, strict=True) if share > 0.0}
    if network.arrival_rate_per_s is not None:
        return Source(name="requests", mix=mix, arrival_rate_per_s=float(network.arrival_rate_per_s[world]))
    if network.population is None or network.think_time_s is None:
        raise ValueError("population: neither population and think_time_s nor arrival_rate_per_s")
    return Source(
        name="requests",
        mix=mix,
        population=int(network.population[world]),
        think_time_s=float(network.think_time_s[world]),
    )


def _pools(network: PooledNetwork) -> tuple[Pool, ...]:
    if network.pool is None:
        return ()
    locks, size = network.pool.locks, network.pool.worker_count
    own = Pool(name=network.pool.name, size=size, processes=None if locks is None else size // locks.seats)
    connections = network.pool.connections
    if connections is None:
        return (own,)
    return (own, Pool(name=connections.name, size=connections.connection_count))
