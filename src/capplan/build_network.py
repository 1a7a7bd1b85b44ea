"""build_network: from a workload to the queueing networks of one machine.

Each container that answers requests becomes a network of its own: its worker pool above three stations, the
machine's cores (shared with all other work), the disk, and waits that are not processor time. What the other
containers do at the same time enters the cores as open traffic; bursts enter as jobs that never leave.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from capplan.errors import InputError
from capplan.inputs import Inputs
from capplan.pooled.network import ConnectionPool, PooledNetwork, PooledStation, ProcessLocks, WorkerPool
from capplan.profile import Role
from capplan.quantity import Quantity, larger, total
from capplan.workload import Stream, Workload
from capplan.worlds import WORLD_COUNT, Array, median

CPU = 0
MOST_CORES = 1024.0
_FEWEST_CALLS = 1e-6
# More users than this are as good as an open system: each one's waiting hardly lowers the rate (Engset's formula
# tends to Erlang's), and response times are on the safe side.
_MOST_USERS = 1000
_MOST_USERS_WITHOUT_POOL = 200


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Machine:
    """The machine side of a network: cores (all infinite: no limit) and the share of hot pages read from disk.

    ``workers`` stands in for the number of workers of every pool, to try another one.
    """

    cores: Array
    miss_ratio: Array
    workers: int | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Consumption:
    """Mean busy cores today: what grows with traffic, what does not, and how many bursts come on top."""

    scaling_cores: Quantity
    fixed_cores: Quantity
    burst_count: Quantity


def consumption(inputs: Inputs, workload: Workload) -> Consumption:
    """Return the processor time used per second by everything on the machine, in cores (the utilization law)."""
    used = {True: list[Quantity](), False: list[Quantity]()}
    for stream in workload.streams:
        used[stream.scaling].append(stream_cores(stream))
    idle = [inputs.assumed("cpu_idle_cores")]
    if inputs.profile.operations.monitoring:
        idle.append(inputs.assumed("cpu_monitoring_cores"))
    bursts = inputs.given("host.background_bursts", "jobs")
    return Consumption(
        scaling_cores=total(used[True]).named("cpu.scaling_cores", "cores"),
        fixed_cores=total(used[False] + idle).named("cpu.fixed_cores", "cores"),
        burst_count=bursts if bursts is not None else inputs.assumed("cpu_burst_count"),
    )


def stream_cores(stream: Stream) -> Quantity:
    """Return the mean busy cores of one stream."""
    return (stream.rate_per_s * total(stream.cpu_s.values())).named(f"cpu.{stream.name}_cores", "cores")


def container_cores(workload: Workload, container: str) -> Quantity | None:
    """Return the mean busy cores of one container today, or None where no stream passes through it."""
    parts = [
        stream.rate_per_s * stream.cpu_s[container]
        for stream in workload.streams
        if container in stream.cpu_s
    ]
    return total(parts).named(f"cpu.container_{container}_cores", "cores") if parts else None


def entries(workload: Workload) -> list[str]:
    """Return the containers that answer requests."""
    return list(dict.fromkeys(stream.container for stream in workload.requests))


def build_network(
    inputs: Inputs, workload: Workload, entry: str, *, factor: Array, machine: Machine
) -> PooledNetwork:
    """Return the network of one answering container when traffic is ``factor`` times today's, per world.

    Parameters
    ----------
    factor : shape (256,), traffic over today's.
    machine : cores and miss ratio, shape (256,) each.

    Raises
    ------
    InputError
        Requests ask for nothing.
    """
    own = [stream for stream in workload.requests if stream.container == entry]
    part = total(stream.rate_per_s for stream in own).values / workload.requests_per_s.values
    shares = np.stack([s.rate_per_s.values / (workload.requests_per_s.values * part) for s in own], axis=1)
    used = consumption(inputs, workload)
    own_cores = total(stream_cores(stream) for stream in own).values
    background = (used.scaling_cores.values - own_cores) * factor + used.fixed_cores.values
    population = _population(workload.population, factor * part)
    pool = worker_pool(inputs, entry, own, machine.workers)
    scarce = pool is not None and pool.connections is not None
    few = _MOST_USERS if pool is not None else _MOST_USERS_WITHOUT_POOL
    closed = population is not None and workload.think_time_s is not None and population.max() <= few
    bursts = round(median(used.burst_count.values))
    demand_s = np.stack([_demands(inputs, each, machine, scarce=scarce) for each in own], axis=1)
    if not (demand_s.sum(axis=(1, 2)) > 0.0).all():
        raise InputError(
            f"{inputs.name}: classes.{own[0].name}.cpu",
            found="no work at all",
            expected="processor time, waits, or pages read from disk",
            remedy="state how much a request takes",
        )
    return PooledNetwork(
        stations=_stations(inputs, machine, background, bursts, scarce=scarce),
        class_names=tuple(stream.name for stream in own),
        class_shares=shares,
        service_demand_s=demand_s,
        population=population if closed else None,
        think_time_s=workload.think_time_s.values if closed and workload.think_time_s else None,
        arrival_rate_per_s=None if closed else workload.requests_per_s.values * factor * part,
        pool=pool,
        visits_per_request=_visits(inputs, own, machine, scarce=scarce),
    )


def _visits(inputs: Inputs, streams: Sequence[Stream], machine: Machine, *, scarce: bool) -> Array:
    """Return visits at cores, disk and waits: each read and each commit is one, and all of a request's waits are one.

    At the cores they are the calls of the database, which need no interpreter's lock. A read or commit that hardly ever
    happens still has to be a visit: its time is in the demand.
    """
    disk, once = np.zeros(WORLD_COUNT), np.ones(WORLD_COUNT)
    calls = once
    for name in inputs.profile.of_role(Role.POSTGRESQL)[:1]:
        disk = page_reads(inputs).values * machine.miss_ratio + commits(inputs).values
        if any(name in stream.cpu_s for stream in streams):
            calls = _calls(name, streams).values
    visits = [calls, disk + once] if scarce else [calls, disk, once]
    return np.maximum(np.stack(visits, axis=1), _FEWEST_CALLS)


def _population(users: Quantity | None, factor: Array) -> Array | None:
    return None if users is None else np.maximum(np.ceil(users.values * factor - 1e-9), 1.0)


def _demands(inputs: Inputs, stream: Stream, machine: Machine, *, scarce: bool) -> Array:
    """Return the demands at cores, disk and waits; with scarce connections the disk is one of the waits."""
    cpu = total(stream.cpu_s.values()).values
    disk = disk_demand_s(inputs, machine.miss_ratio)
    if scarce:
        return np.stack([cpu, disk + stream.waits_s.values], axis=1)
    return np.stack([cpu, disk, stream.waits_s.values], axis=1)


def disk_demand_s(inputs: Inputs, miss_ratio: Array) -> Array:
    """Return the time a request spends on disk without queueing: missed pages read and its commits flushed."""
    if not inputs.profile.of_role(Role.POSTGRESQL):
        return np.zeros(WORLD_COUNT)
    reads = page_reads(inputs).values * miss_ratio * inputs.assumed("disk_read_s").values
    return np.asarray(reads + commits(inputs).values * inputs.assumed("disk_commit_s").values)


def page_reads(inputs: Inputs) -> Quantity:
    """Return the pages of hot data a request touches."""
    return inputs.get("data.page_reads_per_request", "disk_page_reads_per_request")


def commits(inputs: Inputs) -> Quantity:
    """Return the transactions a request commits."""
    return inputs.get("data.commits_per_request", "disk_commits_per_request")


def _stations(
    inputs: Inputs, machine: Machine, background: Array, bursts: int, *, scarce: bool
) -> tuple[PooledStation, ...]:
    """Return cores, disk and waits.

    Where connections are scarce the pool is solved as a Markov chain over cores, connections and waits; the disk,
    which serves several reads side by side, is then one of the waits, without a queue of its own.
    """
    ones, nothing = np.ones(WORLD_COUNT), np.zeros(WORLD_COUNT)
    waits = PooledStation(name="waits", kind="delay", server_count=ones, background_erlangs=nothing)
    if scarce:
        return (_cores(np.minimum(machine.cores, MOST_CORES), background, bursts), waits)
    depth = np.maximum(np.round(inputs.assumed("disk_queue_depth").values), 1.0)
    disk = PooledStation(name="disk", kind="queueing", server_count=depth, background_erlangs=nothing)
    return (_cores(machine.cores, background, bursts), disk, waits)


def _cores(cores: Array, background: Array, bursts: int) -> PooledStation:
    """Return the cores all containers share; without limit, nobody waits for one."""
    if np.isinf(cores).any():
        return PooledStation(name="cpu", kind="delay", server_count=np.ones(WORLD_COUNT))
    return PooledStation(
        name="cpu", kind="queueing", server_count=cores, background_erlangs=background, permanent_jobs=bursts
    )


def pool_size(inputs: Inputs, container: str) -> Quantity | None:
    """Return how many requests a container works on at once, or None where it sets no bound of its own."""
    role = inputs.profile.containers[container].role
    if role == Role.GUNICORN:
        processes = inputs.fixed(f"containers.{container}.processes", "gunicorn_processes")
        threads = inputs.fixed(f"containers.{container}.threads", "gunicorn_threads")
        return (processes * threads).named(f"containers.{container}.pool_size", "workers")
    if role == Role.CELERY:
        return inputs.fixed(f"containers.{container}.processes", "celery_processes")
    return None


def worker_pool(
    inputs: Inputs, entry: str, streams: Sequence[Stream], tried: int | None = None
) -> WorkerPool | None:
    """Return the pool of an answering container, with the connection pool its requests share, if any is set."""
    size = pool_size(inputs, entry)
    if size is None:
        return None
    workers = tried or int(median(size.values))
    connections = None
    for name in inputs.profile.of_role(Role.POSTGRESQL)[:1]:
        limit = inputs.given(f"containers.{name}.connection_pool", "connections")
        if limit is not None and median(limit.values) < workers:
            connections = _connections(name, int(median(limit.values)), streams)
    locks = _locks(inputs, entry, streams)
    return WorkerPool(name=entry, worker_count=workers, connections=connections, locks=locks)


def seats(inputs: Inputs, container: str) -> int:
    """Return how many of a container's workers are threads of one process."""
    if inputs.profile.containers[container].role != Role.GUNICORN:
        return 1
    return int(median(inputs.fixed(f"containers.{container}.threads", "gunicorn_threads").values))


