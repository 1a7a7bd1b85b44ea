"""Requests inside a pool whose members are threads of processes, each under an interpreter's lock.

The own code that one process has to run shares one thread, so that requests that happen to sit in one process wait
for each other while cores stand idle. With a core for every process the numbers inside have a product form: of J
requests under a lock and E elsewhere, J!E! ways to sit in the processes (``_gathering``) times what the stations give
them. Cores that are short slow every thread alike, by how many threads there are on average with so many requests at
the cores. That is exact with a core for each process, with a process for each member, and for one process alone;
in between it is an approximation, whose error is measured in docs/explanation/the-model.md.
"""

from dataclasses import dataclass
from functools import cache
from math import exp

import numpy as np
from scipy.special import gammaln

from capplan.pooled.network import Array, PooledNetwork, ProcessLocks, WorkerPool
from capplan.pooled.product_form import ChainTable, chain_rate, chain_table, permanent_rate

# To count out how 64 inside gather takes 40 ms for 256 worlds, and a plan solves some 80 times.
_MOST_INSIDE = 64
_NONE = 1e-300
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Gathering:
    """How requests sit in processes; row J is for as many under a lock, column E for as many elsewhere.

    Attributes
    ----------
    log_ways
        Logarithm of the ways to sit, over the ways to sit in processes of one seat each: 0 where J is 0.
    threads
        Mean number of processes of which somebody is under the lock.
    """

    log_ways: Array
    threads: Array


def locks_are_counted_out(pool: WorkerPool, top: int) -> bool:
    """Tell whether how requests gather in processes is counted out, for at most so many inside.

    Otherwise, where they are too many or share fewer connections, the locks only slow all of them by one factor.
    """
    return top <= _MOST_INSIDE and not pool.lacks_connections(top)


def slowed_by_locks(
    network: PooledNetwork, workers: int, locks: ProcessLocks, inside: ChainTable
) -> ChainTable:
    """Return the inside of a pool whose requests are not counted out in their processes, from the one without locks.

    It is slowed as the product form of as many is; each of more than 64 takes longer by as much as each of 64; and it
    is no faster than the processes.
    """
    top = inside.throughput_per_s.shape[0] - 1
    counted = lock_table(network, workers, locks, min(top, _MOST_INSIDE))
    some = counted.throughput_per_s.shape[0]
    free = chain_table(network.stations, network.chain_demand_s, some - 1)
    slower = counted.throughput_per_s[1:] / free.throughput_per_s[1:]
    ratio, flow = np.ones_like(inside.throughput_per_s), np.maximum(inside.throughput_per_s, _NONE)
    ratio[1:some] = slower
    longer_s = (some - 1) / flow[some - 1] * (1.0 / slower[-1] - 1.0)
    ratio[some:] = 1.0 / (1.0 + longer_s * flow[some:] / np.arange(some, top + 1.0)[:, None])
    most_per_s = workers // locks.seats / np.maximum(locks.locked_demand_s, _NONE)
    return _slowed(inside, np.minimum(ratio, most_per_s / flow))


def _slowed(inside: ChainTable, ratio: Array) -> ChainTable:
    """Return an inside so many times as fast, whose requests wait the longer for a lock at the first station."""
    waiting = np.arange(float(ratio.shape[0]))[:, None] * (1.0 - ratio)
    queue = inside.queue_length * ratio
    queue[0] += waiting
    return ChainTable(
        throughput_per_s=inside.throughput_per_s * ratio,
        queue_length=queue,
        permanent_erlangs=inside.permanent_erlangs,
        waiting=inside.waiting * ratio,
        lock_waiting=waiting,
    )


