"""The stationary distribution of a Markov chain arranged in levels.

Arrays run over states first and worlds last.
"""

from collections.abc import Sequence

import numpy as np

from capplan.pooled.network import Array


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
    """Probabilities from the flows into each eliminated state out of the states that remained.

    Each level is found in units of its largest state, whose logarithm is carried along: a long line under many users
    is more probable than an empty one by more than a double can hold.
    """
    levels: list[Array] = []
    logs: list[Array] = []
    previous, log = np.zeros((0, worlds)), np.zeros(worlds)
    for level, columns in enumerate(inflow):
        known = previous if level else np.ones((1, worlds))
        for column in columns:
            known = np.concatenate([known, np.sum(known * column, axis=0)[None]])
        part = known[-sizes[level] :]
        unit = np.max(part, axis=0)
        unit = np.where(unit > 0.0, unit, 1.0)
        previous, log = part / unit, log + np.log(unit)
        levels.append(previous)
        logs.append(log)
    largest = np.max(logs, axis=0)
    levels = [part * np.exp(log - largest) for part, log in zip(levels, logs, strict=True)]
    total = sum(np.sum(part, axis=0) for part in levels)
    return [part / total for part in levels]