def _locks(inputs: Inputs, entry: str, streams: Sequence[Stream]) -> ProcessLocks | None:
    """Return the locks of a container's processes: what it runs itself needs one, what others do for it does not."""
    threads = seats(inputs, entry)
    if threads == 1:
        return None
    own = [stream.rate_per_s * stream.cpu_s[entry] for stream in streams if entry in stream.cpu_s]
    locked_s = _per_request(own, streams).values if own else np.zeros(WORLD_COUNT)
    return ProcessLocks(seats=threads, locked_demand_s=locked_s)


def _connections(name: str, count: int, streams: Sequence[Stream]) -> ConnectionPool | None:
    """Return the connections that requests share, or None where none asks the database."""
    asking = [stream for stream in streams if name in stream.cpu_s]
    if not asking:
        return None
    held = _per_request((stream.rate_per_s * stream.cpu_s[name] for stream in asking), streams)
    return ConnectionPool(
        name=name,
        connection_count=count,
        calls_per_request=_calls(name, streams).values,
        held_demand_s=held.values,
    )


def _calls(database: str, streams: Sequence[Stream]) -> Quantity:
    """Return how many times a request asks the database, on average over those that do and those that do not."""
    asked = (stream.rate_per_s * stream.database_calls for stream in streams if database in stream.cpu_s)
    return larger(_per_request(asked, streams), _FEWEST_CALLS)


def _per_request(parts: Iterable[Quantity], streams: Sequence[Stream]) -> Quantity:
    """Return what a request of any stream takes on average, from what some streams take per second."""
    return total(parts) / total(stream.rate_per_s for stream in streams)
