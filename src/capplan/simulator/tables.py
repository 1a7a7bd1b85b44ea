"""tables: the places of a network as flat arrays, which both kernels read.

Beside the places of ``capplan.places`` each source has one of its own, outside of the network: there its users think,
or its next arrival is awaited. Whoever is served somewhere is in a *lane*: all in one lane are served at the same
speed. A shared station has lanes in groups: in each one for what runs under no lock, and one for each process, whose
requests are one thread together. Everything that runs at full speed (delays, servers that serve one at a time,
thinking, times between arrivals) is in lane 0, the clock.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from math import inf, log1p, sqrt
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capplan.network import Network
from capplan.network_parts import Discipline, Source
from capplan.places import ENDED, Branch, Places
from capplan.simulator import streams
from capplan.time_law import TimeKind, TimeLaw

Record = NDArray[np.void]

# Kinds of places.
SERVED = 0
WAITING = 1
THINKING = 2
ARRIVING = 3

CLOCK = 0
NONE = -1

_PLACE = np.dtype(
    [(name, np.int64) for name in ("kind", "lane", "token", "queue", "law", "request_class", "source")]
    + [(name, np.int64) for name in ("first_branch", "branch_count")]
    + [("mean_s", np.float64), ("shape", np.float64)],
    align=True,
)
_BRANCH = np.dtype(
    [("chance_so_far", np.float64), ("chance", np.float64)]
    + [(name, np.int64) for name in ("target", "seat", "first_freed", "freed_count")],
    align=True,
)
_LANE = np.dtype([("station", np.int64), ("locked", np.int64)], align=True)
_GROUP = np.dtype(
    [("first_lane", np.int64), ("lane_count", np.int64), ("limit_cores", np.float64), ("weight", np.float64)],
    align=True,
)
_STATION = np.dtype(
    [(name, np.int64) for name in ("position", "first_group", "group_count", "first_lane", "lane_count")]
    + [("server_count", np.float64)],
    align=True,
)
_TOKEN = np.dtype(
    [(name, np.int64) for name in ("count", "first_queue", "queue_count", "queue_limit")], align=True
)
_SOURCE = np.dtype(
    [(name, np.int64) for name in ("population", "place", "first_recorded", "recorded_count")], align=True
)

_LAWS = {
    TimeKind.EXPONENTIAL: streams.EXPONENTIAL,
    TimeKind.DETERMINISTIC: streams.DETERMINISTIC,
    TimeKind.ERLANG: streams.ERLANG,
    TimeKind.HYPEREXPONENTIAL: streams.HYPEREXPONENTIAL,
    TimeKind.LOGNORMAL: streams.LOGNORMAL,
}


class Recording(NamedTuple):
    """A recorded stream of requests: when each came, in order, and from which source."""

    at_s: NDArray[np.float64]
    source: NDArray[np.int64]


class Tables(NamedTuple):
    """Everything of a network that does not change while it runs.

    Attributes
    ----------
    places
        Those of the network, and then one outside for each source.
    branches
        Of each place, one after the other; those of a source's place are its entries. The last chance of each place is
        infinite, so that rounding loses nobody; where a ``seat`` is taken, chances go with those that are free.
        ``first_freed`` and ``freed_count`` say what a request lets go of.
    freed
        Tokens, in the order in which they are handed on: seats first, for whoever is let in takes one.
    lanes
        The clock, and those of each group of a shared station; all in a ``locked`` one are one thread.
    groups
        Those of each shared station, one after the other.
    stations
        The shared ones only; ``position`` is that in the network.
    tokens
        Each with its queues, the most urgent first: one, or one for each priority. A queue limit of -1 is none.
    sources
        A population of 0 is an open source; where its arrivals are recorded, ``recorded_count`` is not -1.
    recorded_s, recorded_number
        Recorded arrivals, those of each source together, and the position of each in the recording.
    """

    places: Record
    branches: Record
    freed: NDArray[np.int64]
    lanes: Record
    groups: Record
    stations: Record
    tokens: Record
    sources: Record
    recorded_s: NDArray[np.float64]
    recorded_number: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A network ready to run.

    Attributes
    ----------
    recording
        What its sources ask, where that is not left to their laws.
    uses
        Of each place's draws, by which its streams are told apart.
    entry
        Of each class, the position among the branches of the way by which its requests come in.
    """

    network: Network
    layout: Places
    tables: Tables
    recording: Recording | None
    uses: tuple[tuple[str, ...], ...]
    entry: NDArray[np.int64]

    def classes_of(self, source: int) -> list[int]:
        """Positions of a source's classes."""
        name = self.network.sources[source].name
        return [number for number, each in enumerate(self.network.classes) if each.source.name == name]


