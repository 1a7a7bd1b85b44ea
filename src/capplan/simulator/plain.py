"""plain: the simulator in objects, slow and to be read; ``kernel`` does the same, event by event, on flat arrays.

It reads the places of a network themselves rather than the tables made from them, so that comparing the two checks the
tables as well. Only the laws of times and the division of a station are common to both.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf, nan

import numpy as np

from capplan.network_parts import Discipline, Source
from capplan.places import ENDED, Branch, Place
from capplan.simulator import streams
from capplan.simulator.plain_station import PlainGroup, PlainLane, PlainRequest, PlainStation
from capplan.simulator.tables import Model, Recording, let_go_of
from capplan.simulator.tally import Array, Event, Tally
from capplan.time_law import EXPONENTIAL


@dataclass(slots=True)
class _Token:
    """Members of a pool, or servers: how many are free, and who waits, in a queue for each urgency."""

    free: int
    queues: dict[int, deque[PlainRequest]]


class PlainRun:
    """A run of a network; ``compiled.CompiledRun`` is the same."""

    def __init__(self, model: Model, seed: int, replication: int = 0) -> None:
        self._model, self._layout, self._network = model, model.layout, model.network
        self._outside = len(self._layout.places)
        self._times = [streams.start(seed, replication, "times", *use) for use in model.uses]
        self._branches = [streams.start(seed, replication, "branches", *use) for use in model.uses]
        self.now_s = 0.0
        self._turn = 0
        self.response_s: Array = np.zeros(0)
        self._recorded: list[deque[tuple[float, int]]] = []
        if model.recording is not None:
            self._read(model.recording)
        self._clock = PlainLane()
        self._stations: dict[int, PlainStation] = {}
        self._lane_of: dict[int, PlainLane] = {}
        self._lay_stations()
        self._tokens = [
            _Token(each.count, {self._urgency(p): deque() for p in sorted(self._layout.waiting(k))})
            for k, each in enumerate(self._layout.tokens)
        ]
        self._inside: dict[PlainRequest, None] = {}
        self._clear()
        for source, each in enumerate(self._network.sources):
            self._begin(source, each)

    def _read(self, recording: Recording) -> None:
        """Take over recorded arrivals; their turns come before all others."""
        self._turn = recording.at_s.size
        self.response_s = np.full(recording.at_s.size, nan)
        self._recorded = [deque() for _ in self._network.sources]
        for number, (at_s, source) in enumerate(zip(recording.at_s, recording.source, strict=True)):
            self._recorded[source].append((float(at_s), number))

    def _lay_stations(self) -> None:
        """Make a lane for each process, and one for work under no lock, in each group that somebody belongs to."""
        for position, station in enumerate(self._network.stations):
            if station.discipline is not Discipline.SHARED:
                continue
            lane_of = self._layout.lanes_at(position)
            lanes = {each: PlainLane(locked=each.locked) for each in sorted(set(lane_of.values()))}
            groups: dict[int, PlainGroup] = {}
            for each, lane in lanes.items():
                own = station.groups[each.group] if each.group < len(station.groups) else None
                fresh = PlainGroup() if own is None else PlainGroup(own.limit_cores, own.weight)
                groups.setdefault(each.group, fresh).lanes.append(lane)
            self._lane_of |= {place: lanes[each] for place, each in lane_of.items()}
            self._stations[position] = PlainStation(station.server_count, list(groups.values()))

    def _urgency(self, place: int) -> int:
        found = self._layout.places[place]
        by_priority = found.waits_for is not None and self._layout.tokens[found.waits_for].by_priority
        return self._network.sources[found.source].priority if by_priority else 0

    def _begin(self, number: int, source: Source) -> None:
        """Let users begin to think, or the first arrival be awaited."""
        outside = self._outside + number
        if source.population is None:
            clock = PlainRequest(number, outside)
            if not self._recorded:
                self._push(self._clock, clock, self._first_s(outside, source))
            else:
                self._await_recorded(clock)
        for _ in range(source.population or 0):
            self._push(self._clock, PlainRequest(number, outside), self._first_s(outside, source))

    def advance(self, until_s: float = inf, most_events: int | None = None) -> list[Event]:
        """Run until a time (events at that moment included) or for so many events; return the events."""
        events: list[Event] = []
        while most_events is None or len(events) < most_events:
            self._clock.next_s = self._clock.present[0][0] if self._clock.present else inf
            lanes = [self._clock, *(lane for each in self._stations.values() for lane in each.lanes)]
            first = min(lanes, key=lambda lane: lane.next_s)
            if first.next_s > until_s or not first.present:
                if until_s < inf:
                    self._close(until_s)
                break
            self.now_s = first.next_s
            _, _, request = first.present[0]
            events.append(Event(self.now_s, request.place))
            if request.place < self._outside:
                self._serve(request, first)
            elif self._network.sources[request.source].population is None:
                self._arrive(request)
            else:
                heappop(self._clock.present)
                self._ask(request)
            self._settle()
        return events

    def _settle(self) -> None:
        for station in self._stations.values():
            if station.touched:
                station.settle()

    def _serve(self, request: PlainRequest, lane: PlainLane) -> None:
        """End a service: the request leaves its place, hands on what it no longer holds, and goes on."""
        position = request.place
        place = self._layout.places[position]
        if place.station in self._stations:
            self._stations[place.station].touch(self.now_s)
        lane.attained, _, _ = heappop(lane.present)
        self._leave(request)
        target = self._choose(position, place.branches)
        for token in let_go_of(self._layout, position, target):
            self._hand_on(self._tokens[token])
        if target == ENDED:
            self._end(request, place)
        else:
            self._walk(request, target)

    def _leave(self, request: PlainRequest) -> None:
        self._spent_s[request.place] += self.now_s - request.entered_s
        del self._inside[request]

    def _end(self, request: PlainRequest, place: Place) -> None:
        response_s = self.now_s - request.begun_s
        if place.request_class is not None:
            self._samples[place.request_class].append(response_s)
        if request.number is not None:
            self.response_s[request.number] = response_s
        source = self._network.sources[request.source]
        if source.population is not None and source.think_time_s == 0.0:
            self._ask(request)
        elif source.population is not None:
            self._think(request)

    def _hand_on(self, token: _Token) -> None:
        """Hand a token to the first who waits for it, in the most urgent queue that is not empty, or keep it free."""
        for urgency in sorted(token.queues):
            if token.queues[urgency]:
                request = token.queues[urgency].popleft()
                self._leave(request)
                self._walk(request, self._admit(request.place))
                return
        token.free += 1

    def _walk(self, request: PlainRequest, position: int) -> None:
        """Put a request at a place, and on from there as long as the token that it would wait for is free."""
        place = self._layout.places[position]
        while place.waits_for is not None and self._tokens[place.waits_for].free > 0:
            self._tokens[place.waits_for].free -= 1
            position = self._admit(position)
            place = self._layout.places[position]
        request.place, request.entered_s = position, self.now_s
        self._inside[request] = None
        if place.waits_for is not None:
            self._tokens[place.waits_for].queues[self._urgency(position)].append(request)
            return
        needed_s = self._drawn_s(position)
        if place.station in self._stations:
            self._stations[place.station].touch(self.now_s)
            lane = self._lane_of[position]
            self._push(lane, request, lane.attained + needed_s)
        else:
            self._push(self._clock, request, self.now_s + needed_s)

    def _ask(self, request: PlainRequest) -> None:
        """Let a request come in, or turn it away where too many wait already."""
        outside, entries = self._outside + request.source, self._layout.entries[request.source]
        target = self._choose(outside, entries)
        branch = int(self._model.tables.places[outside]["first_branch"])
        branch += [each.target for each in entries].index(target)
        self._entered[branch] += 1
        waits_for = self._layout.places[target].waits_for
        if waits_for is not None:
            token, limit = self._tokens[waits_for], self._layout.tokens[waits_for].queue_limit
            waiting = sum(len(queue) for queue in token.queues.values())
            if limit is not None and token.free == 0 and waiting >= limit:
                self._lost[branch] += 1
                if self._network.sources[request.source].population is not None:
                    self._think(request)
                return
        request.begun_s = self.now_s
        self._walk(request, target)

    def _think(self, request: PlainRequest) -> None:
        request.place = self._outside + request.source
        self._push(self._clock, request, self.now_s + self._drawn_s(request.place))

    def _arrive(self, clock: PlainRequest) -> None:
        """Let a request of an open source arrive, and await the next."""
        heappop(self._clock.present)
        request = PlainRequest(clock.source, clock.place, number=clock.number)
        if not self._recorded:
            self._push(self._clock, clock, self.now_s + self._drawn_s(clock.place))
        else:
            self._await_recorded(clock)
        self._ask(request)

    def _await_recorded(self, clock: PlainRequest) -> None:
        """Await the next recorded arrival, if there is one; its turn is its place in the recording."""
        if self._recorded[clock.source]:
            at_s, clock.number = self._recorded[clock.source].popleft()
            heappush(self._clock.present, (at_s, clock.number, clock))

    def _push(self, lane: PlainLane, request: PlainRequest, due: float) -> None:
        heappush(lane.present, (due, self._turn, request))
        self._turn += 1

    def _choose(self, place: int, ways: Sequence[Branch]) -> int:
        """Draw where to go from a place; where there is one way only, nothing is drawn."""
        if len(ways) > 1:
            self._branches[place] = streams.following(self._branches[place])
            drawn, so_far = streams.unit(self._branches[place]), 0.0
            for way in ways[:-1]:
                so_far += way.chance
                if drawn < so_far:
                    return way.target
        return ways[-1].target

    def _admit(self, position: int) -> int:
        """Return where a request goes that has the token it waited for, in a seat drawn among those that are free."""
        ways = self._layout.places[position].branches
        if ways[0].seat is None:
            return self._choose(position, ways)
        seats = [(way, self._tokens[way.seat]) for way in ways if way.seat is not None]
        self._branches[position] = streams.following(self._branches[position])
        left = sum(way.chance * seat.free for way, seat in seats) * streams.unit(self._branches[position])
        possible = [(way, seat) for way, seat in seats if seat.free > 0]
        taken, its_seat = possible[-1]
        for way, seat in possible:
            left -= way.chance * seat.free
            if left < 0.0:
                taken, its_seat = way, seat
                break
        its_seat.free -= 1
        return taken.target

    def _drawn_s(self, place: int) -> float:
        row = self._model.tables.places[place]
        law, mean_s, shape = int(row["law"]), float(row["mean_s"]), float(row["shape"])
        found_s, self._times[place] = streams.time_s(law, mean_s, shape, self._times[place])
        return found_s

    def _first_s(self, outside: int, source: Source) -> float:
        """Draw what is left of a time that is under way: all of it where it has no memory, else it is cut at random."""
        whole_s = self._drawn_s(outside)
        if source.law == EXPONENTIAL:
            return whole_s
        self._branches[outside] = streams.following(self._branches[outside])
        return whole_s * streams.unit(self._branches[outside])

    def taken(self) -> Tally:
        """Return what was recorded since the last time, and forget it."""
        tally = Tally(
            span_s=self.now_s - self._since_s,
            done=np.array([len(each) for each in self._samples]),
            response_s=np.array([sum(each) for each in self._samples]),
            entered=self._entered,
            lost=self._lost,
            spent_s=self._spent_s,
            busy_s=np.array([each.busy_s for each in self._stations.values()]),
            samples=tuple(np.array(each) for each in self._samples),
        )
        self._clear()
        return tally

    def _clear(self) -> None:
        self._since_s = self.now_s
        self._entered = np.zeros(self._model.tables.branches.size, dtype=np.int64)
        self._lost = np.zeros(self._model.tables.branches.size, dtype=np.int64)
        self._spent_s = np.zeros(self._outside)
        self._samples: list[list[float]] = [[] for _ in self._network.classes]
        for station in self._stations.values():
            station.busy_s = 0.0

    def _close(self, until_s: float) -> None:
        """Count in, up to a time, what is under way."""
        self.now_s = until_s
        for request in self._inside:
            self._spent_s[request.place] += until_s - request.entered_s
            request.entered_s = until_s
        for station in self._stations.values():
            station.touch(until_s)
            station.touched = False
