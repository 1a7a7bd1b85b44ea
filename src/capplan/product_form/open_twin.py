"""open_twin: the open network of the product form with, on average, as many requests of each source as a closed one.

For itself it is an approximation (Whitt 1984: fixed population means). Here it is a scale: weights of the product form
times the twin's throughputs are chances, so that sums over them neither overflow nor vanish; and a start, since it
keeps its meaning from one user to a thousand million.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capplan.errors import NoSolutionError
from capplan.product_form.chains import Chains
from capplan.product_form.station_weights import StationWeights
from capplan.solution import Array

_MOST_STEPS = 200
_CLOSE = 1e-9
# Usual choices of interior-point methods: how much of the way to the border is gone, how much s v is lowered at once.
_KEPT = 0.95
_LESS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenTwin:
    """The twin of a network's closed sources.

    Attributes
    ----------
    throughput_per_s
        Of each closed source, shape (closed sources,).
    queue
        Closed requests at each station, shape (closed sources, stations).
    rest_mean, rest_variance
        For each station where requests queue: of the number elsewhere, of the sources that come to it; shape
        (stations,). The variance is the one with which, were all numbers normally distributed, the number at the
        station had the variance that the twin's has once its populations are held fixed.
    """

    throughput_per_s: Array
    queue: Array
    rest_mean: Array
    rest_variance: Array


def open_twin(chains: Chains) -> OpenTwin:
    """Solve theta dF/dtheta = N F for the throughputs theta, F the generating function of the closed network.

    That is to maximize the concave sum of N log theta - log F, whose only trouble are stations about to saturate. An
    interior-point method has none with them: servers to spare s and waits v are unknowns of their own, s v = 1.

    Raises
    ------
    NoSolutionError
        The method does not come to an end.
    """
    shared = np.flatnonzero(chains.queueing & (chains.demand_s.sum(axis=0) > 0.0))
    point = _Point(chains, shared)
    for _ in range(_MOST_STEPS):
        if point.gap() < _CLOSE:
            return _told(chains, shared, point)
        point.step()
    raise NoSolutionError(
        f"the open twin is still {point.gap():.1g} off after {_MOST_STEPS} steps; use --method simulation."
    )


class _Point:
    """A trial solution: throughputs X, servers to spare s and waits v, with X (away + D (v + bend)) = N and s v = 1."""

    def __init__(self, chains: Chains, shared: NDArray[np.int64]) -> None:
        self.weights = StationWeights(servers=chains.servers[shared])
        self._demand_s, self._room = chains.demand_s[:, shared], chains.room[shared]
        self._users, self._away_s = chains.users, chains.away_s
        flow = chains.users / (chains.think_s + chains.demand_s.sum(axis=1))
        busy = (flow @ self._demand_s / self._room).max(initial=0.0)
        self.flow = flow * min(1.0, 0.5 / max(float(busy), 1e-300))
        self.spare = self._room - self.flow @ self._demand_s
        self._wait = 1.0 / self.spare
        missing = chains.users / self.flow - self._away_s - self._demand_s @ self.weights.bend(self.spare)
        waits = self._demand_s @ self._wait
        lacking = np.divide(missing, waits, out=np.ones_like(waits), where=waits > 0.0)
        self._wait *= max(1.0, float(np.median(lacking))) if lacking.size else 1.0

    def _rests(self) -> tuple[Array, Array, Array]:
        cycle = self._away_s + self._demand_s @ (self._wait + self.weights.bend(self.spare))
        rest_flow = self._users / self.flow - cycle
        return rest_flow, self._room - self.flow @ self._demand_s - self.spare, self.spare * self._wait

    def gap(self) -> float:
        """Return the largest relative error of an equation."""
        cycle, servers, product = self._rests()
        parts = (cycle * self.flow / self._users, servers / self._room, product - 1.0)
        return max(float(np.abs(each).max(initial=0.0)) for each in parts)

    def step(self) -> None:
        """Go to where the tangents meet with all s v lowered together, but not so far that s, v or X run out."""
        cycle, servers, product = self._rests()
        wanted = max(1.0, _LESS * float(product.mean())) - product if product.size else product
        steep = np.maximum(self._wait / self.spare + self.weights.bend_slope(self.spare), 0.0)
        matrix = (self._demand_s * steep) @ self._demand_s.T + np.diag(self._users / self.flow**2)
        flow = np.linalg.solve(matrix, cycle - self._demand_s @ (wanted / self.spare - steep * servers))
        spare = servers - flow @ self._demand_s
        wait = (wanted - self._wait * spare) / self.spare
        pairs = ((self.flow, flow), (self.spare, spare), (self._wait, wait))
        part = min(1.0, *(_KEPT * _until_zero(here, change) for here, change in pairs))
        self.flow = self.flow + part * flow
        self.spare = self.spare + part * spare
        self._wait = self._wait + part * wait


def _until_zero(here: Array, change: Array) -> float:
    falling = change < 0.0
    return float(np.min(here[falling] / -change[falling], initial=np.inf))


def _told(chains: Chains, shared: NDArray[np.int64], point: _Point) -> OpenTwin:
    queue = point.flow[:, None] * chains.demand_s
    asked = queue[:, shared]
    load = asked.sum(axis=0)
    stretch, slope = point.weights.stretch(point.spare), point.weights.stretch_slope(point.spare)
    queue[:, shared] = asked * stretch
    mean, variance = np.zeros(chains.servers.size), np.zeros(chains.servers.size)
    # Numbers of different stations are independent in the twin; those of one are split among sources at random.
    covariance = (asked * slope) @ asked.T + np.diag(queue.sum(axis=1) + point.flow * chains.think_s)
    parts = asked / load
    held = np.einsum("rk,rk->k", parts, np.linalg.solve(covariance, parts))
    mean[shared] = chains.users @ (asked > 0.0) - load * stretch
    variance[shared] = 1.0 / held - (load * stretch + load**2 * slope)
    return OpenTwin(throughput_per_s=point.flow, queue=queue, rest_mean=mean, rest_variance=variance)
