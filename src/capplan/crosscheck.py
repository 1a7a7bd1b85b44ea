"""crosscheck: the response times of a tier, simulated in two worlds, beside what was computed there."""

from math import isfinite
from typing import Literal, NamedTuple

from capplan.build_network import build_network, entries
from capplan.catalog import Shape
from capplan.errors import NoSolutionError
from capplan.estimate import Basis
from capplan.growth import Moment, traffic_factor
from capplan.interval import Interval
from capplan.judgment import Requirements
from capplan.plan import (
    ONE_WORLD,
    SIMULATED,
    Crosscheck,
    Figure,
    Tier,
    Trial,
    TriedWorld,
)
from capplan.pooled import solve_pooled
from capplan.pooled.one_world import one_world
from capplan.pooled.solution import PooledSolution
from capplan.response import percentile_ratio
from capplan.response_times import machine_at
from capplan.service import Service
from capplan.simulator.intervals import SampledLaw
from capplan.solution import Solution
from capplan.solvers.simulation import solve_simulation
from capplan.worlds import median, world_at

SEED = 1
_SOURCE = "simulation, seed {seed}, {events:,.0f} events in {replications:.0f} replications"


class _Place(NamedTuple):
    """A container's solved network and one of its worlds."""

    container: str
    solution: PooledSolution
    world: int
    name: Literal["central", "unfavorable"]


def crosscheck(service: Service, tier: Tier, at: Moment, found: Requirements, shape: Shape) -> Crosscheck:
    """Simulate every answering container on a tier's server at its traffic.

    Two of the 256 worlds are tried: the one whose response time, at the percentile of the objectives, is the median
    of all, and the one whose is the quantile that the tier covers. The network is the plan's own; what the plan
    approximates, the simulation does not, so that the difference is the plan's error and chance.
    """
    factor = traffic_factor(service.inputs, at).values
    machine = machine_at(service, at, found, shape)
    probability = median(percentile_ratio(service.inputs).values)
    worlds: list[TriedWorld] = []
    events = 0.0
    for entry in entries(service.workload):
        network = build_network(service.inputs, service.workload, entry, factor=factor, machine=machine)
        solution = solve_pooled(network)
        slow = solution.mixed_percentile(probability)
        central, unfavorable = world_at(slow, 0.5), world_at(slow, tier.quantile_ratio)
        for place in (
            _Place(entry, solution, central, "central"),
            _Place(entry, solution, unfavorable, "unfavorable"),
        ):
            simulated = _simulated(place)
            worlds.append(_tried(service, at, place, simulated, probability))
            events += 0.0 if simulated is None else simulated.figures["events"]
    return Crosscheck(
        tier=tier.name,
        percentile_ratio=probability,
        quantile_ratio=tier.quantile_ratio,
        seed=SEED,
        events=int(events),
        worlds=tuple(worlds),
    )


def _simulated(place: _Place) -> Solution | None:
    """Return the simulated world; None where it has no steady state, or reaches none."""
    if not place.solution.stable[place.world]:
        return None
    try:
        return solve_simulation(one_world(place.solution.network, place.world), seed=SEED)
    except NoSolutionError:
        return None


def _tried(
    service: Service, at: Moment, place: _Place, simulated: Solution | None, probability: float
) -> TriedWorld:
    if simulated is None:
        return TriedWorld(container=place.container, world=place.name, state="none", trials=())
    source = _SOURCE.format(seed=SEED, **simulated.figures)
    own = [stream for stream in service.workload.requests if stream.container == place.container]
    trials: list[Trial] = []
    rare = []
    laws = {
        each.operation.name: law for each, law in zip(simulated.network.classes, simulated.laws, strict=True)
    }
    for number, stream in enumerate(own):
        law = laws.get(stream.name)
        if law is None:  # nobody asks for it in this world
            continue
        assert isinstance(law, SampledLaw)  # noqa: S101 - a simulation has no other
        late = law.percentile_interval(probability)
        if not (_is_told(law.mean) and _is_told(late)):
            rare.append(stream.name)
            continue
        mean = float(place.solution.response_time_s[place.world, number])
        slow = float(place.solution.response_percentile(number, probability)[place.world])
        objective = float(stream.objective_s.values[place.world])
        key = at.key(f"{place.name}.{stream.name}")
        missed = objective if slow <= objective < late.low else None
        told = _trial(service, key, (stream.name, "percentile"), (slow, late), source)
        trials += [
            _trial(service, key, (stream.name, "mean"), (mean, law.mean), source),
            told.model_copy(update={"missed_s": missed}),
        ]
    return TriedWorld(
        container=place.container,
        world=place.name,
        state="settled" if simulated.figures["settled"] else "drifting",
        trials=tuple(trials),
        rare=tuple(rare),
    )


def _is_told(found: Interval) -> bool:
    """Whether enough was seen for an interval that says something: no end without limit, and none below zero."""
    return isfinite(found.high) and 0.0 < found.low < found.high


def _trial(
    service: Service,
    begin: str,
    what: tuple[str, Literal["mean", "percentile"]],
    told: tuple[float, Interval],
    source: str,
) -> Trial:
    """Keep the figures of a number that was computed and simulated."""
    computed, simulated = told
    low, mid, high = simulated.low, simulated.mid, simulated.high
    key = f"{begin}.{what[1]}"
    of_computed, of_simulated, of_error = f"{key}_computed_s", f"{key}_simulated_s", f"{key}_error_ratio"
    derived = str(Basis.DERIVED)
    service.note(
        of_computed,
        Figure(low=computed, mid=computed, high=computed, unit="s", basis=derived, source=ONE_WORLD),
    )
    service.note(of_simulated, Figure(low=low, mid=mid, high=high, unit="s", basis=SIMULATED, source=source))
    service.note(
        of_error,
        Figure(
            low=computed / high - 1.0,
            mid=computed / mid - 1.0,
            high=computed / low - 1.0,
            unit="ratio",
            basis=SIMULATED,
            source="",
            formula="computed / simulated - 1",
            inputs=(of_computed, of_simulated),
        ),
    )
    return Trial(
        request_class=what[0],
        statistic=what[1],
        computed_key=of_computed,
        simulated_key=of_simulated,
        error_key=of_error,
    )
