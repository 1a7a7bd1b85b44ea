"""found_numbers: how the number found at a station of several servers is spread, for each mean that it may have.

In a closed network n closed requests are at a station, and the rest elsewhere, with a chance in proportion to
t^n phi(n) pi(rest): phi(n) is the station's own weight (the coefficient of rho^n in F, ``station_weights``), pi the
weight of the rest and t whatever gives n its mean. Mean and variance of the rest are known well from the open twin, and
t takes up any geometric factor; so pi is taken as the law that stations of such a mean and variance have together:
a negative binomial one where the variance is above the mean, as of single servers (exact for like ones), Poisson's
where they are equal, as of delays (exact), and a power of Poisson's where it is below.

Numbers are told in blocks, narrow where servers become busy and wide far off; in a block weights run geometrically.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.interpolate import PchipInterpolator

from capplan.product_form.station_weights import StationWeights

Array = NDArray[np.float64]
# Width of a block over its distance from where all servers are busy; with these the tables are good to 1e-5.
_WIDTH_RATIO = 1.0 / 8.0
_MOST_MEANS = 24
_LEAST_PARTS = 7
_FARTHEST = 4.0
_SMALLEST_STEP = 1e-5
# A rest that hardly varies makes weights so steep that more would change nothing.
_STEEPEST = 200.0
_SMALL = 1e-4
_LEAST = 1e-13
# From here on Stirling's formula, without its third term, is exact to 1e-11.
_LARGE = 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A station as seen by closed requests.

    Attributes
    ----------
    servers, open_erlangs
        Servers there are, and those that open requests ask for.
    most_found
        Largest number of closed requests that one of them can find there.
    rest_mean, rest_variance
        Of the number of requests and users, of the sources that come here, that are elsewhere; with an infinite
        variance whoever comes does so as by Poisson's process.
    """

    servers: float
    open_erlangs: float
    most_found: int
    rest_mean: float
    rest_variance: float


def stretch_by_mean(crossing: Crossing, means: Array) -> tuple[Array, Array]:
    """Return mean numbers found, from 0 to the largest, near the wanted ones, and how much longer a request takes."""
    blocks = _Blocks(crossing)
    tilts = _tilts(blocks)
    found, _ = blocks.means(tilts)
    found, tilts = _rising(found, tilts)
    if found.size > 1:
        inside = means[(means > found[0]) & (means < found[-1])]
        tilts = np.concatenate([tilts, np.asarray(PchipInterpolator(found, tilts)(inside))])
    found, stretch = blocks.means(np.sort(tilts))
    found = np.concatenate([[0.0], found, [float(crossing.most_found)]])
    return _rising(found, np.concatenate([blocks.stretch[:1], stretch, blocks.stretch[-1:]]))


def _rising(numbers: Array, values: Array) -> tuple[Array, Array]:
    """Leave out what would make a table fall or stand still."""
    order = np.argsort(numbers, kind="stable")
    numbers, values = numbers[order], np.maximum.accumulate(values[order])
    apart = np.append(True, np.diff(numbers) > _SMALLEST_STEP * (1.0 + numbers[:-1]))
    return numbers[apart], values[apart]


class _Blocks:
    """Blocks of numbers from each edge up to the next; the last edge is a block of its own."""

    def __init__(self, crossing: Crossing) -> None:
        self.edges = _edges(crossing)
        own, self.stretch = _own_weights(crossing, self.edges)
        self.log_weight = own + _rest_weights(crossing, float(self.edges[-1]) - self.edges)
        self.width = np.diff(self.edges, append=self.edges[-1] + 1.0)

    def means(self, tilts: Array) -> tuple[Array, Array]:
        """Return the mean number and the mean stretch for each log t, shape (tilts,)."""
        log = self.log_weight + tilts[:, None] * self.edges
        rise = np.diff(log, append=log[:, -1:]) / self.width
        height = log + np.maximum(rise, 0.0) * (self.width - 1.0)
        steep = np.maximum(np.abs(rise), _LEAST)
        fall = steep * self.width
        weight = np.exp(height - height.max(axis=1, keepdims=True)) * np.expm1(-fall) / np.expm1(-steep)
        weight /= weight.sum(axis=1, keepdims=True)
        # Mean distance from the higher end of a block whose weights fall by a factor from number to number.
        sharp = np.maximum(fall, _SMALL) / self.width
        distance = np.exp(-sharp) / -np.expm1(-sharp)
        distance -= self.width * np.exp(-sharp * self.width) / -np.expm1(-sharp * self.width)
        even = (self.width - 1.0) / 2.0 - (self.width**2 - 1.0) * steep / 12.0
        distance = np.where(fall < _SMALL, even, distance)
        offset = np.where(rise > 0.0, self.width - 1.0 - distance, distance)
        slope = np.diff(self.stretch, append=self.stretch[-1]) / self.width
        numbers, stretches = self.edges + offset, self.stretch + slope * offset
        return np.sum(weight * numbers, axis=1), np.sum(weight * stretches, axis=1)


