"""Requests admitted to a limited pool of workers, by flow equivalence of what goes on inside."""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from capplan.birth_death import SATURATION_RATIO, birth_death, finite_source, found_by_users
from capplan.pooled.connection_chain import connection_table
from capplan.pooled.connection_levels import connection_levels
from capplan.pooled.course import Moments, time_held
from capplan.pooled.mixed_arrivals import mixed_arrivals
from capplan.pooled.mixed_pool import mixed_pool
from capplan.pooled.moment_wait import MomentWait, moment_wait
from capplan.pooled.network import Array, BoolArray, PooledNetwork, WorkerPool
from capplan.pooled.process_locks import lock_table, locks_are_counted_out, slowed_by_locks
from capplan.pooled.product_form import ChainTable, chain_table
from capplan.pooled.response_tail import PoolWait, no_wait
from capplan.pooled.slices import places_elsewhere
from capplan.pooled.solution import PooledSolution, class_residence, unstable_as_infinite
from capplan.pooled.time_inside import Company, company, inside_law, users
from capplan.pooled.two_kinds import alike, kinds, mix_factor

_LONGEST_LINE = 64
# The exact chain of so many requests over scarce connections takes a tenth of a second for 256 worlds; its work grows
# with the fifth power of their number.
_MOST_FOLLOWED = 16


def solve_worker_pool(network: PooledNetwork) -> PooledSolution:
    """Solve the inside for every number of busy workers, then the outside as a birth-death chain.

    Flow equivalence (Chandy, Herzog and Woo 1975; Lazowska et al. 1984, chapters 8 and 9): while n requests
    are inside, they leave with the throughput X(n) of the inside alone, which is exact where the inside
    is one station and otherwise forgets how far the requests inside have come. The inside has product form
    unless there are fewer connections than workers; then it is solved exactly as a Markov chain for up to 16 requests
    inside, or where they queue elsewhere, and between the chain's two limits for more (``connection_levels``).
    Workers that are threads of processes wait for their locks (``process_locks``).

    This inside knows requests of one kind only, each as good as new at every moment. Where a worker is held for very
    different times, within a class or between classes, those inside are told apart as two kinds with the moments of
    that time, and their numbers followed (``mixed_arrivals``, ``mixed_pool``). Where that is too much work, open
    arrivals wait longer by the factor (1 + C^2) / 2 of Pollaczek and Khinchine, exact for one worker (Kingman 1962;
    Allen, *Probability, Statistics and Queueing Theory*, 2nd ed. 1990, section 5.3; recalled), and users do not.

    Raises
    ------
    ValueError
        The network has no pool.
    NoSolutionError
        Connections are scarce and requests visit more than one kind of station besides the first.
    """
    pool = network.pool
    if pool is None:
        raise ValueError("pool: the worker-pool solver needs a pool")
    top = pool.worker_count
    if network.population is not None:
        top = min(top, int(network.population.max()))
    inside = _inside(network, pool, top)
    return _assemble(network, inside, _outside(network, inside, time_held(network, inside)))


def _inside(network: PooledNetwork, pool: WorkerPool, top: int) -> ChainTable:
    if pool.locks is None or not pool.locks_bind:
        return _without_locks(network, pool, top)
    if locks_are_counted_out(pool, top):
        return lock_table(network, pool.worker_count, pool.locks, top)
    return slowed_by_locks(network, pool.worker_count, pool.locks, _without_locks(network, pool, top))


def _without_locks(network: PooledNetwork, pool: WorkerPool, top: int) -> ChainTable:
    if pool.connections is None or not pool.lacks_connections(top):
        return chain_table(network.stations, network.chain_demand_s, top)
    queues = any(network.stations[k].kind == "queueing" for k in places_elsewhere(network))
    solve = connection_table if top <= _MOST_FOLLOWED or queues else connection_levels
    return solve(network, pool.connections, top)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Outside:
    """Distribution of busy workers (top + 1, worlds), flow, mean number waiting, wait, who is met, stability."""

    busy: Array
    flow_per_s: Array
    waiting: Array
    wait: PoolWait | MomentWait
    company: Company
    stable: BoolArray


def _outside(network: PooledNetwork, inside: ChainTable, held: Moments) -> _Outside:
    if network.arrival_rate_per_s is not None:
        return _open(network.arrival_rate_per_s, inside, held)
    if network.population is not None and network.think_time_s is not None:
        return _closed(network.population, network.think_time_s, inside, held)
    raise ValueError("population: neither population and think_time_s nor arrival_rate_per_s")


