"""What a solver found out about a network, how far it can be trusted, and the laws that it must obey."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from capplan.demands import service_demand_s
from capplan.interval import Interval
from capplan.network import Network
from capplan.network_parts import Discipline

Array = NDArray[np.float64]


class Standing(StrEnum):
    """How far an answer can be trusted."""

    EXACT = "exact"
    """The network's own answer, up to rounding."""
    APPROXIMATE = "approximate"
    """Near it; the error is estimated."""
    SIMULATED = "simulated"
    """A sample of it, with an interval."""


class ResponseLaw(Protocol):
    """The distribution of a response time."""

    @property
    def mean_s(self) -> float:
        """Mean response time."""
        ...

    def tail(self, time_s: float) -> float:
        """P(response time > t)."""
        ...

    def percentile_s(self, q: float) -> float:
        """Time that a share q of the requests does not exceed."""
        ...


class LaterLaw(ResponseLaw):
    """A distribution that is found once somebody asks for it; what it raises then is what finding it raises."""

    def __init__(self, find: Callable[[], ResponseLaw]) -> None:
        self._find = find

    @cached_property
    def _law(self) -> ResponseLaw:
        return self._find()

    @property
    def mean_s(self) -> float:
        """Mean response time."""
        return self._law.mean_s

    def tail(self, time_s: float) -> float:
        """P(response time > t)."""
        return self._law.tail(time_s)

    def percentile_s(self, q: float) -> float:
        """Time that a share q of the requests does not exceed."""
        return self._law.percentile_s(q)


@runtime_checkable
class SampledResponses(ResponseLaw, Protocol):
    """A distribution of response times that is a sample."""

    def percentile_interval(self, q: float) -> Interval:
        """Time that a share q of the requests does not exceed, with its 95 % interval."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """The 95 % intervals of what was simulated.

    Attributes
    ----------
    throughput_per_s, response_time_s, lost_ratio
        Of each class.
    busy_servers, queue_length
        Of each station; its queue is that of all classes.
    busy_members, pool_wait_s
        Of each pool; its wait is the mean over all requests.
    """

    throughput_per_s: tuple[Interval, ...]
    response_time_s: tuple[Interval, ...]
    lost_ratio: tuple[Interval, ...]
    busy_servers: tuple[Interval, ...]
    queue_length: tuple[Interval, ...]
    busy_members: tuple[Interval, ...]
    pool_wait_s: tuple[Interval, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """A solved network.

    Attributes
    ----------
    method
        Name of the solver, as in ``SOLVERS``.
    throughput_per_s, response_time_s, lost_ratio
        Of each class: requests done per second, their mean response time, the share turned away; shape (classes,).
    residence_s
        Of a request, at each station, its waits for a server there included, shape (classes, stations).
    pool_wait_s
        Of a request, for a member of each pool, all its calls together, shape (classes, pools).
    busy_servers, busy_members
        Mean numbers in use, shape (stations,) and (pools,).
    laws
        The distribution of each class's response time; None where the solver has none.
    laws_method
        Name of the solver that the laws are from, where it is another; empty where it is ``method``.
    error_ratio
        Estimated relative error of the mean response times: 0 where the answer is exact, else a bound that the method
        states; the longer side of the widest 95 % interval of a simulation.
    intervals
        Of what was simulated; None where nothing was.
    figures
        What the solver says of its own work: states, steps, gaps.
    passed_over
        Why each solver that is trusted more could not be taken.
    """

    network: Network
    method: str
    standing: Standing
    throughput_per_s: Array
    response_time_s: Array
    residence_s: Array
    pool_wait_s: Array
    busy_servers: Array
    busy_members: Array
    lost_ratio: Array
    laws: tuple[ResponseLaw | None, ...]
    error_ratio: float
    intervals: Intervals | None = None
    laws_method: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()

    @property
    def station_servers(self) -> Array:
        """Servers of each station; infinite at a delay."""
        stations = self.network.stations
        return np.array(
            [np.inf if each.discipline is Discipline.DELAY else each.server_count for each in stations]
        )

    @property
    def utilization_ratio(self) -> Array:
        """Busy share of the servers of each station; 0 at a delay."""
        ratio: Array = self.busy_servers / self.station_servers
        return ratio

    @property
    def queue_length(self) -> Array:
        """Mean number of each class at each station, in service included, shape (classes, stations)."""
        queue: Array = self.throughput_per_s[:, None] * self.residence_s
        return queue

    def percentile_s(self, request_class: int, q: float) -> float | None:
        """Response time that a share q of a class's requests does not exceed; None where the solver has no law."""
        law = self.laws[request_class]
        return None if law is None else law.percentile_s(q)

    def percentile_interval(self, request_class: int, q: float) -> Interval | None:
        """Response time that a share q of a class's requests does not exceed; None where it is not simulated."""
        law = self.laws[request_class]
        return law.percentile_interval(q) if isinstance(law, SampledResponses) else None

    def law_violations(self, tolerance: float = 1e-6) -> list[str]:
        """Return the operational laws that the means break by more than a relative tolerance; none is as it should be.

        Little's law for every class and closed source, the utilization law at every station, busy servers and members
        within what there is, forced flow of every class, and no response faster than its demand.
        """
        demand = service_demand_s(self.network)
        slack = 1.0 + tolerance
        broken = []

        def law(name: str, *, holds: bool) -> None:
            if not holds:
                broken.append(name)

        flow = self.throughput_per_s
        parts = self.residence_s.sum(axis=1) + self.pool_wait_s.sum(axis=1)
        law("response = residence + waits", holds=np.allclose(parts, self.response_time_s, rtol=tolerance))
        law(
            "utilization law", holds=np.allclose(flow @ demand, self.busy_servers, rtol=tolerance, atol=1e-12)
        )
        law("utilization <= 1", holds=bool(np.all(self.utilization_ratio <= slack)))
        members = np.array([each.size for each in self.network.pools], dtype=float)
        law("busy members <= members", holds=bool(np.all(self.busy_members <= members * slack)))
        law("residence >= demand", holds=bool(np.all(self.residence_s * slack >= demand)))
        law("waits >= 0", holds=bool(np.all(self.pool_wait_s >= -tolerance)))
        for source, own in zip(self.network.sources, self.network.class_slices, strict=True):
            shares = np.array(list(source.mix.values()))
            # Those who are turned away asked too, and think again.
            asked = flow[own] / (1.0 - self.lost_ratio[own])
            rate = asked.sum() if source.arrival_rate_per_s is None else source.arrival_rate_per_s
            law(f"forced flow of {source.name}", holds=np.allclose(asked, rate * shares, rtol=tolerance))
            if source.population is not None:
                users = float(flow[own] @ self.response_time_s[own] + asked.sum() * source.think_time_s)
                law(
                    f"Little's law of {source.name}",
                    holds=abs(users - source.population) <= tolerance * source.population,
                )
        return broken
