"""Random networks of pools, calls, groups and sources, small enough to be solved exactly."""

from hypothesis import strategies as st

from capplan.network import Network
from capplan.network_parts import Discipline, Group, Operation, Pool, Source, Station, Visit

TIMES = st.floats(0.01, 2.0)
COUNTS = st.floats(0.1, 3.0)
DISCIPLINES = st.sampled_from(
    [Discipline.SHARED, Discipline.SHARED, Discipline.FIRST_COME, Discipline.DELAY, Discipline.PRIORITY]
)


@st.composite
def pooled_networks(draw: st.DrawFn, *, open_too: bool = True, sources: int = 2) -> Network:
    """A processor and another station; operations that call one another through pools; one or two sources."""
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
        pool = f"outer{number}"
        limit = draw(st.none() | st.integers(0, 2)) if open_too else None
        pools.append(Pool(name=pool, size=draw(st.integers(1, 3)), queue_limit=limit))
        names = [f"page{number}{kind}" for kind in range(draw(st.integers(1, 2)))]
        operations += [
            Operation(
                name=name,
                station=draw(st.sampled_from(["cpu", "cpu", "other"])),
                service_s=draw(TIMES),
                pool=pool,
                calls={"query": draw(COUNTS)} if draw(st.booleans()) else {},
            )
            for name in names
        ]
        share = draw(st.floats(0.2, 0.8))
        mix = {names[0]: 1.0} if len(names) == 1 else {names[0]: share, names[1]: 1.0 - share}
        arrives = open_too and limit is not None and draw(st.booleans())
        asking.append(
            Source(
                name=f"s{number}",
                mix=mix,
                population=None if arrives else draw(st.integers(1, 4)),
                think_time_s=0.0
                if arrives
                else draw(st.sampled_from([0.0, 0.5, 3.0] if limit is None else [0.5, 3.0])),
                arrival_rate_per_s=draw(st.floats(0.1, 3.0)) if arrives else None,
                priority=number,
            )
        )
    return Network(
        stations=(cpu, other), pools=tuple(pools), operations=tuple(operations), sources=tuple(asking)
    )
