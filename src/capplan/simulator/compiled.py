"""compiled: the kernel as machine code; only this module imports numba."""

from collections.abc import Callable
from hashlib import blake2b
from inspect import getsource, isfunction
from math import inf
from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

from capplan import places
from capplan.errors import NoSolutionError
from capplan.simulator import kernel, lanes, state, streams, tables
from capplan.simulator.state import State, clear, grown, new_state
from capplan.simulator.tables import NONE, Model, Tables
from capplan.simulator.tally import Array, Counts, Event, Tally

MOST_PRESENT = 1 << 17
"""Requests of open sources that may be present at once; beyond it they pile up."""

_UNLIMITED = np.iinfo(np.int64).max

# Nothing here allocates, so that references to arrays need not be counted, which would take ten times as long as the
# rest; nor does anything divide by zero.
_OPTIONS: dict[str, Any] = {"_nrt": False, "error_model": "numpy"}
# Long and seldom needed; all others are compiled into the one that calls them, for passing all arrays on would take
# longer than most of them do.
_CALLED = (streams.other_time_s, streams.phases_s)
for _module in (streams, lanes, kernel):
    for _each in vars(_module).values():
        if isfunction(_each) and _each.__module__ == _module.__name__:
            register_jitable(**_OPTIONS, forceinline=_each not in _CALLED)(_each)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is compiled when it is first called, and kept on disk where there is a folder for it."""
    found: Callable[..., Any]
    try:
        found = njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        # Neither the folder of its source nor the user's cache can be written to.
        found = njit(**_OPTIONS)(function)
    return found


def _keyed_by(sources: str) -> Callable[[Tables, State, float, int], int]:
    """Return the kernel; what is kept of it on disk is found again only while the sources are the same.

    Numba itself looks at this file alone, and not at the modules whose functions are compiled with it.
    """

    def advance(tables: Tables, state: State, until_s: float, most_events: int) -> int:
        _ = sources
        return kernel.advance(tables, state, until_s, most_events)

    return compiled(advance)


_SOURCES = "".join(getsource(each) for each in (places, kernel, lanes, state, streams, tables))
_ADVANCE = _keyed_by(blake2b(_SOURCES.encode()).hexdigest())


class CompiledRun:
    """A run of a network; ``plain.PlainRun`` is the same.

    Raises
    ------
    NoSolutionError
        While it advances, if the requests present become too many.
    """

    def __init__(self, model: Model, seed: int, replication: int = 0) -> None:
        self._model = model
        self._state = new_state(model, seed, replication)
        self._since_s = 0.0
        self._samples: list[list[Array]] = [[] for _ in model.network.classes]

    @property
    def now_s(self) -> float:
        """The time that it has reached."""
        return float(self._state.clock["now_s"][0])

    @property
    def event_count(self) -> int:
        """How many events there were."""
        return int(self._state.clock["events"][0])

    @property
    def response_s(self) -> Array:
        """Of each recorded arrival, not a number where it is not done."""
        return self._state.response_s

    @property
    def idle(self) -> bool:
        """Whether nothing will ever happen any more; once it has begun."""
        return bool(np.all(np.isinf(self._state.lanes["next_s"])))

    @property
    def strides(self) -> Counts:
        """Every how-many-th response time of each class is kept."""
        return self._state.done["stride"].copy()

    @strides.setter
    def strides(self, strides: Counts) -> None:
        self._state.done["stride"] = strides

    def advance(self, until_s: float = inf, most_events: int = _UNLIMITED) -> None:
        """Run until a time (events at that moment included) or for so many events."""
        left, before = most_events, self.event_count
        while _ADVANCE(self._model.tables, self._state, until_s, left) == kernel.SHORT_OF_ROOM:
            self._drain()
            if self._state.clock["free"][0] == NONE:
                self._grow()
            left = most_events - (self.event_count - before)

    def _grow(self) -> None:
        """Make room for more requests of open sources."""
        if self._state.requests.size > MOST_PRESENT:
            raise NoSolutionError(
                f"more than {MOST_PRESENT} requests are present at once: the network cannot carry what its open "
                "sources ask, or holds too many to be simulated; lower the arrival rates."
            )
        self._state = grown(self._state, self._state.requests.size)

    def traced(self, most_events: int) -> list[Event]:
        """Run for so many events, one at a time, and return them: slow, for comparing with ``PlainRun``."""
        events: list[Event] = []
        self.advance(most_events=0)
        while len(events) < most_events and not self.idle:
            lane = int(np.argmin(self._state.lanes["next_s"]))
            place = int(self._state.requests["place"][self._state.heaps["request"][lane, 0]])
            self.advance(most_events=1)
            events.append(Event(self.now_s, place))
        return events

    def taken(self) -> Tally:
        """Return what was recorded since the last time, and forget it."""
        self._drain()
        state = self._state
        tally = Tally(
            span_s=self.now_s - self._since_s,
            done=state.done["count"].copy(),
            response_s=state.done["response_s"].copy(),
            entered=state.entered["count"].copy(),
            lost=state.entered["lost"].copy(),
            spent_s=state.places["spent_s"][: len(self._model.layout.places)].copy(),
            busy_s=state.stations["busy_s"].copy(),
            samples=tuple(np.concatenate([np.zeros(0), *each]) for each in self._samples),
        )
        clear(state)
        self._samples = [[] for _ in self._samples]
        self._since_s = self.now_s
        return tally

    def _drain(self) -> None:
        """Take response times out of the room that the kernel has for them."""
        held = self._state.samples[: int(self._state.clock["sample_count"][0])]
        for number, found in enumerate(self._samples):
            found.append(held["response_s"][held["request_class"] == number])
        self._state.clock["sample_count"] = 0
