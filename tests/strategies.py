"""Random networks for the laws that every solver must obey."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from capplan.pooled.network import (
    Array,
    ConnectionPool,
    PooledNetwork,
    PooledStation,
    ProcessLocks,
    WorkerPool,
)

WORLDS = 2


def _row(draw: st.DrawFn, low: float, high: float) -> Array:
    return np.array(draw(st.lists(st.floats(low, high), min_size=WORLDS, max_size=WORLDS)))


def _whole(draw: st.DrawFn, low: int, high: int) -> Array:
    return np.array(draw(st.lists(st.integers(low, high), min_size=WORLDS, max_size=WORLDS)), dtype=float)


@st.composite
def stations(draw: st.DrawFn, *, shared: bool) -> tuple[PooledStation, ...]:
    """One to three stations, the first queueing; with background and permanent jobs if shared."""
    kinds = ["queueing", *draw(st.lists(st.sampled_from(["queueing", "delay"]), max_size=2))]
    chosen = []
    for k, kind in enumerate(kinds):
        servers = _whole(draw, 1, 6)
        extra = shared and kind == "queueing"
        chosen.append(
            PooledStation(
                name=f"s{k}",
                kind="queueing" if kind == "queueing" else "delay",
                server_count=servers,
                background_erlangs=servers * _row(draw, 0.0, 0.8) if extra else np.zeros(WORLDS),
                permanent_jobs=draw(st.integers(0, 3)) if extra else 0,
            )
        )
    return tuple(chosen)


@st.composite
def pools(draw: st.DrawFn) -> WorkerPool:
    """A pool of 1 to 8 workers without connections."""
    return WorkerPool(name="workers", worker_count=draw(st.integers(1, 8)))


@st.composite
def networks(draw: st.DrawFn, solver: str, *, shared: bool = True) -> PooledNetwork:
    """A network that the solver of this name covers; open chains are usually stable, workers at times threads."""
    places = draw(stations(shared=shared))
    classes = draw(st.integers(1, 3))
    demand = np.array([[_row(draw, 0.001, 0.2) for _ in places] for _ in range(classes)]).transpose(2, 0, 1)
    shares = np.array([_row(draw, 0.1, 1.0) for _ in range(classes)]).T
    shares /= shares.sum(axis=1, keepdims=True)
    pool = draw(pools()) if solver == "worker_pool" else None
    if pool is not None and pool.worker_count % 2 == 0 and draw(st.booleans()):
        pool = replace(
            pool, locks=_locks(draw, pool.worker_count, np.einsum("wr,wr->w", shares, demand[:, :, 0]))
        )
    opened = solver == "open_stations" or (pool is not None and draw(st.booleans()))
    population = think = arrivals = None
    if opened:
        mean = np.einsum("wr,wrk->wk", shares, demand)
        room = np.array([s.server_count - s.background_erlangs for s in places]).T
        limit = np.min(room / mean, axis=1)
        if pool is not None:
            limit = np.minimum(limit, pool.worker_count / mean.sum(axis=1))
        arrivals = limit * _row(draw, 0.05, 0.9)
    else:
        population, think = _whole(draw, 1, 20), _row(draw, 0.0, 3.0)
    return PooledNetwork(
        stations=places,
        class_names=tuple(f"class {r}" for r in range(classes)),
        class_shares=shares,
        service_demand_s=demand,
        population=population,
        think_time_s=think,
        arrival_rate_per_s=arrivals,
        pool=pool,
    )


def _locks(draw: st.DrawFn, workers: int, own_s: Array) -> ProcessLocks:
    """Processes that divide the workers, and some of their own demand under locks."""
    whole = [each for each in range(1, workers + 1) if workers % each == 0]
    return ProcessLocks(seats=draw(st.sampled_from(whole)), locked_demand_s=own_s * _row(draw, 0.0, 1.0))


@st.composite
def scarce_connections(draw: st.DrawFn) -> PooledNetwork:
    """A closed network whose pool has fewer connections than workers, with a delay station or without."""
    workers = draw(st.integers(2, 6))
    away = _row(draw, 0.001, 0.2) * _whole(draw, 0, 1)
    demand = np.stack([_row(draw, 0.01, 0.1), away], axis=1)[:, None, :]
    connections = ConnectionPool(
        name="connections",
        connection_count=draw(st.integers(1, workers - 1)),
        calls_per_request=_row(draw, 0.5, 5.0),
        held_demand_s=demand[:, 0, 0] * _row(draw, 0.05, 0.95),
    )
    servers = _whole(draw, 1, 4)
    return PooledNetwork(
        stations=(
            PooledStation(
                name="cpu",
                kind="queueing",
                server_count=servers,
                background_erlangs=servers * _row(draw, 0.0, 0.5),
                permanent_jobs=draw(st.integers(0, 2)),
            ),
            PooledStation(name="elsewhere", kind="delay", server_count=np.ones(WORLDS)),
        ),
        class_names=("request",),
        class_shares=np.ones((WORLDS, 1)),
        service_demand_s=demand,
        population=_whole(draw, 1, 15),
        think_time_s=_row(draw, 0.0, 2.0),
        pool=WorkerPool(name="workers", worker_count=workers, connections=connections),
        visits_per_request=np.stack([np.ones(WORLDS), _row(draw, 0.2, 3.0)], axis=1),
    )
