"""birth_death: stationary distributions of chains that move one state up or down.

Arrays run over states first and worlds last.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Closer to saturation than this the distance to it is rounding, and a mean divided by it is noise.
SATURATION_RATIO = 1.0 - 1e-9


def birth_death(birth_per_s: Array, death_per_s: Array) -> Array:
    """Stationary distribution of a birth-death chain, summed in logarithms.

    Parameters
    ----------
    birth_per_s
        Rates from state j to j + 1, shape (states - 1, worlds); a rate of 0 ends a world's chain there.
    death_per_s
        Rates from state j + 1 to j, same shape, positive.

    Returns
    -------
    Array
        Shape (states, worlds); columns sum to 1.
    """
    with np.errstate(divide="ignore"):
        steps = np.log(birth_per_s) - np.log(death_per_s)
    log = np.concatenate([np.zeros_like(steps[:1]), np.cumsum(steps, axis=0)])
    weight = np.exp(log - np.max(log, axis=0))
    distribution: Array = weight / np.sum(weight, axis=0)
    return distribution


def finite_source(population: Array, think_time_s: Array, completion_per_s: Array) -> Array:
    """Distribution of the number of users not thinking, of ``population`` users who think and ask in turn.

    Parameters
    ----------
    population, think_time_s
        Shape (worlds,). Without think time all users are always asking.
    completion_per_s
        Throughput with j = 1..top users not thinking, shape (top, worlds), top >= every population.

    Returns
    -------
    Array
        Shape (top + 1, worlds).
    """
    thinking = population - np.arange(completion_per_s.shape[0], dtype=float)[:, None]
    # Without think time the arrival rate is unbounded; the least positive time gives the same limit.
    return birth_death(np.maximum(thinking, 0.0) / np.maximum(think_time_s, 1e-290), completion_per_s)


def found_by_users(present: Array, population: Array) -> Array:
    """Distribution of the number that a user finds who comes: as often as users leave their thinking in a state.

    Parameters
    ----------
    present
        Distribution of the number of users not thinking, shape (top + 1, worlds), top >= every population.
    population
        Shape (worlds,).

    Returns
    -------
    Array
        Shape (top, worlds).
    """
    thinking = population - np.arange(present.shape[0] - 1.0)[:, None]
    found = present[:-1] * np.maximum(thinking, 0.0)
    distribution: Array = found / np.maximum(np.sum(found, axis=0), np.finfo(float).tiny)
    return distribution
