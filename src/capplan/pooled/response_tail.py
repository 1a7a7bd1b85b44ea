"""Distribution of a wait followed by an exponential service, and its percentiles."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from capplan.pooled.network import Array, BoolArray

# Waiting less probable than this does not move a percentile anybody reads.
_NEGLIGIBLE = 1e-10
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(14)
# More phases than this and exp(650) no longer lifts the first Poisson term into the range of doubles.
_LONG_QUEUE = 600
_MOST_STEPS = 100
_CLOSE = 1e-11


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoolWait:
    """Distribution of the wait for admission as an arriving request sees it: a mixture of Erlangs.

    The wait lasts k exponential admissions with the same rate, k = 0 with the remaining probability.

    Attributes
    ----------
    phase_tail
        P(k > i) for i = 0, 1, ..., shape (phases, worlds), phases >= 1.
    rate_per_s
        Admissions per second while all workers are busy, shape (worlds,), positive.
    """

    phase_tail: Array
    rate_per_s: Array

    @property
    def probability(self) -> Array:
        """P(wait > 0), shape (worlds,)."""
        probability: Array = self.phase_tail[0]
        return probability

    @property
    def mean_s(self) -> Array:
        """Mean wait over all requests, shape (worlds,)."""
        mean: Array = np.sum(self.phase_tail, axis=0) / self.rate_per_s
        return mean

    def slowed(self, times: Array) -> "PoolWait":
        """Return a wait that lasts so many times as long, shape (worlds,)."""
        return replace(self, rate_per_s=self.rate_per_s / times)

    def tail(self, time_s: Array) -> Array:
        """P(wait > t) for t >= 0 of shape (points, worlds), same shape."""
        steps = np.minimum(time_s, 1e300) * self.rate_per_s
        phases = self.phase_tail[np.max(self.phase_tail, axis=1) > _NEGLIGIBLE]
        total = np.zeros_like(steps)
        if phases.shape[0] > _LONG_QUEUE:
            return _long_tail(steps, phases)
        # The Poisson terms start from exp(-steps), lifted so that a long queue does not underflow.
        lift = np.minimum(steps, 650.0)
        term = np.exp(lift - steps)
        for i, weight in enumerate(phases):
            if i:
                term *= steps
                term /= i
            total += term * weight
        return total * np.exp(-lift)

    def tail_with_service(self, time_s: Array, service_s: Array) -> Array:
        """P(wait + S > t) with S exponential, independent of the wait.

        P(S > t) + integral of f_S(s) P(wait > t - s) over s in [0, t], by Gauss-Legendre quadrature in four
        panels: two where the density of S is large, one in between, and one where t - s is of the wait's
        own size.

        Parameters
        ----------
        time_s, service_s
            Shape (worlds,), the latter the mean of S.
        """
        total = np.exp(-time_s / service_s)
        if not np.any(self.probability > _NEGLIGIBLE):
            return total
        phases = np.sum(self.phase_tail, axis=0) / np.maximum(self.probability, 1e-300)
        split = time_s - np.minimum(time_s / 2.0, 6.0 * (phases + np.sqrt(phases)) / self.rate_per_s)
        edges = np.stack(
            [
                np.zeros_like(time_s),
                np.minimum(5.0 * service_s, split),
                np.minimum(20.0 * service_s, split),
                split,
                time_s,
            ]
        )
        half = np.diff(edges, axis=0)[:, None, :] / 2.0
        spent = edges[:-1, None, :] + half * (1.0 + _NODES[:, None])
        density = np.exp(-spent / service_s) / service_s * half * _WEIGHTS[:, None]
        late = self.tail((time_s - spent).reshape(-1, time_s.size)).reshape(spent.shape)
        total += np.einsum("pnw,pnw->w", density, late)
        return np.minimum(total, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoPhaseWait:
    """Distribution of a wait whose law, for those who wait, has two phases.

    Attributes
    ----------
    probability
        P(wait > 0), shape (worlds,).
    weight, time_s
        P(wait > t | wait > 0) = sum of weight exp(-t / time), shape (2, worlds).
    """

    probability: Array
    weight: Array
    time_s: Array

    @property
    def mean_s(self) -> Array:
        """Mean wait over all requests, shape (worlds,)."""
        mean: Array = self.probability * np.sum(self.weight * self.time_s, axis=0)
        return mean

    def slowed(self, times: Array) -> "TwoPhaseWait":
        """Return a wait that lasts so many times as long, shape (worlds,)."""
        return replace(self, time_s=self.time_s * times)

    def tail_with_service(self, time_s: Array, service_s: Array) -> Array:
        """P(wait + S > t) with S exponential, independent of the wait; shapes (worlds,)."""
        total = (1.0 - self.probability) * np.exp(-time_s / service_s)
        for weight, phase_s in zip(self.weight, self.time_s, strict=True):
            # Equal means are told apart by so little that the difference keeps its digits.
            longer = np.where(
                np.abs(phase_s - service_s) < 1e-6 * service_s, service_s * (1.0 + 1e-6), phase_s
            )
            both = longer * np.exp(-time_s / longer) - service_s * np.exp(-time_s / service_s)
            total = total + self.probability * weight * both / (longer - service_s)
        return np.clip(total, 0.0, 1.0)


def _long_tail(steps: Array, phases: Array) -> Array:
    """Sum of Poisson terms times phase tails, each term from its logarithm."""
    log_steps = np.log(np.maximum(steps, 1e-300))
    total = np.zeros_like(steps)
    log_factorial = 0.0
    for i, weight in enumerate(phases):
        log_factorial += np.log(max(i, 1))
        total += weight * np.exp(i * log_steps - steps - log_factorial)
    return total


def no_wait(worlds: int) -> PoolWait:
    """Everyone is admitted at once."""
    return PoolWait(phase_tail=np.zeros((1, worlds)), rate_per_s=np.ones(worlds))


def percentile_s(tail: Callable[[Array], Array], start_s: Array, target: float, wanted: BoolArray) -> Array:
    """Time at which a falling tail meets the target: bracketing, then false position on its logarithm.

    Parameters
    ----------
    tail
        From times (worlds,) to P(response time > t), (worlds,).
    start_s
        First guess of the upper end, positive, shape (worlds,).
    wanted
        Worlds in which the answer is wanted; elsewhere it is arbitrary.
    """
    low, high = np.zeros_like(start_s), start_s.copy()
    low_gap = np.full_like(start_s, -np.log(target))
    high_gap = np.log(np.maximum(tail(high), 1e-300)) - np.log(target)
    for _ in range(200):
        short = (high_gap > 0.0) & wanted
        if not short.any():
            break
        low, low_gap = np.where(short, high, low), np.where(short, high_gap, low_gap)
        high = np.where(short, 2.0 * high, high)
        high_gap = np.log(np.maximum(tail(high), 1e-300)) - np.log(target)
    guess, last = high, np.zeros_like(start_s)
    for _ in range(_MOST_STEPS):
        # Illinois: an end kept twice in a row has its gap halved, so that it moves too.
        step = (high - low) * low_gap / np.where(low_gap > high_gap, low_gap - high_gap, 1.0)
        guess = np.where(wanted, low + step, high)
        gap = np.log(np.maximum(tail(guess), 1e-300)) - np.log(target)
        if np.all((np.abs(gap) <= _CLOSE) | (high - low <= _CLOSE * 1e-2 * high) | ~wanted):
            break
        side = np.where(gap > 0.0, 1.0, -1.0)
        halved = np.where(side == last, 0.5, 1.0)
        above = gap > 0.0
        low, low_gap = np.where(above, guess, low), np.where(above, gap, low_gap * halved)
        high, high_gap = np.where(above, high, guess), np.where(above, high_gap * halved, gap)
        last = side
    return guess
