"""Random networks of the product form: shared, ordered and delay stations, closed and open sources, calls and mixes."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from capplan.demands import service_demand_s
from capplan.network import Network
from capplan.network_parts import Discipline, Group, Operation, Pool, Source, Station, Visit
from capplan.time_law import EXPONENTIAL, TimeKind, TimeLaw

TIMES = st.floats(0.01, 2.0)
COUNTS = st.floats(0.1, 3.0)
KINDS = st.sampled_from([Discipline.SHARED, Discipline.SHARED, Discipline.FIRST_COME, Discipline.DELAY])
LAWS = st.sampled_from(
    [
        EXPONENTIAL,
        TimeLaw(kind=TimeKind.DETERMINISTIC, variance_ratio=0.0),
        TimeLaw(kind=TimeKind.ERLANG, variance_ratio=0.5),
        TimeLaw(kind=TimeKind.HYPEREXPONENTIAL, variance_ratio=4.0),
        TimeLaw(kind=TimeKind.LOGNORMAL, variance_ratio=1.0),
    ]
)


@st.composite
def product_networks(
    draw: st.DrawFn,
    *,
    closed: int = 2,
    opened: int = 1,
    users: int = 6,
    servers: int = 6,
    stations: int = 3,
    busiest: float = 0.9,
) -> Network:
    """At least one source, up to so many closed and open ones; stations of up to so many servers.

    Open sources together fill no station to more than the busiest part.

    Where all sources are closed, each request holds a member of a pool that has one for everybody and one more.
    """
    places = [_station(draw, k, servers) for k in range(draw(st.integers(1, stations)))]
    ordered_s = {each.name: draw(TIMES) for each in places}
    inner = _operation(draw, "inner", places, ordered_s)
    operations, sources = [inner], []
    count = draw(st.integers(0 if opened else 1, closed))
    for number in range(count + draw(st.integers(0 if count else 1, opened) if opened else st.just(0))):
        own = [
            _operation(draw, f"job{number}{part}", places, ordered_s)
            for part in range(draw(st.integers(1, 2)))
        ]
        if draw(st.booleans()) and _may_call(own[0], places):
            own[0] = replace(own[0], calls={"inner": draw(COUNTS)})
        if not opened:
            own = [replace(each, pool="everybody") for each in own]
        operations += own
        share = draw(st.floats(0.2, 0.8))
        shares = [share, 1.0 - share] if len(own) == 2 else [1.0]
        is_closed = number < count
        sources.append(
            Source(
                name=f"s{number}",
                mix={each.name: part for each, part in zip(own, shares, strict=True)},
                population=draw(st.integers(1, users)) if is_closed else None,
                think_time_s=draw(st.just(0.0) | st.floats(0.01, 20.0)) if is_closed else 0.0,
                arrival_rate_per_s=None if is_closed else 1.0,
                law=draw(LAWS) if is_closed else EXPONENTIAL,
            )
        )
    network = Network(
        stations=tuple(places),
        operations=tuple(operations),
        sources=tuple(sources),
        pools=() if opened else (Pool(name="everybody", size=closed * users + 1),),
    )
    return _within_capacity(draw, network, busiest)


def _station(draw: st.DrawFn, number: int, servers: int) -> Station:
    kind = draw(KINDS)
    count = draw(st.integers(1, servers))
    limit = draw(st.floats(0.3, float(count)) | st.just(np.inf))
    groups = (
        (Group(name="all", limit_cores=limit),) if kind is Discipline.SHARED and draw(st.booleans()) else ()
    )
    return Station(name=f"k{number}", discipline=kind, server_count=count, groups=groups)


def _operation(draw: st.DrawFn, name: str, places: list[Station], ordered_s: dict[str, float]) -> Operation:
    """Own code at one station and visits to some of the others; at ordered stations all visits have one mean."""
    order = draw(st.permutations(places))
    home, others = order[0], order[1 : 1 + draw(st.integers(0, len(places) - 1))]

    def visit(place: Station) -> Visit:
        ordered = place.discipline is Discipline.FIRST_COME
        return Visit(
            station=place.name,
            count=draw(COUNTS),
            service_s=ordered_s[place.name] if ordered else draw(TIMES),
            law=EXPONENTIAL if ordered else draw(LAWS),
            group="all" if place.groups else None,
        )

    own, visits = visit(home), tuple(visit(each) for each in others)
    slices = 1.0 + sum(each.count for each in visits)
    ordered = home.discipline is Discipline.FIRST_COME
    return Operation(
        name=name,
        station=home.name,
        service_s=ordered_s[home.name] * slices if ordered else own.service_s,
        law=own.law,
        group=own.group,
        visits=visits,
    )


def _may_call(operation: Operation, places: list[Station]) -> bool:
    """Whether more slices leave the product form alone: at an ordered station they would be shorter ones."""
    home = next(each for each in places if each.name == operation.station)
    return home.discipline is not Discipline.FIRST_COME


def _within_capacity(draw: st.DrawFn, network: Network, busiest: float) -> Network:
    """Set the rates of open sources so that together they ask for at most the busiest part of any station."""
    opened = [each for each in network.sources if each.arrival_rate_per_s is not None]
    if not opened:
        return network
    demand = service_demand_s(network)
    room = np.array(
        [
            np.inf
            if each.discipline is Discipline.DELAY
            else min([float(each.server_count), *(group.limit_cores for group in each.groups)])
            for each in network.stations
        ]
    )
    rates = {}
    for source in opened:
        own = [number for number, each in enumerate(network.classes) if each.source.name == source.name]
        mean = np.array(list(source.mix.values())) @ demand[own]
        limited = (mean > 0.0) & np.isfinite(room)
        fastest = float(np.min(room[limited] / mean[limited], initial=10.0))
        rates[source.name] = draw(st.floats(0.01, busiest)) * fastest / len(opened)
    return replace(
        network,
        sources=tuple(
            replace(each, arrival_rate_per_s=rates[each.name]) if each.name in rates else each
            for each in network.sources
        ),
    )


def slowed(network: Network, factor: float) -> Network:
    """Return the same network with all times longer by a factor."""
    operations = tuple(
        replace(
            each,
            service_s=each.service_s * factor,
            visits=tuple(replace(visit, service_s=visit.service_s * factor) for visit in each.visits),
        )
        for each in network.operations
    )
    sources = tuple(
        replace(
            each,
            think_time_s=each.think_time_s * factor,
            arrival_rate_per_s=None if each.arrival_rate_per_s is None else each.arrival_rate_per_s / factor,
        )
        for each in network.sources
    )
    return replace(network, operations=operations, sources=sources)


def turned_round(network: Network) -> Network:
    """Return the same network with stations, pools, operations and sources told in reverse."""
    return replace(
        network,
        stations=network.stations[::-1],
        pools=network.pools[::-1],
        operations=network.operations[::-1],
        sources=network.sources[::-1],
    )


def more_load(network: Network) -> Network:
    """Return the same network with one user more of the only source, or a tenth more of its arrivals."""
    (source,) = network.sources
    if source.population is None:
        more = replace(source, arrival_rate_per_s=1.1 * (source.arrival_rate_per_s or 0.0))
    else:
        more = replace(source, population=source.population + 1)
    return replace(network, sources=(more,))
