"""What a request does while it holds a worker, slice by slice, and how variable the time is that it takes.

It alternates slices of its own code with errands elsewhere, as every operation of a network does (``capplan.network``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from capplan.pooled.network import Array, PooledNetwork
from capplan.pooled.product_form import ChainTable

LEAST_S = 1e-12
Moments = tuple[Array, Array, Array]
"""The first three of a time, of one shape."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Errand:
    """What a request does beside its own code: mean visits (worlds,), and time of one (rows, worlds, classes)."""

    visits: Array
    visit_s: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """How long a request's own code takes, all slices together, (rows, worlds, classes), and its errands."""

    own_s: Array
    errands: tuple[Errand, ...]


def course(network: PooledNetwork, inside: ChainTable, busy: np.ndarray) -> Course:
    """Return the course of a request of each class with so many inside, itself among them, in each row."""
    demand, chain = network.service_demand_s, network.chain_demand_s
    flow = np.maximum(inside.throughput_per_s[busy], 1e-300)

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
        errands = [Errand(visits=calls, visit_s=part / each) for part in (own * held, waited)]
        own = own * (1.0 - held)
    if inside.unlocked is not None:
        beside = (inside.unlocked[busy] / np.maximum(inside.queue_length[0][busy], 1e-300))[:, :, None] * own
        visits = network.visits_per_request[:, 0]
        errands, own = [*errands, Errand(visits=visits, visit_s=beside / visits[:, None])], own - beside
    for k in range(1, len(network.stations)):
        if demand[:, :, k].any():
            visits = network.visits_per_request[:, k]
            errands.append(Errand(visits=visits, visit_s=taken(k) / np.maximum(visits, 1e-300)[:, None]))
    return Course(own_s=np.maximum(own, LEAST_S), errands=tuple(errands))


def holding_moments(followed: Course) -> Moments:
    """Return the first three moments of the time from admission to the end, each as shaped as ``own_s``.

    A slice leads to a visit or to the end in proportion to their numbers, so that with own code o and v_k exponential
    visits of b_k the time has the transform 1 / (1 + o s + sum v_k b_k s / (1 + b_k s)). With m = o + sum v_k b_k and
    c_i = sum v_k b_k^i its moments over their factorials are m, m^2 + c_2 and m^3 + 2 m c_2 + c_3: it is a mixture of
    exponentials, and without visits one of them.
    """
    mean, second, third = followed.own_s, np.zeros(1), np.zeros(1)
    for errand in followed.errands:
        visits, visit_s = errand.visits[:, None], errand.visit_s
        mean, second, third = (
            mean + visits * visit_s,
            second + visits * visit_s**2,
            third + visits * visit_s**3,
        )
    return mean, 2.0 * (mean**2 + second), 6.0 * (mean**3 + 2.0 * mean * second + third)


def conditional_moments(
    sums: Sequence[Array], *, weight: Array, otherwise: Array, least: float = 0.0
) -> Moments:
    """Return the first three moments of a time from their weighted sums.

    Parameters
    ----------
    weight
        Sum of the weights; where it is not above ``least`` there is nobody, and any time will do: an exponential one
        whose mean is ``otherwise``.
    """
    none = weight <= least
    share = np.where(none, 1.0, weight)
    mean, second, third = (
        np.where(none, factorial(k) * otherwise**k, each / share) for k, each in enumerate(sums, start=1)
    )
    return mean, second, third


def mixed(each: Moments, shares: Array) -> Moments:
    """Return the moments of a time over classes of these shares, shape (worlds, classes), the last axis of both."""
    mean, second, third = (np.sum(shares * moment, axis=-1) for moment in each)
    return mean, second, third


def time_held(network: PooledNetwork, inside: ChainTable) -> Moments:
    """Return the moments of the time a request of any class holds a worker while all are busy, shape (worlds,) each.

    Nobody waits but then, and it is then that those inside decide how long.
    """
    full = course(network, inside, np.array([inside.throughput_per_s.shape[0] - 1]))
    mean, second, third = mixed(holding_moments(full), network.class_shares)
    return mean[0], second[0], third[0]
