"""The queueing network: stations, request classes, one chain of requests and the pool that admits them."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def _no_traffic() -> Array:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledStation:
    """A place where requests are served.

    A queueing station has ``server_count`` servers shared by processor sharing, or served first come
    first served with exponential service times; both have the product form (Baskett, Chandy, Muntz and
    Palacios 1975). A delay station serves everyone at once.

    Attributes
    ----------
    server_count
        Shape (worlds,), whole numbers >= 1 held as floats; a delay station ignores it.
    background_erlangs
        Shape (worlds,): mean number of servers kept busy by other, open traffic. Left out: none.
    permanent_jobs
        Jobs that never leave and share the servers by processor sharing, such as a backup.

    Raises
    ------
    ValueError
        A field has the wrong shape or an impossible value; the message names it.
    """

    name: str
    kind: Literal["queueing", "delay"]
    server_count: Array
    background_erlangs: Array = field(default_factory=_no_traffic)
    permanent_jobs: int = 0

    def __post_init__(self) -> None:
        """Fill in the background left out and check every field."""
        if self.kind not in ("queueing", "delay"):
            raise ValueError(f"station {self.name}: kind must be 'queueing' or 'delay', not {self.kind!r}")
        _check_values(f"station {self.name}: server_count", self.server_count, 1.0)
        if self.server_count.ndim != 1 or np.any(self.server_count != np.floor(self.server_count)):
            raise ValueError(f"station {self.name}: server_count must be whole numbers of shape (worlds,)")
        if self.background_erlangs.size == 0:
            object.__setattr__(self, "background_erlangs", np.zeros_like(self.server_count))
        _check_shape(
            f"station {self.name}: background_erlangs", self.background_erlangs, self.server_count.shape
        )
        _check_values(f"station {self.name}: background_erlangs", self.background_erlangs, 0.0)
        if self.permanent_jobs < 0:
            raise ValueError(f"station {self.name}: permanent_jobs must be >= 0")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConnectionPool:
    """Database connections that a request needs for each of its calls, on top of its worker.

    Attributes
    ----------
    calls_per_request
        Shape (worlds,): mean number of times a request takes a connection.
    held_demand_s
        Shape (worlds,): the part of the chain's mean service demand at the first station spent while a
        connection is held.
    """

    name: str
    connection_count: int
    calls_per_request: Array
    held_demand_s: Array

    def __post_init__(self) -> None:
        """Check every field."""
        if self.connection_count < 1:
            raise ValueError(f"connection pool {self.name}: connection_count must be >= 1")
        for label, values in (
            ("calls_per_request", self.calls_per_request),
            ("held_demand_s", self.held_demand_s),
        ):
            _check_values(f"connection pool {self.name}: {label}", values, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProcessLocks:
    """Processes of several workers each, in which an interpreter's lock lets one at a time run its own code.

    Attributes
    ----------
    seats
        Workers of one process.
    locked_demand_s
        Shape (worlds,): the part of the chain's mean service demand at the first station under the lock.
    """

    seats: int
    locked_demand_s: Array

    def __post_init__(self) -> None:
        """Check every field."""
        if self.seats < 1:
            raise ValueError("process locks: seats must be >= 1")
        _check_values("process locks: locked_demand_s", self.locked_demand_s, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorkerPool:
    """Workers (threads, processes) of which a request holds one from admission to the end."""

    name: str
    worker_count: int
    connections: ConnectionPool | None = None
    locks: ProcessLocks | None = None

    def __post_init__(self) -> None:
        """Check the number of workers."""
        if self.worker_count < 1:
            raise ValueError(f"worker pool {self.name}: worker_count must be >= 1")
        if self.locks is not None and self.worker_count % self.locks.seats:
            raise ValueError(
                f"worker pool {self.name}: worker_count must be a multiple of {self.locks.seats}"
            )

    def lacks_connections(self, top: int) -> bool:
        """Whether of so many requests at work one may have to wait for a connection."""
        held = self.connections
        return held is not None and held.connection_count < top and bool(held.calls_per_request.any())

    @property
    def locks_bind(self) -> bool:
        """Whether a worker may have to wait for the lock of its process."""
        return self.locks is not None and self.locks.seats > 1 and bool(self.locks.locked_demand_s.any())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledNetwork:
    """One chain of requests over the stations, solved for many worlds at once (axis 0 of every array).

    All classes belong to one chain: each request draws its class anew with ``class_shares``. The chain is
    closed (``population`` users with ``think_time_s``) or open (``arrival_rate_per_s``, Poisson).

    Attributes
    ----------
    class_shares
        Shape (worlds, classes); rows sum to 1.
    service_demand_s
        Shape (worlds, classes, stations).
    population, think_time_s, arrival_rate_per_s
        Shape (worlds,); the first two together, or the third alone. Populations are whole numbers.
    pool
        The worker pool requests are admitted to; none: everyone is admitted.
    visits_per_request
        Shape (worlds, stations): mean number of visits that make up a request's demand at each station; at the first,
        where its own code runs between them, of what is done there under no lock of its process. Left out: one each.
        The means of the product form do not depend on it; how variable the time is for which a worker is held, and so
        the wait for one, does.

    Raises
    ------
    ValueError
        A field has the wrong shape or an impossible value; the message names it.
    """

    stations: tuple[PooledStation, ...]
    class_names: tuple[str, ...]
    class_shares: Array
    service_demand_s: Array
    population: Array | None = None
    think_time_s: Array | None = None
    arrival_rate_per_s: Array | None = None
    pool: WorkerPool | None = None
    visits_per_request: Array = field(default_factory=_no_traffic)

    def __post_init__(self) -> None:
        """Fill in the visits left out and check every field against the others."""
        if not self.stations or not self.class_names:
            raise ValueError("stations and class_names must not be empty")
        if self.class_shares.shape != (self.class_shares.shape[0], len(self.class_names)):
            raise ValueError("class_shares must have the shape (worlds, classes)")
        worlds = (self.worlds,)
        _check_values("class_shares", self.class_shares, 0.0)
        if not np.allclose(self.class_shares.sum(axis=1), 1.0, rtol=0.0, atol=1e-9):
            raise ValueError("class_shares must sum to 1 in every world")
        _check_shape(
            "service_demand_s", self.service_demand_s, (*worlds, len(self.class_names), len(self.stations))
        )
        _check_values("service_demand_s", self.service_demand_s, 0.0)
        if not np.all(self.chain_demand_s.sum(axis=1) > 0.0):
            raise ValueError("service_demand_s must be positive somewhere in every world")
        for station in self.stations:
            _check_shape(f"station {station.name}: server_count", station.server_count, worlds)
        if self.visits_per_request.size == 0:
            object.__setattr__(self, "visits_per_request", np.ones((*worlds, len(self.stations))))
        _check_shape("visits_per_request", self.visits_per_request, (*worlds, len(self.stations)))
        if not np.all(np.isfinite(self.visits_per_request) & (self.visits_per_request > 0.0)):
            raise ValueError("visits_per_request must be finite and > 0")
        self._check_traffic(worlds)
        self._check_connections(worlds)
        if self.pool is not None and self.pool.locks is not None:
            _check_shape("locked_demand_s", self.pool.locks.locked_demand_s, worlds)

    def _check_traffic(self, worlds: tuple[int, ...]) -> None:
        if self.arrival_rate_per_s is not None:
            if self.population is not None or self.think_time_s is not None:
                raise ValueError(
                    "population: give either population and think_time_s or arrival_rate_per_s, not both"
                )
            _check_shape("arrival_rate_per_s", self.arrival_rate_per_s, worlds)
            _check_values("arrival_rate_per_s", self.arrival_rate_per_s, 0.0)
            if np.any(self.arrival_rate_per_s == 0.0):
                raise ValueError("arrival_rate_per_s must be > 0")
            return
        if self.population is None or self.think_time_s is None:
            raise ValueError("population: give population and think_time_s together, or arrival_rate_per_s")
        _check_shape("population", self.population, worlds)
        _check_values("population", self.population, 1.0)
        if np.any(self.population != np.floor(self.population)):
            raise ValueError("population must be whole numbers")
        _check_shape("think_time_s", self.think_time_s, worlds)
        _check_values("think_time_s", self.think_time_s, 0.0)

    def _check_connections(self, worlds: tuple[int, ...]) -> None:
        connections = self.pool.connections if self.pool is not None else None
        if connections is None:
            return
        _check_shape("calls_per_request", connections.calls_per_request, worlds)
        _check_shape("held_demand_s", connections.held_demand_s, worlds)
        if self.stations[0].kind != "queueing":
            raise ValueError("stations: the first must be queueing when the pool has connections")
        if np.any(connections.held_demand_s > self.chain_demand_s[:, 0] * (1.0 + 1e-9)):
            raise ValueError("held_demand_s must not exceed the mean demand at the first station")

    @property
    def worlds(self) -> int:
        """Number of worlds solved together."""
        return int(self.class_shares.shape[0])

    @property
    def chain_demand_s(self) -> Array:
        """Mean service demand of a request over the classes, shape (worlds, stations)."""
        mean: Array = np.einsum("wr,wrk->wk", self.class_shares, self.service_demand_s)
        return mean

    @property
    def background_fits(self) -> BoolArray:
        """Whether the background alone leaves every queueing station room, shape (worlds,)."""
        fits = np.ones(self.worlds, dtype=bool)
        for station in self.stations:
            if station.kind == "queueing":
                fits &= station.background_erlangs < station.server_count
        return fits


def _check_shape(label: str, values: Array, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise ValueError(f"{label} must have the shape {shape}, not {values.shape}")


def _check_values(label: str, values: Array, least: float) -> None:
    if not np.all(np.isfinite(values)) or np.any(values < least):
        raise ValueError(f"{label} must be finite and >= {least:g}")
