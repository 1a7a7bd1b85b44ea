"""A pool of requests of different lengths, in which the short wait behind the long.

Long requests gather inside: they stay while short ones come and go. So with n present a pool completes fewer than
its average mix would, and the more so the longer the line. The classes are told apart as two kinds with the moments
of their mix, and the numbers of either kind inside follow a Markov chain, level by level of the number present. With
two classes at one shared station that is the network's own chain; otherwise every request inside is slowed alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, factorial

import numpy as np

from capplan.pooled.level_chain import level_chain
from capplan.pooled.network import Array
from capplan.pooled.time_inside import TwoPhases, law_of, two_phases

_ALIKE = 1.0 + 1e-9
# Steps of the elimination times the size of each; as much takes a tenth of a second for 256 worlds, and a plan solves
# some 80 times.
_MOST_WORK = 4e5
_AT_ONCE = 1e9


def mix_factor(shares: Array, inside_s: Array) -> Array:
    """Return (1 + C^2) / 2 of a time that is exponential with the mean of the class drawn, shape (worlds,).

    Parameters
    ----------
    shares, inside_s
        Of each class, shape (worlds, classes).
    """
    factor: Array = np.sum(shares * inside_s**2, axis=1) / np.sum(shares * inside_s, axis=1) ** 2
    return factor


def kinds(shares: Array, demand_s: Array) -> TwoPhases | None:
    """Return two kinds of requests with the moments of the mix, in units of its mean; None where all are alike.

    Parameters
    ----------
    shares, demand_s
        Of each class, shape (worlds, classes).
    """
    first, second, third = (np.sum(shares * demand_s**k, axis=1)[:, None] for k in (1, 2, 3))
    if np.all(second <= _ALIKE * first**2):
        return None
    return two_phases(np.ones_like(first), 2.0 * second / first**2, 6.0 * third / first**3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedPool:
    """A pool of two kinds under users who think and ask.

    Attributes
    ----------
    completion_per_s
        With n = 1.. present, shape (most present, worlds).
    wait
        Law of the wait of those who wait, shape (2, worlds, 1).
    """

    completion_per_s: Array
    wait: TwoPhases


def can_be_followed(workers: int, users: int) -> bool:
    """Tell whether so many workers under so many users are little enough work."""
    return users * (workers + 1) * (2 * workers + 2) ** 2 <= _MOST_WORK


def mixed_pool(
    population: Array, think_time_s: Array, inside_per_s: Array, mix: TwoPhases
) -> MixedPool | None:
    """Follow the numbers of either kind inside; None where that is too much work.

    Parameters
    ----------
    population, think_time_s
        Shape (worlds,).
    inside_per_s
        Completions of the average mix with n = 0..workers inside, shape (workers + 1, worlds).
    mix
        From ``kinds``.
    """
    workers, most = inside_per_s.shape[0] - 1, int(population.max())
    if not can_be_followed(workers, most):
        return None
    share, time = mix.weight[:, :, 0], mix.time[:, :, 0]
    up, down, ends = [], [], [np.zeros((1, population.size))]
    for present in range(most):
        busy = min(present, workers)
        asking = np.maximum(population - present, 0.0) / np.maximum(think_time_s, 1e-290)
        asking = np.minimum(asking, _AT_ONCE * inside_per_s[-1])
        up.append(_admitted(busy, asking, share) if present < workers else _waiting(busy, asking))
        busy = min(present + 1, workers)
        long = np.arange(busy + 1.0)[:, None]
        each = inside_per_s[busy] / busy
        rates = long * each / time[0], (busy - long) * each / time[1]
        down.append(_left(rates) if present < workers else _replaced(rates, share))
        ends.append(rates[0] + rates[1])
    within = [np.zeros((part.shape[0], part.shape[0], population.size)) for part in ends]
    chance = level_chain(up, within, down)
    number = np.array([part.sum(axis=0) for part in chance[1:]])
    done = np.array([np.sum(part * rate, axis=0) for part, rate in zip(chance[1:], ends[1:], strict=True)])
    average = inside_per_s[np.minimum(np.arange(1, most + 1), workers)]
    completion: Array = np.where(number > 0.0, done / np.maximum(number, 1e-300), average)
    found = [
        part * np.maximum(population - n, 0.0) for n, part in enumerate(chance[workers:-1], start=workers)
    ]
    return MixedPool(completion_per_s=completion, wait=_wait_law(found, down[-1], 1.0 / inside_per_s[-1]))


def _wait_law(found: Sequence[Array], replaced: Array, unit_s: Array) -> TwoPhases:
    """Return the law of the wait: until as many have left as are before, and one more, from who is found inside.

    Nothing but departures changes who is inside while somebody waits, so that the moments follow one from another.

    Parameters
    ----------
    found
        Weights of the kinds inside that one finds who has 0, 1, .. before it, each of shape (workers + 1, worlds).
    replaced
        Rates of departures with what they leave inside, shape (workers + 1, workers + 1, worlds).
    unit_s
        What stands in for a mean where nobody waits, shape (worlds,).
    """
    rate = replaced.sum(axis=1)
    step = replaced / rate[:, None]
    sums = [np.zeros_like(unit_s) for _ in range(4)]
    moments = [np.ones_like(rate), *(np.zeros_like(rate) for _ in range(3))]
    for weight in found:
        # The time to the next departure is exponential and says nothing of what follows.
        later = [np.einsum("ijw,jw->iw", step, each) for each in moments]
        stay = [factorial(k) / rate**k for k in range(4)]
        moments = [
            sum((comb(k, m) * stay[m] * later[k - m] for m in range(k + 1)), start=np.zeros_like(rate))
            for k in range(4)
        ]
        sums = [total + np.sum(weight * each, axis=0) for total, each in zip(sums, moments, strict=True)]
    weight, *sums = (total[:, None] for total in sums)
    return law_of(sums, weight=weight, otherwise=unit_s[:, None])


def _admitted(busy: int, asking: Array, share: Array) -> Array:
    """Return the rates at which one more of either kind comes in, shape (busy + 1, busy + 2, worlds)."""
    rates = np.zeros((busy + 1, busy + 2, asking.size))
    i = np.arange(busy + 1)
    rates[i, i + 1] = asking * share[0]
    rates[i, i] = asking * share[1]
    return rates


def _waiting(busy: int, asking: Array) -> Array:
    """Return the rates at which one more waits, whoever is inside."""
    rates = np.zeros((busy + 1, busy + 1, asking.size))
    i = np.arange(busy + 1)
    rates[i, i] = asking
    return rates


def _left(ends: tuple[Array, Array]) -> Array:
    """Return the rates at which one of either kind leaves and nobody waits, shape (busy + 1, busy, worlds)."""
    busy = ends[0].shape[0] - 1
    rates = np.zeros((busy + 1, busy, ends[0].shape[1]))
    i = np.arange(1, busy + 1)
    rates[i, i - 1] += ends[0][1:]
    rates[i - 1, i - 1] += ends[1][:-1]
    return rates


def _replaced(ends: tuple[Array, Array], share: Array) -> Array:
    """Return the rates at which one of either kind makes room for one of either kind."""
    busy = ends[0].shape[0] - 1
    rates = np.zeros((busy + 1, busy + 1, ends[0].shape[1]))
    i = np.arange(busy + 1)
    rates[i, i] = ends[0] * share[0] + ends[1] * share[1]
    rates[i[1:], i[:-1]] = ends[0][1:] * share[1]
    rates[i[:-1], i[1:]] = ends[1][:-1] * share[0]
    return rates
