"""The queueing network: stations that serve, pools that admit, operations that hold and call, sources that ask.

An operation is what a request does: it takes a place in its pool, if it has one, and keeps it while it alternates
slices of its own code with visits to other stations and calls of other operations. After each slice it chooses among
its visits, its calls and its end in proportion to their mean numbers, the end counting as one, so that the numbers are
geometric and the slices one more than they. Each slice lasts the operation's own service time divided by the mean
number of slices. This is the layered network of Woodside, Neilson, Petriu and Majumdar 1995 ("stochastic rendezvous
network"), with tasks as pools, entries as operations and processors as stations.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate, pairwise
from math import isfinite
from typing import NamedTuple, NoReturn

from capplan.errors import InputError
from capplan.network_parts import Discipline, Operation, Pool, Source, Station, Visit
from capplan.time_law import TimeLaw

_CLOSE = 1e-9


class RequestClass(NamedTuple):
    """Requests of one source for one operation; the unit in which everything is told."""

    source: Source
    operation: Operation

    @property
    def name(self) -> str:
        """The operation's name, after the source's."""
        return f"{self.source.name}.{self.operation.name}"

    @property
    def share(self) -> float:
        """Its part among the source's requests."""
        return self.source.mix[self.operation.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Stations, pools, operations and sources that fit one another.

    Raises
    ------
    InputError
        A name is used twice or not known, a number is impossible, calls go round in a circle or take a pool again that
        is already held, or a source asks for nothing. Its place is the path of the value, as in ``pools.web.size``.
    """

    stations: tuple[Station, ...]
    operations: tuple[Operation, ...]
    sources: tuple[Source, ...]
    pools: tuple[Pool, ...] = ()

    def __post_init__(self) -> None:
        """Check every part against the others."""
        _check_stations(self)
        _check_pools(self)
        _check_operations(self)
        _check_processes(self)
        _check_sources(self)
        _check_calls(self)

    @property
    def classes(self) -> tuple[RequestClass, ...]:
        """All request classes: sources in order, and their operations in the order of their mix."""
        return tuple(
            RequestClass(source, self.operation(name)) for source in self.sources for name in source.mix
        )

    @property
    def class_slices(self) -> tuple[slice, ...]:
        """Which of all classes are each source's."""
        ends = list(accumulate((len(each.mix) for each in self.sources), initial=0))
        return tuple(slice(first, end) for first, end in pairwise(ends))

    def operation(self, name: str) -> Operation:
        """Return an operation by its name."""
        return next(each for each in self.operations if each.name == name)

    def station_index(self, name: str) -> int:
        """Return the position of a station."""
        return next(k for k, each in enumerate(self.stations) if each.name == name)

    def pool_index(self, name: str) -> int:
        """Return the position of a pool."""
        return next(k for k, each in enumerate(self.pools) if each.name == name)


def _refuse(place: str, found: object, expected: str, remedy: str = "correct it") -> NoReturn:
    raise InputError(
        place, found=repr(found) if isinstance(found, str) else f"{found}", expected=expected, remedy=remedy
    )


def _positive(place: str, value: float, *, least: float | None = None) -> None:
    """Refuse what is not a finite number above 0, or at least ``least`` where that is given."""
    if least is None and not (isfinite(value) and value > 0.0):
        _refuse(place, value, "a number above 0")
    if least is not None and not (isfinite(value) and value >= least):
        _refuse(place, value, f"a number of at least {least:g}")


def _known(place: str, name: str, names: Iterable[str]) -> None:
    if name not in (known := list(names)):
        _refuse(place, name, f"one of {', '.join(known) or 'none'}", "name one that exists, or describe it")


def _once(place: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            _refuse(place, name, "every name once", "rename one of them")


def _check_law(place: str, law: TimeLaw) -> None:
    expected = law.fault()
    if expected is not None:
        _refuse(f"{place}.law", law.variance_ratio, f"as variance_ratio of a {law.kind} time {expected}")


def _check_stations(network: Network) -> None:
    if not network.stations:
        _refuse("stations", "none", "at least one station", "describe one")
    _once("stations", [each.name for each in network.stations])
    for station in network.stations:
        place = f"stations.{station.name}"
        _positive(f"{place}.server_count", station.server_count, least=1)
        _once(f"{place}.groups", [each.name for each in station.groups])
        if station.groups and station.discipline is not Discipline.SHARED:
            _refuse(
                f"{place}.groups", "groups", f"none, as it is {station.discipline}", "make the station shared"
            )
        for group in station.groups:
            if not group.limit_cores > 0.0:
                _refuse(f"{place}.groups.{group.name}.limit_cores", group.limit_cores, "a number above 0")
            _positive(f"{place}.groups.{group.name}.weight", group.weight)


def _check_pools(network: Network) -> None:
    _once("pools", [each.name for each in network.pools])
    called = {name for each in network.operations for name in each.calls}
    for pool in network.pools:
        _positive(f"pools.{pool.name}.size", pool.size, least=1)
        if pool.queue_limit is None:
            continue
        _positive(f"pools.{pool.name}.queue_limit", pool.queue_limit, least=0)
        inner = [each.name for each in network.operations if each.pool == pool.name and each.name in called]
        if inner:
            remedy = "leave it out: only whole requests can be turned away"
            _refuse(
                f"pools.{pool.name}.queue_limit", pool.queue_limit, f"none, as {inner[0]} is called", remedy
            )


def _check_operations(network: Network) -> None:
    _once("operations", [each.name for each in network.operations])
    for operation in network.operations:
        place = f"operations.{operation.name}"
        own = Visit(
            station=operation.station, service_s=operation.service_s, law=operation.law, group=operation.group
        )
        _check_visit(network, place, own)
        if operation.pool is not None:
            _known(f"{place}.pool", operation.pool, (each.name for each in network.pools))
        for number, visit in enumerate(operation.visits):
            _check_visit(network, f"{place}.visits.{number}", visit)
            _positive(f"{place}.visits.{number}.count", visit.count)
        for name, count in operation.calls.items():
            _known(f"{place}.calls", name, (each.name for each in network.operations))
            _positive(f"{place}.calls.{name}", count)


def _check_processes(network: Network) -> None:
    """Refuse processes of unequal size, and a lock under which code would run anywhere but on one shared station."""
    shared = {each.name for each in network.stations if each.discipline is Discipline.SHARED}
    for pool in network.pools:
        if pool.processes is None:
            continue
        place = f"pools.{pool.name}.processes"
        _positive(place, pool.processes, least=1)
        if pool.size % pool.processes:
            expected = f"a divisor of the pool's size, {pool.size}"
            _refuse(place, pool.processes, expected, "give every process as many members")
        run_at = sorted(
            {(each.station, each.group or "") for each in network.operations if each.pool == pool.name}
        )
        if len(run_at) > 1 or not shared.issuperset(station for station, _ in run_at):
            found = " and ".join(f"{station}.{group}" if group else station for station, group in run_at)
            expected = "own code of the pool's operations at one shared station, in one group"
            _refuse(place, found, expected, "let it run there, or leave processes out")


def _check_visit(network: Network, place: str, visit: Visit) -> None:
    _known(f"{place}.station", visit.station, (each.name for each in network.stations))
    _positive(f"{place}.service_s", visit.service_s)
    _check_law(place, visit.law)
    if visit.group is not None:
        station = network.stations[network.station_index(visit.station)]
        _known(f"{place}.group", visit.group, (each.name for each in station.groups))


def _check_sources(network: Network) -> None:
    if not network.sources:
        _refuse("sources", "none", "at least one source of requests", "describe one")
    _once("sources", [each.name for each in network.sources])
    for source in network.sources:
        place = f"sources.{source.name}"
        for name, share in source.mix.items():
            _known(f"{place}.mix", name, (each.name for each in network.operations))
            _positive(f"{place}.mix.{name}", share)
        if abs(sum(source.mix.values()) - 1.0) > _CLOSE:
            _refuse(
                f"{place}.mix", f"{sum(source.mix.values()):g}", "shares that sum to 1", "correct the shares"
            )
        if (source.population is None) == (source.arrival_rate_per_s is None):
            found = "neither" if source.population is None else "both"
            _refuse(
                place,
                f"{found} of population and arrival_rate_per_s",
                "one of them",
                "keep the one that is meant",
            )
        if source.population is not None:
            _positive(f"{place}.population", source.population, least=1)
        if source.arrival_rate_per_s is not None:
            _positive(f"{place}.arrival_rate_per_s", source.arrival_rate_per_s)
        _positive(f"{place}.think_time_s", source.think_time_s, least=0.0)
        _check_law(place, source.law)
        if source.population is not None and source.think_time_s == 0.0:
            limited = {each.name for each in network.pools if each.queue_limit is not None}
            if turned := {network.operation(name).pool for name in source.mix} & limited:
                expected = (
                    f"a think time, as {turned.pop()} turns users away who would ask again at once, for ever"
                )
                _refuse(f"{place}.think_time_s", source.think_time_s, expected, "give them time to think")


def _check_calls(network: Network) -> None:
    """Follow every path of calls: none may come back to itself, or take a pool that is held further up.

    Nor may requests that hold one pool wait for another while others do the reverse: all might wait for ever.
    """
    before: dict[str, set[str]] = {}
    for source in network.sources:
        for name in source.mix:
            for path in _paths(network, (name,)):
                last = network.operation(path[-1])
                held = [network.operation(each).pool for each in path[:-1]]
                if last.pool is not None and last.pool in held:
                    expected = f"a pool that is not held already (by {path[held.index(last.pool)]})"
                    _refuse(f"operations.{last.name}.pool", last.pool, expected, "give it a pool of its own")
                if last.pool is not None:
                    before.setdefault(last.pool, set()).update(each for each in held if each is not None)
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        _refuse(
            "pools", circle, "pools taken in one order, or all may wait for ever", "take them in one order"
        )


def _paths(network: Network, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    for name in network.operation(path[-1]).calls:
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            _refuse(f"operations.{path[-1]}.calls", circle, "calls that come to an end", "break the circle")
        yield from _paths(network, (*path, name))
