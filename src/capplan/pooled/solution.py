"""What a solver found out about a network, its response-time distribution, and the laws it must obey."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from capplan.pooled.moment_wait import MomentWait
from capplan.pooled.network import Array, BoolArray, PooledNetwork
from capplan.pooled.response_tail import PoolWait, percentile_s
from capplan.pooled.time_inside import InsideLaw


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledSolution:
    """Means of a solved network, one entry per world, and the response-time distribution they imply.

    A response time is R = W + S. W, the wait for a worker, has the exact distribution of the
    flow-equivalent outer chain (closed: the arrival theorem of Lavenberg and Reiser 1980; open: Poisson
    arrivals see time averages). S, the time inside, has the class's mean and the shape of ``law``: of one
    request that shares the stations with others who come and go, apart for those who waited and those who
    did not. How long one waited is taken to say nothing more of S.

    Attributes
    ----------
    throughput_per_s
        Shape (worlds,). In a world that is not stable: the most the network can do.
    queue_length
        The chain's own requests, those in service included, shape (worlds, stations).
    residence_s
        Shape (worlds, classes, stations). For first-come first-served stations this assumes equal service
        times per visit in all classes; for processor sharing and delay it is exact.
    pool_wait_s, busy_workers
        Shape (worlds,); the wait is 0 without a pool, where every request inside counts as a busy worker.
    connection_wait_s
        Wait for database connections of one request, all calls together, shape (worlds,).
    lock_wait_s
        The part of a request's residence at the first station in which it waits for the lock of its process, shape
        (worlds,).
    permanent_erlangs
        Servers busy with permanent jobs, shape (worlds, stations).
    law
        The shape of the time inside, found when it is asked for.
    stable
        Shape (worlds,), false where arrivals or background exceed what the stations can do; there waits
        and residences are infinite.
    """

    solver: str
    network: PooledNetwork
    throughput_per_s: Array
    queue_length: Array
    residence_s: Array
    pool_wait_s: Array
    busy_workers: Array
    connection_wait_s: Array
    lock_wait_s: Array
    permanent_erlangs: Array
    wait: PoolWait | MomentWait
    law: Callable[[], InsideLaw]
    stable: BoolArray

    @property
    def inside_s(self) -> Array:
        """Mean time from admission to the end, shape (worlds, classes)."""
        inside: Array = self.residence_s.sum(axis=2) + self.connection_wait_s[:, None]
        return inside

    @property
    def response_time_s(self) -> Array:
        """Mean response time, shape (worlds, classes)."""
        return self.inside_s + self.pool_wait_s[:, None]

    @property
    def mean_response_time_s(self) -> Array:
        """Mean response time over the classes, shape (worlds,)."""
        mean: Array = np.sum(self.network.class_shares * self.response_time_s, axis=1)
        return mean

    @property
    def utilization_ratio(self) -> Array:
        """Busy share of a server: chain, background and permanent jobs; 0 at a delay, (worlds, stations)."""
        chain = self.throughput_per_s[:, None] * self.network.chain_demand_s
        ratio = np.zeros_like(chain)
        for k, station in enumerate(self.network.stations):
            if station.kind == "queueing":
                busy = chain[:, k] + station.background_erlangs + self.permanent_erlangs[:, k]
                ratio[:, k] = busy / station.server_count
        return ratio

    def response_tail(self, class_index: int, time_s: Array | float) -> Array:
        """P(response time > t) of a class, shape (worlds,); 1 in a world that is not stable.

        P(W > 0, S > t) + integral of f_S(s) P(W > t - s) over s in [0, t] for those who wait, P(W = 0, S > t) for
        the others; S mixes exponentials, and the tails mix as S does.
        """
        time = np.broadcast_to(np.asarray(time_s, dtype=float), self.stable.shape)
        inside = np.where(self.stable, np.maximum(self.inside_s[:, class_index], 1e-280), 1.0)
        law, at_once = self.law(), 1.0 - self.wait.probability
        tail = np.zeros_like(time)
        for phase in (0, 1):
            mean = inside * law.at_once.time[phase, :, class_index]
            tail += at_once * law.at_once.weight[phase, :, class_index] * np.exp(-time / mean)
            mean = inside * law.after_wait.time[phase, :, class_index]
            late = self.wait.tail_with_service(time, mean) - at_once * np.exp(-time / mean)
            tail += law.after_wait.weight[phase, :, class_index] * late
        return np.where(self.stable, np.clip(tail, 0.0, 1.0), 1.0)

    def response_percentile(self, class_index: int, q: float) -> Array:
        """Time that a share q of the class's responses does not exceed, shape (worlds,); inf if unstable.

        Raises
        ------
        ValueError
            q is not inside (0, 1).
        """
        return self._percentile(lambda time_s: self.response_tail(class_index, time_s), q)

    def mixed_tail(self, time_s: Array | float) -> Array:
        """P(response time > t) over all classes, shape (worlds,)."""
        shares = self.network.class_shares
        tails = [shares[:, r] * self.response_tail(r, time_s) for r in range(shares.shape[1])]
        mixed: Array = np.sum(tails, axis=0)
        return mixed

    def mixed_percentile(self, q: float) -> Array:
        """Time that a share q of all responses does not exceed, shape (worlds,); inf if unstable.

        Raises
        ------
        ValueError
            q is not inside (0, 1).
        """
        return self._percentile(self.mixed_tail, q)

    def _percentile(self, tail: Callable[[Array], Array], q: float) -> Array:
        if not 0.0 < q < 1.0:
            raise ValueError(f"q must lie between 0 and 1, not {q}")
        start = np.where(self.stable, np.max(self.response_time_s, axis=1), 1.0)
        return np.where(self.stable, percentile_s(tail, start, 1.0 - q, self.stable), np.inf)

    def law_violations(self, tolerance: float = 1e-8) -> list[str]:
        """Laws of operational analysis that the solution breaks, one sentence each; empty if all hold.

        Little's law, the utilization law, forced flow, conservation of the population and the asymptotic
        bounds (Denning and Buzen 1978; Lazowska et al. 1984, chapter 5), in the stable worlds only.
        """
        return [
            f"{self.solver}: {law} is broken in world {int(np.argmax(broken))}"
            for law, broken in _laws(self, tolerance)
            if bool(np.any(broken))
        ]


def _laws(solution: PooledSolution, tolerance: float) -> list[tuple[str, BoolArray]]:
    """Each law with the worlds in which it is broken."""
    network, stable = solution.network, solution.stable
    flow = np.where(stable, solution.throughput_per_s, 1.0)[:, None]
    demand = network.chain_demand_s
    residence = np.einsum("wr,wrk->wk", network.class_shares, solution.residence_s)
    inside = np.sum(network.class_shares * solution.inside_s, axis=1)
    slack = 1.0 + tolerance

    def differs(left: Array, right: Array) -> BoolArray:
        scale = np.maximum(np.maximum(np.abs(left), np.abs(right)), 1e-9)
        apart = (np.abs(left - right) > tolerance * scale).reshape(stable.size, -1)
        broken: BoolArray = np.any(apart, axis=1)
        return broken

    with np.errstate(invalid="ignore"):
        laws: list[tuple[str, BoolArray]] = [
            ("Little's law at a station", differs(solution.queue_length, flow * residence)),
            ("Little's law in the pool", differs(solution.busy_workers, flow[:, 0] * inside)),
            ("Little's law of the wait", differs(solution.wait.mean_s, solution.pool_wait_s)),
            ("utilization <= 1", np.any(solution.utilization_ratio > slack, axis=1)),
            ("residence >= demand", np.any(residence * slack < demand, axis=1)),
            ("waits >= 0", np.minimum(solution.pool_wait_s, solution.connection_wait_s) < 0.0),
            *_flow_laws(solution, inside, slack, differs),
        ]
    return [(law, broken & stable) for law, broken in laws]


def _flow_laws(
    solution: PooledSolution, inside_s: Array, slack: float, differs: Callable[[Array, Array], BoolArray]
) -> list[tuple[str, BoolArray]]:
    network, flow = solution.network, solution.throughput_per_s
    total_demand = np.sum(network.chain_demand_s, axis=1)
    laws: list[tuple[str, BoolArray]] = []
    if network.pool is not None:
        laws.append(("busy workers <= workers", solution.busy_workers > slack * network.pool.worker_count))
    for k, station in enumerate(network.stations):
        if station.kind == "queueing":
            room = station.server_count - station.background_erlangs
            laws.append((f"the bound of {station.name}", flow * network.chain_demand_s[:, k] > slack * room))
    if network.arrival_rate_per_s is not None:
        laws.append(("forced flow", differs(flow, network.arrival_rate_per_s)))
    elif network.population is not None and network.think_time_s is not None:
        users, think = network.population, network.think_time_s
        response = inside_s + solution.pool_wait_s
        laws.append(("conservation of the population", differs(flow * (response + think), users)))
        laws.append(("the bound of the population", flow * (total_demand + think) > slack * users))
        alone = all(s.permanent_jobs == 0 and not s.background_erlangs.any() for s in network.stations)
        if alone:
            laws.append(("the pessimistic bound", flow * slack * (users * total_demand + think) < users))
    return laws


def class_residence(network: PooledNetwork, residence_s: Array) -> Array:
    """Residence of each class from the chain's: in proportion to the demand, as processor sharing gives it.

    Parameters
    ----------
    residence_s
        The chain's mean residence, shape (worlds, stations).

    Returns
    -------
    Array
        Shape (worlds, classes, stations).
    """
    demand = network.chain_demand_s
    stretch = np.divide(residence_s, demand, out=np.ones_like(demand), where=demand > 0.0)
    residence: Array = network.service_demand_s * stretch[:, None, :]
    return residence


def unstable_as_infinite(solution: PooledSolution) -> PooledSolution:
    """Put infinity where a world that is not stable has no mean.

    A pool whose workers never rest still holds no more than its workers: only the wait for one is infinite.
    """
    stable = solution.stable
    if stable.all():
        return solution
    network = solution.network
    finite = stable if network.pool is None else stable | network.background_fits
    return replace(
        solution,
        queue_length=np.where(finite[:, None], solution.queue_length, np.inf),
        residence_s=np.where(finite[:, None, None], solution.residence_s, np.inf),
        pool_wait_s=np.where(stable, solution.pool_wait_s, np.inf),
        connection_wait_s=np.where(finite, solution.connection_wait_s, np.inf),
        lock_wait_s=np.where(finite, solution.lock_wait_s, np.inf),
    )
