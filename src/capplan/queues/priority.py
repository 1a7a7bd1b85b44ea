"""Priorities: more urgent classes go first, at one server with any law of service, or at several exponential ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from capplan.queues.multi_server import erlang_c


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentClass:
    """Requests of one urgency; ``service_variance_ratio`` is the squared coefficient of variation."""

    arrival_rate_per_s: float
    service_time_s: float
    service_variance_ratio: float = 1.0

    @property
    def offered_erlangs(self) -> float:
        """Its load."""
        return self.arrival_rate_per_s * self.service_time_s

    @property
    def residual_s(self) -> float:
        """Its part of the work that an arrival finds in service: half the rate times the second moment."""
        return self.offered_erlangs * self.service_time_s * (1.0 + self.service_variance_ratio) / 2.0


def head_of_line(classes: Sequence[UrgentClass]) -> list[float]:
    """Return the mean response time of each class, most urgent first, when service is not interrupted (Cobham 1954).

    Raises
    ------
    ValueError
        The server cannot carry the load.
    """
    busy = _loads(classes)
    residual_s = sum(each.residual_s for each in classes)
    return [
        each.service_time_s + residual_s / ((1.0 - before) * (1.0 - with_it))
        for each, (before, with_it) in zip(classes, pairwise(busy), strict=True)
    ]


def head_of_line_servers(
    *, arrival_rates_per_s: Sequence[float], service_time_s: float, server_count: int
) -> list[float]:
    """Return the mean response time of each class, most urgent first, at c servers with one exponential service.

    Service is not interrupted (Cobham 1954).

    Raises
    ------
    ValueError
        The servers cannot carry the load.
    """
    rates = list(accumulate(arrival_rates_per_s, initial=0.0))
    busy = [rate * service_time_s / server_count for rate in rates]
    if not busy[-1] < 1.0:
        raise ValueError(f"the classes ask for {busy[-1]:.3g} of the servers, which must be below 1")
    waits = erlang_c(np.array([float(server_count)]), np.array([rates[-1] * service_time_s]))
    until_free_s = float(waits[0]) * service_time_s / server_count
    return [
        service_time_s + until_free_s / ((1.0 - before) * (1.0 - with_it))
        for before, with_it in pairwise(busy)
    ]


def preemptive_resume(classes: Sequence[UrgentClass]) -> list[float]:
    """Return the mean response times when the more urgent interrupt, and the interrupted go on later.

    White and Christie 1958.

    Raises
    ------
    ValueError
        The server cannot carry the load.
    """
    busy = _loads(classes)
    residual_s = list(accumulate(each.residual_s for each in classes))
    return [
        each.service_time_s / (1.0 - before) + residual / ((1.0 - before) * (1.0 - with_it))
        for each, residual, (before, with_it) in zip(classes, residual_s, pairwise(busy), strict=True)
    ]


def _loads(classes: Sequence[UrgentClass]) -> list[float]:
    """Return the load of all more urgent classes, for each class and then for all."""
    busy = list(accumulate((each.offered_erlangs for each in classes), initial=0.0))
    if not busy[-1] < 1.0:
        raise ValueError(f"the classes ask for {busy[-1]:.3g} of the server, which must be below 1")
    return busy