def _edges(crossing: Crossing) -> Array:
    """Return the first numbers of blocks: even ones while servers become busy, then wider and wider ones."""
    servers, most = crossing.servers, crossing.most_found
    narrow = max(1.0, np.floor(np.sqrt(servers) / 8.0))
    edges = np.arange(0.0, min(most, np.ceil(servers) + 2.0 * narrow) + 1.0, narrow).tolist()
    while edges[-1] < most:
        beyond = max(edges[-1] - servers, 0.0)
        edges.append(min(float(most), edges[-1] + max(narrow, np.floor(_WIDTH_RATIO * beyond))))
    return np.array(edges)


def _own_weights(crossing: Crossing, edges: Array) -> tuple[Array, Array]:
    """Return log phi but for a geometric factor, and the stretch (n + 1) phi(n + 1) / phi(n), at each number."""
    servers, opened = crossing.servers, crossing.open_erlangs
    room = servers - opened
    top = int(np.ceil(servers))
    log_terms = StationWeights(servers=np.array(servers)).log_polynomial(opened, room)
    # phi(n) room^n is the sum of the terms up to n
    log_sums = np.logaddexp.accumulate(log_terms)
    number = edges.astype(int)
    here, after = np.minimum(number, top - 1), np.minimum(number + 1, top - 1)
    stretch = (edges + 1.0) / room * np.exp(log_sums[after] - log_sums[here])
    return log_sums[here], stretch


def _rest_weights(crossing: Crossing, rest: Array) -> Array:
    """Return log pi, but for a geometric factor, for each number of the rest."""
    if not np.isfinite(crossing.rest_variance):
        return np.zeros_like(rest)
    mean, variance = max(crossing.rest_mean, _SMALL), max(crossing.rest_variance, _SMALL**2)
    if variance <= mean:
        return np.asarray(-min(mean / variance, _STEEPEST) * special.gammaln(rest + 1.0))
    log: Array = _log_rising(mean**2 / (variance - mean), rest) - special.gammaln(rest + 1.0)
    return log


def _log_rising(shape: float, number: Array) -> Array:
    """Return log of Gamma(r + m) / Gamma(r) / r^m, by Stirling's formula where a large r would round it away."""
    if shape < _LARGE:
        return np.asarray(special.gammaln(number + shape) - special.gammaln(shape) - number * np.log(shape))
    power = (number + shape - 0.5) * np.log1p(number / shape) - number
    log: Array = power + (1.0 / (number + shape) - 1.0 / shape) / 12.0
    return log


def _tilts(blocks: _Blocks) -> Array:
    """Return values of log t whose means spread over all numbers: where neighbours weigh alike, and thereabouts."""
    falling = -np.diff(blocks.log_weight) / blocks.width[:-1]
    edges = blocks.edges[:-1]
    if edges.size == 0:
        return np.zeros(0)
    chosen = np.unique(np.linspace(0, edges.size - 1, _MOST_MEANS).astype(int))
    parts = np.linspace(-_FARTHEST, _FARTHEST, max(_LEAST_PARTS, _MOST_MEANS * _LEAST_PARTS // chosen.size))
    level, spread = falling[chosen], 1.0 / (1.0 + edges[chosen])
    return np.unique(level[:, None] + parts * spread[:, None])
