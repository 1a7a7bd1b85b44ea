"""found_stretch: how much longer a request takes at a station, by the mean number of others that it finds there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from capplan.product_form.found_numbers import Crossing, stretch_by_mean

Array = NDArray[np.float64]
_NODES = 600
_COARSER = 3
# Beyond this many found for each server the limit is so near that it is followed instead.
_LARGEST = 1e5


class FoundStretch:
    """A table for each station, read between its nodes by cubic interpolation.

    For one server it holds the arrival theorem's (1 + found) / (1 - open erlangs); for several what ``found_numbers``
    says.

    Notes
    -----
    Nodes lie evenly in y, with c + sqrt(c) sinh y found: dense where all servers become busy, sparse far off.
    """

    def __init__(self, crossings: Sequence[Crossing]) -> None:
        self._servers = np.array([each.servers for each in crossings])
        room = self._servers - np.array([each.open_erlangs for each in crossings])
        most = np.array([float(each.most_found) for each in crossings])
        self._spread = np.sqrt(self._servers)
        self._first = np.arcsinh(-self._spread)
        top = np.minimum(most, _LARGEST * (1.0 + self._servers))
        self._step = (np.arcsinh((top - self._servers) / self._spread) - self._first) / (_NODES - 1)
        found = self._servers + self._spread * np.sinh(self._first + np.arange(_NODES)[:, None] * self._step)
        found[0] = 0.0
        stretch, slope = (1.0 + found) / room, np.broadcast_to(1.0 / room, found.shape).copy()
        for each, alike in _alike(crossings).items():
            if each.servers > 1.0:
                means = found[:, alike[0]]
                curve = PchipInterpolator(*stretch_by_mean(each, means[::_COARSER]))
                stretch[:, alike], slope[:, alike] = curve(means)[:, None], curve(means, 1)[:, None]
        share = 1.0 + found / self._servers
        self._nodes = stretch / share
        # The slope is taken along y, in steps between nodes, which Hermite's polynomials ask for.
        self._slopes = (slope - self._nodes / self._servers) / share * self._along(found)
        self._limit = self._servers / room
        self._top = found[-1]

    def __call__(self, found: Array) -> tuple[Array, Array]:
        """Return the stretch and its derivative; ``found`` and both results have the shape (..., stations)."""
        station = np.broadcast_to(np.arange(self._servers.size), found.shape)
        place = (np.arcsinh((found - self._servers) / self._spread) - self._first) / self._step
        node = np.clip(place.astype(int), 0, _NODES - 2)
        left, right = self._nodes[node, station], self._nodes[node + 1, station]
        left_slope, right_slope = self._slopes[node, station], self._slopes[node + 1, station]
        u = np.minimum(place - node, 1.0)
        rise = right - left
        bend, twist = 3.0 * rise - 2.0 * left_slope - right_slope, left_slope + right_slope - 2.0 * rise
        value = left + u * (left_slope + u * (bend + u * twist))
        slope = (left_slope + u * (2.0 * bend + u * 3.0 * twist)) / self._along(found)
        # Above the table what is missing to the limit falls as one over the number found.
        above = found > self._top
        missing = (self._limit - self._nodes[-1]) * (1.0 + self._top) / (1.0 + found)
        value = np.where(above, self._limit - missing, value)
        slope = np.where(above, missing / (1.0 + found), slope)
        share = 1.0 + found / self._servers
        return value * share, slope * share + value / self._servers

    def _along(self, found: Array) -> Array:
        """Return by how much the number found grows from node to node."""
        along: Array = np.sqrt(self._servers + (found - self._servers) ** 2) * self._step
        return along


def _alike(crossings: Sequence[Crossing]) -> dict[Crossing, list[int]]:
    positions: dict[Crossing, list[int]] = {}
    for position, each in enumerate(crossings):
        positions.setdefault(each, []).append(position)
    return positions
