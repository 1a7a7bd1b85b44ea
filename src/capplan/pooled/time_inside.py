"""The time a request spends inside, followed through the others who come and go beside it.

The request alternates slices of its own code with errands elsewhere, as every operation of a network does. How long
those take depends on how many others are inside, and these come and go meanwhile: a Markov chain over the number
present and what the request is doing, of which only the first three moments of the time to its end are needed. Where
the inside is one station this is the request's own chain, exact; otherwise it forgets what the others inside are
doing, as flow equivalence does. Open traffic at the cores runs all of them at one of two speeds (``background``).
The moments become a law of two phases, whose tail costs hardly more than an exponential's (Bobbio, Horvath and Telek,
"Matching three moments with minimal acyclic phase type distributions", Stochastic Models 21, 2005; recalled).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capplan.pooled.background import TwoSpeeds, two_speeds
from capplan.pooled.course import LEAST_S, Course, conditional_moments, course
from capplan.pooled.network import Array, PooledNetwork
from capplan.pooled.product_form import ChainTable

# More than these behind a request change hardly anything while it is inside: every worker has enough to do.
_MOST_BEHIND = 32
_NEGLIGIBLE = 1e-9
# Users who never think come back at once; a rate this many times that of all else is as good, and keeps digits.
_AT_ONCE = 1e6
# Two phases in a row are the least variable law of two phases: a squared coefficient of variation of 1/2.
_LEAST_SECOND = 0.75
_EXPONENTIAL = 1e-6
# Phases as equal as this are told apart, so that their weights stay small enough to keep digits.
_APART = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Company:
    """The others, as a request inside has them; row j - 1 is for j present, the request among them.

    Attributes
    ----------
    coming_per_s
        Rate at which others come, shape (rows, worlds).
    at_once, after_wait
        Chance that so many are present just after the request is admitted, without a wait and after one, shape
        (rows, worlds); both together sum to 1, but for those of whom more are present than are followed.
    """

    coming_per_s: Array
    at_once: Array
    after_wait: Array


def company(present: Array, coming_per_s: Array, workers: int) -> Company:
    """Return the others of a request that finds them present and is admitted, at once or after a wait.

    Whoever waits finds, when admitted, as many waiting behind as were in line when it came, in distribution: those
    who come during a first-come wait are to the line what those it meets are (Little's law for distributions:
    Keilson and Servi, Operations Research Letters 7, 1988; recalled). It has then one worker, the others the rest.

    Parameters
    ----------
    present
        Distribution of the number that an arriving request finds, shape (most, worlds).
    coming_per_s
        Rate at which others come with j - 1 of them present, shape (most, worlds).
    workers
        Most that are inside at once.
    """
    rows = min(present.shape[0], workers + _MOST_BEHIND)
    at_once, after_wait = np.zeros((rows, present.shape[1])), np.zeros((rows, present.shape[1]))
    at_once[: min(workers, rows)] = present[:workers]
    for found in range(workers, present.shape[0]):
        after_wait[min(found, rows) - 1] += present[found]
    seen = np.flatnonzero(np.max(at_once + after_wait, axis=1) > _NEGLIGIBLE)
    last = min(int(seen[-1]) + 2, rows)
    return Company(coming_per_s=coming_per_s[:last], at_once=at_once[:last], after_wait=after_wait[:last])


def users(found: Array, population: Array, think_time_s: Array, workers: int) -> Company:
    """Return the other users of one who finds some of them asking; arguments as in ``company``."""
    thinking = population - 1.0 - np.arange(found.shape[0])[:, None]
    return company(found, np.maximum(thinking, 0.0) / np.maximum(think_time_s, 1e-290), workers)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoPhases:
    """P(S > t) = sum of weight exp(-t / time); a weight may be negative.

    Attributes
    ----------
    weight, time
        Shape (2, worlds, classes). The weights sum to 1, and their products with the times to the mean.
    """

    weight: Array
    time: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InsideLaw:
    """The time inside of those admitted at once and of those who waited, in units of the mean of all."""

    at_once: TwoPhases
    after_wait: TwoPhases


def inside_law(network: PooledNetwork, inside: ChainTable, company: Company) -> InsideLaw:
    """Follow a request of each class from its admission to its end.

    Parameters
    ----------
    inside
        The inside for every number of requests that can be there at once.
    """
    busy = np.minimum(np.arange(1, company.at_once.shape[0] + 1), inside.throughput_per_s.shape[0] - 1)
    flow = np.maximum(inside.throughput_per_s[busy], 1e-300)
    leaving = _leaving(course(network, inside, busy))
    start = np.zeros((*leaving.shape[:2], 1, leaving.shape[-1]))
    start[..., 0] = 1.0
    going = (flow * (1.0 - 1.0 / busy[:, None]))[:, :, None, None]
    speeds = two_speeds(
        network.stations[0], inside.queue_length[0][1 : busy[-1] + 1], network.chain_demand_s[:, 0]
    )
    if speeds is not None:
        leaving, start, going = _at_two_speeds(leaving, going, speeds, busy - 1)
    moments = _moments(
        leaving, start=start, coming=np.minimum(company.coming_per_s, _AT_ONCE * flow), going=going
    )
    at_once, after_wait = (
        [np.einsum("jw,jwr->wr", met, each) for each in moments]
        for met in (company.at_once, company.after_wait)
    )
    everyone = np.sum(company.at_once + company.after_wait, axis=0)
    mean = (at_once[0] + after_wait[0]) / everyone[:, None]
    laws = [
        two_phases(
            *conditional_moments(
                [each / mean**k for k, each in enumerate(sums, start=1)],
                weight=np.sum(met, axis=0)[:, None],
                otherwise=np.ones_like(mean),
                least=_NEGLIGIBLE,
            )
        )
        for sums, met in ((at_once, company.at_once), (after_wait, company.after_wait))
    ]
    return InsideLaw(at_once=laws[0], after_wait=laws[1])


def _leaving(followed: Course) -> Array:
    """Return minus the generator of what a request does: its own code first, then its errands."""
    slices = sum((each.visits for each in followed.errands), start=np.ones(followed.own_s.shape[1]))
    size = len(followed.errands) + 1
    leaving = np.zeros((*followed.own_s.shape, size, size))
    own_rate = slices[:, None] / followed.own_s
    leaving[..., 0, 0] = own_rate
    for k, errand in enumerate(followed.errands, start=1):
        rate = 1.0 / np.maximum(errand.visit_s, LEAST_S)
        leaving[..., k, k] = rate
        leaving[..., k, 0] = -rate
        leaving[..., 0, k] = -own_rate * (errand.visits / slices)[:, None]
    return leaving


def _at_two_speeds(
    leaving: Array, going: Array, speeds: TwoSpeeds, rows: np.ndarray
) -> tuple[Array, Array, Array]:
    """Return generator, start and departures of others when own code, theirs too, runs at one speed or the other.

    Everybody's last slice is own code: the others leave sooner or later as the one followed does.
    """
    size = leaving.shape[-1]
    both = np.zeros((*leaving.shape[:3], 2 * size, 2 * size))
    start = np.zeros((*leaving.shape[:2], 1, 2 * size))
    for k, other in ((0, 1), (1, 0)):
        here, there = slice(k * size, (k + 1) * size), slice(other * size, (other + 1) * size)
        change = speeds.leave_per_s[k][rows][:, :, None, None, None] * np.eye(size)
        both[..., here, here] = leaving + change
        both[..., here, there] = -change
        own = speeds.speed[k][rows][:, :, None, None]
        both[..., k * size, here] += (own - 1.0) * leaving[..., 0, :]
        start[..., k * size] = speeds.at_start[k][rows][:, :, None]
    pace = np.repeat(np.moveaxis(speeds.speed[:, rows], 0, -1), size, axis=-1)[:, :, None]
    return both, start, going * pace


def _moments(leaving: Array, *, start: Array, coming: Array, going: Array) -> list[Array]:
    """Return the first three moments of the time to the end, from the start with j present.

    The equations are block tridiagonal over the number present, and solved by elimination from the fewest up
    (Neuts, *Matrix-Geometric Solutions*, 1981, section 2.2, for moments of phase-type laws; recalled).

    Parameters
    ----------
    leaving
        Minus the generator of what the request does, shape (rows, worlds, classes, phases, phases).
    start
        Chances of what it does first, shape (rows, worlds, 1, phases).
    coming, going
        Rates at which the number present grows, shape (rows, worlds), and falls, (rows, worlds, 1, phases or 1).

    Returns
    -------
    list of Array
        Each of shape (rows, worlds, classes).
    """
    rows, size = leaving.shape[0], leaving.shape[-1]
    up, down = coming.copy(), going.copy()
    up[-1] = 0.0
    down[0] = 0.0
    up, down = up[:, :, None, None, None], down[..., None]
    inverse: list[Array] = []
    for j in range(rows):
        block = leaving[j] + (up[j] + down[j]) * np.eye(size)
        if j:
            block = block - down[j] * up[j - 1] * inverse[j - 1]
        inverse.append(np.linalg.inv(block))
    right: Sequence[Array] = [np.ones((*leaving.shape[1:4], 1))] * rows
    moments = []
    for order in (1.0, 2.0, 3.0):
        carried = [order * right[0]]
        for j in range(1, rows):
            carried.append(order * right[j] + down[j] * (inverse[j - 1] @ carried[j - 1]))
        found = [inverse[-1] @ carried[-1]]
        for j in range(rows - 2, -1, -1):
            found.append(inverse[j] @ (carried[j] + up[j] * found[-1]))
        right = found[::-1]
        moments.append(
            np.stack(
                [(first @ each)[..., 0, 0] for first, each in zip(start[:, :, :, None], right, strict=True)]
            )
        )
    return moments


def two_phases(first: Array, second: Array, third: Array) -> TwoPhases:
    """Return the law of two phases with these moments, or with the nearest that one can have.

    With r_k the k-th moment over k! and the mean's k-th power, its times are the roots of t^2 - a t + b, where
    r_2 = a - b and r_3 = a r_2 - b. More variable than the exponential it is a mixture and r_3 > r_2^2; less
    variable, two phases in a row, whose r_3 lies within the bounds of Bobbio, Horvath and Telek 2005.
    """
    r2 = np.maximum(second / (2.0 * first**2), _LEAST_SECOND)
    r3 = third / (6.0 * first**3)
    variance = 2.0 * r2 - 1.0
    row = np.maximum(1.0 - variance, 0.0)
    in_a_row = np.clip(r3, 0.5 * (3.0 * variance - 1.0 + np.sqrt(2.0) * row**1.5), variance)
    r3 = np.where(r2 > 1.0, np.maximum(r3, r2**2), in_a_row)
    plain = np.abs(r2 - 1.0) <= _EXPONENTIAL
    a = (r3 - r2) / np.where(plain, 1.0, r2 - 1.0)
    b = a - r2
    spread = np.maximum(np.sqrt(np.maximum(a**2 - 4.0 * b, 0.0)), _APART * a)
    longer = np.where(plain, 1.0, (a + spread) / 2.0)
    shorter = np.where(plain, 0.5, np.maximum((a - spread) / 2.0, 0.0))
    weight = (1.0 - shorter) / (longer - shorter)
    time = np.stack([longer, np.maximum(shorter, LEAST_S)])
    return TwoPhases(weight=np.stack([weight, 1.0 - weight]), time=time * first)
