"""Laws of the exact chain of pools: they hold for every network, whatever its pools, groups and sources."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from capplan.errors import NoSolutionError
from capplan.markov.stationary import never_thinks
from capplan.network import Network
from capplan.network_parts import Discipline, Operation, Pool, Source, Station, Visit
from capplan.solution import ResponseLaw, Solution, Standing
from capplan.solvers import solve
from capplan.solvers.flow_equivalent import obstacle, solve_flow_equivalent
from capplan.solvers.markov_chain import solve_markov_chain
from tests.laws.network_strategies import slowed
from tests.laws.pool_strategies import pooled_networks


def _solved(network: Network, solve: Callable[[Network], Solution] = solve_markov_chain) -> Solution:
    """Solve a network in which nobody is kept waiting for ever by more urgent ones."""
    try:
        return solve(network)
    except NoSolutionError as error:
        assume("never served" not in str(error))
        assume("never meet" not in str(error))
        raise


def test_whoever_is_never_served_is_told() -> None:
    """Users who never think and always go first leave nothing to others: there is no answer, and it says for whom."""
    network = Network(
        stations=(Station(name="one", discipline=Discipline.PRIORITY),),
        operations=(Operation(name="work", station="one", service_s=1.0),),
        sources=(
            Source(name="first", mix={"work": 1.0}, population=2, priority=0),
            Source(name="last", mix={"work": 1.0}, population=1, think_time_s=1.0, priority=1),
        ),
    )
    with pytest.raises(NoSolutionError, match=r"last\.work are never served"):
        solve_markov_chain(network)


def _can_be_followed(law: ResponseLaw) -> bool:
    """Whether times are not so far apart that following one request takes too many moves of the chain."""
    try:
        return law.mean_s > 0.0
    except NoSolutionError:
        return False


@given(network=pooled_networks(sources=1))
def test_a_followed_request_takes_the_mean_time(network: Network) -> None:
    """A request followed from its arrival to its end takes, on average, what Little's law says."""
    solution = _solved(network)
    for number, law in enumerate(solution.laws):
        assert law is not None
        assume(_can_be_followed(law))
        apart = 1e-6 if solution.standing is Standing.EXACT else 0.01  # as far as the order of lines is known
        np.testing.assert_allclose(law.mean_s, solution.response_time_s[number], rtol=apart)
        # As far as one request in ten million goes: beyond there is no area, and a tail takes the longest to find.
        times = np.append(0.0, np.geomspace(1e-4 * law.mean_s, law.percentile_s(1.0 - 1e-7), 200))
        tails = np.array([law.tail(time) for time in times])
        area = float(np.sum((tails[:-1] + tails[1:]) * np.diff(times)) / 2.0)
        np.testing.assert_allclose(area, solution.response_time_s[number], rtol=0.02)
        assert np.all(np.diff(tails) <= 1e-9)


@given(network=pooled_networks(), factor=st.floats(1e-3, 1e3))
def test_percentiles_have_no_unit(network: Network, factor: float) -> None:
    """Scaling all times by a factor scales percentiles by it."""
    before, after = _solved(network), _solved(slowed(network, factor))
    try:
        late, later = before.percentile_s(0, 0.9), after.percentile_s(0, 0.9)
    except NoSolutionError:
        return  # times so far apart that following one request takes too many moves
    assert late is not None
    assert later is not None
    np.testing.assert_allclose(later, late * factor, rtol=1e-6)


@given(network=pooled_networks(open_too=False, several_doors=False))
def test_flow_equivalence_is_near(network: Network) -> None:
    """Flow equivalence obeys the laws, and its error is the one it estimates where the exact answer can be had."""
    assume(obstacle(network) is None)
    assume(not all(never_thinks(each) for each in network.sources))
    exact = _solved(network)
    near = _solved(network, solve_flow_equivalent)
    assert near.law_violations() == []
    apart = np.max(np.abs(near.response_time_s / exact.response_time_s - 1.0))
    assert apart <= near.error_ratio + 1e-9


def test_each_door_turns_its_own_away() -> None:
    """Of a source that enters two pools, only those for the full one are lost, as many as Erlang's B says."""
    network = Network(
        stations=(Station(name="elsewhere", discipline=Discipline.DELAY),),
        pools=(Pool(name="roomy", size=9), Pool(name="narrow", size=1, queue_limit=0)),
        operations=(
            Operation(name="patient", station="elsewhere", service_s=1.0, pool="roomy"),
            Operation(name="hasty", station="elsewhere", service_s=1.0, pool="narrow"),
        ),
        sources=(Source(name="all", mix={"patient": 0.25, "hasty": 0.75}, arrival_rate_per_s=4.0),),
    )
    solution = solve_markov_chain(network)
    assert list(solution.lost_ratio) == pytest.approx([0.0, 3.0 / 4.0], rel=1e-9)
    assert list(solution.throughput_per_s) == pytest.approx([1.0, 0.75], rel=1e-6)


