"""estimates: from what replications recorded to the means of a network, with intervals, warm-up left out.

A pilot comes first, and the first sixth of it is left out. What follows must not drift: the number of requests of each
source that are present, and the mean response time of each class, are told for the first quarter of it and for the
rest, and over the replications the two may not differ by more than chance explains in 99 of 100 simulations. A pilot
that drifts is made longer; one that does not is left out altogether, and what drift is left by then falls
exponentially. What comes after the pilot is looked at in the same way, for a drift that is too slow for the pilot to
show: one that stays unseen is small beside the intervals, for it is looked for in the very numbers that are told.
Replications share no draw, so that Student's t holds for the differences however much a replication's own spans depend
on one another (Schruben, Singh and Tierney, "Optimal tests for initialization bias in simulation output", Operations
Research 31(6), 1983, is the same question asked of one run; recalled). A rule that chooses where to cut from the data,
such as MSER-5, likes to cut off long queues, which are unlike the rest: the mean response times of 800 simulations of a
server 0.9 busy came out 0.2 % too short with it (standard error 0.06 %), and it calls a steady network drifting rather
often.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capplan.interval import Interval
from capplan.places import Places
from capplan.simulator.intervals import CERTAINTY, SampledLaw, of_mean, of_ratio, sampled
from capplan.simulator.tables import Model
from capplan.simulator.tally import Tally, joined
from capplan.solution import Intervals

Array = NDArray[np.float64]

_LEFT_OUT_RATIO = 1.0 / 6.0
_BY_CHANCE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WarmUp:
    """How many spans at the start are left out, and whether that is enough."""

    spans: int
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """What a simulation says of a network; arrays as in ``capplan.solution.Solution``.

    Attributes
    ----------
    measured
        Of each replication, all that was recorded after the warm-up.
    """

    model: Model
    measured: tuple[Tally, ...]
    residence_s: Array
    pool_wait_s: Array
    busy_servers: Array
    busy_members: Array
    lost_ratio: Array

    def throughput_per_s(self, request_class: int, certainty: float = CERTAINTY) -> Interval:
        """Return requests of a class done per second."""
        return of_mean(
            np.array([each.done[request_class] / each.span_s for each in self.measured]), certainty
        )

    def response_time_s(self, request_class: int, certainty: float = CERTAINTY) -> Interval:
        """Return the mean response time of a class."""
        over = np.array([each.response_s[request_class] for each in self.measured])
        return of_ratio(
            over, np.array([float(each.done[request_class]) for each in self.measured]), certainty
        )

    def lost(self, request_class: int, certainty: float = CERTAINTY) -> Interval:
        """Return the share of a class that is turned away."""
        entry = self.model.entry[request_class]
        lost = np.array([float(each.lost[entry]) for each in self.measured])
        return of_ratio(lost, np.array([float(each.entered[entry]) for each in self.measured]), certainty)

    def law(self, request_class: int) -> SampledLaw:
        """Return the response times of a class as they were; there are some."""
        parts = [each.samples[request_class] for each in self.measured]
        return sampled(parts, mean=self.response_time_s(request_class))

    @property
    def error_ratio(self) -> float:
        """The longer side of the interval of the mean response time over the mean, of the class where it is largest."""
        classes = range(len(self.model.network.classes))
        return max(self.response_time_s(number).half_width_ratio for number in classes)

    @property
    def intervals(self) -> Intervals:
        """The intervals of all means."""
        model, layout = self.model, self.model.layout
        classes, pools = range(len(model.network.classes)), range(len(model.network.pools))
        present = np.array([each.spent_s / each.span_s for each in self.measured])
        flow = np.array([each.done.sum() / each.span_s for each in self.measured])
        busy = np.array([_busy_servers(model, each) for each in self.measured])
        stations = [_station_at(layout, position) for position in range(len(layout.places))]
        there = np.array([[each == k for k in range(busy.shape[1])] for each in stations], dtype=float)
        held = layout.held[: len(pools)].astype(float)
        return Intervals(
            throughput_per_s=tuple(self.throughput_per_s(each) for each in classes),
            response_time_s=tuple(self.response_time_s(each) for each in classes),
            lost_ratio=tuple(self.lost(each) for each in classes),
            busy_servers=tuple(of_mean(each) for each in busy.T),
            queue_length=tuple(of_mean(each) for each in (present @ there).T),
            busy_members=tuple(of_mean(each) for each in held @ present.T),
            pool_wait_s=tuple(of_ratio(present[:, layout.waiting(p)].sum(axis=1), flow) for p in pools),
        )


def warm_up(model: Model, spans: Sequence[Sequence[Tally]]) -> WarmUp:
    """Leave out the first sixth of the spans, and find whether the rest drifts."""
    left_out = round(len(spans[0]) * _LEFT_OUT_RATIO)
    early_end = left_out + (len(spans[0]) - left_out) // 4
    early = _Part([each[left_out:early_end] for each in spans])
    late = _Part([each[early_end:] for each in spans])
    apart = [*_more_present(model, early, late), *_slower(early, late)]
    # As many looks as there are numbers would find something by chance.
    surely = 1.0 - _BY_CHANCE / len(apart)
    return WarmUp(spans=left_out, settled=all(of_mean(each, surely).holds(0.0) for each in apart))


class _Part:
    """Sums over a part of the spans, of each replication: time spent at places, requests done, their times."""

    def __init__(self, spans: Sequence[Sequence[Tally]]) -> None:
        self.time_s = sum(each.span_s for each in spans[0])
        self.spent_s = np.array([sum(each.spent_s for each in own) for own in spans])
        self.done = np.array([sum(each.done for each in own) for own in spans], dtype=float)
        self.response_s = np.array([sum(each.response_s for each in own) for own in spans])


def _more_present(model: Model, early: _Part, late: _Part) -> Iterator[Array]:
    """Yield how many more of each source's requests each replication held early than late, on average.

    A source whose users never think has as many at all times; of it, how many more were done a second.
    """
    for number, source in enumerate(model.network.sources):
        if source.population is not None and source.think_time_s == 0.0:
            own = model.classes_of(number)
            yield early.done[:, own].sum(axis=1) / early.time_s - late.done[:, own].sum(axis=1) / late.time_s
        else:
            places = model.layout.of_source(number)
            there = (part.spent_s[:, places].sum(axis=1) / part.time_s for part in (early, late))
            yield next(there) - next(there)


def _slower(early: _Part, late: _Part) -> Iterator[Array]:
    """Yield how much each replication adds to the difference of a class's mean response times, early less late."""
    for number in np.flatnonzero((early.done.sum(axis=0) > 0.0) & (late.done.sum(axis=0) > 0.0)):
        parts = ((part.response_s[:, number], part.done[:, number]) for part in (early, late))
        (over, under), (late_over, late_under) = parts
        ratio, late_ratio = over.sum() / under.sum(), late_over.sum() / late_under.sum()
        own = (over - ratio * under) / under.mean() - (
            late_over - late_ratio * late_under
        ) / late_under.mean()
        yield own + ratio - late_ratio