def _closed(population: Array, think_time_s: Array, inside: ChainTable, held: Moments) -> _Outside:
    """Users in turn thinking and asking; an arrival sees the chain with one user less."""
    top, most = inside.throughput_per_s.shape[0] - 1, int(population.max())
    rate = inside.throughput_per_s[np.minimum(np.arange(1, most + 1), top)]
    mix = kinds(held)
    mixed = None if mix is None else mixed_pool(population, think_time_s, inside.throughput_per_s, mix)
    if mixed is not None:
        rate = mixed.completion_per_s
    present = finite_source(population, think_time_s, rate)
    flow = np.sum(present[1:] * rate, axis=0)
    busy = present[: top + 1].copy()
    busy[top] = present[top:].sum(axis=0)
    waiting = np.einsum("jw,j->w", present[top:], np.arange(most + 1.0 - top))
    found = found_by_users(present, population)
    wait: PoolWait | MomentWait = no_wait(population.size)
    if most > top:
        at_least = np.cumsum(found[: top - 1 : -1], axis=0)[::-1]
        wait = PoolWait(phase_tail=at_least, rate_per_s=rate[-1])
        if mixed is not None:
            wait = moment_wait(at_least, mixed.wait, alike(held))
            # Little's law knows the mean of all the chain's users; the moments are those of its own flow.
            wait = wait.slowed(np.where(waiting > 0.0, waiting / flow / np.maximum(wait.mean_s, 1e-300), 1.0))
    return _Outside(
        busy=busy,
        flow_per_s=flow,
        waiting=waiting,
        wait=wait,
        company=users(found, population, think_time_s, top),
        stable=np.ones(population.size, dtype=bool),
    )


def _open(arrivals: Array, inside: ChainTable, held: Moments) -> _Outside:
    """Poisson arrivals; in a world that is not stable every worker is busy for ever."""
    rate = inside.throughput_per_s[1:]
    stable = arrivals < SATURATION_RATIO * rate[-1]
    coming = np.where(stable, arrivals, 0.5 * rate[-1])
    mix = kinds(held)
    mixed = None if mix is None else mixed_arrivals(coming, inside.throughput_per_s, mix, _LONGEST_LINE)
    longer = mix_factor(held)
    wait: PoolWait | MomentWait
    if mixed is None:
        busy, line, wait = _of_one_kind(coming, rate)
    else:
        busy, line, longer = mixed.busy, mixed.line, np.where(alike(held), longer, 1.0)
        wait = moment_wait(busy[-1:], mixed.wait, alike(held))
    wait = wait.slowed(longer)
    saturated = np.zeros_like(busy)
    saturated[-1] = 1.0
    found = np.concatenate([busy[:-1], line])
    return _Outside(
        busy=np.where(stable, busy, saturated),
        flow_per_s=np.where(stable, arrivals, rate[-1]),
        waiting=coming * wait.mean_s,
        wait=wait,
        company=company(found, np.broadcast_to(coming, found.shape), rate.shape[0]),
        stable=stable,
    )


def _of_one_kind(arrivals: Array, rate: Array) -> tuple[Array, Array, PoolWait]:
    """Return busy workers, line and wait; beyond the last worker the chain is geometric and summed in closed form."""
    ratio = arrivals / rate[-1]
    busy = birth_death(np.broadcast_to(arrivals, rate.shape), rate)
    busy[-1] /= 1.0 - ratio
    busy /= busy.sum(axis=0)
    line = busy[-1] * (1.0 - ratio) * ratio ** np.arange(_LONGEST_LINE)[:, None]
    line[-1] /= 1.0 - ratio
    return busy, line, PoolWait(phase_tail=busy[-1:], rate_per_s=rate[-1] - arrivals)


def _assemble(network: PooledNetwork, inside: ChainTable, outside: _Outside) -> PooledSolution:
    """Average the inside over the number of busy workers."""
    busy, stable = outside.busy, outside.stable & network.background_fits
    limit = inside.throughput_per_s[-1]
    throughput = outside.flow_per_s
    queue = np.einsum("nw,knw->wk", busy, inside.queue_length)
    residence = class_residence(network, queue / throughput[:, None])
    connection_wait = np.sum(busy * inside.waiting, axis=0) / throughput
    lock_waiting = np.zeros_like(busy) if inside.lock_waiting is None else inside.lock_waiting
    solution = PooledSolution(
        solver="worker_pool",
        network=network,
        throughput_per_s=np.where(stable, throughput, np.where(network.background_fits, limit, 0.0)),
        queue_length=queue,
        residence_s=residence,
        pool_wait_s=outside.waiting / throughput,
        busy_workers=np.sum(busy * np.arange(float(busy.shape[0]))[:, None], axis=0),
        connection_wait_s=connection_wait,
        lock_wait_s=np.sum(busy * lock_waiting, axis=0) / throughput,
        permanent_erlangs=np.einsum("nw,knw->wk", busy, inside.permanent_erlangs),
        wait=outside.wait,
        law=cache(partial(inside_law, network, inside, outside.company)),
        stable=stable,
    )
    return unstable_as_infinite(solution)
