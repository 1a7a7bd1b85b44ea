"""Poisson arrivals to a pool of requests of different lengths, told apart as two kinds.

Once all workers are busy nothing but the line grows and falls, so that the chain over the number present and the kinds
inside is a quasi-birth-death process with a matrix-geometric line (Neuts, *Matrix-Geometric Solutions*, 1981, chapter
3; recalled). For one worker it gives the formula of Pollaczek and Khinchine, for two classes on shared cores the
network's own chain.
"""

from dataclasses import dataclass
from math import factorial

import numpy as np

from capplan.pooled.course import Moments
from capplan.pooled.level_chain import level_chain
from capplan.pooled.network import Array
from capplan.pooled.time_inside import TwoPhases
from capplan.pooled.two_kinds import admitted, can_be_followed, ends, left, replaced

_NEAREST = 1.0 - 1e-4
# The reduction doubles the levels it covers each time; a load of 1 - 1e-4 takes some 20.
_MOST_DOUBLINGS = 40
_COVERED = 1e-14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedArrivals:
    """A pool of two kinds under Poisson arrivals.

    Attributes
    ----------
    busy
        Distribution of busy workers, shape (workers + 1, worlds).
    line
        Chance that all are busy and 0, 1, .. wait, the last for so many or more, shape (longest, worlds).
    wait
        Moments of the wait of those who wait, shape (worlds,) each.
    """

    busy: Array
    line: Array
    wait: Moments


def mixed_arrivals(
    arrivals: Array, inside_per_s: Array, mix: TwoPhases, longest: int
) -> MixedArrivals | None:
    """Follow the numbers of either kind inside; None where that is too much work.

    Parameters
    ----------
    arrivals
        Per second, fewer than a full pool completes, shape (worlds,).
    inside_per_s
        Completions of the average mix with n = 0..workers inside, shape (workers + 1, worlds).
    mix
        From ``kinds``.
    longest
        So many lengths of the line are told apart.
    """
    workers = inside_per_s.shape[0] - 1
    if not can_be_followed(workers, workers):
        return None
    load = arrivals / inside_per_s[-1]
    # Near saturation idleness falls and the wait grows as 1 - load, in shape the same (heavy traffic: Kingman 1962).
    nearest = np.minimum(load, _NEAREST)
    near, rarer = nearest * inside_per_s[-1], (1.0 - load) / (1.0 - nearest)
    ending = [ends(busy, inside_per_s, mix) for busy in range(1, workers + 1)]
    coming = near[:, None, None]
    leaving = np.moveaxis(replaced(ending[-1], mix), -1, 0)
    moving = (coming + leaving.sum(axis=2, keepdims=True)) * np.eye(workers + 1)
    back = _back(coming, moving, leaving)
    within = [np.zeros((n + 1, n + 1, arrivals.size)) for n in range(workers + 1)]
    within[-1] = np.moveaxis(coming * back, 0, -1)
    up = [admitted(n, near, mix) for n in range(workers)]
    chance = level_chain(up, within, [left(each) for each in ending])
    longer = coming * np.linalg.inv(moving - coming * back)
    full = chance[-1].T[:, None, :]
    line, (mean, second, third) = _line(full, longer, longest), _wait(full, longer, near)
    idle = np.array([part.sum(axis=0) for part in chance[:-1]])
    total = idle.sum(axis=0) + line.sum(axis=0)
    idle *= rarer / total
    busy = np.concatenate([idle, 1.0 - idle.sum(axis=0, keepdims=True)])
    wait = mean / rarer, second / rarer**2, third / rarer**3
    return MixedArrivals(busy=busy, line=line * busy[-1] / line.sum(axis=0), wait=wait)


def _back(coming: Array, moving: Array, leaving: Array) -> Array:
    """Return who is inside when the line is first as long as before, after one more has come to it.

    Cyclic reduction: every other level is eliminated, again and again (Bini and Meini, SIAM Journal on Matrix Analysis
    and Applications 17, 1996; recalled). Arrays run over worlds first, here and below.
    """
    up: Array = coming * np.eye(moving.shape[-1])
    down: Array = leaving
    middle, first = moving, moving
    for _ in range(_MOST_DOUBLINGS):
        inverse = np.linalg.inv(middle)
        up_by, down_by = up @ inverse, down @ inverse
        first = first - up_by @ down
        middle = middle - up_by @ down - down_by @ up
        up, down = up_by @ up, down_by @ down
        if np.all(np.max(up, axis=(1, 2), keepdims=True) <= _COVERED * coming):
            break
    return np.asarray(np.linalg.solve(first, leaving))


def _line(full: Array, longer: Array, longest: int) -> Array:
    """Return the chances of the lengths of the line; one more waits by the factor ``longer``."""
    line, term = [], full
    for _ in range(longest - 1):
        line.append(term.sum(axis=(1, 2)))
        term = term @ longer
    rest = term @ np.linalg.inv(np.eye(longer.shape[-1]) - longer)
    return np.array([*line, rest.sum(axis=(1, 2))])


def _wait(full: Array, longer: Array, arrivals: Array) -> Moments:
    """Return moments of the wait of those who wait.

    Those in line behind one who is admitted came during its wait, so that the factorial moments of the line are those
    of the wait times powers of the rate of arrivals (Keilson and Servi, Operations Research Letters 7, 1988; recalled).
    """
    summed = np.linalg.inv(np.eye(longer.shape[-1]) - longer)
    term = full @ summed
    waits = term.sum(axis=(1, 2))
    moments = []
    for k in (1, 2, 3):
        term = term @ longer @ summed
        moments.append(factorial(k) * term.sum(axis=(1, 2)) / waits / arrivals**k)
    mean, second, third = moments
    return mean, second, third
