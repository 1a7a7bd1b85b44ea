"""network_file: a queueing network as written in a TOML or JSON file."""

import json
from math import inf
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from capplan.errors import InputError
from capplan.network import Network
from capplan.network_parts import Discipline, Group, Operation, Pool, Source, Station, Visit
from capplan.part import Name, Part, read_time
from capplan.time_law import TimeKind, TimeLaw
from capplan.toml_document import DocumentKind, checked, parse_toml, read_text

KIND = DocumentKind("network file", remedy="see docs/reference/network.md", missing="check the name")


Time = Annotated[
    float,
    BeforeValidator(lambda raw: read_time(raw, "60 ms")),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"const": 0}], "examples": ["60 ms"]}),
]
"""Seconds, written with a unit."""


class LawTable(Part):
    """The shape of times whose mean stands beside it."""

    kind: TimeKind
    """The family."""
    variance_ratio: Annotated[float, Field(ge=0)] | None = None
    """Variance over squared mean; exponential and deterministic times have no choice."""

    def value(self) -> TimeLaw:
        """Return it as the network has it."""
        given = self.variance_ratio
        natural = {TimeKind.EXPONENTIAL: 1.0, TimeKind.DETERMINISTIC: 0.0}.get(self.kind, -1.0)
        return TimeLaw(kind=self.kind, variance_ratio=natural if given is None else given)


_EXPONENTIAL = LawTable(kind=TimeKind.EXPONENTIAL)


class GroupTable(Part):
    """Work that shares a station's servers as one, such as a container."""

    limit: Annotated[float, Field(gt=0)] | None = None
    """Most servers it uses at once; left out: no limit."""
    weight: Annotated[float, Field(gt=0)] = 1.0
    """Its part, beside the other groups' weights, of servers that are short."""


class StationTable(Part):
    """A place where requests are served."""

    discipline: Discipline = Discipline.SHARED
    """shared (processor sharing), first-come, priority (not interrupting), or delay (never a queue)."""
    servers: Annotated[int, Field(ge=1)] = 1
    """How many requests it serves at full speed; a delay station has no end of them."""
    groups: dict[Name, GroupTable] = {}
    """Of a shared station: limits and weights of containers on it."""


class PoolTable(Part):
    """Workers, threads or connections."""

    size: Annotated[int, Field(ge=1)]
    """How many there are."""
    queue_limit: Annotated[int, Field(ge=0)] | None = None
    """Most requests that may wait for one; others are turned away. Left out: there is always room."""
    processes: Annotated[int, Field(ge=1)] | None = None
    """Processes they belong to; in each, an interpreter's lock lets one at a time run own code. Left out: no lock."""


class VisitTable(Part):
    """Service at another station, asked for by an operation's own code."""

    station: Name
    """Where."""
    count: Annotated[float, Field(gt=0)] = 1.0
    """Mean number of visits for each time the operation runs."""
    service: Time
    """Mean service time of one visit."""
    law: LawTable = _EXPONENTIAL
    """Shape of one visit's time."""
    group: Name | None = None
    """Group at that station."""


class OperationTable(Part):
    """What is done for a request."""

    station: Name
    """Where its own code runs."""
    service: Time
    """Mean service time of its own code, all of it together."""
    law: LawTable = _EXPONENTIAL
    """Shape of one slice of it, between two visits or calls."""
    group: Name | None = None
    """Group at that station."""
    pool: Name | None = None
    """Pool of which it holds a member from its admission to its end."""
    visits: tuple[VisitTable, ...] = ()
    """Services elsewhere, between slices of its own code."""
    calls: dict[Name, Annotated[float, Field(gt=0)]] = {}
    """Mean number of calls of other operations, between slices of its own code."""


class SourceTable(Part):
    """Those who ask: users (population and think_time) or arrivals (arrival_rate_per_s)."""

    mix: dict[Name, Annotated[float, Field(gt=0)]]
    """Share of each operation among its requests; together 1."""
    population: Annotated[int, Field(ge=1)] | None = None
    """Users, each asking again after thinking."""
    think_time: Time = 0.0
    """Mean time between an answer and the next request."""
    arrival_rate_per_s: Annotated[float, Field(gt=0)] | None = None
    """Requests per second that come by themselves."""
    law: LawTable = _EXPONENTIAL
    """Shape of think times, or of times between arrivals."""
    priority: int = 0
    """At stations that serve by priority, a smaller number goes first."""


class NetworkFile(Part):
    """The whole file."""

    stations: Annotated[dict[Name, StationTable], Field(min_length=1)]
    """Places where requests are served."""
    pools: dict[Name, PoolTable] = {}
    """What requests hold while they are worked on."""
    operations: Annotated[dict[Name, OperationTable], Field(min_length=1)]
    """What is done for requests."""
    sources: Annotated[dict[Name, SourceTable], Field(min_length=1)]
    """Where requests come from."""


def read_network(path: Path) -> Network:
    """Read a network from a TOML file, or a JSON file by its name's end.

    Raises
    ------
    InputError
        If it cannot be read, or something in it is wrong.
    """
    text = read_text(path, KIND)
    table = _parse_json(text, str(path)) if path.suffix == ".json" else parse_toml(text, str(path), KIND)
    document = checked(NetworkFile, table, str(path), KIND)
    try:
        return network_of(document)
    except InputError as error:
        place = f"{path}: {error.place}"
        raise InputError(place, found=error.found, expected=error.expected, remedy=error.remedy) from error


def _parse_json(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(
            name, found=f"text that is not JSON ({error})", expected="a JSON document", remedy=KIND.remedy
        ) from error
    if not isinstance(found, dict):
        raise InputError(name, found="no table", expected="a JSON object", remedy=KIND.remedy)
    return found


def network_of(document: NetworkFile) -> Network:
    """Return the network that a file describes; raises InputError where its parts do not fit."""
    return Network(
        stations=tuple(
            Station(
                name=name,
                discipline=each.discipline,
                server_count=each.servers,
                groups=tuple(
                    Group(
                        name=group, limit_cores=inf if part.limit is None else part.limit, weight=part.weight
                    )
                    for group, part in each.groups.items()
                ),
            )
            for name, each in document.stations.items()
        ),
        pools=tuple(
            Pool(name=name, size=each.size, queue_limit=each.queue_limit, processes=each.processes)
            for name, each in document.pools.items()
        ),
        operations=tuple(_operation(name, each) for name, each in document.operations.items()),
        sources=tuple(
            Source(
                name=name,
                mix=each.mix,
                population=each.population,
                think_time_s=each.think_time,
                arrival_rate_per_s=each.arrival_rate_per_s,
                law=each.law.value(),
                priority=each.priority,
            )
            for name, each in document.sources.items()
        ),
    )


def _operation(name: str, table: OperationTable) -> Operation:
    return Operation(
        name=name,
        station=table.station,
        service_s=table.service,
        law=table.law.value(),
        group=table.group,
        pool=table.pool,
        visits=tuple(
            Visit(
                station=each.station,
                count=each.count,
                service_s=each.service,
                law=each.law.value(),
                group=each.group,
            )
            for each in table.visits
        ),
        calls=table.calls,
    )
