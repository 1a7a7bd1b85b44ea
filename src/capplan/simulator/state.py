"""state: everything of a run that changes, as flat arrays; they are made and grown here, and nowhere else."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capplan.simulator import streams
from capplan.simulator.tables import NONE, Model, Record

_REQUEST = np.dtype(
    [(name, np.int64) for name in ("place", "next", "turn", "number")]
    + [("begun_s", np.float64), ("entered_s", np.float64)],
    align=True,
)
_ENTRY = np.dtype([("due", np.float64), ("request", np.int64)], align=True)
_LANE = np.dtype(
    [("size", np.int64)] + [(name, np.float64) for name in ("attained", "speed", "next_s")], align=True
)
_GROUP = np.dtype([("threads", np.float64), ("given", np.float64), ("nth_group", np.int64)], align=True)
_STATION = np.dtype(
    [("touched", np.int64), ("nth_touched", np.int64)]
    + [(name, np.float64) for name in ("since_s", "busy", "busy_s")],
    align=True,
)
_QUEUE = np.dtype([(name, np.int64) for name in ("first", "last", "length")], align=True)
_PLACE = np.dtype(
    [("times", np.uint64), ("branches", np.uint64), ("ready_s", np.float64), ("spent_s", np.float64)],
    align=True,
)
_CLOCK = np.dtype(
    [("now_s", np.float64)]
    + [
        (name, np.int64)
        for name in ("begun", "events", "turn", "free", "left_lane", "touched_count", "sample_count")
    ],
    align=True,
)
_DONE = np.dtype(
    [("count", np.int64), ("response_s", np.float64), ("stride", np.int64), ("passed_over", np.int64)],
    align=True,
)
_ENTERED = np.dtype([("count", np.int64), ("lost", np.int64)], align=True)
_SAMPLE = np.dtype([("request_class", np.int64), ("response_s", np.float64)], align=True)

SAMPLES_HELD = 1 << 14


class State(NamedTuple):
    """A run.

    Attributes
    ----------
    clock
        One row: the time, how many events there were, the next turn, the first free request, the lane that somebody has
        just left.
    requests
        First the clock of each source, then closed users, then room for the requests of open sources. Those in a queue,
        and the free ones, are linked by ``next``; ``turn`` decides between those who are due at the same moment.
    heaps
        Of each lane, who is in it, ordered by the service at which each will be done; shape (lanes, requests).
    lanes
        How many are in each, the service that everybody in it has attained since it was empty, at which speed it grows,
        and when the first will be done.
    groups
        How many threads of each want to run, and what they get of their station together; ``nth_group`` is room to
        put a station's groups in order.
    stations
        When each shared station was last looked at, how many servers were busy from then on, and for how long servers
        have been together; ``nth_touched`` lists those that somebody has come to or left in this event.
    free
        Tokens of each kind.
    places
        The streams of each place, its next time, and the time spent there.
    done, entered, samples
        What is recorded beside times at places and of servers, all since it was last cleared: of each class, of each
        branch (entries only), and response times, every ``stride``-th of a class.
    response_s
        Of each recorded arrival; not a number until it is done.
    """

    clock: Record
    requests: Record
    heaps: Record
    lanes: Record
    groups: Record
    stations: Record
    free: NDArray[np.int64]
    queues: Record
    places: Record
    recorded_next: NDArray[np.int64]
    done: Record
    entered: Record
    samples: Record
    response_s: NDArray[np.float64]


def new_state(model: Model, seed: int, replication: int) -> State:
    """Return a run that has not begun: tokens free, users outside, streams at their start."""
    tables = model.tables
    clock = np.zeros(1, dtype=_CLOCK)
    clock["turn"] = tables.recorded_s.size
    clock["free"] = NONE
    clock["left_lane"] = NONE
    requests = np.zeros(tables.sources.size + int(tables.sources["population"].sum()), dtype=_REQUEST)
    requests["place"] = NONE
    requests["number"] = NONE
    lanes = np.zeros(tables.lanes.size, dtype=_LANE)
    lanes["next_s"] = np.inf
    queues = np.zeros(int(tables.tokens["queue_count"].sum()), dtype=_QUEUE)
    queues["first"] = NONE
    places = np.zeros(tables.places.size, dtype=_PLACE)
    for name in ("times", "branches"):
        starts = [streams.start(seed, replication, name, *use) for use in model.uses]
        places[name] = np.array(starts, dtype=np.uint64)
    done = np.zeros(len(model.network.classes), dtype=_DONE)
    done["stride"] = 1
    state = State(
        clock=clock,
        requests=requests,
        heaps=np.zeros((lanes.size, requests.size), dtype=_ENTRY),
        lanes=lanes,
        groups=np.zeros(tables.groups.size, dtype=_GROUP),
        stations=np.zeros(tables.stations.size, dtype=_STATION),
        free=tables.tokens["count"].copy(),
        queues=queues,
        places=places,
        recorded_next=tables.sources["first_recorded"].copy(),
        done=done,
        entered=np.zeros(tables.branches.size, dtype=_ENTERED),
        samples=np.zeros(SAMPLES_HELD, dtype=_SAMPLE),
        response_s=np.full(tables.recorded_s.size, np.nan),
    )
    # At least one request is always free, so that whoever comes need not look first.
    return grown(state, 64 if (tables.sources["population"] == 0).any() else 1)


def grown(state: State, more: int) -> State:
    """Return the same run with room for more requests."""
    before = state.requests.size
    requests = np.zeros(before + more, dtype=_REQUEST)
    requests[:before] = state.requests
    requests["place"][before:] = NONE
    requests["number"][before:] = NONE
    requests["next"][before:] = np.arange(before + 1, before + more + 1)
    requests["next"][-1] = state.clock["free"][0]
    state.clock["free"] = before
    heaps = np.zeros((state.heaps.shape[0], before + more), dtype=_ENTRY)
    heaps[:, :before] = state.heaps
    return state._replace(requests=requests, heaps=heaps)


def clear(state: State) -> None:
    """Forget what is recorded, except for how often response times are kept."""
    state.places["spent_s"] = 0.0
    state.stations["busy_s"] = 0.0
    state.entered[:] = 0
    state.done["count"] = 0
    state.done["response_s"] = 0.0
    state.clock["sample_count"] = 0
