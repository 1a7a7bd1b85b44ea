"""Users who share a pool with requests of different lengths, in which the short wait behind the long.

Long requests gather inside: they stay while short ones come and go. So with n present a pool completes fewer than
its average mix would, and the more so the longer the line. The times for which a worker is held are told apart as two
kinds with the moments of their mix, and the numbers of either kind inside follow a Markov chain, level by level of the
number present. With two classes at one shared station that is the network's own chain; otherwise every request inside
is slowed alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capplan.birth_death import finite_source
from capplan.pooled.course import Moments, conditional_moments
from capplan.pooled.level_chain import level_chain
from capplan.pooled.network import Array
from capplan.pooled.time_inside import TwoPhases
from capplan.pooled.two_kinds import admitted, can_be_followed, ends, left, replaced, waiting

# Users who never think come back at once; a rate this many times that of all else is as good.
_AT_ONCE = 1e14
# More present than are so improbable are not followed.
_NEVER = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedPool:
    """A pool of two kinds under users who think and ask.

    Attributes
    ----------
    completion_per_s
        With n = 1.. present, shape (most present, worlds).
    wait
        Moments of the wait of those who wait, shape (worlds,) each.
    """

    completion_per_s: Array
    wait: Moments


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
    average = inside_per_s[np.minimum(np.arange(1, most + 1), workers)]
    followed = np.flatnonzero(np.max(finite_source(population, think_time_s, average), axis=1) > _NEVER)
    ending = [ends(busy, inside_per_s, mix) for busy in range(1, workers + 1)]
    down = [left(each) for each in ending]
    # A line grows longer by about (1 + C^2) / 2, which is what the squares of the kinds' times come to.
    longer = float(np.max(np.sum(mix.weight * mix.time**2, axis=0)))
    levels, chance = int(longer * followed[-1]) + 1, [np.ones((1, population.size))]
    while float(np.max(chance[-1].sum(axis=0))) > _NEVER and len(chance) <= most:
        levels = min(levels, most)
        chance = _chance(_asking(population, think_time_s, inside_per_s, levels), down, ending, mix)
        levels *= 2
    completion = average.copy()
    for n, part in enumerate(chance[1:], start=1):
        gone = np.sum(part * sum(ending[min(n, workers) - 1]), axis=0)
        some = part.sum(axis=0)
        completion[n - 1] = np.where(some > 0.0, gone / np.maximum(some, 1e-300), average[n - 1])
    found = [part * np.maximum(population - n, 0.0) for n, part in enumerate(chance[:most])][workers:]
    leaving = replaced(ending[-1], mix)
    return MixedPool(completion_per_s=completion, wait=_wait(found, leaving, 1.0 / inside_per_s[-1]))


def _asking(population: Array, think_time_s: Array, inside_per_s: Array, levels: int) -> Array:
    """Return the rate at which users come with 0, 1, .. of them present, shape (levels, worlds)."""
    thinking = np.maximum(population - np.arange(float(levels))[:, None], 0.0)
    asking: Array = np.minimum(thinking / np.maximum(think_time_s, 1e-290), _AT_ONCE * inside_per_s[-1])
    return asking


def _chance(
    asking: Array, down: Sequence[Array], ending: Sequence[tuple[Array, Array]], mix: TwoPhases
) -> list[Array]:
    """Return the distribution of the number present, so many at most, and of the long among those inside."""
    workers, worlds = len(ending), asking.shape[1]
    lines = asking.shape[0] - workers
    up = [admitted(n, rate, mix) if n < workers else waiting(workers, rate) for n, rate in enumerate(asking)]
    moves = [*down, *[replaced(ending[-1], mix)] * lines][: len(up)]
    sizes = [1, *(each.shape[0] for each in moves)]
    return level_chain(up, [np.zeros((size, size, worlds)) for size in sizes], moves)


def _wait(found: Sequence[Array], leaving: Array, unit_s: Array) -> Moments:
    """Return moments of the wait: until as many have left as are before, and one more, from who is found inside.

    Nothing but departures changes who is inside while somebody waits, so that the moments follow one from another.

    Parameters
    ----------
    found
        Weights of the kinds inside that one finds who has 0, 1, .. before it, each of shape (workers + 1, worlds).
    leaving
        Rates of departures with what they leave inside, shape (workers + 1, workers + 1, worlds).
    unit_s
        What stands in for a mean where nobody waits, shape (worlds,).
    """
    rate = leaving.sum(axis=1)
    step = leaving / rate[:, None]
    sums = np.zeros((4, unit_s.size))
    moments = np.stack([np.ones_like(rate), *[np.zeros_like(rate)] * 3], axis=1)
    for weight in found:
        # The time to the next departure is exponential and says nothing of what follows: with it, the k-th moment is
        # that of what follows and k / rate times the one before.
        moments = np.einsum("ijw,jkw->ikw", step, moments)
        for k in (1, 2, 3):
            moments[:, k] += k / rate * moments[:, k - 1]
        sums += np.einsum("iw,ikw->kw", weight, moments)
    weight, *others = sums
    return conditional_moments(others, weight=weight, otherwise=unit_s)
