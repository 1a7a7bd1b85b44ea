"""Two kinds of requests in a pool: what stands for a mix, and who comes, leaves and takes whose place.

The number of the long among those inside is the state. Everybody inside is slowed alike. Arrays of rates run over the
state before, the state after, and worlds.
"""

import numpy as np

from capplan.pooled.course import Moments
from capplan.pooled.network import Array, BoolArray
from capplan.pooled.time_inside import TwoPhases, two_phases

# Where a mix lengthens waits by less than this, telling its kinds apart adds less than flow equivalence leaves out: so
# it is in most plans of one class, whose requests do little but compute.
_ALIKE = 1.01
# Steps of the elimination times the size of each; as much takes a tenth of a second for 256 worlds, and a plan solves
# some 80 times.
_MOST_WORK = 4e5


def mix_factor(moments: Moments) -> Array:
    """Return (1 + C^2) / 2 of a time with these moments, as shaped as they are."""
    mean, second, _ = moments
    factor: Array = second / (2.0 * mean**2)
    return factor


def alike(moments: Moments) -> BoolArray:
    """Tell the worlds in which the mix is too nearly exponential for its kinds to be told apart."""
    return mix_factor(moments) <= _ALIKE


def kinds(moments: Moments) -> TwoPhases | None:
    """Return two kinds with the moments of the mix, in units of its mean; None where all are alike.

    Times that are at least as variable as an exponential have two such kinds, each exponential.

    Parameters
    ----------
    moments
        Of the time a request holds a worker, shape (worlds,).
    """
    plain = alike(moments)
    if plain.all():
        return None
    mean, second, third = moments
    ratio = np.where(plain, 2.0, second / mean**2), np.where(plain, 6.0, third / mean**3)
    return two_phases(np.ones_like(mean)[:, None], ratio[0][:, None], ratio[1][:, None])


def can_be_followed(workers: int, levels: int) -> bool:
    """Tell whether the kinds inside, for so many numbers of requests present, are little enough work."""
    return levels * (workers + 1) * (2 * workers + 2) ** 2 <= _MOST_WORK


def ends(busy: int, inside_per_s: Array, mix: TwoPhases) -> tuple[Array, Array]:
    """Return the rates at which one of either kind ends with so many inside, shape (busy + 1, worlds) each."""
    long = np.arange(busy + 1.0)[:, None]
    each = inside_per_s[busy] / busy
    return long * each / mix.time[0, :, 0], (busy - long) * each / mix.time[1, :, 0]


def admitted(busy: int, asking: Array, mix: TwoPhases) -> Array:
    """Return the rates at which one more of either kind comes in, shape (busy + 1, busy + 2, worlds)."""
    share = mix.weight[:, :, 0]
    rates = np.zeros((busy + 1, busy + 2, asking.size))
    i = np.arange(busy + 1)
    rates[i, i + 1] = asking * share[0]
    rates[i, i] = asking * share[1]
    return rates


def waiting(busy: int, asking: Array) -> Array:
    """Return the rates at which one more waits, whoever is inside."""
    rates = np.zeros((busy + 1, busy + 1, asking.size))
    i = np.arange(busy + 1)
    rates[i, i] = asking
    return rates


def left(ending: tuple[Array, Array]) -> Array:
    """Return the rates at which one of either kind leaves and nobody waits, shape (busy + 1, busy, worlds)."""
    busy = ending[0].shape[0] - 1
    rates = np.zeros((busy + 1, busy, ending[0].shape[1]))
    i = np.arange(1, busy + 1)
    rates[i, i - 1] += ending[0][1:]
    rates[i - 1, i - 1] += ending[1][:-1]
    return rates


def replaced(ending: tuple[Array, Array], mix: TwoPhases) -> Array:
    """Return the rates at which one of either kind makes room for one of either kind."""
    share = mix.weight[:, :, 0]
    busy = ending[0].shape[0] - 1
    rates = np.zeros((busy + 1, busy + 1, ending[0].shape[1]))
    i = np.arange(busy + 1)
    rates[i, i] = ending[0] * share[0] + ending[1] * share[1]
    rates[i[1:], i[:-1]] = ending[0][1:] * share[1]
    rates[i[:-1], i[1:]] = ending[1][:-1] * share[0]
    return rates