def test_a_full_pool_may_cost_throughput() -> None:
    """With a ninth user of eight workers over one connection, 0.4 % less is done, by simulation too.

    Whoever is done thinks for a while before its worker's place is taken; with one waiting at the door it is taken at
    once, so that more work comes in bursts, while the one that has the connection needs the processor.
    """

    def done_per_s(users: int) -> float:
        query = Operation(
            name="query",
            station="cpu",
            service_s=1.0,
            pool="connections",
            visits=(Visit(station="disk", service_s=1.0),),
        )
        page = Operation(name="page", station="cpu", service_s=1.0, pool="workers", calls={"query": 2.0})
        network = Network(
            stations=(Station(name="cpu"), Station(name="disk")),
            pools=(Pool(name="connections", size=1), Pool(name="workers", size=8)),
            operations=(query, page),
            sources=(Source(name="users", mix={"page": 1.0}, population=users, think_time_s=0.5),),
        )
        return float(solve_markov_chain(network).throughput_per_s[0])

    # 99 % intervals of 100 million events each: 0.21071 to 0.21133 and 0.20996 to 0.21045.
    assert done_per_s(8) == pytest.approx(0.210827, abs=1e-6)
    assert done_per_s(9) == pytest.approx(0.210033, abs=1e-6)


def test_modes_that_fall_alike_are_told_apart() -> None:
    """Two modes of nearly the same decay let its rate turn slowly: a percentile's law goes on until it rests."""
    network = Network(
        stations=(Station(name="cpu"), Station(name="other")),
        pools=(Pool(name="door", size=1, queue_limit=1),),
        operations=(
            Operation(
                name="query",
                station="cpu",
                service_s=0.25,
                visits=(Visit(station="other", count=2.8125, service_s=1.375),),
            ),
            Operation(name="slow", station="cpu", service_s=1.322265625, pool="door", calls={"query": 0.1}),
            Operation(name="fast", station="cpu", service_s=0.03125, pool="door"),
        ),
        sources=(
            Source(name="users", mix={"slow": 0.21875, "fast": 0.78125}, population=3, think_time_s=0.5),
        ),
    )
    solution = solve_markov_chain(network)
    law = solution.laws[0]
    assert law is not None
    assert law.mean_s == pytest.approx(solution.response_time_s[0], rel=1e-9)


def test_two_sources_in_one_line() -> None:
    """Those who come first are served first, whoever sent them: M/M/1 of two sources has exponential responses."""
    network = Network(
        stations=(Station(name="desk", discipline=Discipline.FIRST_COME),),
        operations=tuple(Operation(name=name, station="desk", service_s=1.0) for name in "ab"),
        sources=tuple(Source(name=f"of {n}", mix={n: 1.0}, arrival_rate_per_s=0.4) for n in "ab"),
    )
    solution = solve_markov_chain(network)
    for q in (0.5, 0.9, 0.99):
        assert solution.percentile_s(0, q) == pytest.approx(-5.0 * np.log(1.0 - q), rel=1e-5)


def test_means_of_the_product_form_have_percentiles_of_the_chain() -> None:
    """A network solved for its means by the product form takes its percentiles from the chain, and says so."""
    network = Network(
        stations=(Station(name="cpu", server_count=2),),
        operations=(Operation(name="page", station="cpu", service_s=0.2),),
        sources=(Source(name="users", mix={"page": 1.0}, population=8, think_time_s=0.5),),
    )
    solution, chain = solve(network), solve_markov_chain(network)
    assert ("product_form", "markov_chain") == (solution.method, solution.laws_method)
    assert solution.percentile_s(0, 0.95) == chain.percentile_s(0, 0.95)
    crowd = replace(network, sources=(replace(network.sources[0], population=10**6),))
    with pytest.raises(NoSolutionError, match="more than 4000 states"):
        solve(crowd).percentile_s(0, 0.95)


def test_whoever_waits_goes_before_whoever_is_let_in() -> None:
    """With always two inside it makes no difference whether the next is the same user or one who waits outside."""
    network = Network(
        stations=(Station(name="cpu"), Station(name="disk", discipline=Discipline.FIRST_COME)),
        pools=(Pool(name="door", size=2),),
        operations=(
            Operation(
                name="query", station="cpu", service_s=1.0, visits=(Visit(station="disk", service_s=1.0),)
            ),
            Operation(name="page", station="disk", service_s=1.0, pool="door", calls={"query": 0.5}),
        ),
        sources=(Source(name="users", mix={"page": 1.0}, population=2),),
    )
    crowd = replace(network, sources=(replace(network.sources[0], population=5),))
    few, many = solve_markov_chain(network), solve_markov_chain(crowd)
    assert many.throughput_per_s[0] == pytest.approx(few.throughput_per_s[0], rel=1e-9)


def test_percentiles_of_an_order_that_is_not_known_are_refused() -> None:
    """Where short and long services share one line, who came first matters, and the chain does not know."""
    network = Network(
        stations=(Station(name="desk", discipline=Discipline.FIRST_COME),),
        operations=tuple(
            Operation(name=name, station="desk", service_s=service_s)
            for name, service_s in (("short", 0.001), ("long", 1.0))
        ),
        sources=(
            Source(name="many", mix={"short": 1.0}, population=4, think_time_s=0.1),
            Source(name="few", mix={"long": 1.0}, population=3, think_time_s=0.5),
        ),
    )
    with pytest.raises(NoSolutionError, match="not in which order"):
        solve_markov_chain(network).percentile_s(0, 0.95)
