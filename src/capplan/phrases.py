"""phrases: the values that recur in every section, from a plan to message values."""

import re

from capplan.estimate import STATED
from capplan.message import Measure, Message, Series, Spread, Table, Token, Value, say
from capplan.plan import Amount, Break, Figure, Finding, Period, Plan, Response, Server, Tier

GIB = 2.0**30
GB = 1e9
_SCALE = {"GiB": GIB, "GB": GB}
_CONTAINER_PEAK = re.compile(r"containers\.(.+)\.memory_peak_bytes")
_PARTS = {
    "deploy": ("memory.deploy_surge_bytes",),
    "system": ("memory_system_bytes", "disk_system_bytes", "data.system"),
    "monitoring": ("memory_monitoring_bytes",),
    "websockets": ("websocket_memory_bytes",),
    "images": ("disk.images_bytes",),
    "database": ("database_with_bloat_bytes",),
    "media": (".media_bytes", "data.media"),
    "logs": ("logs_bytes",),
    "wal": ("disk_wal_bytes", "data.wal"),
    "dumps": ("local_dumps_bytes",),
    "metrics": ("disk.monitoring_bytes",),
}


def figure(plan: Plan, key: str, unit: str = "") -> Message:
    """Return a figure with its interval and basis; bytes in the unit asked for ("GiB" for memory, "GB" for disk)."""
    found = plan.figures[key]
    shown = unit or found.unit
    scale = _SCALE.get(unit, 1.0)
    basis = say("basis-stated") if found.source == STATED else say(f"basis-{found.basis}")
    value = Measure(found.mid / scale, shown)
    if found.low == found.high:
        return say("figure-exact", value=value, basis=basis)
    return say(
        "figure", value=value, spread=Spread(found.low / scale, found.high / scale, shown), basis=basis
    )


def bounds(found: Figure) -> Value:
    """Return the interval of a figure, or the one value it has."""
    if found.low == found.high:
        return Measure(found.mid, found.unit)
    return Spread(found.low, found.high, found.unit)


def server(found: Server) -> Token:
    """Return a server in one Latin phrase, as price lists write it."""
    return Token(f"{found.cores} vCPU, {found.memory_gib:g} GB RAM, {found.disk_gb:g} GB {found.disk_kind}")


def until(found: Period) -> Message:
    """Return when something happens: a range of dates, from a date on, or not within the five years looked at."""
    if found.earliest is None:
        return say("until-beyond")
    if found.latest is None:
        return say("until-from", earliest=found.earliest)
    if found.earliest == found.latest:
        return say("until-date", date=found.earliest)
    return say("until-range", earliest=found.earliest, latest=found.latest)


def broken(found: Break) -> Message:
    """Return what gives way."""
    return say(f"break-{found.resource}", subject=Token(found.subject))


def breaking(found: Break) -> Message:
    """Return what gives way and at which traffic over today's."""
    what = broken(found)
    if found.low is None or found.mid is None:
        return say("breaks-far", what=what)
    if found.high is None:
        return say("breaks-from", what=what, low=Measure(found.low, "x"), mid=Measure(found.mid, "x"))
    if found.low == found.high:
        return say("breaks-at-exactly", what=what, mid=Measure(found.mid, "x"))
    return say("breaks-at", what=what, mid=Measure(found.mid, "x"), spread=Spread(found.low, found.high, "x"))


def finding(found: Finding) -> Message:
    """Return the sentence of a finding; obstacles named by code become the list of their phrases."""
    values: dict[str, Value] = {}
    for name, value in found.values.items():
        if isinstance(value, Amount):
            values[name] = amount(value)
        elif name == "resource":
            values[name] = say(f"break-{value}", subject=Token(str(found.values.get("subject", ""))))
        elif name == "obstacles":
            values[name] = Series(tuple(say(f"{code}-short") for code in value.split(",")))
        else:
            values[name] = Token(value)
    return Message(found.code, values)


def amount(found: Amount) -> Measure:
    """Return an amount; bytes are shown in decimal units."""
    return Measure(found.value, found.unit)


def coded(found: Finding) -> Message:
    """Return a finding with its severity and stable code."""
    return say(
        "finding",
        severity=say(f"severity-{found.severity}"),
        code=Token(found.code, code=True),
        text=finding(found),
    )


def part(key: str) -> Value:
    """Return what a part of a need is, in words where there are some."""
    container = _CONTAINER_PEAK.fullmatch(key)
    if container:
        return say("part-container", name=Token(container.group(1)))
    return next(
        (say(f"part-{name}") for name, ends in _PARTS.items() if key.endswith(ends)), Token(key, code=True)
    )


def parts(plan: Plan, whole: str, unit: str) -> Table:
    """Return the parts of a sum, each with its key, and the sum itself."""
    rows: list[tuple[Value, ...]] = [
        (part(key), figure(plan, key, unit), Token(key, code=True)) for key in plan.figures[whole].inputs
    ]
    rows.append((say("total"), figure(plan, whole, unit), Token(whole, code=True)))
    return Table((say("column-part"), say("column-value"), say("column-key")), tuple(rows))


def objective(row: Response) -> Message:
    """Return an objective: which share of requests within which time."""
    share, time = Measure(row.percentile_ratio, "fine_ratio"), Measure(row.objective_s, "s")
    return say("objective", share=share, time=time)


def missed(tier: Tier) -> tuple[Message, ...]:
    """Return the objectives that a tier's server misses in too many worlds, and how many workers would be enough."""
    found = [row for row in tier.responses if row.met_ratio < tier.quantile_ratio]
    told = [
        say(
            "objective-missed",
            request_class=Token(row.request_class),
            objective=say(
                "objective",
                share=Measure(row.percentile_ratio, "fine_ratio"),
                time=Measure(row.objective_s, "s"),
            ),
            met=Measure(row.met_ratio, "ratio"),
        )
        for row in found
    ]
    if found and tier.workers_wanted is not None:
        told.append(say("workers-wanted", workers=Measure(tier.workers_wanted, "workers")))
    return tuple(told)


def assumption(key: str) -> Message:
    """Return an assumption's key as code."""
    return say("assumption-key", key=Token(key, code=True))
