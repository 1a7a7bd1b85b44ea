"""experiment: replications of a network, made longer until they say enough.

Every replication begins with all users outside and nobody waiting. All run through the same spans of time; when what
they say is not precise enough, all go on for as long again, so that nothing that was simulated is thrown away. They are
looked at only when the length has doubled, and an interval that was far from its aim the time before must be far below
it: one that is asked again and again whether it is narrow enough yet is so too early, by chance.
"""

from dataclasses import dataclass
from math import inf

import numpy as np

from capplan.network import Network
from capplan.places import places_of
from capplan.simulator.compiled import CompiledRun
from capplan.simulator.estimates import Estimates, estimated, warm_up
from capplan.simulator.refusals import refuse_too_many, refuse_unfinished
from capplan.simulator.tables import Model, model_of
from capplan.simulator.tally import Tally, joined, thinned

REPLICATIONS = 25

# A sixth of them is left out, a quarter of the rest is looked at for drift, and halving them must leave whole numbers.
_SPANS = 120
# Half the time ago an interval was some 1.4 times as wide; one that was much wider may be narrow by chance, but hardly
# by as much again.
_BY_CHANCE = 1.7
_FIRST_EVENTS = 1 << 15
_LEAST_EVENTS = 1000
# Response times kept of each class in each replication, and of all classes there.
_MOST_SAMPLES = 1 << 15
_MOST_SAMPLES_TOGETHER = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What a simulation came to.

    Attributes
    ----------
    warm_up_s, measured_s
        Of each replication.
    settled
        Whether the warm-up ended within the part of the time that is left out.
    precise
        Whether the intervals are as narrow as was asked; otherwise the budget of events is spent.
    """

    estimates: Estimates
    events: int
    warm_up_s: float
    measured_s: float
    settled: bool
    precise: bool


@dataclass(slots=True)
class _Experiment:
    """Replications that are under way: all have the same number of spans, each as long."""

    model: Model
    runs: list[CompiledRun]
    spans: list[list[Tally]]
    span_s: float

    @property
    def event_count(self) -> int:
        return sum(each.event_count for each in self.runs)

    def go_on(self, count: int) -> None:
        """Run all through so many spans more."""
        for run, spans in zip(self.runs, self.spans, strict=True):
            for _ in range(count):
                run.advance((len(spans) + 1) * self.span_s)
                spans.append(run.taken())

    def double(self) -> None:
        """Run all for as long again, in spans twice as long."""
        self.spans = [
            [joined(pair) for pair in zip(each[::2], each[1::2], strict=True)] for each in self.spans
        ]
        self.span_s *= 2.0
        self._thin()
        self.go_on(_SPANS // 2)

    def _thin(self) -> None:
        """Keep every second response time of the classes of which too many would be kept otherwise."""
        classes = len(self.model.network.classes)
        most = min(_MOST_SAMPLES, _MOST_SAMPLES_TOGETHER // classes)
        kept = np.array(
            [[sum(tally.samples[c].size for tally in each) for c in range(classes)] for each in self.spans]
        )
        many = 2 * kept.max(axis=0) > most
        self.spans = [[thinned(tally, many) for tally in each] for each in self.spans]
        for run in self.runs:
            run.strides = np.where(many, 2, 1) * run.strides


def simulate(network: Network, *, seed: int, precision_ratio: float, most_events: int) -> Outcome:
    """Simulate until the mean response time of each class is known to a precision, or a budget of events is spent.

    Parameters
    ----------
    precision_ratio
        Half of the 95 % interval over the mean.
    most_events
        Of all replications together, but some 1,000 of each are spent in any case.

    Raises
    ------
    NoSolutionError
        Requests pile up, there are too many users, or a class is so rare that none of its requests was done.
    """
    refuse_too_many(network)
    model = model_of(places_of(network))
    runs = [CompiledRun(model, seed, number) for number in range(REPLICATIONS)]
    experiment = _Experiment(model, runs, [[] for _ in runs], _first_span_s(model, seed, most_events))
    experiment.go_on(_SPANS)
    error_ratio = inf
    while True:
        start = warm_up(model, experiment.spans)
        estimates = estimated(model, experiment.spans, start.spans)
        before, error_ratio = error_ratio, estimates.error_ratio
        precise = start.settled and _is_narrow(error_ratio, before, precision_ratio)
        if precise or 2 * experiment.event_count > most_events:
            break
        experiment.double()
    refuse_unfinished(model, experiment.spans)
    return Outcome(
        estimates=estimates,
        events=experiment.event_count,
        warm_up_s=start.spans * experiment.span_s,
        measured_s=(_SPANS - start.spans) * experiment.span_s,
        settled=start.settled,
        precise=precise,
    )


def _is_narrow(error_ratio: float, before: float, precision_ratio: float) -> bool:
    """Whether an interval is narrow enough, and hardly by chance: it was near that the time before, or is far below."""
    near = before <= _BY_CHANCE * precision_ratio or error_ratio <= precision_ratio / _BY_CHANCE
    return error_ratio <= precision_ratio and near


def _first_span_s(model: Model, seed: int, most_events: int) -> float:
    """Return the length of a span: in a run of its own, the first events and a request of each user take all spans."""
    users = int(model.tables.sources["population"].sum())
    affordable = max(most_events // (2 * REPLICATIONS), _LEAST_EVENTS)
    pilot = CompiledRun(model, seed, REPLICATIONS)
    pilot.advance(most_events=min(_FIRST_EVENTS, affordable))
    done = 0
    while (done := done + int(pilot.taken().done.sum())) < users and pilot.event_count < affordable:
        pilot.advance(most_events=min(_FIRST_EVENTS, affordable - pilot.event_count))
    return pilot.now_s / _SPANS
