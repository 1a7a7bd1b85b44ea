"""The wait for a worker when only the first three moments of it are known."""

from dataclasses import dataclass

import numpy as np

from capplan.pooled.course import Moments
from capplan.pooled.network import Array, BoolArray
from capplan.pooled.response_tail import PoolWait, TwoPhaseWait
from capplan.pooled.time_inside import two_phases

# The least squared coefficient of variation of two phases.
_LEAST_VARIATION = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MomentWait:
    """A wait whose law, for those who wait, has two phases, or in the worlds where it varies too little for that, more.

    Attributes
    ----------
    phases, even
        The same wait as either; one of them is no wait.
    """

    phases: TwoPhaseWait
    even: PoolWait

    @property
    def probability(self) -> Array:
        """P(wait > 0), shape (worlds,)."""
        return self.phases.probability + self.even.probability

    @property
    def mean_s(self) -> Array:
        """Mean wait over all requests, shape (worlds,)."""
        return self.phases.mean_s + self.even.mean_s

    def slowed(self, times: Array) -> "MomentWait":
        """Return a wait that lasts so many times as long, shape (worlds,)."""
        return MomentWait(phases=self.phases.slowed(times), even=self.even.slowed(times))

    def tail_with_service(self, time_s: Array, service_s: Array) -> Array:
        """P(wait + S > t) with S exponential, independent of the wait; shapes (worlds,)."""
        either = (each.tail_with_service(time_s, service_s) for each in (self.phases, self.even))
        total: Array = sum(either, start=-np.exp(-time_s / service_s))
        return total


def moment_wait(at_least: Array, moments: Moments, exponential: BoolArray) -> MomentWait:
    """Return a wait for so many departures that has, for those who wait, these moments.

    Two phases vary at least half as much as an exponential. Where the wait varies less, as in a long line, it is that
    for departures at exponential intervals, of which fewer and longer ones bring its variance about.

    Parameters
    ----------
    at_least
        P(wait for more than i departures), shape (departures, worlds).
    moments
        Shape (worlds,) each.
    exponential
        Worlds in which the intervals are exponential, so that the wait is known to be of the second kind.
    """
    mean, second, _ = moments
    variation = second / mean**2 - 1.0
    even = exponential | (variation < _LEAST_VARIATION)
    law = two_phases(*(each[:, None] for each in moments))
    return MomentWait(
        phases=TwoPhaseWait(
            probability=np.where(even, 0.0, at_least[0]), weight=law.weight[:, :, 0], time_s=law.time[:, :, 0]
        ),
        even=_fewer_departures(np.where(even, at_least, 0.0), mean, variation),
    )


def _fewer_departures(at_least: Array, mean_s: Array, variation: Array) -> PoolWait:
    """Return the wait for so many times fewer departures that its squared coefficient of variation is this.

    With K departures at intervals of variance I times that of an exponential it is I / E K + Var K / (E K)^2.
    """
    waits = np.maximum(at_least[0], 1e-300)
    number = np.arange(float(at_least.shape[0]))[:, None]
    mean = np.maximum(np.sum(at_least, axis=0) / waits, 1.0)
    spread = np.sum((2.0 * number + 1.0) * at_least, axis=0) / waits - mean**2
    times = np.clip(mean * variation - spread / mean, 1.0, mean)
    at = np.minimum(number * times, at_least.shape[0])
    below = np.minimum(at.astype(int), at_least.shape[0] - 1)
    longer = np.concatenate([at_least, np.zeros_like(at_least[:1])])
    lower, upper = (np.take_along_axis(longer, below + more, axis=0) for more in (0, 1))
    tail = lower + (at - below) * (upper - lower)
    return PoolWait(phase_tail=tail, rate_per_s=np.maximum(np.sum(tail, axis=0) / waits, 1.0) / mean_s)