def model_of(layout: Places, recording: Recording | None = None) -> Model:
    """Lay out tables; with a recording, sources ask as recorded rather than by their laws."""
    stations, groups, lanes, lane_of = _lanes(layout)
    tokens, queue_of = _tokens(layout)
    branches, freed, entry = _branches(layout)
    sources, recorded_s, recorded_number = _sources(layout, recording)
    return Model(
        network=layout.network,
        layout=layout,
        tables=Tables(
            places=_places(layout, lane_of, queue_of),
            branches=branches,
            freed=freed,
            lanes=lanes,
            groups=groups,
            stations=stations,
            tokens=tokens,
            sources=sources,
            recorded_s=recorded_s,
            recorded_number=recorded_number,
        ),
        recording=recording,
        uses=_uses(layout),
        entry=entry,
    )


def _places(layout: Places, lane_of: Mapping[int, int], queue_of: Mapping[int, int]) -> Record:
    """Return the places of the network, and those outside of it."""
    rows: list[tuple[float, ...]] = []
    first = 0
    for position, place in enumerate(layout.places):
        kind = WAITING if place.station is None else SERVED
        token = NONE if place.waits_for is None else place.waits_for
        request_class = NONE if place.request_class is None else place.request_class
        where = (kind, lane_of.get(position, CLOCK), token, queue_of.get(position, NONE))
        whose = (_LAWS[place.law.kind], request_class, place.source)
        rows.append((*where, *whose, first, len(place.branches), place.service_s, _shape(place.law)))
        first += len(place.branches)
    for position, (source, ways) in enumerate(zip(layout.network.sources, layout.entries, strict=True)):
        kind = ARRIVING if source.population is None else THINKING
        where, whose = (kind, CLOCK, NONE, NONE), (_LAWS[source.law.kind], NONE, position)
        rows.append((*where, *whose, first, len(ways), _between_s(source), _shape(source.law)))
        first += len(ways)
    return np.array(rows, dtype=_PLACE)


def _between_s(source: Source) -> float:
    return source.think_time_s if source.arrival_rate_per_s is None else 1.0 / source.arrival_rate_per_s


def _shape(law: TimeLaw) -> float:
    """Return the one number that ``streams.time_s`` needs beside the mean."""
    ratio = law.variance_ratio
    match law.kind:
        case TimeKind.ERLANG:
            return float(round(1.0 / ratio))
        case TimeKind.HYPEREXPONENTIAL:
            return 0.5 * (1.0 + sqrt((ratio - 1.0) / (ratio + 1.0)))
        case TimeKind.LOGNORMAL:
            return sqrt(log1p(ratio))
        case _:
            return 0.0


def _lanes(layout: Places) -> tuple[Record, Record, Record, dict[int, int]]:
    """Return shared stations, groups, lanes, and the lane of each place that is not in the clock."""
    lanes: list[tuple[int, int]] = [(NONE, 0)]
    groups: list[tuple[int, int, float, float]] = []
    stations: list[tuple[int, int, int, int, int, float]] = []
    lane_of: dict[int, int] = {}
    for position, station in enumerate(layout.network.stations):
        if station.discipline is not Discipline.SHARED:
            continue
        found = layout.lanes_at(position)
        used = sorted(set(found.values()))
        first_lane, first_group = len(lanes), len(groups)
        for group, own_lanes in groupby(used, key=attrgetter("group")):
            own = station.groups[group] if group < len(station.groups) else None
            limits = (inf, 1.0) if own is None else (own.limit_cores, own.weight)
            before = len(lanes)
            lanes += [(len(stations), int(each.locked)) for each in own_lanes]
            groups.append((before, len(lanes) - before, *limits))
        lane_of |= {p: first_lane + used.index(lane) for p, lane in found.items()}
        counts = (first_group, len(groups) - first_group, first_lane, len(used))
        stations.append((position, *counts, float(station.server_count)))
    return (
        np.array(stations, dtype=_STATION),
        np.array(groups, dtype=_GROUP),
        np.array(lanes, dtype=_LANE),
        lane_of,
    )


