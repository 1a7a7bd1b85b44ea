"""M/M/c: Poisson arrivals, c servers, exponential service; Erlang's C formula and the distributions it gives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_HALVINGS = 60


def erlang_c(server_count: Array, offered_erlangs: Array) -> Array:
    """P(an arrival waits) in M/M/c, Erlang's C formula through the recursion of his B formula.

    Parameters
    ----------
    server_count, offered_erlangs
        Same shape; 1 where the servers cannot carry the offered load.
    """
    blocked = np.ones_like(offered_erlangs)
    for servers in range(1, int(np.max(server_count)) + 1):
        step = offered_erlangs * blocked / (servers + offered_erlangs * blocked)
        blocked = np.where(servers <= server_count, step, blocked)
    busy = offered_erlangs / server_count
    waits: Array = np.where(busy < 1.0, blocked / (1.0 - np.minimum(busy, 1.0) * (1.0 - blocked)), 1.0)
    return waits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QueueWait:
    """Wait in an M/M/c queue, first come first served; all arrays share one shape.

    Attributes
    ----------
    wait_probability_ratio
        P(wait > 0).
    drain_rate_per_s
        Rate of the exponential wait of those who wait; 0 where the queue is not stable.
    """

    wait_probability_ratio: Array
    drain_rate_per_s: Array

    @property
    def mean_s(self) -> Array:
        """Mean wait over all arrivals, infinite where not stable."""
        mean = np.full_like(self.drain_rate_per_s, np.inf)
        return np.divide(
            self.wait_probability_ratio, self.drain_rate_per_s, out=mean, where=self.drain_rate_per_s > 0.0
        )

    def percentile_s(self, q: float) -> Array:
        """Wait that a share q of the arrivals does not exceed, infinite where not stable.

        Raises
        ------
        ValueError
            q is not inside (0, 1).
        """
        if not 0.0 < q < 1.0:
            raise ValueError(f"q must lie between 0 and 1, not {q}")
        depth = np.log(np.maximum(self.wait_probability_ratio / (1.0 - q), 1.0))
        wait = np.full_like(self.drain_rate_per_s, np.inf)
        return np.divide(depth, self.drain_rate_per_s, out=wait, where=self.drain_rate_per_s > 0.0)


def m_m_c(arrival_rate_per_s: Array, service_time_s: Array, server_count: Array) -> QueueWait:
    """Wait of M/M/c jobs, first come first served (Erlang 1917).

    Parameters
    ----------
    arrival_rate_per_s, service_time_s, server_count
        Same shape, positive.
    """
    offered = arrival_rate_per_s * service_time_s
    drain = np.maximum(server_count / service_time_s - arrival_rate_per_s, 0.0)
    return QueueWait(wait_probability_ratio=erlang_c(server_count, offered), drain_rate_per_s=drain)


def response_tail(wait: QueueWait, service_time_s: Array, time_s: Array) -> Array:
    """P(wait + service > t), first come first served: two exponentials in a row for those who wait.

    Parameters
    ----------
    service_time_s, time_s
        Same shape as the wait's arrays.
    """
    alone = np.exp(-time_s / service_time_s)
    slow = np.minimum(1.0 / service_time_s, wait.drain_rate_per_s)
    apart = np.abs(1.0 / service_time_s - wait.drain_rate_per_s) * time_s
    # (1 - exp(-x)) / x, which is 1 where both exponentials are alike
    mean = np.divide(-np.expm1(-apart), apart, out=np.ones_like(apart), where=apart > 0.0)
    both = np.exp(-slow * time_s) * (1.0 + slow * time_s * mean)
    tail: Array = alone + wait.wait_probability_ratio * (both - alone)
    return tail


def response_percentile_s(wait: QueueWait, service_time_s: Array, q: float) -> Array:
    """Response time that a share q of the requests does not exceed, infinite where not stable, by halving.

    Parameters
    ----------
    service_time_s
        Same shape as the wait's arrays.

    Raises
    ------
    ValueError
        q is not inside (0, 1).
    """
    # Half of those left may have a long wait, and half a long service.
    longest = wait.percentile_s((1.0 + q) / 2.0) - service_time_s * np.log((1.0 - q) / 2.0)
    stable = np.isfinite(longest)
    low, high = np.zeros_like(longest), np.where(stable, longest, 0.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        longer = response_tail(wait, service_time_s, middle) > 1.0 - q
        low, high = np.where(longer, middle, low), np.where(longer, high, middle)
    return np.where(stable, (low + high) / 2.0, np.inf)
