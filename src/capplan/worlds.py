"""The 256 fixed worlds in which every plan is tried.

A world is one draw of every uncertain input. The draws are a Latin hypercube (McKay, Beckman & Conover 1979):
each input is stratified into 256 equal slices, taken in an order that depends on nothing but the input's name.
So an input keeps its draws when another one is added, removed or changed, and two plans can be compared world
by world.
"""

from functools import lru_cache
from hashlib import shake_128

import numpy as np
from numpy.typing import NDArray

from capplan.estimate import Estimate

Array = NDArray[np.float64]

WORLD_COUNT = 256
LOW_QUANTILE = 0.05
HIGH_QUANTILE = 0.95


@lru_cache(maxsize=1024)
def unit_draws(key: str) -> Array:
    """Return the 256 stratified draws in (0, 1) that belong to the input called ``key``."""
    noise = np.frombuffer(shake_128(key.encode()).digest(8 * WORLD_COUNT), dtype="<u8")
    order = np.argsort(noise, kind="stable")
    draws = np.empty(WORLD_COUNT)
    draws[order] = (np.arange(WORLD_COUNT) + 0.5) / WORLD_COUNT
    draws.setflags(write=False)
    return draws


def draw(estimate: Estimate, key: str) -> Array:
    """Return the estimate in every world, shape (256,): triangular draws from low over mid to high.

    The triangular law is log-concave, so widening one input never narrows a sum of inputs
    (dispersive order: Lewis & Thompson 1981).
    """
    low, mid, high = estimate.low, estimate.mid, estimate.high
    if high == low:
        return np.full(WORLD_COUNT, mid)
    u = unit_draws(key)
    rising = low + np.sqrt(u * (high - low) * (mid - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - mid))
    return np.where(u < (mid - low) / (high - low), rising, falling)


def quantile(values: Array, probability: float) -> float:
    """Return the smallest value that at least ``probability`` of the worlds do not exceed.

    An order statistic, never an interpolation: a server that meets it fits in at least that share of worlds.
    """
    return float(values[world_at(values, probability)])


def world_at(values: Array, probability: float) -> int:
    """Return the world whose value is that quantile: the one that decides."""
    rank = max(int(np.ceil(probability * WORLD_COUNT - 1e-9)), 1)
    return int(np.argsort(values, kind="stable")[rank - 1])


def median(values: Array) -> float:
    """Return the value that half of the worlds do not exceed."""
    return quantile(values, 0.5)


def interval(values: Array) -> tuple[float, float, float]:
    """Return (low, mid, high): the 5 %, 50 % and 95 % quantiles over the worlds."""
    return quantile(values, LOW_QUANTILE), median(values), quantile(values, HIGH_QUANTILE)


def share_of_worlds(holds: NDArray[np.bool_]) -> float:
    """Return the fraction of the 256 worlds in which a condition, shape (256,), holds."""
    return float(np.count_nonzero(holds)) / WORLD_COUNT
