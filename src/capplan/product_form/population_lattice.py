"""population_lattice: sums over all populations up to a given one, as arrays that stations are multiplied into.

A closed network of the product form is a product of one series per station, in one variable per closed source, whose
coefficient at the populations is the normalizing constant (Reiser and Kobayashi 1975). Here rho is always a sum of
variables with weights that sum to 1, so that a station with its load taken out is a series of chances.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from capplan.poisson import poisson_chance

Array = NDArray[np.float64]
MOST_BY_HAND = 64
"""Terms of a polynomial with which series of one variable are multiplied one by one."""


class PopulationLattice:
    """All vectors of populations up to the given ones.

    Series are arrays of shape (rows, columns): a column for each number of users of the source that has most, a row for
    each vector of the others, in the order of their totals. The last row is always 0; it stands for all vectors with
    a negative number.
    """

    def __init__(self, populations: Sequence[int]) -> None:
        self._long = int(np.argmax(populations))
        self._others = [source for source in range(len(populations)) if source != self._long]
        self._columns = populations[self._long] + 1
        shape = tuple(populations[source] + 1 for source in self._others)
        points = np.indices(shape).reshape(len(shape), int(np.prod(shape)))
        total = points.sum(axis=0)
        order = np.argsort(total, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        self._points = points[:, order]
        self._rows = order.size
        self._before = np.full(points.shape, self._rows)
        for axis in range(len(shape)):
            possible = self._points[axis] > 0
            stride = int(np.prod(shape[axis + 1 :]))
            self._before[axis, possible] = place[order[possible] - stride]
        borders = np.searchsorted(total[order], np.arange(total.max(initial=0) + 2))
        self._levels = [slice(low, high) for low, high in pairwise(borders.tolist())]

    def poisson(self, means: Array) -> Array:
        """Return the series of independent numbers with Poisson's law: users who do not disturb each other."""
        rows = np.ones(self._rows)
        for source, number in zip(self._others, self._points, strict=True):
            rows *= poisson_chance(number, means[source])
        return self._with_zeros(np.outer(rows, poisson_chance(np.arange(self._columns), means[self._long])))

    def times_load(self, series: Array, weights: Array) -> Array:
        """Multiply by rho: one more request, of each source with its weight."""
        result = np.zeros_like(series)
        result[:, 1:] = weights[self._long] * series[:, :-1]
        for source, before in zip(self._others, self._before, strict=True):
            if weights[source] > 0.0:
                result[:-1] += weights[source] * series[before]
        return result

    def times_polynomial(self, series: Array, weights: Array, terms: Array) -> Array:
        """Multiply by a polynomial in rho, lowest power first (Horner's rule)."""
        if not self._others:
            return self._with_zeros(_convolve(series[0], terms)[None, :])
        result: Array = terms[-1] * series
        for term in terms[-2::-1]:
            result = self.times_load(result, weights) + term * series
        return result

    def times_geometric(self, series: Array, weights: Array, ratio: float) -> Array:
        """Multiply by (1 - r) / (1 - r rho): requests at a single server that is busy for a share r (Buzen 1973)."""
        result = (1.0 - ratio) * series
        feedback = np.array([1.0, -ratio * weights[self._long]])
        for level in self._levels:
            rows = result[level]
            for source, before in zip(self._others, self._before, strict=True):
                if weights[source] > 0.0:
                    rows += ratio * weights[source] * result[before[level]]
            result[level] = signal.lfilter([1.0], feedback, rows, axis=-1)
        return result

    def last(self, series: Array) -> float:
        """Return the coefficient at the whole populations."""
        return float(series[-2, -1])

    def last_but_one(self, series: Array) -> Array:
        """Return the coefficients with one user less of each source, shape (sources,)."""
        less = np.empty(len(self._others) + 1)
        less[self._long] = series[-2, -2]
        less[self._others] = series[self._before[:, -1], -1]
        return less

    def last_of_product(self, left: Array, right: Array) -> tuple[float, Array]:
        """Return ``last`` and ``last_but_one`` of the product of two series."""
        mirrored = left[-2::-1, ::-1]
        whole = float(np.sum(mirrored * right[:-1]))
        less = np.empty(len(self._others) + 1)
        less[self._long] = np.sum(mirrored[:, 1:] * right[:-1, :-1])
        for source, before in zip(self._others, self._before, strict=True):
            less[source] = np.sum(mirrored * right[before])
        return whole, less

    def _with_zeros(self, series: Array) -> Array:
        return np.vstack([series, np.zeros((1, self._columns))])


def _convolve(series: Array, terms: Array) -> Array:
    """Return the first coefficients of a product, as many as ``series`` has; many terms by Fourier's transform.

    What that rounds off is relative to the largest coefficient, and none that is much smaller matters for a sum of
    chances.
    """
    by_hand = terms.size <= MOST_BY_HAND
    result: Array = (
        np.convolve(series, terms) if by_hand else np.maximum(signal.oaconvolve(series, terms), 0.0)
    )
    return result[: series.size]
