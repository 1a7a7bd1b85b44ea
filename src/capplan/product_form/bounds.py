"""bounds: what no closed source can exceed, whatever the laws, and what one of the product form cannot fall below."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from capplan.demands import held_demand_s, runs_per_request, service_demand_s
from capplan.errors import NoSolutionError
from capplan.network import Network
from capplan.network_parts import Discipline, Operation, Source, Visit
from capplan.product_form.chains import chains_of
from capplan.solution import Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bounds:
    """Bounds of each closed source; shape (closed sources,) each.

    Attributes
    ----------
    most_per_s, least_per_s
        Throughput.
    least_response_s
        Mean response time.
    bottleneck
        Name of the station, group or pool that is busy first if the source has the network for itself; None where
        nothing can be.
    """

    most_per_s: Array
    least_per_s: Array
    least_response_s: Array
    bottleneck: tuple[str | None, ...]


class _Resource(NamedTuple):
    """Something of which there is so much, and how long each class's request needs one of it."""

    name: str
    amount: float
    demand_s: Array


def asymptotic_bounds(network: Network) -> Bounds:
    """Return the bounds of each closed source, whoever else is there (Denning and Buzen 1978; Lazowska et al. 1984).

    X <= min(N / (D + Z), c / D of each station, group under a limit and pool); R >= max(D, N / most - Z). The least
    throughput is N / (N D + Z), of a source that has a network of the product form for itself. Where requests may be
    turned away at one of a source's doors, those done are not mixed as those asked: D is then that of the door where it
    is least, and R >= D alone is sure, as users who are turned away think more often.
    """
    resources = list(_resources(network))
    alone = _alone_s(network)
    most, least, response, bottleneck = [], [], [], []
    for source, own in zip(network.sources, network.class_slices, strict=True):
        if source.population is None:
            continue
        doors, turned_away = _doors(network, source)
        users, think, total = float(source.population), source.think_time_s, float(np.min(doors @ alone[own]))
        needs = [(each, float(np.min(doors @ each.demand_s[own]))) for each in resources]
        room = [(each.amount / need, each.name) for each, need in needs if need > 0.0]
        fastest, narrowest = min(room, default=(np.inf, None), key=lambda pair: pair[0])
        most.append(min(users / (total + think), fastest))
        least.append(users / (think + total * users))
        response.append(total if turned_away else max(total, users / most[-1] - think))
        bottleneck.append(narrowest)
    return Bounds(
        most_per_s=np.array(most),
        least_per_s=np.array(least),
        least_response_s=np.array(response),
        bottleneck=tuple(bottleneck),
    )


def _doors(network: Network, source: Source) -> tuple[Array, bool]:
    """Return how requests are mixed behind each door, (doors, classes), and whether any may be turned away there.

    A door is a pool that requests enter by; where nobody is turned away all are one.
    """
    shares = np.array(list(source.mix.values()))
    pools = [network.operation(name).pool for name in source.mix]
    limited = {each.name for each in network.pools if each.queue_limit is not None}
    if not limited.intersection(pools):
        return shares[None], False
    behind = shares * np.array([[each == pool for each in pools] for pool in dict.fromkeys(pools)])
    return behind / behind.sum(axis=1, keepdims=True), True


def balanced_job_bounds(network: Network) -> Bounds:
    """Return the tighter bounds of one closed source alone, by networks with like stations (Zahorjan et al. 1982).

    c servers are at most as fast as one server c times as fast, and at least as fast as that server with a delay that
    makes up for it (Seidmann, Schweitzer and Shalev-Oren 1987): both follow from the rates at which they serve.

    Raises
    ------
    NoSolutionError
        The network does not have the product form, or there are other sources.
    """
    chains = chains_of(network)
    if len(network.sources) != 1 or not chains.closed:
        raise NoSolutionError("balanced-job bounds are for one closed source alone; use asymptotic bounds.")
    asymptotic = asymptotic_bounds(network)
    users, shared = float(chains.users[0]), chains.queueing
    fast = chains.demand_s[0, shared] / chains.servers[shared]
    total, largest = float(fast.sum()), float(fast.max(initial=0.0))
    if total == 0.0:
        return asymptotic
    away = float(chains.away_s[0])
    slow_away = away + float(np.maximum(chains.demand_s[0, shared] - fast, 0.0).sum())
    mean = total / np.count_nonzero(fast)
    least = users / (total + slow_away + (users - 1.0) * largest / (1.0 + slow_away / (users * total)))
    most = users / (total + away + (users - 1.0) * mean / (1.0 + away / total))
    fastest = min(float(most), float(asymptotic.most_per_s[0]))
    return Bounds(
        most_per_s=np.array([fastest]),
        least_per_s=np.array([least]),
        least_response_s=users / np.array([fastest]) - chains.think_s,
        bottleneck=asymptotic.bottleneck,
    )


def _resources(network: Network) -> Iterator[_Resource]:
    """Give the stations with servers, the groups under a limit, the pools, and the locks of their processes."""
    demand = service_demand_s(network)
    for k, station in enumerate(network.stations):
        if station.discipline is not Discipline.DELAY:
            yield _Resource(station.name, float(station.server_count), demand[:, k])
        for group in station.groups:
            if group.limit_cores < station.server_count:
                within = (station.name, group.name)
                own = {
                    each.name: sum(
                        _time_s(part) for part in _parts(each) if (part.station, part.group) == within
                    )
                    for each in network.operations
                }
                yield _Resource(group.name, group.limit_cores, _per_request(network, own))
    held = held_demand_s(network).sum(axis=2)
    for number, pool in enumerate(network.pools):
        yield _Resource(pool.name, float(pool.size), held[:, number])
        if pool.processes is not None:
            locked = {
                each.name: each.service_s if each.pool == pool.name else 0.0 for each in network.operations
            }
            yield _Resource(pool.name, float(pool.processes), _per_request(network, locked))


def _alone_s(network: Network) -> Array:
    """Return how long each class's request takes with nobody else there, longer under a limit of less than a server."""
    limits = {
        (each.name, group.name): group.limit_cores for each in network.stations for group in each.groups
    }
    own = {
        each.name: sum(
            _time_s(part) / min(1.0, limits.get((part.station, part.group or ""), 1.0))
            for part in _parts(each)
        )
        for each in network.operations
    }
    return _per_request(network, own)


def _parts(operation: Operation) -> tuple[Visit, ...]:
    """Return an operation's visits, its own code as one."""
    own = Visit(station=operation.station, service_s=operation.service_s, group=operation.group)
    return (own, *operation.visits)


def _time_s(visit: Visit) -> float:
    return visit.count * visit.service_s


def _per_request(network: Network, own: Mapping[str, float]) -> Array:
    """Sum what each operation needs over all that a request of each class runs, shape (classes,)."""
    return np.array(
        [
            sum(times * own[name] for name, times in runs_per_request(network, each.operation.name).items())
            for each in network.classes
        ]
    )
