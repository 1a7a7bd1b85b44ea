"""Laws of the approximate solver of the product form, and its distance to the exact one."""

import numpy as np
import pytest
from hypothesis import given

from capplan.errors import NoSolutionError
from capplan.network import Network
from capplan.network_parts import Operation, Source, Station, Visit
from capplan.product_form import arrival_theorem
from capplan.product_form.bounds import asymptotic_bounds
from capplan.solution import Solution, Standing
from capplan.solvers.linearizer import solve_linearizer
from capplan.solvers.product_form import solve_product_form
from tests.laws.network_strategies import product_networks

LARGEST_ERROR = 0.06
"""Of a mean response time. The worst are sources of many users who just saturate a single server: 5 % there, below 1 %
on nine networks of ten."""
TABLES = 1e-4
"""What the interpolation of tables may cost beyond the estimate."""


def _several(*, users: int, stations: int, sources: int, servers: int = 1, seed: int = 0) -> Network:
    """Sources that visit all stations, with demands between 10 and 100 ms a server."""
    draws = np.random.default_rng(seed).uniform(0.01, 0.1, (sources, stations))
    count = [1 + k % servers for k in range(stations)]
    demand = (draws * count).tolist()
    return Network(
        stations=tuple(Station(name=f"k{k}", server_count=each) for k, each in enumerate(count)),
        operations=tuple(
            Operation(
                name=f"job{r}",
                station="k0",
                service_s=each[0],
                visits=tuple(Visit(station=f"k{k}", service_s=each[k]) for k in range(1, stations)),
            )
            for r, each in enumerate(demand)
        ),
        sources=tuple(
            Source(name=f"s{r}", mix={f"job{r}": 1.0}, population=users, think_time_s=1.0)
            for r in range(sources)
        ),
    )


def _error(actual: Solution, expected: Solution) -> float:
    return float(np.max(np.abs(actual.response_time_s / expected.response_time_s - 1.0)))


@given(network=product_networks(closed=3, opened=2, users=12))
def test_near_the_exact_answer(network: Network) -> None:
    """Mean response times are within 6 % of the exact ones, and within the error that the solution states."""
    exact, solution = solve_product_form(network), solve_linearizer(network)
    assert solution.standing is Standing.APPROXIMATE
    assert _error(solution, exact) <= min(LARGEST_ERROR, solution.error_ratio + TABLES)


@pytest.mark.parametrize("servers", [1, 3, 64])
@pytest.mark.parametrize("users", [1, 1_000, 1_000_000])
def test_one_source_of_any_size(users: int, servers: int) -> None:
    """From one user to a million, one source has the exact answer to 0.1 %, at one server and at many."""
    network = _several(users=users, stations=6, sources=1, servers=servers)
    exact, solution = solve_product_form(network), solve_linearizer(network)
    assert _error(solution, exact) <= 1e-3
    assert _error(solution, exact) <= solution.error_ratio + 1e-9


@pytest.mark.parametrize("servers", [1, 8])
@pytest.mark.parametrize("users", [1_000, 1_000_000, 1_000_000_000])
def test_saturated_sources(users: int, servers: int) -> None:
    """Eight sources that saturate stations settle, keep all laws, and find several of twelve stations full."""
    solution = solve_linearizer(_several(users=users, stations=12, sources=8, servers=servers))
    assert solution.law_violations() == []
    assert solution.error_ratio <= 0.01
    assert solution.utilization_ratio.max() == pytest.approx(1.0, abs=1e-3)


def test_fifty_sources_at_two_hundred_stations() -> None:
    """Fifty sources of a million users at two hundred stations settle within their bounds."""
    network = _several(users=1_000_000, stations=200, sources=50, servers=4)
    solution, bounds = solve_linearizer(network), asymptotic_bounds(network)
    assert solution.law_violations() == []
    assert np.all(solution.throughput_per_s <= bounds.most_per_s * (1.0 + 1e-9))


def test_users_who_never_think_at_one_station() -> None:
    """With nothing but one station all users are always there, and the answer is exact."""
    network = Network(
        stations=(Station(name="cpu", server_count=3),),
        operations=(Operation(name="job", station="cpu", service_s=0.5),),
        sources=(Source(name="users", mix={"job": 1.0}, population=40),),
    )
    assert solve_linearizer(network).throughput_per_s[0] == pytest.approx(6.0, rel=1e-9)


def test_an_unsettled_iteration_carries_its_best_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the equations are not solved in time the error tells throughputs, and what to do."""
    monkeypatch.setattr(arrival_theorem, "_MOST_STEPS", 1)
    with pytest.raises(
        NoSolutionError, match=r"best estimate is [\d.]+/s, [\d.]+/s; use --method simulation"
    ):
        solve_linearizer(_several(users=20, stations=2, sources=2))


def test_too_many_sources_are_refused() -> None:
    """Where the corrections would not fit into memory the solver says so."""
    with pytest.raises(NoSolutionError, match="300 closed sources at 60 stations are more"):
        solve_linearizer(_several(users=1, stations=60, sources=300))
