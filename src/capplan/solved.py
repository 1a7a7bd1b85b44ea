"""solved: a solved network as a document: what was asked, what answered, how far it is to be trusted."""

import numpy as np

from capplan.errors import NoSolutionError
from capplan.part import Part
from capplan.solution import Solution, Standing

PERCENTILES = (0.5, 0.9, 0.95, 0.99)


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


class PoolAnswer(Part):
    """One pool."""

    name: str
    """Its name."""
    busy_members: float
    """Mean number of members held."""
    mean_wait_s: float
    """Mean wait of a request for it, over all classes."""


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
        without_percentiles=missing,
        classes=tuple(
            ClassAnswer(
                name=each.name,
                throughput_per_s=float(flow[r]),
                mean_response_s=float(solution.response_time_s[r]),
                percentiles_s=percentiles[r],
                lost_ratio=float(solution.lost_ratio[r]),
            )
            for r, each in enumerate(network.classes)
        ),
        stations=tuple(
            StationAnswer(
                name=each.name,
                busy_servers=float(solution.busy_servers[k]),
                utilization_ratio=float(solution.utilization_ratio[k]),
                queue_length=float(queue[k]),
            )
            for k, each in enumerate(network.stations)
        ),
        pools=tuple(
            PoolAnswer(
                name=each.name,
                busy_members=float(solution.busy_members[p]),
                mean_wait_s=float(np.ravel(waits)[p]),
            )
            for p, each in enumerate(network.pools)
        ),
    )


def _percentiles(solution: Solution) -> tuple[list[dict[str, float]], str]:
    try:
        found = [
            {} if law is None else {f"{q:g}": law.percentile_s(q) for q in PERCENTILES}
            for law in solution.laws
        ]
    except NoSolutionError as error:
        return [{} for _ in solution.laws], str(error)
    return found, "" if all(found) else f"the method {solution.method} knows means only."
