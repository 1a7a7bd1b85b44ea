"""experiment: replications of a network, run for a length that does not depend on what they are found to say.

Every replication begins with all users outside and nobody waiting, and all run through the same spans of time. First
comes the *pilot*: it is made longer, twice as long each time, until it is settled and says roughly what is asked. From
the spread of its means follows how long the replications are to go on (two stages: Stein, Annals of Mathematical
Statistics 16, 1945; Law, *Simulation Modeling and Analysis*, 5th ed. 2015, section 9.4; recalled). Then its numbers are
forgotten: it was the warm-up. An interval whose own width decides when to stop is too narrow too often, because it is
narrowest where the mean is lowest; here its length was fixed before. A part of the runs comes out wider than was
foretold and must go on, for as long again where the budget allows; aiming below what is asked keeps that part small.
"""

from dataclasses import dataclass, field
from math import inf

import numpy as np

from capplan.network import Network
from capplan.network_layout import places_of
from capplan.simulator.compiled import CompiledRun
from capplan.simulator.estimates import Estimates, estimated, warm_up
from capplan.simulator.refusals import refuse_too_many, refuse_unfinished
from capplan.simulator.tables import Model, model_of
from capplan.simulator.tally import Tally, joined, thinned

REPLICATIONS = 50

# A sixth of them is left out, a quarter of the rest is looked at for drift, and halving them must leave whole numbers.
_SPANS = 60
_FIRST_EVENTS = 1 << 14
_LEAST_EVENTS = 1000
# Of the budget, the most that the pilot may take: to be precise, and to settle at all.
_PILOT_RATIO = 0.25
_DRIFTING_PILOT_RATIO = 0.5
# The half width that a pilot may have, over the one that is asked: what follows is some 5 to 10 times as long.
_ROUGH = 3.0
# The one that the length is chosen for: spreads of 50 means are known to some 10 %.
_AIM = 0.8
# Of what is left of the budget, the most that a length is chosen for: events may come faster than in the pilot.
_AFFORDABLE = 0.95
# Less than a tenth more would change little.
_FEWEST_MORE = _SPANS // 10
# Response times kept of each class in each replication, and of all classes there.
_MOST_SAMPLES = 1 << 15
_MOST_SAMPLES_TOGETHER = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What a simulation came to.

    Attributes
    ----------
    warm_up_s, measured_s
        Of each replication: the pilot, and more where the means still drift; and what is left.
    settled
        Whether the means do not drift any more.
    precise
        Whether the intervals are as narrow as was asked; otherwise the budget of events is spent.
    """

    estimates: Estimates
    events: int
    warm_up_s: float
    measured_s: float
    settled: bool
    precise: bool

    @property
    def figures(self) -> dict[str, float]:
        """What was spent and reached, as a solution tells it."""
        return {
            "events": float(self.events),
            "replications": float(REPLICATIONS),
            "warm_up_s": self.warm_up_s,
            "measured_s": self.measured_s,
            "precise": float(self.precise),
            "settled": float(self.settled),
        }


@dataclass(slots=True)
class _Experiment:
    """Replications that are under way: all have the same number of spans, each as long, since one moment."""

    model: Model
    runs: list[CompiledRun]
    span_s: float
    begin_s: float = 0.0
    spans: list[list[Tally]] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no spans."""
        self.spans = [[] for _ in self.runs]

    @property
    def event_count(self) -> int:
        return sum(each.event_count for each in self.runs)

    @property
    def span_count(self) -> int:
        return len(self.spans[0])

    def go_on(self, count: int) -> None:
        """Run all through so many spans more."""
        for run, spans in zip(self.runs, self.spans, strict=True):
            for _ in range(count):
                run.advance(self.begin_s + (len(spans) + 1) * self.span_s)
                spans.append(run.taken())

    def after(self, times: float) -> "_Experiment":
        """Go on with the same replications for so many times as long, and tell that part alone."""
        self._thin(times)
        later = _Experiment(
            self.model, self.runs, times * self.span_s, self.begin_s + self.span_count * self.span_s
        )
        later.go_on(_SPANS)
        return later

    def double(self) -> None:
        """Run all for as long again, in spans twice as long."""
        self.spans = [
            [joined(pair) for pair in zip(each[::2], each[1::2], strict=True)] for each in self.spans
        ]
        self.span_s *= 2.0
        self._thin(2.0)
        self.go_on(_SPANS // 2)

    def go_further(self, most: int) -> None:
        """Run all for as long again, or only for so many spans."""
        if most >= self.span_count:
            self.double()
        else:
            self._thin(1.0 + most / self.span_count)
            self.go_on(most)

    def _thin(self, times: float) -> None:
        """Keep fewer response times of the classes of which too many would be kept in so many times as long."""
        classes = len(self.model.network.classes)
        most = min(_MOST_SAMPLES, _MOST_SAMPLES_TOGETHER // classes)
        kept = np.array(
            [[sum(tally.samples[c].size for tally in each) for c in range(classes)] for each in self.spans]
        )
        over = np.maximum(times * kept.max(axis=0) / most, 1.0)
        every = 1 << np.ceil(np.log2(over)).astype(np.int64)
        if every.max() == 1:
            return
        self.spans = [[thinned(tally, every) for tally in each] for each in self.spans]
        for run in self.runs:
            run.strides = every * run.strides


def simulate(network: Network, *, seed: int, precision_ratio: float, most_events: int) -> Outcome:
    """Simulate until the mean response time of each class is known to a precision, or a budget of events is spent.

    Parameters
    ----------
    precision_ratio
        The longer side of the 95 % interval over the mean.
    most_events
        Of all replications together, but some 1,000 of each are spent in any case.

    Raises
    ------
    NoSolutionError
        Requests pile up, there are too many users, or a class is so rare that none of its requests was done.
    """
    refuse_too_many(network)
    model = model_of(places_of(network))
    pilot, times, calm = _pilot(model, seed, precision_ratio, most_events)
    pilot_events = pilot.event_count
    experiment = pilot.after(times)
    while True:
        start = warm_up(model, experiment.spans)
        settled = calm and start.settled
        late = 0 if settled else start.spans
        estimates = estimated(model, experiment.spans, late)
        precise = settled and estimates.error_ratio <= precision_ratio
        span_events = (experiment.event_count - pilot_events) / experiment.span_count
        affordable = int(_AFFORDABLE * (most_events - experiment.event_count) / span_events)
        if precise or affordable < _FEWEST_MORE:
            break
        experiment.go_further(affordable)
    refuse_unfinished(model, experiment.spans)
    return Outcome(
        estimates=estimates,
        events=experiment.event_count,
        warm_up_s=experiment.begin_s + late * experiment.span_s,
        measured_s=(experiment.span_count - late) * experiment.span_s,
        settled=settled,
        precise=precise,
    )


def _pilot(
    model: Model, seed: int, precision_ratio: float, most_events: int
) -> tuple[_Experiment, float, bool]:
    """Run replications until they are settled and say roughly what is asked.

    Return how many times as long to go on, and whether they are settled: what follows a pilot that still drifts is
    not trusted, however steady it looks.
    """
    runs = [CompiledRun(model, seed, number) for number in range(REPLICATIONS)]
    pilot = _Experiment(model, runs, _first_span_s(model, seed, most_events))
    pilot.go_on(_SPANS)
    while True:
        start = warm_up(model, pilot.spans)
        error_ratio = estimated(model, pilot.spans, start.spans).error_ratio
        rough = start.settled and error_ratio <= _ROUGH * precision_ratio
        share = _PILOT_RATIO if start.settled else _DRIFTING_PILOT_RATIO
        if rough or 2 * pilot.event_count > share * most_events:
            break
        pilot.double()
    affordable = _AFFORDABLE * (most_events / pilot.event_count - 1.0)
    measured = 1.0 - start.spans / _SPANS
    needed = inf if precision_ratio <= 0.0 else measured * (error_ratio / (_AIM * precision_ratio)) ** 2
    return pilot, max(1.0, min(needed, affordable)), start.settled


def _first_span_s(model: Model, seed: int, most_events: int) -> float:
    """Return the length of a span: in a run of its own, the first events and a request of each user take all spans."""
    users = int(model.tables.sources["population"].sum())
    affordable = max(int(_PILOT_RATIO * most_events) // REPLICATIONS, _LEAST_EVENTS)
    pilot = CompiledRun(model, seed, REPLICATIONS)
    pilot.advance(most_events=min(_FIRST_EVENTS, affordable))
    done = 0
    while (done := done + int(pilot.taken().done.sum())) < users and pilot.event_count < affordable:
        pilot.advance(most_events=min(_FIRST_EVENTS, affordable - pilot.event_count))
    return pilot.now_s / _SPANS