def lock_table(network: PooledNetwork, workers: int, locks: ProcessLocks, top: int) -> ChainTable:
    """Solve the inside of the pool for n = 1..top requests.

    Of j at the cores each is under a lock with the chance of its demand there, tilted by the ways to sit; how many
    cores work then is the mean over how many those are.
    """
    first, chain_s = network.stations[0], network.chain_demand_s
    locked_s = np.minimum(locks.locked_demand_s, chain_s[:, 0])
    others = chain_table(network.stations[1:], chain_s[:, 1:], top) if len(network.stations) > 1 else None
    at_cores = _at_cores(
        _gathering(workers // locks.seats, locks.seats, top),
        locked_s,
        chain_s[:, 0] - locked_s,
        chain_rate(first, top),
    )
    log_away = np.full((top + 1, network.worlds), -np.inf)
    log_away[0] = 0.0
    if others is not None:
        log_away[1:] = -np.cumsum(np.log(others.throughput_per_s[1:]), axis=0)
    shape = (top + 1, network.worlds)
    unlocked, lock_waiting = np.zeros(shape), np.zeros(shape)
    table = ChainTable(
        throughput_per_s=np.zeros(shape),
        queue_length=np.zeros((len(network.stations), *shape)),
        permanent_erlangs=np.zeros((len(network.stations), *shape)),
        waiting=np.zeros(shape),
        unlocked=unlocked,
        lock_waiting=lock_waiting,
    )
    idle = permanent_rate(first, 0)[0]
    table.permanent_erlangs[0, 0] = idle
    if others is not None:
        table.permanent_erlangs[1:, 0] = others.permanent_erlangs[:, 0]
    number = np.arange(top + 1.0)[:, None]
    for n in range(1, top + 1):
        log_share = at_cores.log_weight[n, : n + 1] + log_away[n::-1]
        share = np.exp(log_share - log_share.max(axis=0))
        share /= share.sum(axis=0)
        cores, threads = at_cores.cores[n, : n + 1], at_cores.threads[n, : n + 1]
        table.throughput_per_s[n] = np.sum(share * cores, axis=0) / chain_s[:, 0]
        table.queue_length[0, n] = np.sum(share * number[: n + 1], axis=0)
        unlocked[n] = np.sum(share * at_cores.unlocked[n, : n + 1], axis=0)
        lock_waiting[n] = np.sum(share * np.maximum(number[: n + 1] - threads, 0.0), axis=0)
        permanent = first.permanent_jobs * cores / np.maximum(threads, _NONE)
        permanent[0] = idle
        table.permanent_erlangs[0, n] = np.sum(share * permanent, axis=0)
        if others is not None:
            table.queue_length[1:, n] = np.sum(share * others.queue_length[:, n::-1], axis=1)
            table.permanent_erlangs[1:, n] = np.sum(share * others.permanent_erlangs[:, n::-1], axis=1)
    return table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cores:
    """What there is at the cores: rows for n inside, columns for j <= n of them at the cores, and then worlds.

    Attributes
    ----------
    log_weight
        Logarithm of how often there are so many, but for a factor of what the others do.
    threads, cores
        Mean number of threads that want to run, and of cores that work for them.
    unlocked
        Mean number of requests under no lock.
    """

    log_weight: Array
    threads: Array
    cores: Array
    unlocked: Array


def _at_cores(sitting: _Gathering, locked_s: Array, unlocked_s: Array, rate: Array) -> _Cores:
    """Average over which of those at the cores are under a lock.

    Parameters
    ----------
    locked_s, unlocked_s
        Demand at the cores under a lock and beside it, shape (worlds,).
    rate
        Cores that work for so many threads, shape (top + 1, worlds).
    """
    top = rate.shape[0] - 1
    # The ways grow with J; taken out as a factor for each, they stay in the range of doubles.
    tilt = sitting.log_ways[top, 0] / max(top, 1)
    weight = locked_s * exp(tilt) + unlocked_s
    chance = np.maximum(locked_s * exp(tilt) / weight, _NONE), np.maximum(unlocked_s / weight, _NONE)
    shapes, strength = _few_shapes(rate)
    shape = (top + 1, top + 1, locked_s.size)
    log_weight, unlocked = np.zeros(shape), np.zeros(shape)
    threads, cores = np.full(shape, _NONE), np.full(shape, _NONE)
    for j in range(top + 1):
        locked = np.arange(j + 1)
        log_drawn = gammaln(j + 1.0) - gammaln(locked + 1.0) - gammaln(j - locked + 1.0)
        drawn = np.exp(
            log_drawn[:, None]
            + locked[:, None] * np.log(chance[0])
            + (j - locked)[:, None] * np.log(chance[1])
        )
        elsewhere = np.arange(j, top + 1)[:, None] - locked
        ways = np.exp(sitting.log_ways[locked, elsewhere] - tilt * locked)
        running = sitting.threads[locked, elsewhere] + (j - locked)
        low = running.astype(int)
        part = (running - low)[:, :, None]
        working = shapes[low] * (1.0 - part) + shapes[np.minimum(low + 1, top)] * part
        all_ways = np.maximum(ways @ drawn, _NONE)
        log_weight[j:, j] = np.log(all_ways) + j * np.log(weight) - gammaln(j + 1.0)
        unlocked[j:, j] = (ways * (j - locked)) @ drawn / all_ways
        threads[j:, j] += (ways * running) @ drawn / all_ways
        cores[j:, j] += (
            sum((ways * working[:, :, q]) @ drawn * strength[q] for q in range(strength.shape[0])) / all_ways
        )
    # Each of those at the cores is as much slower as there are more threads than cores.
    log_weight += np.cumsum(np.log(threads / np.maximum(cores, _NONE)), axis=1)
    return _Cores(log_weight=log_weight, threads=threads, cores=cores, unlocked=unlocked)


def _few_shapes(rate: Array) -> tuple[Array, Array]:
    """Write the cores that work for so many threads as a few shapes times their strength in every world.

    Returns
    -------
    Array, Array
        Shapes (top + 1, few), strengths (few, worlds): their product is ``rate`` to working precision.
    """
    left, size, right = np.linalg.svd(rate, full_matrices=False)
    few = max(1, int(np.sum(size > _ROUNDING * size[0])))
    return left[:, :few] * size[:few], right[:few]


@cache
def _gathering(processes: int, seats: int, top: int) -> _Gathering:
    """Count the ways in which J requests under a lock and E elsewhere sit in processes of so many seats.

    A process of m takes one more at a rate that goes with its free seats, lets those under its lock go on one at a
    time, and those elsewhere side by side: m have seats!/(seats - m)!/(elsewhere)! ways, and all processes together
    the products of theirs.
    """
    one = np.zeros((top + 1, top + 1))
    for locked in range(min(seats, top) + 1):
        for away in range(min(seats, top) - locked + 1):
            # Tilted by e/seats for each under a lock, so that the products stay in the range of doubles.
            log_one = gammaln(seats + 1.0) - gammaln(seats - locked - away + 1.0) - gammaln(away + 1.0)
            one[locked, away] = exp(log_one + locked * (1.0 - np.log(seats)))
    idle = np.zeros_like(one)
    idle[0] = one[0]
    but_one = np.zeros_like(one)
    but_one[0, 0] = 1.0
    for _ in range(processes - 1):
        but_one = _product(one, but_one)
    ways, with_one_idle = _product(one, but_one), _product(idle, but_one)
    some = np.maximum(ways, _NONE)
    locked_count, away_count = np.indices(ways.shape)
    inside = np.minimum(locked_count + away_count, processes * seats)
    alone = gammaln(processes * seats + 1.0) - gammaln(processes * seats - inside + 1.0)
    log_ways = np.log(some) - locked_count * (1.0 - np.log(seats)) - alone
    log_ways += gammaln(locked_count + 1.0) + gammaln(away_count + 1.0)
    return _Gathering(log_ways=log_ways, threads=processes * (1.0 - with_one_idle / some))


def _product(few: Array, many: Array) -> Array:
    """Return the product of two polynomials of two variables, cut off at their size; the first has few terms."""
    result = np.zeros_like(many)
    size = many.shape[0]
    for i, j in zip(*np.nonzero(few), strict=True):
        result[i:, j:] += few[i, j] * many[: size - i, : size - j]
    return result
