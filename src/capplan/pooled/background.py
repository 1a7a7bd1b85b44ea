"""How open traffic in the background makes a station faster and slower while a request is served there.

The product form gives the number of background jobs beside any number of requests, and so the speed at which each is
served. It is told as one of two speeds, with the first three moments of it and the time over which it forgets.
"""

from dataclasses import dataclass

import numpy as np

from capplan.pooled.course import LEAST_S
from capplan.pooled.network import Array, PooledStation

_MOST_JOBS = 128
_RARE = 1e-9
# A squared coefficient of variation below this lengthens a 99th percentile by some tenth of a percent.
_STEADY = 2e-2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoSpeeds:
    """A slow and a fast speed in units of their mean, each attribute of shape (2, rows, worlds).

    Attributes
    ----------
    at_start
        How probable they are when a request comes, before it takes its share.
    leave_per_s
        Rates at which one changes to the other.
    """

    speed: Array
    at_start: Array
    leave_per_s: Array


def two_speeds(station: PooledStation, present: Array, service_s: Array) -> TwoSpeeds | None:
    """Return the speeds of one request among so many at a station; None where they hardly vary.

    Background jobs ask for as long as a request of the chain does.

    Parameters
    ----------
    present
        Requests of the chain at the station, the one followed among them, shape (rows, worlds).
    service_s
        What a request asks for there, shape (worlds,).
    """
    if station.kind == "delay" or not station.background_erlangs.any():
        return None
    servers = station.server_count
    traffic = np.clip(station.background_erlangs, 1e-12, servers * (1.0 - 1e-9))
    laws = [_beside(np.maximum(each, 1.0) + station.permanent_jobs, servers, traffic) for each in present]
    steady = np.stack([np.sum(chance * apart**2, axis=0) for chance, apart in laws]) < _STEADY
    if steady.all():
        return None
    rows = [_two_speeds(chance, apart, service_s / traffic) for chance, apart in laws]
    speed, at_start, leave_per_s = (np.stack(each, axis=1) for each in zip(*rows, strict=True))
    return TwoSpeeds(speed=np.where(steady, 1.0, speed), at_start=at_start, leave_per_s=leave_per_s)


def _two_speeds(chance: Array, apart: Array, between_s: Array) -> tuple[Array, Array, Array]:
    """Return speeds, chances at the start and rates, shape (2, worlds) each, for one number present.

    The speeds are the nodes of the Gauss quadrature of the speed's law. The time over which it forgets, the integral of
    its autocorrelation, is for a birth-death chain a sum (Whitt, "Asymptotic formulas for Markov processes with
    applications to simulation", Operations Research 40, 1992; recalled). Who comes finds one request less, beside which
    the background's law is this one times the speed.

    Parameters
    ----------
    chance, apart
        From ``_beside``.
    between_s
        Mean time between two arrivals of the background, shape (worlds,).
    """
    part = chance * apart
    variance = np.maximum(np.sum(part * apart, axis=0), _RARE)
    skew = np.sum(part * apart**2, axis=0) / variance**1.5
    root = np.sqrt(1.0 + skew**2 / 4.0)
    nodes = np.stack([skew / 2.0 - root, skew / 2.0 + root])
    chances = np.stack([nodes[1], -nodes[0]]) / (2.0 * root)
    speed = np.maximum(1.0 + np.sqrt(variance) * nodes, _RARE)
    seen = chance > _RARE
    forgets = np.sum(np.where(seen, np.cumsum(part, axis=0) ** 2 / np.where(seen, chance, 1.0), 0.0), axis=0)
    memory_s = np.maximum(forgets / variance * between_s, LEAST_S)
    return speed, chances * speed, chances[::-1] / memory_s


def _beside(jobs: Array, servers: Array, traffic: Array) -> tuple[Array, Array]:
    """Return the law of the background's number beside so many jobs, and how far from its mean the speed is then.

    The product form of ``product_form.job_rate``: a Poisson law while servers are free, a negative binomial one beyond,
    each followed for eight deviations.
    """
    ratio = np.minimum(traffic / servers, 0.9)
    mean = traffic + (jobs + 1.0) * ratio / (1.0 - ratio)
    most = int(np.max(mean + 8.0 * np.sqrt(mean + 1.0) / (1.0 - ratio)))
    more = np.arange(1.0, min(most, _MOST_JOBS))[:, None]
    speed = np.minimum(1.0, servers / (jobs + np.concatenate([np.zeros((1, 1)), more])))
    log = np.zeros_like(speed)
    log[1:] = np.cumsum(np.log(traffic / (more * speed[1:])), axis=0)
    weight = np.exp(log - np.max(log, axis=0))
    chance = weight / np.sum(weight, axis=0)
    return chance, speed / np.sum(chance * speed, axis=0) - 1.0
