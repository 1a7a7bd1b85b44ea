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
    stations = tuple(
        Station(name=each.name, discipline=Discipline.DELAY)
        if each.kind == "delay"
        else Station(name=each.name, server_count=int(each.server_count[world]))
        for each in network.stations
    )
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
        visits = tuple(
            Visit(
                station=station.name,
                count=float(network.visits_per_request[world, k]),
                service_s=float(demand[k] / network.visits_per_request[world, k]),
            )
            for k, station in enumerate(network.stations)
            if k and demand[k] > 0.0
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
    own = Pool(name=network.pool.name, size=network.pool.worker_count)
    connections = network.pool.connections
    if connections is None:
        return (own,)
    return (own, Pool(name=connections.name, size=connections.connection_count))
