"""solved: a solved network as a document: what was asked, what answered, how far it is to be trusted."""

from collections.abc import Sequence
from math import inf, isfinite

import numpy as np

from capplan.errors import NoSolutionError
from capplan.interval import Interval
from capplan.part import Part
from capplan.solution import Solution, Standing

PERCENTILES = (0.5, 0.9, 0.95, 0.99)


Ends = tuple[float, float]
"""Low and high."""


class ClassIntervals(Part):
    """How far the numbers of a request class may be off; None where nothing is known of that."""

    throughput_per_s: Ends | None
    """Of requests done per second."""
    mean_response_s: Ends | None
    """Of the mean response time."""
    percentiles_s: dict[str, Ends]
    """Of percentiles, by the share."""
    lost_ratio: Ends | None
    """Of the share turned away."""


class StationIntervals(Part):
    """How far the numbers of a station may be off."""

    busy_servers: Ends | None
    """Of the mean number of servers in use."""
    utilization_ratio: Ends | None
    """Of their share of all servers."""
    queue_length: Ends | None
    """Of the mean number of requests there."""


class PoolIntervals(Part):
    """How far the numbers of a pool may be off."""

    busy_members: Ends | None
    """Of the mean number of members held."""
    mean_wait_s: Ends | None
    """Of the mean wait for it."""


class ClassAnswer(Part):
    """One request class."""

    name: str
    """Source and operation."""
    throughput_per_s: float
    """Requests done per second."""
    mean_response_s: float
    """Mean response time."""
    percentiles_s: dict[str, float]
    """Response time that a share of the requests does not exceed, by the share; empty where the method has none."""
    lost_ratio: float
    """Share of the requests turned away."""
    intervals: ClassIntervals | None = None
    """95 % intervals where simulated, plus or minus the estimated error where approximate, none where exact."""


class StationAnswer(Part):
    """One station."""

    name: str
    """Its name."""
    busy_servers: float
    """Mean number of servers in use."""
    utilization_ratio: float
    """Their share of all servers; 0 at a delay."""
    queue_length: float
    """Mean number of requests there, in service included."""
    intervals: StationIntervals | None = None
    """95 % intervals where simulated."""


class PoolAnswer(Part):
    """One pool."""

    name: str
    """Its name."""
    busy_members: float
    """Mean number of members held."""
    mean_wait_s: float
    """Mean wait of a request for it, over all classes."""
    intervals: PoolIntervals | None = None
    """95 % intervals where simulated."""


class Answer(Part):
    """What one method found."""

    method: str
    """Its name."""
    standing: Standing
    """exact, approximate or simulated."""
    error_ratio: float
    """Estimated relative error of the mean response times; half the 95 % interval where simulated."""
    figures: dict[str, float]
    """What it says of its own work."""
    passed_over: tuple[str, ...] = ()
    """Why methods that are trusted more could not be taken."""
    percentiles_method: str
    """The method of its percentiles: itself, or the exact chain where it knows means only."""
    without_percentiles: str = ""
    """Why there are no percentiles, where there are none."""
    classes: tuple[ClassAnswer, ...]
    """In the order of the sources and their mixes."""
    stations: tuple[StationAnswer, ...]
    """In the order of the file."""
    pools: tuple[PoolAnswer, ...]
    """In the order of the file."""


class Solved(Part):
    """The whole document."""

    version: str
    """Of capplan."""
    network: str
    """The file that was solved."""
    answers: tuple[Answer, ...]
    """The first is the method chosen; a simulation stands behind it where one was asked for."""