def estimated(model: Model, spans: Sequence[Sequence[Tally]], left_out: int) -> Estimates:
    """Make estimates of the spans of each replication after the first so many."""
    measured = tuple(joined(each[left_out:]) for each in spans)
    together = joined(measured)
    present = together.spent_s / together.span_s
    flow = together.done / together.span_s
    residence, waits = _by_class(model.layout, present, flow)
    entered, lost = together.entered[model.entry], together.lost[model.entry]
    pools = len(model.network.pools)
    return Estimates(
        model=model,
        measured=measured,
        residence_s=residence,
        pool_wait_s=waits,
        busy_servers=_busy_servers(model, together),
        busy_members=model.layout.held[:pools].astype(float) @ present,
        lost_ratio=lost / np.maximum(entered, 1),
    )


def _by_class(layout: Places, present: Array, flow: Array) -> tuple[Array, Array]:
    """Return each class's time at stations and its waits for pools: Little's law for those at each place."""
    network = layout.network
    at_station = np.zeros((flow.size, len(network.stations)))
    in_pool = np.zeros((flow.size, len(network.pools)))
    for position, place in enumerate(layout.places):
        members, shares = _members(layout, position, flow)
        station = _station_at(layout, position)
        if station is None:
            in_pool[members, place.waits_for] += present[position] * shares
        else:
            at_station[members, station] += present[position] * shares
    with np.errstate(divide="ignore", invalid="ignore"):
        return at_station / flow[:, None], in_pool / flow[:, None]


def _station_at(layout: Places, position: int) -> int | None:
    """Return the station where those at a place are served or wait; None where they wait for a pool."""
    place = layout.places[position]
    return place.station if place.waits_for is None else layout.tokens[place.waits_for].station


def _members(layout: Places, position: int, flow: Array) -> tuple[list[int], Array]:
    """Return the classes of those at a place, and their shares.

    Those who have not drawn their class yet all wait as long, so that each class has a share as large as its flow.
    """
    place = layout.places[position]
    if place.request_class is not None:
        return [place.request_class], np.ones(1)
    drawn = {layout.places[way.target].request_class for way in place.branches}
    members = sorted(each for each in drawn if each is not None)
    return members, flow[members] / max(float(flow[members].sum()), np.finfo(float).tiny)


def _busy_servers(model: Model, tally: Tally) -> Array:
    busy = np.zeros(len(model.network.stations))
    for number, station in enumerate(model.tables.stations):
        busy[station["position"]] = tally.busy_s[number] / tally.span_s
    for position, place in enumerate(model.layout.places):
        if place.station is not None and model.tables.places["lane"][position] == 0:
            busy[place.station] += tally.spent_s[position] / tally.span_s
    return busy