def _tokens(layout: Places) -> tuple[Record, dict[int, int]]:
    """Return tokens, and the queue of each place where requests wait."""
    rows: list[tuple[int, int, int, int]] = []
    queue_of: dict[int, int] = {}
    first = 0
    for position, token in enumerate(layout.tokens):
        waits = layout.waiting(position)
        urgency = {p: _urgency(layout, p) if token.by_priority else 0 for p in waits}
        levels = sorted(set(urgency.values())) or [0]
        queue_of |= {p: first + levels.index(urgency[p]) for p in waits}
        rows.append(
            (token.count, first, len(levels), NONE if token.queue_limit is None else token.queue_limit)
        )
        first += len(levels)
    return np.array(rows, dtype=_TOKEN), queue_of


def _urgency(layout: Places, position: int) -> int:
    return layout.network.sources[layout.places[position].source].priority


def _branches(layout: Places) -> tuple[Record, NDArray[np.int64], NDArray[np.int64]]:
    """Return branches, the tokens that they free, and the entry of each class."""
    rows: list[tuple[float, float, int, int, int, int]] = []
    freed: list[int] = []
    entry = np.full(len(layout.network.classes), NONE, dtype=np.int64)

    def add(ways: tuple[Branch, ...], place: int | None) -> None:
        so_far = 0.0
        for number, way in enumerate(ways):
            so_far += way.chance
            let_go = let_go_of(layout, place, way.target)
            seat = NONE if way.seat is None else way.seat
            last = number == len(ways) - 1
            rows.append((inf if last else so_far, way.chance, way.target, seat, len(freed), len(let_go)))
            freed.extend(let_go)

    for position, place in enumerate(layout.places):
        add(place.branches, position)
    for ways in layout.entries:
        for number, way in enumerate(ways):
            for request_class in _classes_behind(layout, way.target):
                entry[request_class] = len(rows) + number
        add(ways, None)
    return np.array(rows, dtype=_BRANCH), np.array(freed, dtype=np.int64), entry


def let_go_of(layout: Places, place: int | None, target: int) -> list[int]:
    """Return the tokens held at a place and no longer at its target, seats first."""
    if place is None:
        return []
    held = layout.held[:, place]
    kept = np.zeros_like(held) if target == ENDED else layout.held[:, target]
    let_go = [int(token) for token in np.flatnonzero(held & ~kept)]
    return sorted(let_go, key=lambda token: layout.tokens[token].process_of is None)


def _classes_behind(layout: Places, target: int) -> set[int]:
    """Return the classes that may come of a request at an entry."""
    place = layout.places[target]
    if place.request_class is not None:
        return {place.request_class}
    return {found for way in place.branches for found in _classes_behind(layout, way.target)}


def _sources(
    layout: Places, recording: Recording | None
) -> tuple[Record, NDArray[np.float64], NDArray[np.int64]]:
    rows = []
    numbers: list[NDArray[np.int64]] = []
    first = 0
    for position, source in enumerate(layout.network.sources):
        count = NONE
        if recording is not None:
            numbers.append(np.flatnonzero(recording.source == position))
            count = numbers[-1].size
        rows.append((source.population or 0, len(layout.places) + position, first, count))
        first += max(count, 0)
    number = np.concatenate([*numbers, np.zeros(0, dtype=np.int64)])
    at_s = np.zeros(0) if recording is None else recording.at_s[number]
    return np.array(rows, dtype=_SOURCE), at_s, number


def _uses(layout: Places) -> tuple[tuple[str, ...], ...]:
    """Name the draws of each place by what it is and not by where it stands in the tables."""
    network = layout.network
    seen: Counter[tuple[str, ...]] = Counter()
    uses: list[tuple[str, ...]] = []
    for place in layout.places:
        waited = "" if place.waits_for is None else layout.tokens[place.waits_for].name
        served = "" if place.station is None else network.stations[place.station].name
        use = (network.sources[place.source].name, *place.operations, waited, served)
        # An operation may visit a station twice, or its own; the order in which it says so tells them apart.
        uses.append((*use, str(seen[use])))
        seen[use] += 1
    return (*uses, *((source.name,) for source in network.sources))
