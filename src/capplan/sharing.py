"""sharing: how the servers of a station that everybody shares are divided among those present.

Threads in one group share what the group gets evenly, none using more than one server: each request is a thread of its
own, but all those that one process has to run under its lock are one thread together. Groups get servers in
proportion to their weights, none more than it can use or its limit; what one leaves goes to the others. This is
generalized processor sharing (Parekh and Gallager 1993) with limits: the fluid of the kernel's fair scheduler with
weights and quotas of control groups.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def divide(server_count: float, threads: Array, limits: Array, weights: Array) -> Array:
    """Return how many servers each group gets.

    Parameters
    ----------
    server_count
        Servers there are.
    threads
        Threads that want to run, shape (..., groups).
    limits, weights
        Of each group, shape (groups,).

    Returns
    -------
    Array
        Shape (..., groups); each at most what the group can use, together at most ``server_count``.
    """
    usable = np.minimum(threads, limits)
    if threads.shape[-1] == 1:
        return np.minimum(usable, server_count)
    # Groups that can use less per weight are satisfied first; once one is not, none after it is.
    order = np.argsort(usable / weights, axis=-1, kind="stable")
    need = np.take_along_axis(usable, order, axis=-1)
    weight = weights[order]
    behind = np.flip(np.cumsum(np.flip(weight, axis=-1), axis=-1), axis=-1)
    given = np.empty_like(need)
    left = np.full(need.shape[:-1], float(server_count))
    for rank in range(need.shape[-1]):
        given[..., rank] = np.minimum(need[..., rank], left * weight[..., rank] / behind[..., rank])
        left = left - given[..., rank]
    shared = np.empty_like(given)
    np.put_along_axis(shared, order, given, axis=-1)
    return shared
