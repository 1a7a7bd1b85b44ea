"""steady_state: where the steady part of a series begins (MSER-5), and whether it still drifts (Theil and Sen)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import theilslopes

Array = NDArray[np.float64]

_BATCH = 5
# With fewer, one slow request decides: at 12 batches the rule calls one steady series in ten unsettled.
_FEWEST_BATCHES = 20
# Differences below this part of the largest value are rounding, not noise.
_ROUNDING_RATIO = 1e-9
# A series is judged for drift some thirty times a run: at 0.95 every third run would cry wolf once.
_CERTAINTY = 0.99
_FEWEST_POINTS = 8


@dataclass(frozen=True, slots=True)
class Truncation:
    """How many observations at the start are warm-up, and whether the rule found no steady part at all."""

    count: int
    at_border: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """How much a series changes from its first to its last moment by its median slope, with a 99 % interval."""

    change: float
    low: float
    high: float

    @property
    def significant(self) -> bool:
        """Whether the interval excludes no change."""
        return self.low > 0 or self.high < 0


def mser5(values: Array) -> Truncation | None:
    """Return the warm-up of a series by MSER-5, or None for less than 100 observations.

    The series is replaced by the means of batches of 5; of k batches the first d are cut, with d in 0..k/2
    minimizing the squared half-width of the naive interval of what is left,
    sum over i > d of (Y_i - mean)^2 / (k - d)^2. A minimum at d = k/2 says that the series had not settled
    within its first half, and must be longer. An incomplete last batch is left out of the judgement only.

    White, *An effective truncation heuristic for bias reduction in simulation output*, Simulation 69(6), 1997
    (the rule); White, Cobb & Spratt, *A comparison of five steady-state truncation heuristics*, WSC 2000
    (batches of 5); Franklin & White, *Stationarity tests and MSER-5*, WSC 2008 (first half only). Recalled.
    """
    batches = len(values) // _BATCH
    if batches < _FEWEST_BATCHES:
        return None
    means = np.asarray(values[: batches * _BATCH], dtype=float).reshape(batches, _BATCH).mean(axis=1)
    statistic = half_width_statistic(means)[: batches // 2 + 1]
    cut = int(np.argmin(statistic))
    return Truncation(count=cut * _BATCH, at_border=cut == batches // 2)


def half_width_statistic(means: Array) -> Array:
    """Return sum over i > d of (Y_i - mean)^2 / (k - d)^2 for every d = 0..k - 1, shape (k,)."""
    left = np.arange(len(means), 0, -1, dtype=float)
    # About the second half, so that the sums of what is left are not the difference of two large numbers.
    centred = means - means[len(means) // 2 :].mean()
    sums, squares = (np.cumsum(each[::-1])[::-1] for each in (centred, centred**2))
    rounding = (_ROUNDING_RATIO * np.abs(means).max()) ** 2
    found: Array = np.maximum(squares - sums**2 / left, rounding) / left**2
    return found


def drift(at: Array, values: Array) -> Drift | None:
    """Return the drift of a series over its span, or None for less than 8 points.

    The slope is the median of the slopes of all pairs (Theil 1950, Sen 1968), which a few wild points do not
    move; its interval (Sen 1968, from Kendall's statistic) takes the points as independent, so hand in means
    of batches rather than single requests. All pairs are compared: some hundred points, not millions.
    """
    if len(values) < _FEWEST_POINTS or np.ptp(at) == 0:
        return None
    span = float(np.ptp(at))
    slope, _, low, high = theilslopes(values, at, alpha=_CERTAINTY)
    return Drift(change=float(slope) * span, low=float(low) * span, high=float(high) * span)
