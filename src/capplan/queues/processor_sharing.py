"""Stations shared by everybody present: insensitive to the law of service."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capplan.birth_death import birth_death

Array = NDArray[np.float64]
_LEAST = 1e-16
_MOST_STATES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedQueue:
    """M/G/c with processor sharing, each request on at most one server, at most so many served at once.

    Attributes
    ----------
    probability
        Of each number of requests present, shape (numbers,); what is beyond is less than rounding.
    """

    arrival_rate_per_s: float
    service_time_s: float
    probability: Array

    @property
    def present(self) -> float:
        """Mean number present."""
        return float(self.probability @ np.arange(self.probability.size))

    @property
    def response_time_s(self) -> float:
        """Mean response time, by Little's law."""
        return self.present / self.arrival_rate_per_s

    @property
    def stretch(self) -> float:
        """How much longer a request takes than alone; the same for short and long ones where all are served at once."""
        return self.response_time_s / self.service_time_s


def m_g_c_shared(
    *, arrival_rate_per_s: float, service_time_s: float, server_count: int, most_served: int | None = None
) -> SharedQueue:
    """Solve the birth-death chain of the number present (Kleinrock 1976, section 4.4; Sakata, Noguchi and Oizumi 1969).

    Parameters
    ----------
    most_served
        Requests served at once; further ones wait (limited processor sharing, exact for exponential service; Avi-Itzhak
        and Halfin 1988). None: all.

    Raises
    ------
    ValueError
        The servers, or those served at once, cannot carry the load.
    """
    rate = float(server_count if most_served is None else min(server_count, most_served))
    offered = arrival_rate_per_s * service_time_s
    if not 0.0 < offered < rate:
        raise ValueError(
            f"arrival_rate_per_s * service_time_s must lie between 0 and {rate:g}, not {offered:g}"
        )
    beyond = int(np.ceil(np.log(_LEAST * (1.0 - offered / rate)) / np.log(offered / rate)))
    size = int(rate) + beyond + 1
    if size > _MOST_STATES:
        raise ValueError(f"the servers are {offered / rate:.9f} busy, too close to saturation")
    serving = np.minimum(np.arange(1.0, size), rate)
    return SharedQueue(
        arrival_rate_per_s=arrival_rate_per_s,
        service_time_s=service_time_s,
        probability=birth_death(np.full_like(serving, offered)[:, None], serving[:, None])[:, 0],
    )
