"""Stationary distributions of Markov chains: birth and death, and chains arranged in levels.

Arrays run over states first and worlds last.
"""

from collections.abc import Sequence

import numpy as np

from capplan.pooled.network import Array

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


def level_chain(up: Sequence[Array], within: Sequence[Array], down: Sequence[Array]) -> list[Array]:
    """Stationary distribution of a chain that moves at most one level at a time.

    States are eliminated one by one from the top level down (Grassmann, Taksar and Heyman 1985), which
    never subtracts. Diagonals are ignored.

    Parameters
    ----------
    up
        Rates from level d to d + 1, d = 0..levels - 2, shape (size_d, size_{d+1}, worlds).
    within
        Rates inside level d, d = 0..levels - 1, shape (size_d, size_d, worlds).
    down
        Rates from level d + 1 to d, d = 0..levels - 2, shape (size_{d+1}, size_d, worlds).

    Returns
    -------
    list of Array
        Probabilities of the states of each level, shape (size_d, worlds).
    """
    inflow: list[list[Array]] = [[] for _ in within]
    local = within[-1]
    for level in range(len(within) - 1, -1, -1):
        below = within[level - 1].shape[0] if level else 0
        size = local.shape[0]
        joint = np.zeros((below + size, below + size, local.shape[2]))
        joint[below:, below:] = local
        if level:
            joint[:below, :below] = within[level - 1]
            joint[:below, below:] = up[level - 1]
            joint[below:, :below] = down[level - 1]
        columns = []
        for state in range(below + size - 1, max(below, 1) - 1, -1):
            column = joint[:state, state] / np.sum(joint[state, :state], axis=0)
            joint[:state, :state] += column[:, None] * joint[state, :state]
            columns.append(column)
        inflow[level] = columns[::-1]
        local = joint[:below, :below]
    return _substitute(inflow, [part.shape[0] for part in within], within[0].shape[2])


def _substitute(inflow: Sequence[Sequence[Array]], sizes: Sequence[int], worlds: int) -> list[Array]:
    """Probabilities from the flows into each eliminated state out of the states that remained."""
    levels: list[Array] = []
    previous = np.zeros((0, worlds))
    for level, columns in enumerate(inflow):
        known = previous if level else np.ones((1, worlds))
        for column in columns:
            known = np.concatenate([known, np.sum(known * column, axis=0)[None]])
        previous = known[-sizes[level] :]
        levels.append(previous)
    total = sum(np.sum(part, axis=0) for part in levels)
    return [part / total for part in levels]
