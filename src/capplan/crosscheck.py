"""crosscheck: the response times of a tier, simulated in two worlds, beside what was computed there."""

from typing import Literal, NamedTuple

from capplan.build_network import build_network, entries
from capplan.catalog import Shape
from capplan.errors import NoSolutionError
from capplan.estimate import Basis
from capplan.growth import Moment, traffic_factor
from capplan.interval import Interval
from capplan.judgment import Requirements
from capplan.plan import SIMULATED, Crosscheck, Figure, Tier, Trial, TriedWorld
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
_LEAST_S = 1e-12
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
    trials = []
    for number, name in enumerate(place.solution.network.class_names):
        law = simulated.laws[number]
        assert isinstance(law, SampledLaw)  # noqa: S101 - a simulation has no other
        mean = float(place.solution.response_time_s[place.world, number])
        slow = float(place.solution.response_percentile(number, probability)[place.world])
        key = at.key(f"{place.name}.{name}")
        trials += [
            _trial(service, f"{key}.mean", (name, "mean"), mean, law.mean, source),
            _trial(
                service,
                f"{key}.percentile",
                (name, "percentile"),
                slow,
                law.percentile_interval(probability),
                source,
            ),
        ]
    return TriedWorld(
        container=place.container,
        world=place.name,
        state="settled" if simulated.figures["settled"] else "drifting",
        trials=tuple(trials),
    )


def _trial(
    service: Service,
    key: str,
    what: tuple[str, Literal["mean", "percentile"]],
    computed: float,
    simulated: Interval,
    source: str,
) -> Trial:
    """Keep the figures of a number that was computed and simulated."""
    keys = (f"{key}_computed_s", f"{key}_simulated_s", f"{key}_error_ratio")
    low, mid, high = simulated.low, simulated.mid, simulated.high
    service.note(
        keys[0],
        Figure(
            low=computed,
            mid=computed,
            high=computed,
            unit="s",
            basis=str(Basis.DERIVED),
            source="one world of the plan",
        ),
    )
    service.note(keys[1], Figure(low=low, mid=mid, high=high, unit="s", basis=SIMULATED, source=source))
    service.note(
        keys[2],
        Figure(
            low=computed / high - 1.0,
            mid=computed / mid - 1.0,
            high=computed / max(low, _LEAST_S) - 1.0,
            unit="ratio",
            basis=SIMULATED,
            source="",
            formula="computed / simulated - 1",
            inputs=keys[:2],
        ),
    )
    return Trial(
        request_class=what[0],
        statistic=what[1],
        computed_key=keys[0],
        simulated_key=keys[1],
        error_key=keys[2],
    )
