"""Random networks with everything that a network may have, and times that often coincide."""

from dataclasses import replace

from hypothesis import strategies as st

from capplan.network import Network
from capplan.network_parts import Discipline, Group, Operation, Pool, Source, Station, Visit
from capplan.time_law import EXPONENTIAL, TimeKind, TimeLaw
from tests.laws.pool_strategies import with_processes

DETERMINISTIC = TimeLaw(kind=TimeKind.DETERMINISTIC, variance_ratio=0.0)
# Round times bring many events at the same moment.
LAWS = st.just(DETERMINISTIC) | st.sampled_from(
    [
        EXPONENTIAL,
        TimeLaw(kind=TimeKind.ERLANG, variance_ratio=0.5),
        TimeLaw(kind=TimeKind.ERLANG, variance_ratio=1.0 / 40.0),
        TimeLaw(kind=TimeKind.HYPEREXPONENTIAL, variance_ratio=4.0),
        TimeLaw(kind=TimeKind.LOGNORMAL, variance_ratio=2.0),
    ]
)
TIMES = st.sampled_from([0.25, 0.5, 1.0]) | st.floats(0.01, 2.0)
# Few servers and many users, so that those who wait are often of more than one kind.
DISCIPLINES = st.sampled_from([*Discipline, Discipline.SHARED, Discipline.PRIORITY, Discipline.PRIORITY])
SERVERS = st.sampled_from([1, 1, 1, 2, 3])
COUNTS = st.sampled_from([0.5, 1.0, 2.0])
SHARES = st.floats(0.2, 0.8)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """One to three sources ask for one or both of two families of operations, over common stations and pools."""
    stations = tuple(_station(draw, number) for number in range(draw(st.integers(1, 3))))
    pools = [Pool(name=name, size=draw(st.integers(1, 4))) for name in ("a", "b", "c")]
    front = Pool(name="front", size=draw(st.integers(1, 3)), queue_limit=draw(st.none() | st.integers(0, 2)))
    operations: list[Operation] = []
    for family in range(2):
        operations += _family(draw, family, stations)
    if draw(st.booleans()):
        # All who hold a member of a pool run at one place, so that its members may be threads of processes.
        home = _visit(draw, stations)
        operations = [
            each if each.pool is None else replace(each, station=home.station, group=home.group)
            for each in operations
        ]
    front, *pools = (with_processes(draw, each, operations, stations) for each in (front, *pools))
    # Whoever may be turned away and asks again in no time would do so for ever.
    hasty = front.queue_limit is None or all(each.pool != front.name for each in operations)
    sources = tuple(_source(draw, number, hasty=hasty) for number in range(draw(st.integers(1, 3))))
    return Network(stations=stations, pools=(front, *pools), operations=tuple(operations), sources=sources)


def _station(draw: st.DrawFn, number: int) -> Station:
    discipline = draw(DISCIPLINES)
    groups: tuple[Group, ...] = ()
    if discipline is Discipline.SHARED:
        groups = tuple(
            Group(
                name=f"g{k}",
                limit_cores=draw(st.sampled_from([0.3, 1.0, 1.5, float("inf")])),
                weight=draw(st.sampled_from([0.7, 1.0, 3.0])),
            )
            for k in range(draw(st.integers(0, 2)))
        )
    return Station(name=f"k{number}", discipline=discipline, server_count=draw(SERVERS), groups=groups)


def _family(draw: st.DrawFn, family: int, stations: tuple[Station, ...]) -> list[Operation]:
    """Return an operation that sources ask for, one that it calls, and one that this calls."""
    outer = draw(st.sampled_from([None, "front", "a"]))
    inner = draw(st.sampled_from([None, "b"]))
    deepest = draw(st.sampled_from([None, "c"]))
    top, middle, bottom = (f"{name}{family}" for name in ("top", "middle", "bottom"))
    return [
        _operation(draw, top, outer, stations, middle),
        _operation(draw, middle, inner, stations, bottom),
        _operation(draw, bottom, deepest, stations, None),
    ]


def _operation(
    draw: st.DrawFn, name: str, pool: str | None, stations: tuple[Station, ...], called: str | None
) -> Operation:
    own = _visit(draw, stations)
    calls = {called: draw(COUNTS)} if called is not None and draw(st.booleans()) else {}
    return Operation(
        name=name,
        station=own.station,
        service_s=own.service_s,
        law=own.law,
        group=own.group,
        pool=pool,
        visits=tuple(_visit(draw, stations) for _ in range(draw(st.integers(0, 2)))),
        calls=calls,
    )


def _visit(draw: st.DrawFn, stations: tuple[Station, ...]) -> Visit:
    station = draw(st.sampled_from(stations))
    groups = [None, *(each.name for each in station.groups)]
    return Visit(
        station=station.name,
        count=draw(COUNTS),
        service_s=draw(TIMES),
        law=draw(LAWS),
        group=draw(st.sampled_from(groups)),
    )


def _source(draw: st.DrawFn, number: int, *, hasty: bool) -> Source:
    share = draw(SHARES)
    mix = draw(st.sampled_from([{"top0": 1.0}, {"top1": 1.0}, {"top0": share, "top1": 1.0 - share}]))
    source = Source(
        name=f"s{number}",
        mix=mix,
        population=draw(st.integers(1, 8)),
        think_time_s=draw(st.just(0.0) | TIMES if hasty else TIMES),
        law=draw(LAWS),
        priority=(number + draw(st.integers(0, 1))) % 3,
    )
    if draw(st.booleans()):
        return replace(source, population=None, think_time_s=0.0, arrival_rate_per_s=1.0 / draw(TIMES))
    return source
