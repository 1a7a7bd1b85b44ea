"""M/G/c and G/G/c: means from two moments of the times, and the distribution of the wait they suggest."""

from dataclasses import dataclass

import numpy as np

from capplan.queues.deterministic import m_d_c_wait_s
from capplan.queues.multi_server import QueueWait, m_m_c

# Waits below this part of a service, or ratios below this, are about to leave the range of doubles.
_NEVER = 1e-280


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralQueue:
    """A station of c servers with a general law of service, as approximated.

    Attributes
    ----------
    wait_probability
        That of M/M/c with the same load; the wait of those who wait is taken as exponential.
    exact
        Whether the mean wait is exact: for one server and Poisson arrivals.
    """

    service_time_s: float
    wait_s: float
    wait_probability: float
    exact: bool

    @property
    def response_time_s(self) -> float:
        """Mean response time."""
        return self.wait_s + self.service_time_s

    def wait_tail(self, time_s: float) -> float:
        """P(wait > t), exponential for those who wait."""
        if self.wait_s == 0.0:
            return 0.0
        return float(self.wait_probability * np.exp(-time_s * self.wait_probability / self.wait_s))


def m_g_c(
    *, arrival_rate_per_s: float, service_time_s: float, service_variance_ratio: float, server_count: int
) -> GeneralQueue:
    """Interpolate between M/M/c and M/D/c (Kimura 1986); for one server this is Pollaczek and Khinchine's.

    Parameters
    ----------
    service_variance_ratio
        Squared coefficient of variation of the service time.

    Raises
    ------
    ValueError
        The servers cannot carry the load, or the ratio is negative.
    """
    if not service_variance_ratio >= 0.0:
        raise ValueError(f"service_variance_ratio must not be negative, not {service_variance_ratio:g}")
    constant_s = m_d_c_wait_s(
        arrival_rate_per_s=arrival_rate_per_s, service_time_s=service_time_s, server_count=server_count
    )
    markov = _m_m_c(arrival_rate_per_s, service_time_s, server_count)
    ratio, exponential_s = service_variance_ratio, float(markov.mean_s[0])
    wait_s = (1.0 + ratio) / 2.0 * exponential_s
    if constant_s > _NEVER * service_time_s:
        # M/D/c waits at least half as long as M/M/c, so that for large ratios this stays above 0.
        wait_s = (1.0 + ratio) / (2.0 * ratio / exponential_s + (1.0 - ratio) / constant_s)
    return GeneralQueue(
        service_time_s=service_time_s,
        wait_s=wait_s,
        wait_probability=float(markov.wait_probability_ratio[0]),
        exact=server_count == 1,
    )


def g_g_c(
    *,
    arrival_rate_per_s: float,
    arrival_variance_ratio: float,
    service_time_s: float,
    service_variance_ratio: float,
    server_count: int,
) -> GeneralQueue:
    """Scale M/M/c by the variation of arrivals and services (Allen 1990; Krämer and Langenbach-Belz 1976).

    Raises
    ------
    ValueError
        The servers cannot carry the load, or a ratio is negative.
    """
    busy = arrival_rate_per_s * service_time_s / server_count
    if not 0.0 < busy < 1.0:
        raise ValueError(f"the servers are asked for {busy:.3g} of what they can do, which must be below 1")
    came, served = arrival_variance_ratio, service_variance_ratio
    if not (came >= 0.0 and served >= 0.0):
        raise ValueError(f"ratios of variance must not be negative, not {came:g} and {served:g}")
    markov = _m_m_c(arrival_rate_per_s, service_time_s, server_count)
    if came + served < _NEVER:
        damping = 0.0
    elif came < 1.0:
        damping = float(np.exp(-2.0 * (1.0 - busy) * (1.0 - came) ** 2 / (3.0 * busy * (came + served))))
    else:
        damping = float(np.exp(-(1.0 - busy) * (came - 1.0) / (came + 4.0 * served)))
    return GeneralQueue(
        service_time_s=service_time_s,
        wait_s=float(markov.mean_s[0]) * (came + served) / 2.0 * damping,
        wait_probability=float(markov.wait_probability_ratio[0]),
        exact=False,
    )


def _m_m_c(arrival_rate_per_s: float, service_time_s: float, server_count: int) -> QueueWait:
    return m_m_c(np.array([arrival_rate_per_s]), np.array([service_time_s]), np.array([float(server_count)]))
