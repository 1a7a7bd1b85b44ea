"""arrival_theorem: queues in which every request finds what would be there with one user less, for given corrections.

A request of source j finds at station k, on average, the queues of all but itself, sum over sources r of
(N_r - [r = j]) times the part of r's users at k, and what that part gains when j has one user less: the correction.
With none this is Schweitzer's approximation (1979), with the right ones Linearizer (Chandy and Neuse 1982).

Going round and round takes for ever where several stations are about to saturate. Newton's method does not, and each of
its steps is small: at a station the sources' queues depend on each other only through their sum, so that what remains
are equations between throughputs.
"""

from dataclasses import dataclass

import numpy as np

from capplan.errors import NoSolutionError
from capplan.product_form.found_stretch import FoundStretch
from capplan.solution import Array

_MOST_STEPS = 300
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cycle:
    """What a request of each closed source goes through.

    Attributes
    ----------
    demand_s
        At the stations where requests queue, shape (sources, stations).
    away_s
        Elsewhere, thinking included, shape (sources,).
    stretch
        Of the stations.
    """

    demand_s: Array
    away_s: Array
    stretch: FoundStretch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Queues:
    """Solutions for several vectors of populations.

    Attributes
    ----------
    queue
        Shape (vectors, sources, stations).
    throughput_per_s
        Shape (vectors, sources).
    steps
        Steps of the method.
    """

    queue: Array
    throughput_per_s: Array
    steps: int


def settle(cycle: Cycle, users: Array, corrections: Array, start: Array) -> Queues:
    """Solve for the queues.

    Parameters
    ----------
    users
        Shape (vectors, sources); a source without users takes no part.
    corrections
        What is found beyond the proportional part, shape (vectors, sources, stations).
    start
        Queues to start from, positive where there is demand; same shape.

    Raises
    ------
    NoSolutionError
        The method does not come to an end; the text carries the best estimate.
    """
    queue = start.copy()
    flow, gap = np.zeros_like(users), np.full(users.shape[0], np.inf)
    left = np.arange(users.shape[0])
    for step in range(1, _MOST_STEPS + 1):
        sweep = _Sweep(cycle, users[left], corrections[left], queue[left])
        gap[left], flow[left] = sweep.gap(), sweep.flow
        done = gap[left] <= _CLOSE
        queue[left] = np.where(done[:, None, None], sweep.swept, sweep.newton())
        left = left[~done]
        if left.size == 0:
            return Queues(queue=queue, throughput_per_s=flow, steps=step)
    best = ", ".join(f"{each:.6g}/s" for each in flow[0])
    raise NoSolutionError(
        f"the arrival theorem still moves queues by {gap.max():.1g} of themselves after {_MOST_STEPS} steps; "
        f"its best estimate is {best}; use --method simulation."
    )


class _Sweep:
    """The arrival theorem applied once, and how its result depends on the queues that it started from."""

    def __init__(self, cycle: Cycle, users: Array, corrections: Array, queue: Array) -> None:
        self._cycle, self._queue = cycle, queue
        self._own = np.divide(1.0, users, out=np.zeros_like(users), where=users > 0.0)[:, :, None]
        found = queue.sum(axis=1, keepdims=True) - queue * self._own + corrections
        stretch, slope = cycle.stretch(np.maximum(found, 0.0))
        self._residence = cycle.demand_s * stretch
        self.flow = users / np.maximum(cycle.away_s + self._residence.sum(axis=2), 1e-300)
        self.swept = self.flow[:, :, None] * self._residence
        self._slope = self.flow[:, :, None] * cycle.demand_s * np.where(found > 0.0, slope, 0.0)

    def gap(self) -> Array:
        """Return the largest change of a queue, relative to itself, shape (vectors,)."""
        change = np.abs(self.swept - self._queue) / np.maximum(self.swept, 1e-300)
        return np.asarray(change.max(axis=(1, 2), initial=0.0))

    def newton(self) -> Array:
        """Return the queues where the equations' tangents meet, or the swept ones where that is below 0."""
        rest = self.swept - self._queue
        damped = 1.0 / (1.0 + self._slope * self._own)
        pull = damped * self._slope
        left = 1.0 - pull.sum(axis=1)
        # With corrections a station may be a little more than full; only an exact 0 cannot be divided by.
        left = np.where(left == 0.0, np.finfo(float).tiny, left)
        drive = damped * self._residence
        moved = (damped * rest).sum(axis=1) / left
        wanted = rest.sum(axis=2) - (damped * rest).sum(axis=2) - np.einsum("vrk,vk->vr", pull, moved)
        matrix = np.einsum("vrk,vsk->vrs", pull / left[:, None, :], drive)
        diagonal = self._cycle.away_s + drive.sum(axis=2)
        index = np.arange(diagonal.shape[1])
        matrix[:, index, index] += diagonal
        faster = np.linalg.solve(matrix, wanted[:, :, None])[:, :, 0]
        moved += np.einsum("vsk,vs->vk", drive, faster) / left
        queue = self._queue + damped * rest + drive * faster[:, :, None] + pull * moved[:, None, :]
        sound = np.all((queue > 0.0) | (self.swept <= 0.0), axis=(1, 2))
        taken: Array = np.where(sound[:, None, None] & (self.swept > 0.0), queue, self.swept)
        return taken
