"""Stations that turn arrivals away: M/M/c/K, and Erlang's loss formula as its case without a queue."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from capplan.birth_death import birth_death

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FiniteQueue:
    """M/M/c/K: Poisson arrivals, c servers with exponential service, at most K requests present.

    Attributes
    ----------
    probability
        Of each number of requests present, shape (K + 1,).
    """

    arrival_rate_per_s: float
    service_time_s: float
    server_count: int
    probability: Array

    @property
    def lost_ratio(self) -> float:
        """Share of the arrivals turned away: those that find the station full (Poisson arrivals see time averages)."""
        return float(self.probability[-1])

    @property
    def throughput_per_s(self) -> float:
        """Rate of the arrivals let in."""
        return self.arrival_rate_per_s * (1.0 - self.lost_ratio)

    @property
    def present(self) -> float:
        """Mean number present."""
        return float(self.probability @ np.arange(self.probability.size))

    @property
    def response_time_s(self) -> float:
        """Mean response time of those let in, by Little's law."""
        return self.present / self.throughput_per_s

    @property
    def wait_s(self) -> float:
        """Mean wait of those let in."""
        return self.response_time_s - self.service_time_s

    @property
    def wait_probability(self) -> float:
        """Share of those let in that find every server busy."""
        seen = self.probability[:-1]
        return float(seen[self.server_count :].sum() / seen.sum())

    def wait_tail(self, time_s: float) -> float:
        """P(wait > t) of those let in, first come first served: as many services as are before them at all servers."""
        seen = self.probability[:-1] / self.probability[:-1].sum()
        before = np.arange(seen.size - self.server_count)
        served = self.server_count / self.service_time_s * time_s
        return float(seen[self.server_count :] @ special.pdtr(before, served))

    @property
    def utilization_ratio(self) -> float:
        """Busy share of a server."""
        return self.throughput_per_s * self.service_time_s / self.server_count


def m_m_c_k(
    *, arrival_rate_per_s: float, service_time_s: float, server_count: int, most_present: int
) -> FiniteQueue:
    """Solve M/M/c/K as a birth-death chain (Gross and Harris 1998).

    Raises
    ------
    ValueError
        Fewer may be present than there are servers, or a number is not positive.
    """
    if not (arrival_rate_per_s > 0.0 and service_time_s > 0.0 and server_count >= 1):
        raise ValueError("arrival_rate_per_s, service_time_s and server_count must be positive")
    if most_present < server_count:
        raise ValueError(f"most_present must be at least server_count ({server_count}), not {most_present}")
    serving = np.minimum(np.arange(1.0, most_present + 1.0), server_count)
    offered = np.full(most_present, arrival_rate_per_s * service_time_s)
    probability = birth_death(offered[:, None], serving[:, None])[:, 0]
    return FiniteQueue(
        arrival_rate_per_s=arrival_rate_per_s,
        service_time_s=service_time_s,
        server_count=server_count,
        probability=probability,
    )


def erlang_b(*, offered_erlangs: float, server_count: int) -> float:
    """Return the share of arrivals lost by c servers without a queue (Erlang 1917), whatever the law of service."""
    lost = 1.0
    for servers in range(1, server_count + 1):
        lost = offered_erlangs * lost / (servers + offered_erlangs * lost)
    return lost
