"""The time a request spends inside, followed through the others who come and go beside it.

The request alternates slices of its own code with errands elsewhere, as every operation of a network does. How long
those take depends on how many others are inside, and these come and go meanwhile: a Markov chain over the number
present and what the request is doing, of which only the first three moments of the time to its end are needed. Where
the inside is one station this is the request's own chain, exact; otherwise it forgets what the others inside are
doing, as flow equivalence does. The moments become a law of two phases, whose tail costs hardly more than an
exponential's (Bobbio, Horvath and Telek, "Matching three moments with minimal acyclic phase type distributions",
Stochastic Models 21, 2005; recalled).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from capplan.pooled.network import Array, PooledNetwork
from capplan.pooled.product_form import ChainTable

_LEAST_S = 1e-12
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Errand:
    """What a request does beside its own code: mean visits (worlds,), and time of one (rows, worlds, classes)."""

    visits: Array
    visit_s: Array


def inside_law(network: PooledNetwork, inside: ChainTable, company: Company) -> InsideLaw:
    """Follow a request of each class from its admission to its end.

    Parameters
    ----------
    inside
        The inside for every number of requests that can be there at once.
    """
    busy = np.minimum(np.arange(1, company.at_once.shape[0] + 1), inside.throughput_per_s.shape[0] - 1)
    flow = np.maximum(inside.throughput_per_s[busy], 1e-300)
    own_s, errands = _course(network, inside, busy, flow)
    slices = sum((each.visits for each in errands), start=np.ones(network.worlds))
    size = len(errands) + 1
    leaving = np.zeros((*own_s.shape, size, size))
    own_rate = slices[:, None] / own_s
    leaving[..., 0, 0] = own_rate
    for k, errand in enumerate(errands, start=1):
        rate = 1.0 / np.maximum(errand.visit_s, _LEAST_S)
        leaving[..., k, k] = rate
        leaving[..., k, 0] = -rate
        leaving[..., 0, k] = -own_rate * (errand.visits / slices)[:, None]
    moments = _moments(
        leaving,
        coming=np.minimum(company.coming_per_s, _AT_ONCE * flow),
        going=flow * (1.0 - 1.0 / busy[:, None]),
    )
    at_once, after_wait = (
        [np.einsum("jw,jwr->wr", met, each) for each in moments]
        for met in (company.at_once, company.after_wait)
    )
    everyone = np.sum(company.at_once + company.after_wait, axis=0)
    mean = (at_once[0] + after_wait[0]) / everyone[:, None]
    laws = [
        law_of(
            [each / mean**k for k, each in enumerate(sums, start=1)],
            weight=np.sum(met, axis=0)[:, None],
            otherwise=np.ones_like(mean),
            least=_NEGLIGIBLE,
        )
        for sums, met in ((at_once, company.at_once), (after_wait, company.after_wait))
    ]
    return InsideLaw(at_once=laws[0], after_wait=laws[1])


def _course(
    network: PooledNetwork, inside: ChainTable, busy: np.ndarray, flow: Array
) -> tuple[Array, list[_Errand]]:
    """Return how long a request's own code takes, all slices together, (rows, worlds, classes), and its errands."""
    demand, chain = network.service_demand_s, network.chain_demand_s

    def taken(k: int) -> Array:
        """How long the class's demand at a station takes: the chain's residence there in proportion."""
        longer = inside.queue_length[k][busy] / (flow * np.maximum(chain[:, k], 1e-300))
        residence: Array = np.maximum(longer, 1.0)[:, :, None] * demand[:, :, k]
        return residence

    own, errands = taken(0), []
    connections = network.pool.connections if network.pool is not None else None
    if connections is not None and connections.calls_per_request.any():
        calls = connections.calls_per_request
        each = np.maximum(calls, 1e-300)[:, None]
        held = (connections.held_demand_s / np.maximum(chain[:, 0], 1e-300))[:, None]
        waited = (inside.waiting[busy] / flow)[:, :, None] * np.ones_like(own)
        errands = [_Errand(visits=calls, visit_s=part / each) for part in (own * held, waited)]
        own = own * (1.0 - held)
    if inside.unlocked is not None:
        beside = (inside.unlocked[busy] / np.maximum(inside.queue_length[0][busy], 1e-300))[:, :, None] * own
        visits = network.visits_per_request[:, 0]
        errands, own = [_Errand(visits=visits, visit_s=beside / visits[:, None])], own - beside
    for k in range(1, len(network.stations)):
        if demand[:, :, k].any():
            visits = network.visits_per_request[:, k]
            errands.append(_Errand(visits=visits, visit_s=taken(k) / np.maximum(visits, 1e-300)[:, None]))
    return np.maximum(own, _LEAST_S), errands


def _moments(leaving: Array, *, coming: Array, going: Array) -> list[Array]:
    """Return the first three moments of the time to the end, from a slice of own code with j present.

    The equations are block tridiagonal over the number present, and solved by elimination from the fewest up
    (Neuts, *Matrix-Geometric Solutions*, 1981, section 2.2, for moments of phase-type laws; recalled).

    Parameters
    ----------
    leaving
        Minus the generator of what the request does, shape (rows, worlds, classes, phases, phases).
    coming, going
        Rates at which the number present grows and falls, shape (rows, worlds).

    Returns
    -------
    list of Array
        Each of shape (rows, worlds, classes).
    """
    rows, size = leaving.shape[0], leaving.shape[-1]
    up, down = coming.copy(), going.copy()
    up[-1] = 0.0
    down[0] = 0.0
    up, down = up[:, :, None, None, None], down[:, :, None, None, None]
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
        moments.append(np.stack([each[..., 0, 0] for each in right]))
    return moments


def law_of(sums: Sequence[Array], *, weight: Array, otherwise: Array, least: float = 0.0) -> TwoPhases:
    """Return the law of two phases from weighted sums of the first three moments.

    Parameters
    ----------
    weight
        Sum of the weights; where it is not above ``least`` there is nobody, and any law will do: the exponential whose
        mean is ``otherwise``.
    """
    none = weight <= least
    share = np.where(none, 1.0, weight)
    return two_phases(
        *(np.where(none, factorial(k) * otherwise**k, each / share) for k, each in enumerate(sums, start=1))
    )


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
    time = np.stack([longer, np.maximum(shorter, _LEAST_S)])
    return TwoPhases(weight=np.stack([weight, 1.0 - weight]), time=time * first)
