"""batch_means: 95 % intervals of means, rates and percentiles of one run, whose observations depend on each other.

Requests that queue behind one another take long together, so the textbook interval, made for independent
observations, is several times too narrow. A run is cut into consecutive batches instead: long batches are nearly
independent, and their spread tells how uncertain the whole is. 10 to 30 batches (Schmeiser, *Batch size effects in
the analysis of simulation output*, Operations Research 30(3), 1982), the most whose means have a lag-1
correlation below 0.2 (a decision of ours: 30 independent means exceed it by chance in one of eight runs, and then
merely get a wider interval). Where the data give less than ten, five; where they do not give five, there is no
interval, and low = mid = high says so.

Every interval is centred on the estimate from the whole window ("sectioning": Asmussen & Glynn, *Stochastic
Simulation*, 2007, §III.5a; Nakayama, *Confidence intervals for quantiles using sectioning*, TOMACS 24(4), 2014;
both recalled), for the mean of batched percentiles is biased and the percentile of the whole hardly is.
"""

from collections.abc import Callable, Sequence
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from capplan.measurements import Interval

Array = NDArray[np.float64]

_COUNTS = (30, 20, 15, 10)
_FEW = 5
_PER_BATCH = 10
_MOST_CORRELATION = 0.2
_CERTAINTY = 0.95
_ROUNDING = 1e-9


def mean_interval(values: Array) -> Interval:
    """Return the mean of a series in the order in which it was observed, with its interval."""
    return interval_around(
        float(np.mean(values)),
        batch_counts(len(values)),
        lambda count: np.array([part.mean() for part in np.array_split(values, count)]),
    )


def quantile(values: Array, q: float) -> float:
    """Return the smallest observation that at least a share q of all do not exceed.

    The nearest rank: always a time that some request took, never an interpolation (numpy's ``inverted_cdf``,
    type 1 of Hyndman & Fan 1996). The rank ceil(q n) forgives the last digit of q n, so that the 95 % of 20
    is the 19th. This is the one convention for percentiles of measurements, as it is for those over the worlds.
    """
    rank = max(ceil(q * len(values) - _ROUNDING), 1)
    return float(np.partition(values, rank - 1)[rank - 1])


def quantile_interval(values: Array, q: float) -> Interval:
    """Return a percentile of a series in the order in which it was observed, with its interval.

    Each batch must be large enough to hold one observation beyond the percentile on average: 20 for the 95th.
    """
    per_batch = max(_PER_BATCH, ceil(1 / (1 - q) - _ROUNDING))
    return interval_around(
        quantile(values, q),
        batch_counts(len(values), per_batch),
        lambda count: np.array([quantile(part, q) for part in np.array_split(values, count)]),
    )


def rate_interval(at_s: Array, start_s: float, end_s: float) -> Interval:
    """Return how many events a second lie in [start, end), with the interval from windows of equal length."""
    inside = at_s[(at_s >= start_s) & (at_s < end_s)]
    span_s = end_s - start_s

    def rates(count: int) -> Array:
        found, _ = np.histogram(inside, bins=np.linspace(start_s, end_s, count + 1))
        return found * (count / span_s)

    return interval_around(len(inside) / span_s, batch_counts(len(inside)), rates)


def batch_counts(observations: int, per_batch: int = _PER_BATCH) -> tuple[int, ...]:
    """Return the numbers of batches that so many observations allow, the most first."""
    allowed = tuple(count for count in _COUNTS if observations >= count * per_batch)
    return allowed or ((_FEW,) if observations >= _FEW * per_batch else ())


def interval_around(mid: float, counts: Sequence[int], batched: Callable[[int], Array]) -> Interval:
    """Return an estimate that cannot be negative, with its interval from estimates of batches.

    Parameters
    ----------
    mid : the estimate from everything.
    counts : the numbers of batches that may be tried, the most first; none: there is no interval.
    batched : from a number of batches to the estimates of each, in the order in which they were observed.
    """
    if not counts:
        return Interval(low=mid, mid=mid, high=mid)
    parts = nearly_independent(counts, batched)
    freedom = len(parts) - 1
    error = sqrt(float(np.sum((parts - mid) ** 2)) / (freedom * len(parts)))
    half = float(t.ppf((1 + _CERTAINTY) / 2, freedom)) * error
    return Interval(low=max(mid - half, 0.0), mid=mid, high=mid + half)


def nearly_independent(counts: Sequence[int], batched: Callable[[int], Array]) -> Array:
    """Return the estimates of the most batches whose lag-1 correlation is below 0.2, else of the fewest."""
    parts = batched(counts[0])
    for count in counts[1:]:
        if _lag_1_correlation(parts) < _MOST_CORRELATION:
            break
        parts = batched(count)
    return parts


def _lag_1_correlation(parts: Array) -> float:
    apart = parts - parts.mean()
    spread = float(np.sum(apart**2))
    return float(np.sum(apart[1:] * apart[:-1])) / spread if spread > 0 else 0.0
