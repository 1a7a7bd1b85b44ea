"""replay: a recorded stream of requests sent through a network for a finite time, instead of its sources."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capplan.errors import InputError
from capplan.network import Network
from capplan.network_layout import places_of
from capplan.network_parts import Source
from capplan.simulator.tables import Model, Recording, model_of

Array = NDArray[np.float64]


class Arrival(NamedTuple):
    """A request as it was recorded."""

    at_s: float
    operation: str


def replay(network: Network, arrivals: Sequence[Arrival], *, seed: int, until_s: float) -> Array:
    """Return the response time of each arrival; not a number where it was turned away, or is not done by the end.

    The network begins empty. Its own sources ask nothing; a request has the priority of the first source that asks for
    its operation. What is drawn is the service, so that several seeds tell how much of what was seen is chance.

    Raises
    ------
    InputError
        Arrivals are not in order, one is not at a time in the window, or asks for an operation that does not exist.
    NoSolutionError
        Too many requests are present at once.
    """
    # Numba takes a second to load, and whoever only prepares a replay does without.
    from capplan.simulator.compiled import CompiledRun  # noqa: PLC0415

    if not arrivals:
        return np.zeros(0)
    run = CompiledRun(recorded_model(network, arrivals, until_s), seed)
    run.advance(until_s)
    return run.response_s


def recorded_model(network: Network, arrivals: Sequence[Arrival], until_s: float) -> Model:
    """Return a network that is asked by a recording: a source for each operation that occurs in it."""
    _check(network, arrivals, until_s)
    names = list(dict.fromkeys(each.operation for each in arrivals))
    # The rate is never drawn from; only the recording is.
    sources = tuple(
        Source(name=name, mix={name: 1.0}, arrival_rate_per_s=1.0, priority=_priority(network, name))
        for name in names
    )
    recording = Recording(
        at_s=np.array([each.at_s for each in arrivals], dtype=float),
        source=np.array([names.index(each.operation) for each in arrivals], dtype=np.int64),
    )
    return model_of(places_of(replace(network, sources=sources)), recording)


def _check(network: Network, arrivals: Sequence[Arrival], until_s: float) -> None:
    known = {each.name for each in network.operations}
    before_s = 0.0
    for number, each in enumerate(arrivals):
        if each.operation not in known:
            raise InputError(
                f"arrivals.{number}.operation",
                found=repr(each.operation),
                expected=f"one of {', '.join(sorted(known))}",
                remedy="name one that exists, or describe it",
            )
        if not before_s <= each.at_s <= until_s:
            raise InputError(
                f"arrivals.{number}.at_s",
                found=f"{each.at_s:g}",
                expected=f"a time from {before_s:g} to {until_s:g}",
                remedy="put the arrivals in order of time, or widen the window",
            )
        before_s = each.at_s


def _priority(network: Network, operation: str) -> int:
    return next((each.priority for each in network.sources if operation in each.mix), 0)
