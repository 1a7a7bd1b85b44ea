"""Product-form stations: how fast one serves the chain, and the closed chain over several of them.

Arrays here run over states first and worlds last, so that a step over states touches contiguous memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capplan.pooled.network import Array, PooledStation

# Below this a demand is no demand; it keeps logarithms and rates finite.
_LEAST_DEMAND_S = 1e-300
# Sums of tilted weights stay below exp(650), inside the range of doubles.
_LARGEST_LOG = 650.0


def job_rate(server_count: Array, background_erlangs: Array, top: int) -> Array:
    """Service rate, in servers, of each of ``jobs`` jobs at a station that also serves open traffic.

    With x erlangs of open traffic and c servers, let S_M = sum_k (M+k)!/k! x^k / prod_{i<=M+k} min(i, c),
    the open traffic summed out of the product form (Baskett, Chandy, Muntz and Palacios 1975). A job's
    rate is S_{M-1}/S_M. S_M is the M-th derivative of S_0, and (1 - x/c) S_0 is the polynomial
    sum_{j<c} (1 - j/c) x^j/j!, so that (c - x) S_M = M S_{M-1} + c p_M with p_M that polynomial's M-th
    derivative: every term is positive and nothing cancels. From M >= c on the rate is (c - x)/M.

    Parameters
    ----------
    server_count, background_erlangs
        Shape (worlds,).
    top
        Largest number of jobs.

    Returns
    -------
    Array
        Shape (top + 1, worlds); row 0 is unused and 1.
    """
    jobs = np.arange(top + 1, dtype=float)[:, None]
    jobs[0] = 1.0
    if not background_erlangs.any():
        plain: Array = np.minimum(jobs, server_count) / jobs
        return plain
    # A background that fills the servers leaves next to nothing; the solvers report it as not stable.
    servers, traffic = server_count, np.minimum(background_erlangs, server_count * (1.0 - 1e-9))
    rate: Array = np.maximum(servers - traffic, 0.0) / jobs
    polynomial = _derivatives(servers, traffic, min(top, int(servers.max())))
    extra = polynomial[0] * 0.0
    for count in range(1, polynomial.shape[0]):
        # extra is p_M / S_{M-1}; S_0 = p_0 / (1 - x/c).
        before = (1.0 - traffic / servers) if count == 1 else extra * rate[count - 1]
        extra = before * polynomial[count]
        rate[count] = (servers - traffic) / (count + servers * extra)
    return rate


def _derivatives(servers: Array, traffic: Array, top: int) -> Array:
    """Ratios p_M / p_{M-1} for M = 1..top of the polynomial in ``job_rate``, shape (top + 1, worlds)."""
    terms = np.arange(int(servers.max()), dtype=float)[:, None]
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1.0, terms.size)))])[:, None]
    log_traffic = np.log(np.maximum(traffic, _LEAST_DEMAND_S))
    poisson = np.exp(terms * log_traffic - log_factorial - traffic)
    # p_M is a sum of sums: each summation of the Poisson terms lowers the weight (c - j) by one.
    sums = np.cumsum(np.cumsum(poisson, axis=0), axis=0)
    index = servers.astype(int) - 1 - np.arange(top + 1)[:, None]
    p = np.where(index >= 0, np.take_along_axis(sums, np.maximum(index, 0), axis=0), 0.0)
    ratio = np.ones_like(p)
    np.divide(p[1:], p[:-1], out=ratio[1:], where=p[:-1] > 0.0)
    return np.where(p > 0.0, ratio, 0.0)


def chain_rate(station: PooledStation, top: int) -> Array:
    """Servers working for the chain when it has n requests at the station, shape (top + 1, worlds).

    Background and permanent jobs take their shares: from n + B >= c on it is (c - background) n / (n + B).
    Open traffic thins a station as in Lazowska, Zahorjan, Graham and Sevcik 1984, chapter 8.
    """
    count = np.arange(top + 1, dtype=float)[:, None]
    if station.kind == "delay":
        return np.repeat(count, station.server_count.size, axis=1)
    share = job_rate(station.server_count, station.background_erlangs, top + station.permanent_jobs)
    rate: Array = count * share[station.permanent_jobs :]
    return rate


def permanent_rate(station: PooledStation, top: int) -> Array:
    """Servers working for the permanent jobs when the chain has n requests there, (top + 1, worlds)."""
    jobs = station.permanent_jobs
    if station.kind == "delay" or jobs == 0:
        return np.zeros((top + 1, station.server_count.size))
    rate: Array = jobs * job_rate(station.server_count, station.background_erlangs, top + jobs)[jobs:]
    return rate


def log_weights(rate: Array, demand_s: Array) -> Array:
    """Logarithms of a station's product-form weights w(n), n = 0..top, with w(0) = 1.

    Parameters
    ----------
    rate
        ``chain_rate`` of the station, shape (top + 1, worlds).
    demand_s
        Shape (worlds,).
    """
    weights = np.zeros_like(rate)
    weights[1:] = np.cumsum(np.log(np.maximum(demand_s, _LEAST_DEMAND_S)) - np.log(rate[1:]), axis=0)
    return weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainTable:
    """A closed chain at every population n = 0..top.

    Attributes
    ----------
    throughput_per_s
        Shape (top + 1, worlds); 0 at n = 0.
    queue_length
        Shape (stations, top + 1, worlds).
    permanent_erlangs
        Servers busy with permanent jobs, shape (stations, top + 1, worlds).
    waiting
        Requests that are at no station, waiting for a connection, shape (top + 1, worlds).
    unlocked, lock_waiting
        Of those at the first station, the ones that need no lock of their process, and the ones that wait for it,
        shape (top + 1, worlds); left out: there are none.
    """

    throughput_per_s: Array
    queue_length: Array
    permanent_erlangs: Array
    waiting: Array
    unlocked: Array | None = None
    lock_waiting: Array | None = None


def chain_table(stations: Sequence[PooledStation], demand_s: Array, top: int) -> ChainTable:
    """Solve the closed chain without think time for every population up to ``top``, by convolution.

    Buzen 1973: G is the convolution of the stations' weights and X(n) = G(n-1)/G(n); the mean of a
    function of the queue length at station k is the convolution of its weighted weights with all others.

    Parameters
    ----------
    demand_s
        Shape (worlds, stations).
    """
    logs = [log_weights(chain_rate(station, top), demand_s[:, k]) for k, station in enumerate(stations)]
    tilt = _tilt(logs)
    logs = [log + np.arange(top + 1.0)[:, None] * tilt for log in logs]
    bound = sum(float(np.max(log)) for log in logs) + len(logs) * np.log(top + 1.0)
    chain = _Convolution(logs, in_logs=bool(bound >= _LARGEST_LOG))
    number = np.arange(top + 1, dtype=float)[:, None]
    return ChainTable(
        throughput_per_s=chain.throughput(tilt),
        queue_length=np.stack([chain.mean(number, k) for k in range(len(logs))]),
        permanent_erlangs=np.stack(
            [chain.mean(permanent_rate(station, top), k) for k, station in enumerate(stations)]
        ),
        waiting=np.zeros_like(logs[0]),
    )


class _Convolution:
    """Normalizing constants of the chain: in plain numbers where they fit into doubles, else in logs."""

    def __init__(self, logs: Sequence[Array], *, in_logs: bool) -> None:
        self._in_logs = in_logs
        self._weights = list(logs) if in_logs else [np.exp(log) for log in logs]
        self._others = [
            self._product([*self._weights[:k], *self._weights[k + 1 :]]) for k in range(len(logs))
        ]
        self._total = self._product(self._weights)

    def _product(self, parts: Sequence[Array]) -> Array:
        """Convolution of the parts; of none of them, the station nobody visits."""
        if not parts:
            empty = np.full_like(self._weights[0], -np.inf if self._in_logs else 0.0)
            empty[0] = 0.0 if self._in_logs else 1.0
            return empty
        result = parts[0]
        for part in parts[1:]:
            result = _log_convolve(result, part) if self._in_logs else _convolve(result, part)
        return result

    def throughput(self, tilt: Array) -> Array:
        """X(n) = G(n-1)/G(n) without the tilt, 0 at n = 0."""
        log = self._total if self._in_logs else np.log(self._total)
        rate = np.zeros_like(log)
        rate[1:] = np.exp(log[:-1] - log[1:] + tilt)
        return rate

    def mean(self, values: Array, station: int) -> Array:
        """Mean of a function of the queue length at a station, for every population."""
        if len(self._weights) == 1 or not values.any():
            return np.broadcast_to(values, self._total.shape)
        if not self._in_logs:
            mean: Array = _convolve(self._weights[station] * values, self._others[station]) / self._total
            return mean
        with np.errstate(divide="ignore"):
            part = _log_convolve(self._weights[station] + np.log(values), self._others[station])
        return np.asarray(np.exp(part - self._total))


def _tilt(logs: Sequence[Array]) -> Array:
    """Exponent per request that makes the largest weight at the top population 1, shape (worlds,).

    The weights' logarithms are concave, so that every G(n) in between is then at least 1.
    """
    top = logs[0].shape[0] - 1
    tilt: Array = -np.max([log[-1] for log in logs], axis=0) / max(top, 1)
    return tilt


def _convolve(left: Array, right: Array) -> Array:
    result: Array = left[0] * right
    for n in range(1, left.shape[0]):
        result[n:] += left[n] * right[:-n]
    return result


def _log_convolve(left: Array, right: Array) -> Array:
    result = np.empty_like(right)
    for n in range(left.shape[0]):
        terms = left[: n + 1] + right[n::-1]
        # A sum of zeros has the logarithm -inf, which must not be subtracted from itself.
        largest = np.maximum(np.max(terms, axis=0), -1e300)
        with np.errstate(divide="ignore"):
            result[n] = largest + np.log(np.sum(np.exp(terms - largest), axis=0))
    return result