def answer_of(solution: Solution) -> Answer:
    """Return a solution as an answer, its percentiles worked out."""
    percentiles, missing = _percentiles(solution)
    network = solution.network
    flow = solution.throughput_per_s
    queue = solution.queue_length.sum(axis=0)
    waits = flow @ solution.pool_wait_s / max(float(flow.sum()), 1e-300)
    return Answer(
        method=solution.method,
        standing=solution.standing,
        error_ratio=solution.error_ratio,
        figures=dict(solution.figures),
        passed_over=solution.passed_over,
        percentiles_method=solution.laws_method or solution.method,
        without_percentiles=missing,
        classes=tuple(
            ClassAnswer(
                name=each.name,
                throughput_per_s=float(flow[r]),
                mean_response_s=float(solution.response_time_s[r]),
                percentiles_s=percentiles[r],
                lost_ratio=float(solution.lost_ratio[r]),
                intervals=_of_class(solution, r, list(percentiles[r])),
            )
            for r, each in enumerate(network.classes)
        ),
        stations=tuple(
            StationAnswer(
                name=each.name,
                busy_servers=float(solution.busy_servers[k]),
                utilization_ratio=float(solution.utilization_ratio[k]),
                queue_length=float(queue[k]),
                intervals=_of_station(solution, k),
            )
            for k, each in enumerate(network.stations)
        ),
        pools=tuple(
            PoolAnswer(
                name=each.name,
                busy_members=float(solution.busy_members[p]),
                mean_wait_s=float(np.ravel(waits)[p]),
                intervals=_of_pool(solution, p),
            )
            for p, each in enumerate(network.pools)
        ),
    )


def _of_class(solution: Solution, number: int, shares: Sequence[str]) -> ClassIntervals | None:
    found = solution.intervals
    if found is not None:
        late = {share: solution.percentile_interval(number, float(share)) for share in shares}
        return ClassIntervals(
            throughput_per_s=_ends(found.throughput_per_s[number]),
            mean_response_s=_ends(found.response_time_s[number]),
            percentiles_s={share: ends for share, each in late.items() if (ends := _ends(each)) is not None},
            lost_ratio=_ends(found.lost_ratio[number]),
        )
    if solution.standing is Standing.EXACT:
        return None
    mean_s = float(solution.response_time_s[number])
    # The error is relative to the answer that is not known: m = R (1 +- e).
    least_s = mean_s / (1.0 + solution.error_ratio)
    most_s = mean_s / (1.0 - solution.error_ratio) if solution.error_ratio < 1.0 else inf
    return ClassIntervals(
        throughput_per_s=_carried(solution, number),
        mean_response_s=_ends(Interval(low=least_s, mid=mean_s, high=most_s)),
        percentiles_s={},
        lost_ratio=None,
    )


def _carried(solution: Solution, number: int) -> Ends | None:
    """Return the throughputs that go with the errors of the response times, by Little's law."""
    own = next(each for each in solution.network.class_slices if each.start <= number < each.stop)
    source = solution.network.classes[number].source
    flow = solution.throughput_per_s
    if solution.lost_ratio[own].any():
        return None
    if source.population is None:
        return float(flow[number]), float(flow[number])
    mean_s = float(flow[own] @ solution.response_time_s[own] / flow[own].sum())
    if solution.error_ratio >= 1.0:
        return None
    least_s, most_s = mean_s / (1.0 + solution.error_ratio), mean_s / (1.0 - solution.error_ratio)
    users = source.population * float(flow[number] / flow[own].sum())
    return users / (source.think_time_s + most_s), users / (source.think_time_s + least_s)


def _of_station(solution: Solution, number: int) -> StationIntervals | None:
    if solution.intervals is None:
        return None
    busy = _ends(solution.intervals.busy_servers[number])
    # A delay has no end of servers: its share is 0, and nothing else.
    servers = float(solution.station_servers[number])
    return StationIntervals(
        busy_servers=busy,
        utilization_ratio=None if busy is None else (busy[0] / servers, busy[1] / servers),
        queue_length=_ends(solution.intervals.queue_length[number]),
    )


def _of_pool(solution: Solution, number: int) -> PoolIntervals | None:
    if solution.intervals is None:
        return None
    return PoolIntervals(
        busy_members=_ends(solution.intervals.busy_members[number]),
        mean_wait_s=_ends(solution.intervals.pool_wait_s[number]),
    )


def _ends(found: Interval | None) -> Ends | None:
    """Return the ends of an interval, of which none is below 0; None where there is none."""
    if found is None or not (isfinite(found.low) and isfinite(found.high)):
        return None
    return max(found.low, 0.0), max(found.high, 0.0)


def _percentiles(solution: Solution) -> tuple[list[dict[str, float]], str]:
    try:
        found = [
            {} if law is None else {f"{q:g}": law.percentile_s(q) for q in PERCENTILES}
            for law in solution.laws
        ]
    except NoSolutionError as error:
        return [{} for _ in solution.laws], str(error)
    return found, "" if all(found) else f"the method {solution.method} knows means only; use --simulate."
