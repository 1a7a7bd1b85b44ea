"""A simulation ends when it is precise or has spent its budget, says which, and is the same each time."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from capplan.demands import service_demand_s
from capplan.errors import NoSolutionError
from capplan.network import Network
from capplan.network_parts import Discipline, Operation, Source, Station
from capplan.simulator.experiment import simulate
from capplan.simulator.intervals import SampledLaw, of_mean
from capplan.solution import Solution, Standing
from capplan.solvers.markov_chain import solve_markov_chain
from capplan.solvers.simulation import solve_simulation
from tests.simulator.judging import CERTAINTY
from tests.simulator.small_networks import groups, mixed_pool, room_for, single, urgent_and_other


def _told(solution: Solution) -> bytes:
    """Everything that a solution says, as bytes."""
    arrays = (
        *(solution.throughput_per_s, solution.response_time_s, solution.residence_s, solution.pool_wait_s),
        *(solution.busy_servers, solution.busy_members, solution.lost_ratio),
        np.array(list(solution.figures.values())),
        *(law.together for law in solution.laws if isinstance(law, SampledLaw)),
    )
    return b"".join(each.tobytes() for each in arrays)


def test_the_same_seed_says_the_same() -> None:
    """Two simulations with one seed are the same to the byte; another seed says something else."""
    network = groups()
    once, again, other = (
        solve_simulation(network, seed=seed, precision_ratio=0.1, most_events=1_000_000) for seed in (3, 3, 4)
    )
    assert _told(once) == _told(again)
    assert _told(once) != _told(other)
    assert not np.any(once.response_time_s == other.response_time_s)


def test_every_mean_has_its_interval() -> None:
    """The estimate within each interval is the mean that the solution tells, of classes, stations and pools."""
    solution = solve_simulation(groups(), precision_ratio=0.05)
    found, flow = solution.intervals, solution.throughput_per_s
    assert found is not None
    waits = flow @ solution.pool_wait_s / flow.sum()
    told = {
        found.throughput_per_s: flow,
        found.response_time_s: solution.response_time_s,
        found.lost_ratio: solution.lost_ratio,
        found.busy_servers: solution.busy_servers,
        found.queue_length: solution.queue_length.sum(axis=0),
        found.busy_members: solution.busy_members,
        found.pool_wait_s: waits,
    }
    for intervals, means in told.items():
        assert [each.mid for each in intervals] == pytest.approx(list(means), rel=1e-9)
        assert all(each.low <= each.mid <= each.high for each in intervals)
    widest = max(each.half_width_ratio for each in found.response_time_s)
    assert solution.error_ratio == pytest.approx(widest)
    assert solve_markov_chain(groups()).intervals is None


def test_it_goes_on_until_it_is_precise() -> None:
    """A target half as wide takes longer, and both are met; the figures say so."""
    wide, narrow = (solve_simulation(single(rate_per_s=0.7), precision_ratio=ratio) for ratio in (0.04, 0.01))
    assert wide.standing is Standing.SIMULATED
    for solution, target in ((wide, 0.04), (narrow, 0.01)):
        assert 0.0 < solution.error_ratio <= target
        assert solution.figures["precise"] == solution.figures["settled"] == 1.0
    assert narrow.figures["events"] >= 4.0 * wide.figures["events"]
    assert narrow.figures["measured_s"] > narrow.figures["warm_up_s"] > 0.0


def test_it_keeps_to_its_budget() -> None:
    """When the events are spent it says what it has, that it is not precise, and how wide the interval is."""
    solution = solve_simulation(single(rate_per_s=0.9), precision_ratio=1e-4, most_events=2_000_000)
    assert solution.figures["precise"] == 0.0
    assert 1_000_000 < solution.figures["events"] <= 2_000_000
    assert solution.error_ratio > 1e-4


def test_what_fills_slowly_is_not_settled() -> None:
    """Requests that stay for a fifth of what is simulated: it says that the means still drift."""
    network = single(rate_per_s=1.0, service_s=1500.0, discipline=Discipline.DELAY)
    outcome = simulate(network, seed=1, precision_ratio=0.01, most_events=1_500_000)
    assert not outcome.settled
    assert not outcome.precise


def test_what_piles_up_is_refused() -> None:
    """An open source that brings more than the servers can do has no answer; one that is turned away has."""
    with pytest.raises(NoSolutionError, match="pile up"):
        solve_simulation(single(rate_per_s=1.05), most_events=3_000_000)
    with pytest.raises(NoSolutionError, match="at once"):
        solve_simulation(single(rate_per_s=40.0))
    assert solve_simulation(room_for(3, servers=1, rate_per_s=40.0), precision_ratio=0.1).lost_ratio[0] > 0.97


def test_a_class_that_is_too_rare_is_refused() -> None:
    """One request in a billion is not seen; the error names its class."""
    network = Network(
        stations=(Station(name="cpu"),),
        operations=tuple(
            Operation(name=name, station="cpu", service_s=0.1) for name in ("usual", "unheard-of")
        ),
        sources=(
            Source(name="all", mix={"usual": 1.0 - 1e-9, "unheard-of": 1e-9}, population=2, think_time_s=0.1),
        ),
    )
    with pytest.raises(NoSolutionError, match=r"all\.unheard-of"):
        solve_simulation(network, most_events=2_000_000)


def test_too_many_users_are_refused() -> None:
    """A million users are more than there is room for."""
    network = mixed_pool()
    crowd = replace(network, sources=(replace(network.sources[0], population=1_000_000),))
    with pytest.raises(NoSolutionError, match="1000000 users"):
        solve_simulation(crowd)


@pytest.mark.parametrize(
    "network",
    [groups(), mixed_pool(), urgent_and_other(), room_for(5, servers=2, rate_per_s=2.5)],
    ids=["groups", "mixed pool", "urgent", "turned away"],
)
def test_operational_laws_hold(network: Network) -> None:
    """Little's law, the utilization law and forced flow hold: within 3 half widths, and as means over replications."""
    outcome = simulate(network, seed=1, precision_ratio=0.01, most_events=30_000_000)
    solution = solve_simulation(network, seed=1, precision_ratio=0.01)
    assert solution.law_violations(3.0 * solution.error_ratio) == []
    assert not np.any(np.isnan(solution.residence_s))
    measured = outcome.estimates.measured
    demand_s = service_demand_s(network)
    for number, station in enumerate(outcome.estimates.model.tables.stations):
        beyond = [(each.busy_s[number] - each.done @ demand_s[:, station["position"]]) for each in measured]
        assert of_mean(np.array(beyond), CERTAINTY).holds(0.0)
    for number, source in enumerate(network.sources):
        own = outcome.estimates.model.classes_of(number)
        inside = outcome.estimates.model.layout.of_source(number)
        present = np.array([each.spent_s[inside].sum() for each in measured])
        together = np.array([each.response_s[own].sum() for each in measured])
        assert of_mean(present - together, CERTAINTY).holds(0.0)
        if source.arrival_rate_per_s is not None:
            entries = np.unique(outcome.estimates.model.entry[own])
            came = [
                each.entered[entries].sum() - source.arrival_rate_per_s * each.span_s for each in measured
            ]
            assert of_mean(np.array(came), CERTAINTY).holds(0.0)


def test_naming_the_solver_does_not_load_numba() -> None:
    """Importing the module leaves numba alone, so that other commands do not wait for it."""
    command = "import sys, capplan.solvers.simulation; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", command], check=True)
