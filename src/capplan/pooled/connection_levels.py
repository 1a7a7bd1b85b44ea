"""Requests inside a large pool whose connections are scarcer than its workers, between two simpler chains.

The chain of ``connection_chain`` over two numbers, calls and requests elsewhere, falls apart where one changes slowly
beside the other (Courtois, *Decomposability*, 1977; recalled). Where a request makes many visits elsewhere for a call,
whoever has no call has settled whenever the number of calls changes; where it makes many calls for a visit, whoever is
not elsewhere has.
"""

from dataclasses import replace

import numpy as np

from capplan.pooled.network import Array, ConnectionPool, PooledNetwork
from capplan.pooled.product_form import ChainTable
from capplan.pooled.slices import Slices, places_elsewhere, slices_of

# Stands in for the chance of a call where there is none, so that odds stay finite.
_LEAST_CHANCE = 1e-100
_NEGLIGIBLE = 1e-18


def connection_levels(network: PooledNetwork, connections: ConnectionPool, top: int) -> ChainTable:
    """Solve the inside of the pool for n = 1..top requests that queue nowhere elsewhere.

    The two limits err to opposite sides, and are mixed as a request's visits and calls are. Exact where nobody goes
    elsewhere, nobody waits for a server, or nobody for a connection. Otherwise the throughput of 20,000 random networks
    of up to 17 requests is within 0.2 % of the exact chain's, of 99 in 100 within 0.07 %; with 32 requests of the
    reference profile, within 0.01 %.

    Raises
    ------
    NoSolutionError
        As ``places_elsewhere``.
    """
    places = places_elsewhere(network)
    slices = slices_of(network, connections, places, top)
    errands = np.maximum(slices.call_ratio + slices.away_ratio, _LEAST_CHANCE)
    visits = slices.away_ratio / errands
    flow, present, share = visits * _by_calls(slices, top) + (1.0 - visits) * _by_visits(slices, top)
    throughput = flow * (1.0 - slices.call_ratio - slices.away_ratio)
    queue = np.zeros((len(network.stations), *flow.shape))
    queue[0] = present
    for k in places:
        queue[k] = throughput * network.chain_demand_s[:, k]
    permanent = np.zeros_like(queue)
    permanent[0] = network.stations[0].permanent_jobs * share
    return ChainTable(
        throughput_per_s=throughput,
        queue_length=queue,
        permanent_erlangs=permanent,
        waiting=np.maximum(np.arange(top + 1.0)[:, None] - queue.sum(axis=0), 0.0),
    )


def _take_in(figures: Array, means: Array, odds: Array) -> Array:
    """Change the means over a chain for one more level, which it is in ``odds`` times for once in all others before.

    Returns
    -------
    Array
        The level's share of the chain.
    """
    before = 1.0 / (1.0 + odds)
    share: Array = odds * before
    for number, figure in enumerate(figures):
        means[number] *= before
        means[number] += figure * share
    return share


def _by_calls(slices: Slices, top: int) -> Array:
    """Means with the number of calls, in progress or waiting, as the level: from all requests to none.

    Of slices of own code per second, requests at the servers, and servers per job there, for n = 0..top inside, shape
    (3, top + 1, worlds).

    With p calls in service beside N others, let V(k) = 1 / (s_1 .. s_k) for servers s_k per job with k jobs. That o of
    the others are at the servers has the weight of the product form, (own^o / o!) (away^(N-o) / (N-o)!) V(o + p), of
    which the sum is G_p(N). A job there is slower by L_p(N) = G_p(N) / G_{p-1}(N), and Pascal's rule gives
    N G_p(N) / G_p(N-1) = away + own L_{p+1}(N-1), the arrival theorem, of which L follows without a subtraction.
    """
    own_s, away_s = 1.0 / slices.own_per_s, slices.away_ratio / slices.away_per_s[1]
    call_ratio = np.maximum(slices.call_ratio, _LEAST_CHANCE)
    limit = min(slices.connection_count, top)
    slowed_s = own_s / slices.job_rate[: top + 1]
    served = np.arange(limit + 1.0)[:, None] + np.zeros_like(own_s)
    means, level = np.stack([0.0 * served, served, slices.job_rate[: limit + 1]]), np.ones_like(served)
    table = np.empty((3, *slowed_s.shape))
    table[:, 0] = means[:, 0]
    for others in range(1, top + 1):
        cycle_s = away_s + slowed_s
        fewer_s, slowed_s = slowed_s, slowed_s[:-1] * cycle_s[1:] / cycle_s[:-1]
        # Row d is the chain of n = others + d. As long as requests wait for a connection, that of n + 1 is no other.
        beside = np.arange(min(limit, top - others) + 1)
        more = np.minimum(beside + 1, limit)
        flow = others / cycle_s[beside + 1]
        ended_per_s = served[more] * slices.call_per_s * own_s / fewer_s[more]
        figures = np.stack([flow, served[beside] + flow * fewer_s[beside + 1], own_s / slowed_s[beside]])
        means = means[:, more]
        level = _take_in(figures, means, level[more] * ended_per_s / (flow * call_ratio))
        table[:, others] = means[:, 0]
    return table


def _by_visits(slices: Slices, top: int) -> Array:
    """Means as of ``_by_calls``, with the number of requests elsewhere as the level: from none to all."""
    away_s = slices.away_ratio / slices.away_per_s[1]
    here = _by_calls(replace(slices, away_ratio=np.zeros_like(away_s)), top)
    table, level = here.copy(), np.ones_like(here[0])
    for away in range(1, top + 1):
        odds = level[1:] * (away_s / away * here[0, 1 : top + 2 - away])
        level = _take_in(here[:, : top + 1 - away], table[:, away:], odds)
        # Each level is a smaller multiple of the one before than that one was: from here on there is nothing.
        if level.max() < _NEGLIGIBLE:
            break
    return table
