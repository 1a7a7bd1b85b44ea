"""What a queueing network is made of: stations that serve, pools that admit, operations that hold and call, sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

from capplan.time_law import EXPONENTIAL, TimeLaw


class Discipline(StrEnum):
    """Which of those present a station serves."""

    SHARED = "shared"
    """All of them, sharing the servers evenly: processor sharing, as the kernel of an operating system does."""
    FIRST_COME = "first-come"
    """The first that came, to the end, one on each server."""
    PRIORITY = "priority"
    """As first-come, but whoever waits in a more urgent class goes before; nobody in service is interrupted."""
    DELAY = "delay"
    """All of them at full speed: there is always another server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Work that shares a station's servers as one: a container on a host.

    Attributes
    ----------
    limit_cores
        Most servers the group uses at once; infinite: no limit.
    weight
        Its part, beside the weights of the other groups, of servers that are short. Work in no group forms one group
        of weight 1 of its own.
    """

    name: str
    limit_cores: float = inf
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A place where requests are served; a delay station ignores ``server_count``."""

    name: str
    discipline: Discipline = Discipline.SHARED
    server_count: int = 1
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Workers, threads or connections, of which an operation holds one from its admission to its end.

    Attributes
    ----------
    queue_limit
        Most that may wait; whoever comes then is turned away. None: there is always room to wait.
    processes
        How many processes the members belong to, as many to each, where an interpreter's lock lets one member of a
        process at a time run its operation's own code. Whoever is admitted gets any free member with the same chance.
        The own code that a process has to run shares one thread evenly; visits and calls do not need the lock. None:
        there is no lock.
    """

    name: str
    size: int
    queue_limit: int | None = None
    processes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Service at another station, asked for by an operation's own code.

    Attributes
    ----------
    count
        Mean number of visits for each time the operation runs.
    service_s
        Mean service time of one visit.
    """

    station: str
    count: float = 1.0
    service_s: float
    law: TimeLaw = EXPONENTIAL
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is done for a request: own code at one station, visits to others, calls of other operations.

    Attributes
    ----------
    service_s
        Mean service time of its own code, all slices together, positive.
    law
        The shape of one slice.
    calls
        Mean number of calls of other operations for each time it runs, by their names.
    """

    name: str
    station: str
    service_s: float
    law: TimeLaw = EXPONENTIAL
    group: str | None = None
    pool: str | None = None
    visits: tuple[Visit, ...] = ()
    calls: Mapping[str, float] = field(default_factory=dict)

    @property
    def slice_count(self) -> float:
        """Mean number of slices of own code."""
        return 1.0 + sum(visit.count for visit in self.visits) + sum(self.calls.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Those who ask: a closed source of users who think between requests, or an open source of arrivals.

    Attributes
    ----------
    mix
        Share of each operation among its requests, by its name; the shares sum to 1. Each request draws anew.
    population, think_time_s
        Of a closed source.
    arrival_rate_per_s
        Of an open source.
    law
        The shape of think times, or of times between arrivals (exponential: a Poisson process).
    priority
        Where order follows priority, a smaller number goes first.
    """

    name: str
    mix: Mapping[str, float]
    population: int | None = None
    think_time_s: float = 0.0
    arrival_rate_per_s: float | None = None
    law: TimeLaw = EXPONENTIAL
    priority: int = 0
