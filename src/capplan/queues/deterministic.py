"""M/D/c: Poisson arrivals, c servers, a service that always takes as long; exact, with the distribution of the wait.

Over one service time all who are in service leave and a number of arrivals with Poisson's law come (Crommelin 1932), so
that the queue at times one service apart is a random walk held at 0, with steps of Poisson arrivals less c.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from capplan.poisson import poisson_chance

Array = NDArray[np.float64]
_LEAST = 1e-16
_MOST_STATES = 2**20
_MOST_PRODUCTS = 2**26
_SMALL_QUEUE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeterministicQueue:
    """M/D/c in its steady state.

    Attributes
    ----------
    probability
        Of each number of requests present, shape (numbers,); what is beyond is less than rounding.
    """

    arrival_rate_per_s: float
    service_time_s: float
    server_count: int
    probability: Array

    @property
    def wait_s(self) -> float:
        """Mean wait."""
        return m_d_c_wait_s(
            arrival_rate_per_s=self.arrival_rate_per_s,
            service_time_s=self.service_time_s,
            server_count=self.server_count,
        )

    @property
    def response_time_s(self) -> float:
        """Mean response time."""
        return self.wait_s + self.service_time_s

    @property
    def wait_probability(self) -> float:
        """Share of the arrivals that find every server busy."""
        return float(self.probability[self.server_count :].sum())

    def wait_tail(self, time_s: float) -> float:
        """P(wait > t), first come first served (Franx 2001, from the numbers in the queue).

        Who waits longer than t finds, at the first of the times one service apart that comes after t, too many still
        before him: a queue now, and the arrivals between that time less t and now.
        """
        service = self.service_time_s
        whole = int(np.floor(time_s / service)) + 1
        mean = self.arrival_rate_per_s * (whole * service - time_s)
        room = whole * self.server_count - 1
        came = np.arange(min(room, int(mean + 12.0 * np.sqrt(mean) + 40.0)) + 1)
        chance = poisson_chance(came, mean)
        # queue_above[j]: chance that more than j wait in the queue
        above = np.append(np.cumsum(self.probability[::-1])[::-1][self.server_count + 1 :], 0.0)
        kept = above[np.minimum(room - came, above.size - 1)]
        return float(min(1.0, chance @ kept + special.gammainc(room + 1.0, mean)))


def m_d_c(*, arrival_rate_per_s: float, service_time_s: float, server_count: int) -> DeterministicQueue:
    """Solve M/D/c for the number present, by its generating function on the unit circle.

    That is (c - a)(1 - z) prod (z - z_k)/(1 - z_k) / (1 - z^c exp(a(1 - z))), with a servers asked for and z_k the
    c - 1 other zeros of the denominator inside the circle, as for any queue served in bulk.

    Raises
    ------
    ValueError
        The servers cannot carry the load, or are so near to it that the numbers present are too many.
    """
    offered = _offered(arrival_rate_per_s, service_time_s, server_count)
    size = _states(offered, server_count)
    if size > _MOST_STATES or size * server_count > _MOST_PRODUCTS:
        raise ValueError(
            f"the servers are {offered / server_count:.6f} busy, too near to 1 for a distribution"
        )
    angle = 2.0 * np.pi * np.arange(size // 2 + 1) / size
    circle = np.exp(1j * angle)
    log = np.zeros_like(circle)
    for zero in _zeros(offered, server_count):
        log += np.log((circle - zero) / (1.0 - zero))
    gone = offered * 2.0 * np.sin(angle / 2.0) ** 2 + 1j * (server_count * angle - offered * np.sin(angle))
    gone[0], circle[0] = 1.0, 0.0
    value = (server_count - offered) * (circle - 1.0) / np.expm1(gone) * np.exp(log)
    value[0] = 1.0
    # A generating function takes z to the power n, and the transform turns the other way round.
    probability = np.maximum(fft.irfft(np.conj(value), size), 0.0)
    return DeterministicQueue(
        arrival_rate_per_s=arrival_rate_per_s,
        service_time_s=service_time_s,
        server_count=server_count,
        probability=probability / probability.sum(),
    )


def m_d_c_wait_s(*, arrival_rate_per_s: float, service_time_s: float, server_count: int) -> float:
    """Return the mean wait alone, at any load: from the zeros, or where it is small from Spitzer's identity (1956).

    Raises
    ------
    ValueError
        The servers cannot carry the load.
    """
    offered = _offered(arrival_rate_per_s, service_time_s, server_count)
    spare = server_count - offered
    zeros = _zeros(offered, server_count)
    present = float(np.sum(1.0 / (1.0 - zeros)).real) - (spare**2 - server_count) / (2.0 * spare)
    queue = present - offered
    if queue < _SMALL_QUEUE * server_count:
        queue = _small_queue(offered, server_count)
    return queue / arrival_rate_per_s


def _small_queue(offered: float, server_count: int) -> float:
    """Return the mean queue as the sum over m of E[(arrivals in m services - m c)^+] / m, whose terms are positive."""
    queue, times = 0.0, 0
    while True:
        times += 1
        mean, taken = times * offered, times * server_count
        beyond = mean * special.gammainc(float(taken), mean) - taken * special.gammainc(taken + 1.0, mean)
        queue += max(beyond, 0.0) / times
        if beyond <= _LEAST * queue:
            return float(queue)


def _offered(arrival_rate_per_s: float, service_time_s: float, server_count: int) -> float:
    offered = arrival_rate_per_s * service_time_s
    if not (arrival_rate_per_s > 0.0 and 0.0 < offered < server_count):
        raise ValueError(
            f"arrival_rate_per_s * service_time_s must lie between 0 and {server_count}, not {offered:g}"
        )
    return offered


def _zeros(offered: float, server_count: int) -> NDArray[np.complex128]:
    """Return the zeros inside the unit circle of z^c = exp(a(z - 1)), by Lambert's function, shape (c - 1,)."""
    busy = offered / server_count
    roots_of_one = np.exp(2j * np.pi * np.arange(1, server_count) / server_count)
    zeros: NDArray[np.complex128] = -special.lambertw(-busy * np.exp(-busy) * roots_of_one) / busy
    return zeros


def _states(offered: float, server_count: int) -> int:
    """Return how many states, a power of 2, hold all but rounding: exp(-t) from state to state, c t = a (e^t - 1)."""
    ratio = server_count / offered
    fall = min(2.0 * (ratio - 1.0), 2.0 * np.log(ratio) + 2.0)
    for _ in range(60):
        fall -= (np.expm1(fall) - ratio * fall) / (np.exp(fall) - ratio)
    size = server_count + 12.0 * np.sqrt(offered) + 40.0 - np.log(_LEAST) / fall
    return int(2.0 ** np.ceil(np.log2(size)))
