"""Random networks of pools, calls, groups and sources, small enough to be solved exactly."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from capplan.errors import NoSolutionError
from capplan.markov.states import enumerate_states
from capplan.markov.stationary import never_thinks
from capplan.network import Network
from capplan.network_layout import places_of
from capplan.network_parts import Discipline, Group, Operation, Pool, Source, Station, Visit
from capplan.product_form.bounds import asymptotic_bounds

TIMES = st.floats(0.01, 2.0)
COUNTS = st.floats(0.1, 3.0)
DISCIPLINES = st.sampled_from(
    [Discipline.SHARED, Discipline.SHARED, Discipline.FIRST_COME, Discipline.DELAY, Discipline.PRIORITY]
)
MOST_STATES = 1_500
"""Of a chain: the equations of 1,500 states take a tenth of a second, and of 15,000 half a minute."""
_MANY = 10**6
_MORE_THAN_FIT = 50


def pooled_networks(
    *, open_too: bool = True, sources: int = 2, several_doors: bool = True
) -> st.SearchStrategy[Network]:
    """Networks of pools whose chain is small, so that thousands of them can be solved."""
    return _pooled(open_too=open_too, sources=sources, several_doors=several_doors).filter(_few_states)


def _few_states(network: Network) -> bool:
    most = [each.population or _MORE_THAN_FIT for each in network.sources]
    always = [never_thinks(each) for each in network.sources]
    try:
        enumerate_states(places_of(network), most, always, MOST_STATES)
    except NoSolutionError:
        return False
    return True


@st.composite
def _pooled(draw: st.DrawFn, *, open_too: bool, sources: int, several_doors: bool) -> Network:
    """A processor and another station; operations that call one another through pools; one or two sources.

    Open sources enter pools that turn away. With several doors a source's second operation may enter a pool of its own.
    """
    groups = (
        Group(name="a", limit_cores=draw(st.floats(0.3, 2.0)), weight=draw(st.floats(0.5, 4.0))),
        Group(name="b", weight=draw(st.floats(0.5, 4.0))),
    )
    cpu = Station(
        name="cpu", server_count=draw(st.integers(1, 3)), groups=groups if draw(st.booleans()) else ()
    )
    other = Station(name="other", discipline=draw(DISCIPLINES), server_count=draw(st.integers(1, 2)))
    pools = [Pool(name="inner", size=draw(st.integers(1, 2)))]
    called = Operation(
        name="query",
        station="cpu",
        service_s=draw(TIMES),
        pool="inner" if draw(st.booleans()) else None,
        group=draw(st.sampled_from(["a", "b", None])) if cpu.groups else None,
        visits=(Visit(station="other", count=draw(COUNTS), service_s=draw(TIMES)),)
        if draw(st.booleans())
        else (),
    )
    operations, asking = [called], []
    for number in range(draw(st.integers(1, sources))):
        limit = draw(st.none() | st.integers(0, 2)) if open_too else None
        doors = [Pool(name=f"outer{number}", size=draw(st.integers(1, 3)), queue_limit=limit)]
        if several_doors and draw(st.booleans()):
            doors.append(Pool(name=f"side{number}", size=1, queue_limit=limit))
        pools += doors
        pages = [
            Operation(
                name=f"page{number}{kind}",
                station=draw(st.sampled_from(["cpu", "cpu", "other"])),
                service_s=draw(TIMES),
                pool=doors[-1 if kind else 0].name,
                calls={"query": draw(COUNTS)} if draw(st.booleans()) else {},
            )
            for kind in range(draw(st.integers(len(doors), 2)))
        ]
        operations += pages
        share = draw(st.floats(0.2, 0.8))
        shares = [1.0] if len(pages) == 1 else [share, 1.0 - share]
        arrives = open_too and limit is not None and draw(st.booleans())
        asking.append(
            Source(
                name=f"s{number}",
                mix={each.name: part for each, part in zip(pages, shares, strict=True)},
                population=None if arrives else draw(st.integers(1, 4)),
                think_time_s=0.0
                if arrives
                else draw(st.sampled_from([0.0, 0.5, 3.0] if limit is None else [0.5, 3.0])),
                arrival_rate_per_s=draw(st.floats(0.1, 3.0)) if arrives else None,
                priority=number,
            )
        )
    pools = [with_processes(draw, each, operations, [cpu, other]) for each in pools]
    return Network(
        stations=(cpu, other), pools=tuple(pools), operations=tuple(operations), sources=tuple(asking)
    )


def with_processes(
    draw: st.DrawFn, pool: Pool, operations: Sequence[Operation], stations: Sequence[Station]
) -> Pool:
    """Return the pool with its members in processes, some of the time, where their own code allows it."""
    shared = {each.name for each in stations if each.discipline is Discipline.SHARED}
    run_at = {(each.station, each.group) for each in operations if each.pool == pool.name}
    if len(run_at) != 1 or not shared.issuperset(station for station, _ in run_at):
        return pool
    whole = [each for each in range(1, pool.size + 1) if pool.size % each == 0]
    return replace(pool, processes=draw(st.none() | st.sampled_from(whole)))


@st.composite
def waiting_networks(draw: st.DrawFn) -> Network:
    """Pools with one door each, at which nobody is turned away; one source may be open, and then leaves others room."""
    network = draw(pooled_networks(open_too=False, several_doors=False))
    first, *others = network.sources
    if draw(st.booleans()):
        return network
    many = replace(network, sources=(replace(first, population=_MANY),))
    rate = draw(st.floats(0.05, 0.8)) * float(asymptotic_bounds(many).most_per_s[0])
    arriving = replace(first, population=None, think_time_s=0.0, arrival_rate_per_s=rate / (1 + len(others)))
    return replace(network, sources=(arriving, *others))
