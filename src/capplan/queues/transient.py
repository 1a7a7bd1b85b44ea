"""How M/M/c/K fills up: the distribution of the number present some time after it was empty."""

import numpy as np
from numpy.typing import NDArray

from capplan.poisson import poisson_chance

Array = NDArray[np.float64]


def m_m_c_k_after(
    time_s: float, *, arrival_rate_per_s: float, service_time_s: float, server_count: int, most_present: int
) -> Array:
    """Return the probabilities of 0..K requests present at a time, starting empty, by uniformization (Jensen 1953).

    It ends early once the steady state is reached.

    Raises
    ------
    ValueError
        A number is not positive, or the time is negative or so long that the way there takes too many steps.
    """
    if not (arrival_rate_per_s > 0.0 and service_time_s > 0.0 and server_count >= 1 and most_present >= 1):
        raise ValueError("arrival_rate_per_s, service_time_s, server_count and most_present must be positive")
    up = np.append(np.full(most_present, arrival_rate_per_s), 0.0)
    down = np.minimum(np.arange(most_present + 1), server_count) / service_time_s
    jumps_per_s = float(np.max(up + down))
    jumps = jumps_per_s * time_s
    if not 0.0 <= jumps <= _MOST_JUMPS:
        raise ValueError(f"time_s must lie between 0 and {_MOST_JUMPS / jumps_per_s:g}, not {time_s:g}")
    most = int(jumps + 12.0 * np.sqrt(jumps) + 30.0)
    chance = poisson_chance(np.arange(most + 1), jumps)
    here = np.zeros(most_present + 1)
    here[0] = 1.0
    total, told = np.zeros_like(here), 0.0
    stay, rise, fall = 1.0 - (up + down) / jumps_per_s, up[:-1] / jumps_per_s, down[1:] / jumps_per_s
    for weight in chance:
        total += weight * here
        told += weight
        moved = stay * here
        moved[1:] += rise * here[:-1]
        moved[:-1] += fall * here[1:]
        if np.max(np.abs(moved - here)) < _LEAST:
            break
        here = moved
    return total + max(0.0, 1.0 - told) * here


_MOST_JUMPS = 1e6
_LEAST = 1e-17
