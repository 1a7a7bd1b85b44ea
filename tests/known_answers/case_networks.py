"""The known cases as networks: each kind of case has its own way of writing its inputs."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from math import inf
from pathlib import Path
from typing import Any

from capplan.network import Network
from capplan.network_parts import Discipline, Group, Operation, Pool, Source, Station, Visit

Inputs = dict[str, Any]
CASES: dict[str, dict[str, Any]] = {
    each["id"]: each
    for each in json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))
}
"""Every known case by its name: kind, source, inputs, what is expected, and how near an exact method comes."""
CLOSED = ("mva_closed_single", "mva_closed_multiserver")
SEVERAL = ("mva_closed_multi", "mva_closed_multi_multiserver")
"""Kinds of cases with one and with several closed sources."""


def _stations(servers: Sequence[int]) -> tuple[Station, ...]:
    """Stations s0, s1, ...; a server count of 0 stands for a delay, as in the sources."""
    return tuple(
        Station(
            name=f"s{k}",
            server_count=max(each, 1),
            discipline=Discipline.SHARED if each else Discipline.DELAY,
        )
        for k, each in enumerate(servers)
    )


def _visiting(name: str, visits: Sequence[float], services_s: Sequence[float]) -> Operation:
    """An operation at the first station that it visits, with visits to the others."""
    used = [k for k, (v, s) in enumerate(zip(visits, services_s, strict=True)) if v * s > 0.0]
    first, *others = used
    return Operation(
        name=name,
        station=f"s{first}",
        service_s=visits[first] * services_s[first],
        visits=tuple(Visit(station=f"s{k}", count=visits[k], service_s=services_s[k]) for k in others),
    )


def multi_server(inputs: Inputs) -> Network:
    """M/M/c."""
    return Network(
        stations=(Station(name="s0", server_count=inputs["c"]),),
        operations=(Operation(name="job", station="s0", service_s=1.0 / inputs["mu"]),),
        sources=(Source(name="all", mix={"job": 1.0}, arrival_rate_per_s=inputs["lam"]),),
    )


def in_order(inputs: Inputs) -> Network:
    """M/M/c, first come first served, with room for K where that is given."""
    room = inputs.get("K")
    return Network(
        stations=(Station(name="s0", discipline=Discipline.DELAY),),
        pools=(
            Pool(name="servers", size=inputs["c"], queue_limit=None if room is None else room - inputs["c"]),
        ),
        operations=(Operation(name="job", station="s0", service_s=1.0 / inputs["mu"], pool="servers"),),
        sources=(Source(name="all", mix={"job": 1.0}, arrival_rate_per_s=inputs["lam"]),),
    )


def closed(inputs: Inputs) -> Network:
    """One closed source."""
    services = inputs["S"] if "S" in inputs else inputs["D"]
    visits = inputs.get("V") or [1.0] * len(services)
    return Network(
        stations=_stations(inputs["servers"]),
        operations=(_visiting("job", visits, services),),
        sources=(Source(name="all", mix={"job": 1.0}, population=inputs["N"], think_time_s=inputs["Z"]),),
    )


def closed_multi(inputs: Inputs) -> Network:
    """Several closed sources."""
    think = inputs.get("Z", [0.0] * len(inputs["N"]))
    demand = inputs["D"]
    return Network(
        stations=_stations(inputs["servers"]),
        operations=tuple(_visiting(f"job{r}", [1.0] * len(each), each) for r, each in enumerate(demand)),
        sources=tuple(
            Source(name=f"c{r}", mix={f"job{r}": 1.0}, population=users, think_time_s=think[r])
            for r, users in enumerate(inputs["N"])
        ),
    )


def open_classes(inputs: Inputs) -> Network:
    """One or several open sources."""
    rates = inputs["lam"] if isinstance(inputs["lam"], list) else [inputs["lam"]]
    if "D" in inputs:
        visits, services = [[1.0] * len(each) for each in inputs["D"]], inputs["D"]
    else:
        visits, services = [inputs["V"]], [inputs["S"]]
    return Network(
        stations=_stations([1] * len(services[0])),
        operations=tuple(_visiting(f"job{r}", visits[r], services[r]) for r in range(len(rates))),
        sources=tuple(
            Source(name=f"o{r}", mix={f"job{r}": 1.0}, arrival_rate_per_s=rate)
            for r, rate in enumerate(rates)
        ),
    )


def mixed(inputs: Inputs) -> Network:
    """Open sources o0, o1 and closed ones c0, c1 at the same stations."""
    operations = [
        _visiting(f"open{r}", v, s)
        for r, v, s in zip(count(), inputs["V_open"], inputs["S_open"], strict=False)
    ]
    operations += [
        _visiting(f"closed{r}", v, s)
        for r, v, s in zip(count(), inputs["V_closed"], inputs["S_closed"], strict=False)
    ]
    return Network(
        stations=_stations(inputs["servers"]),
        operations=tuple(operations),
        sources=(
            *(
                Source(name=f"o{r}", mix={f"open{r}": 1.0}, arrival_rate_per_s=rate)
                for r, rate in enumerate(inputs["lam"])
            ),
            *(
                Source(name=f"c{r}", mix={f"closed{r}": 1.0}, population=users)
                for r, users in enumerate(inputs["N"])
            ),
        ),
    )


def demands_only(demand_s: dict[str, float], *, users: int, think_time_s: float) -> Network:
    """One closed source that visits each station once."""
    (first, first_s), *others = demand_s.items()
    return Network(
        stations=tuple(Station(name=name) for name in demand_s),
        operations=(
            Operation(
                name="job",
                station=first,
                service_s=first_s,
                visits=tuple(Visit(station=name, service_s=each) for name, each in others),
            ),
        ),
        sources=(Source(name="all", mix={"job": 1.0}, population=users, think_time_s=think_time_s),),
    )


def pool(inputs: Inputs) -> Network:
    """A worker pool over connections, a processor, a disk and waits elsewhere."""
    disk, io = inputs.get("disk"), inputs.get("io")
    query_visits = (Visit(station="disk", count=disk[0], service_s=disk[1]),) if disk else ()
    page_visits = (Visit(station="net", count=inputs["nio"], service_s=io),) if io else ()
    stations = [Station(name="cpu", server_count=inputs["cores"])]
    if disk:
        stations.append(Station(name="disk", discipline=Discipline.FIRST_COME))
    if io:
        stations.append(Station(name="net", discipline=Discipline.DELAY))
    return Network(
        stations=tuple(stations),
        pools=(Pool(name="workers", size=inputs["W"]), Pool(name="connections", size=inputs["P"])),
        operations=(
            Operation(
                name="page",
                station="cpu",
                service_s=inputs["s_web"],
                pool="workers",
                visits=page_visits,
                calls={"query": inputs["ndb"]},
            ),
            Operation(
                name="query", station="cpu", service_s=inputs["s_db"], pool="connections", visits=query_visits
            ),
        ),
        sources=(Source(name="users", mix={"page": 1.0}, population=inputs["N"], think_time_s=inputs["Z"]),),
    )


def layered(inputs: Inputs) -> Network:
    """Tasks as pools, entries as operations, processors as stations; a reference task as a source.

    A reference task without time of its own asks for the one entry that it calls, exactly once.
    """
    disciplines = {"inf": Discipline.DELAY, "ps": Discipline.SHARED, "fcfs": Discipline.FIRST_COME}
    processors = {
        name: (each["sched"], each["cores"]) if isinstance(each, dict) else tuple(each)
        for name, each in inputs["processors"].items()
    }
    of_entry = {entry: task for task in inputs["tasks"].values() for entry in task["entries"]}
    operations, sources = [], []
    pools = [
        Pool(name=name, size=task["mult"])
        for name, task in inputs["tasks"].items()
        if not task.get("ref") and task["mult"] > 0
    ]
    names = {id(task): name for name, task in inputs["tasks"].items()}
    for entry, what in inputs["entries"].items():
        task = of_entry[entry]
        pooled = not task.get("ref") and task["mult"] > 0
        if what["s"] > 0.0:
            operations.append(
                Operation(
                    name=entry,
                    station=task["proc"],
                    service_s=what["s"],
                    pool=names[id(task)] if pooled else None,
                    calls=what.get("calls", {}),
                )
            )
        if task.get("ref"):
            asked = entry if what["s"] > 0.0 else next(iter(what["calls"]))
            sources.append(
                Source(name=entry, mix={asked: 1.0}, population=task["mult"], think_time_s=task.get("Z", 0.0))
            )
    return Network(
        stations=tuple(
            Station(name=name, discipline=disciplines[sched], server_count=max(cores, 1))
            for name, (sched, cores) in processors.items()
        ),
        pools=tuple(pools),
        operations=tuple(operations),
        sources=tuple(sources),
    )


def cpu_cap(inputs: Inputs) -> Network:
    """Web workers in a container with a limit, beside batch jobs, of equal weight."""
    return Network(
        stations=(
            Station(
                name="cpu",
                server_count=int(inputs["host_cores"]),
                groups=(
                    Group(name="web", limit_cores=inputs["cap_web_cores"]),
                    Group(name="batch", limit_cores=inf),
                ),
            ),
        ),
        pools=(Pool(name="workers", size=inputs["workers"]),),
        operations=(
            Operation(name="page", station="cpu", service_s=inputs["s_web"], pool="workers", group="web"),
            Operation(name="job", station="cpu", service_s=inputs["s_batch"], group="batch"),
        ),
        sources=(
            Source(name="users", mix={"page": 1.0}, population=inputs["N"], think_time_s=inputs["Z"]),
            Source(
                name="jobs", mix={"job": 1.0}, population=inputs["batch_jobs"], think_time_s=inputs["Z_batch"]
            ),
        ),
    )


def cpu_shares(inputs: Inputs) -> Network:
    """Groups of threads with weights on one processor."""
    groups = inputs["groups"]
    return Network(
        stations=(
            Station(
                name="cpu",
                server_count=inputs["cpu"],
                groups=tuple(Group(name=name, weight=each["share"]) for name, each in groups.items()),
            ),
        ),
        pools=tuple(Pool(name=name, size=each["threads"]) for name, each in groups.items()),
        operations=tuple(
            Operation(name=name, station="cpu", service_s=each["s"], pool=name, group=name)
            for name, each in groups.items()
        ),
        sources=tuple(
            Source(name=name, mix={name: 1.0}, population=each["clients"], think_time_s=each["Z"])
            for name, each in groups.items()
        ),
    )


_NO_TIME_S = 1e-6


def forwarding(inputs: Inputs) -> Network:
    """A web server whose first task forwards to the next, told as two calls of the one who asks.

    Threads are held as long, and everything is asked for as often on average; but the two calls are drawn each by
    itself, in number and order, where the source has one follow the other.
    """
    disciplines = {"ps": Discipline.SHARED, "fcfs": Discipline.FIRST_COME}
    disks = [name for name in inputs["processors"] if name.endswith("_Disk")]
    operations = []
    for name, entry in inputs["entries"].items():
        if name in disks:
            continue
        task = inputs["tasks"][name.split("_")[0]]
        asked = entry.get("calls", {})
        for called in list(asked):
            asked = asked | inputs["entries"][called].get("forward", {})
        operations.append(
            Operation(
                name=name,
                station=task.get("on", "User"),
                service_s=entry["s"] or _NO_TIME_S,
                pool=name.split("_")[0] if "threads" in task else None,
                visits=tuple(
                    Visit(station=disk, count=count, service_s=inputs["entries"][disk]["s"])
                    for disk, count in asked.items()
                    if disk in disks
                ),
                calls={called: float(count) for called, count in asked.items() if called not in disks},
            )
        )
    user = inputs["tasks"]["User"]
    return Network(
        stations=(
            Station(name="User", discipline=Discipline.DELAY),
            *(
                Station(name=name, discipline=disciplines[sched], server_count=servers)
                for name, (sched, servers) in inputs["processors"].items()
            ),
        ),
        pools=tuple(
            Pool(name=name, size=task["threads"])
            for name, task in inputs["tasks"].items()
            if "threads" in task and name not in disks
        ),
        operations=tuple(operations),
        sources=(Source(name="User", mix={"User": 1.0}, population=user["N"], think_time_s=user["Z"]),),
    )


def visited_in_turn(inputs: Inputs) -> Network:
    """Arrivals that call servers, each first come, first served, as often as once on average."""
    network = open_classes({"lam": inputs["lam"], "D": [inputs["sequence_demands"]]})
    return replace(
        network,
        stations=tuple(replace(each, discipline=Discipline.FIRST_COME) for each in network.stations),
    )
