"""Small networks whose answers are known."""

from dataclasses import replace

from capplan.network import Network
from capplan.network_parts import Discipline, Group, Operation, Pool, Source, Station, Visit
from capplan.time_law import EXPONENTIAL, TimeLaw


def single(
    *,
    rate_per_s: float = 0.7,
    service_s: float = 1.0,
    servers: int = 1,
    discipline: Discipline = Discipline.FIRST_COME,
    law: TimeLaw = EXPONENTIAL,
    between: TimeLaw = EXPONENTIAL,
) -> Network:
    """One station with open arrivals."""
    return Network(
        stations=(Station(name="station", discipline=discipline, server_count=servers),),
        operations=(Operation(name="job", station="station", service_s=service_s, law=law),),
        sources=(Source(name="all", mix={"job": 1.0}, arrival_rate_per_s=rate_per_s, law=between),),
    )


def with_another_source(network: Network) -> Network:
    """The network with a station of its own for a source that comes first."""
    return replace(
        network,
        stations=(Station(name="elsewhere"), *network.stations),
        operations=(Operation(name="other", station="elsewhere", service_s=0.3), *network.operations),
        sources=(*network.sources, Source(name="more", mix={"other": 1.0}, population=3, think_time_s=1.0)),
    )


def room_for(most_present: int, *, servers: int, rate_per_s: float, law: TimeLaw = EXPONENTIAL) -> Network:
    """Servers of one second with a queue that turns away, as a pool in front of a delay."""
    return Network(
        stations=(Station(name="station", discipline=Discipline.DELAY),),
        pools=(Pool(name="servers", size=servers, queue_limit=most_present - servers),),
        operations=(Operation(name="job", station="station", service_s=1.0, law=law, pool="servers"),),
        sources=(Source(name="all", mix={"job": 1.0}, arrival_rate_per_s=rate_per_s),),
    )


def one_way_limited(*, population: int | None = None) -> Network:
    """One source, open or closed, whose requests go to a server with room for three or to one with room for all."""
    return Network(
        stations=(Station(name="narrow"), Station(name="wide")),
        pools=(Pool(name="room", size=1, queue_limit=2),),
        operations=(
            Operation(name="limited", station="narrow", service_s=1.0, pool="room"),
            Operation(name="free", station="wide", service_s=0.5),
        ),
        sources=(
            Source(
                name="all",
                mix={"limited": 0.6, "free": 0.4},
                population=population,
                think_time_s=0.0 if population is None else 3.0,
                arrival_rate_per_s=2.0 if population is None else None,
            ),
        ),
    )


def urgent_and_other(law: TimeLaw = EXPONENTIAL) -> Network:
    """Two open classes of which one goes first; the less urgent is told first."""
    return Network(
        stations=(Station(name="station", discipline=Discipline.PRIORITY),),
        operations=(
            Operation(name="slow", station="station", service_s=1.0, law=law),
            Operation(name="quick", station="station", service_s=0.5, law=law),
        ),
        sources=(
            Source(name="other", mix={"slow": 1.0}, arrival_rate_per_s=0.4, priority=5),
            Source(name="urgent", mix={"quick": 1.0}, arrival_rate_per_s=0.7, priority=1),
        ),
    )


def groups() -> Network:
    """Two groups and work in none on three servers: a limit, unequal weights, two closed sources and an open one."""
    return Network(
        stations=(
            Station(
                name="cpu",
                server_count=3,
                groups=(Group(name="web", limit_cores=1.5, weight=2.0), Group(name="batch", weight=0.5)),
            ),
            Station(name="disk", discipline=Discipline.FIRST_COME),
        ),
        pools=(Pool(name="workers", size=3),),
        operations=(
            Operation(
                name="page",
                station="cpu",
                service_s=0.4,
                group="web",
                pool="workers",
                visits=(Visit(station="disk", count=0.5, service_s=0.2),),
            ),
            Operation(name="report", station="cpu", service_s=1.5, group="batch"),
            Operation(name="ping", station="cpu", service_s=0.05),
        ),
        sources=(
            Source(name="users", mix={"page": 1.0}, population=5, think_time_s=0.5),
            Source(name="jobs", mix={"report": 1.0}, population=3, think_time_s=0.2),
            Source(name="monitor", mix={"ping": 1.0}, arrival_rate_per_s=0.5),
        ),
    )


def mixed_pool() -> Network:
    """One closed source whose two operations share a pool, and wait at its door before they are told apart."""
    return Network(
        stations=(Station(name="cpu", server_count=2), Station(name="net", discipline=Discipline.DELAY)),
        pools=(Pool(name="workers", size=3),),
        operations=(
            Operation(name="read", station="cpu", service_s=0.1, pool="workers"),
            Operation(
                name="write",
                station="cpu",
                service_s=0.3,
                pool="workers",
                visits=(Visit(station="net", service_s=0.5),),
            ),
        ),
        sources=(Source(name="users", mix={"read": 0.7, "write": 0.3}, population=10, think_time_s=0.5),),
    )


def closed_priorities() -> Network:
    """Two closed sources of different urgency at one server, of equal exponential times."""
    return Network(
        stations=(Station(name="server", discipline=Discipline.PRIORITY),),
        operations=(Operation(name="job", station="server", service_s=0.2),),
        sources=(
            Source(name="first", mix={"job": 1.0}, population=3, think_time_s=1.0, priority=0),
            Source(name="then", mix={"job": 1.0}, population=4, think_time_s=0.5, priority=1),
        ),
    )


def processes() -> Network:
    """Two processes of two threads in a container under a limit; they call others of their own, beside work in none."""
    return Network(
        stations=(
            Station(name="cpu", server_count=2, groups=(Group(name="web", limit_cores=1.5),)),
            Station(name="net", discipline=Discipline.DELAY),
        ),
        pools=(Pool(name="workers", size=4, processes=2), Pool(name="helpers", size=2, processes=1)),
        operations=(
            Operation(
                name="read",
                station="cpu",
                service_s=0.1,
                group="web",
                pool="workers",
                calls={"help": 0.5},
            ),
            Operation(
                name="write",
                station="cpu",
                service_s=0.3,
                group="web",
                pool="workers",
                visits=(Visit(station="net", service_s=0.2), Visit(station="cpu", service_s=0.1)),
            ),
            Operation(name="help", station="cpu", service_s=0.1, pool="helpers"),
        ),
        sources=(Source(name="users", mix={"read": 0.6, "write": 0.4}, population=6, think_time_s=0.5),),
    )
