"""Networks with known answers, through every method that covers them: case by method, with the error of each."""

from typing import Any

import numpy as np
import pytest

from capplan.errors import NoSolutionError
from capplan.network import Network
from capplan.solution import Solution, Standing
from capplan.solvers import SOLVERS
from capplan.solvers.simulation import solve_simulation
from tests.known_answers.case_networks import (
    CASES,
    CLOSED,
    SEVERAL,
    closed,
    closed_multi,
    cpu_cap,
    cpu_shares,
    forwarding,
    in_order,
    layered,
    pool,
    visited_in_turn,
)

EXACT = 1e-6
POOLS = [name for name, case in CASES.items() if case["kind"] == "layered_pool" and "s_db" in case["inputs"]]
LAYERED = [
    name
    for name, case in CASES.items()
    if case["kind"] == "layered" and "processors" in case["inputs"] and "sockshop" not in name
]


def _case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return CASES[name]["inputs"], CASES[name]["expected"]


def _solved(network: Network, method: str) -> Solution:
    solution = SOLVERS[method](network)
    assert solution.law_violations() == []
    return solution


@pytest.mark.parametrize("name", POOLS)
def test_pools_exactly(name: str) -> None:
    """The chain gives the known throughput, response time, busy cores, workers and connections of every pool."""
    inputs, expected = _case(name)
    solution = _solved(pool(inputs), "markov_chain")
    assert solution.standing is Standing.EXACT
    assert solution.throughput_per_s[0] == pytest.approx(expected["X"], rel=EXACT)
    assert solution.response_time_s[0] == pytest.approx(expected["R"], rel=EXACT)
    assert solution.busy_servers[0] == pytest.approx(expected["U"]["cpu"], rel=EXACT)
    members = [expected["busy_workers"], expected["db_conns_busy"]]
    assert list(solution.busy_members) == pytest.approx(members, rel=EXACT)


@pytest.mark.parametrize("name", POOLS)
def test_pools_by_flow_equivalence(name: str) -> None:
    """Flow equivalence is within 2 % of the exact mean response time, 6.1 % where workers wait for variable times."""
    inputs, expected = _case(name)
    solution = _solved(pool(inputs), "flow_equivalent")
    error = solution.response_time_s[0] / expected["R"] - 1.0
    assert abs(error) <= (0.061 if name == "capplan-pool-3" else 0.02)
    assert solution.error_ratio == pytest.approx(abs(error), rel=1e-3)


# Simulated elsewhere, to about 3 %: a coarse check that a followed request's law is the right one.
SIMULATED = {
    "capplan-pool-1": (0.0695, 0.2533, 0.3345, 0.5251),
    "capplan-pool-2": (0.1302, 0.4455, 0.5795, 0.8843),
    "capplan-pool-3": (0.1138, 0.6445, 0.8655, 1.3746),
    "capplan-pool-5": (0.0757, 0.3161, 0.4213, 0.6686),
    "capplan-pool-7": (0.4250, 0.8303, 0.9678, 1.2374),
}


@pytest.mark.parametrize("name", SIMULATED)
def test_percentiles_of_pools(name: str) -> None:
    """Percentiles by absorption are within 4 % of simulated ones."""
    solution = SOLVERS["markov_chain"](pool(CASES[name]["inputs"]))
    found = [solution.percentile_s(0, q) for q in (0.5, 0.9, 0.95, 0.99)]
    assert found == pytest.approx(list(SIMULATED[name]), rel=0.04)


@pytest.mark.parametrize("name", LAYERED)
def test_layered_networks(name: str) -> None:
    """Nested pools have the known throughputs, cycle times and utilizations."""
    inputs, expected = _case(name)
    network = layered(inputs)
    solution = _solved(network, "markov_chain")
    assert solution.standing is Standing.EXACT
    for number, each in enumerate(network.classes):
        assert solution.throughput_per_s[number] == pytest.approx(
            expected["X"][each.operation.name], rel=EXACT
        )
        think = each.source.think_time_s
        task = next(
            task for task in inputs["tasks"] if each.operation.name in inputs["tasks"][task]["entries"]
        )
        known = expected["R"][task]
        assert solution.response_time_s[number] in (
            pytest.approx(known, rel=EXACT),
            pytest.approx(known - think, rel=EXACT),
        )
    for station, busy in expected["U"].items():
        assert solution.busy_servers[network.station_index(station)] == pytest.approx(busy, rel=EXACT)


def test_thirteen_tasks() -> None:
    """A shop of thirteen tasks on nine processors has its known throughputs."""
    inputs, expected = _case("lqn-sockshop-1-1")
    solution = _solved(layered(inputs), "markov_chain")
    assert list(solution.throughput_per_s) == pytest.approx([expected["X1"], expected["X2"]], rel=EXACT)


@pytest.mark.parametrize("users", ["10-10", "50-50"])
def test_many_users_of_thirteen_tasks(users: str) -> None:
    """The same shop with more users than the chain takes: simulated within 1 % of the known simulated throughputs."""
    case = CASES[f"lqn-sockshop-{users}"]
    network, expected = layered(case["inputs"]), case["expected"]
    with pytest.raises(NoSolutionError, match="more than 40000 states"):
        SOLVERS["markov_chain"](network)
    found = solve_simulation(network, most_events=4_000_000)
    assert found.law_violations(0.05) == []
    known = [expected["X1"], expected["X2"]]
    assert list(found.throughput_per_s) == pytest.approx(known, rel=case["relative_tolerance"])


def test_a_web_server_that_forwards() -> None:
    """Forwarding told as calls of the one who asks: within 2 % of a known simulation, times within 4 %."""
    case = CASES["lqn-94-web"]
    network, expected = forwarding(case["inputs"]), case["expected"]
    found = solve_simulation(network, most_events=15_000_000)
    near = case["relative_tolerance"]
    assert found.throughput_per_s[0] == pytest.approx(expected["X"], rel=near)
    assert found.response_time_s[0] == pytest.approx(expected["R"], rel=0.04)
    for station in ("WS_CPU", "DB_CPU"):
        busy = found.busy_servers[network.station_index(station)]
        assert busy == pytest.approx(expected[f"U_{station}"], rel=near)


@pytest.mark.parametrize("method", ["product_form", "linearizer"])
def test_open_arrivals_that_call_servers(method: str) -> None:
    """Poisson arrivals at four servers, called once each on average, take the sum of four queues' times."""
    case = CASES["lqn-92-open"]
    found = _solved(visited_in_turn(case["inputs"]), method)
    assert found.response_time_s[0] == pytest.approx(case["expected"]["R"], rel=case["relative_tolerance"])


@pytest.mark.parametrize("cap", ["0.5", "1.0", "2.0"])
@pytest.mark.parametrize("method", ["markov_chain", "flow_equivalent"])
def test_processor_limits(cap: str, method: str) -> None:
    """A container's limit slows its requests and leaves the rest to others, exactly, by both methods."""
    inputs, expected = _case(f"capplan-cpu-cap-{cap}")
    solution = _solved(cpu_cap(inputs), method)
    assert list(solution.throughput_per_s) == pytest.approx(
        [expected["X_web"], expected["X_batch"]], rel=EXACT
    )
    assert solution.response_time_s[0] == pytest.approx(expected["R_web"], rel=EXACT)
    assert solution.busy_servers[0] == pytest.approx(expected["U_host"], rel=EXACT)


def test_processor_shares() -> None:
    """Weights of 3 to 1 on a saturated processor give throughputs of 3 to 1."""
    inputs, expected = _case("lqn-72-cfs-shares")
    solution = _solved(cpu_shares(inputs), "markov_chain")
    assert list(solution.throughput_per_s) == pytest.approx(expected["X"], rel=EXACT)
    cycle = solution.response_time_s + np.array(
        [each.source.think_time_s for each in solution.network.classes]
    )
    assert list(cycle) == pytest.approx(expected["R_cycle"], rel=EXACT)


def test_web_and_jobs_on_one_host() -> None:
    """Two pools whose calls share connections: the order of the line is unknown, and the stated error covers that."""
    inputs, expected = _case("capplan-web-celery")
    solution = _solved(layered(inputs), "markov_chain")
    assert solution.standing is Standing.APPROXIMATE
    errors = np.abs(solution.response_time_s / np.array(expected["R"]) - 1.0)
    assert 1e-7 < errors.max() <= solution.error_ratio < 1e-3
    near = _solved(layered(inputs), "flow_equivalent")
    assert list(near.response_time_s) == pytest.approx(expected["R"], rel=0.002)


@pytest.mark.parametrize(
    "name", [n for n, c in CASES.items() if c["kind"] in ("mmc", "finite", "percentiles")]
)
def test_queues_in_order(name: str) -> None:
    """Poisson arrivals at a pool of servers, with and without room to wait: the chain cuts nothing visible off."""
    inputs, expected = _case(name)
    solution = _solved(in_order(inputs), "markov_chain")
    for key, found in (
        ("X", solution.throughput_per_s[0]),
        ("R", solution.response_time_s[0]),
        ("Wq", solution.pool_wait_s[0, 0]),
        ("p_block", solution.lost_ratio[0]),
    ):
        if key in expected:
            assert found == pytest.approx(expected[key], rel=EXACT, abs=1e-9), key
    for key in (each for each in expected if each.startswith("R_p")):
        q = float(key.removeprefix("R_p")) / 100
        assert solution.percentile_s(0, q) == pytest.approx(expected[key], rel=EXACT)


def _few_states(case: dict[str, Any]) -> bool:
    """Whether a closed case is small enough to be counted state by state."""
    inputs = case["inputs"]
    if len(inputs.get("D") or inputs["V"]) > 4:
        return False
    if case["kind"] in SEVERAL:
        return len(inputs["N"]) <= 2
    return case["kind"] in CLOSED and inputs["N"] <= 60


@pytest.mark.parametrize(
    "name", [n for n, c in CASES.items() if c["kind"] in (*CLOSED, *SEVERAL) and _few_states(c)]
)
def test_product_form_as_a_chain(name: str) -> None:
    """Where its states fit, the chain gives what the product form gives."""
    inputs, _ = _case(name)
    several = isinstance(inputs["N"], list)
    network = closed_multi(inputs) if several else closed(inputs)
    exact, product = _solved(network, "markov_chain"), _solved(network, "product_form")
    np.testing.assert_allclose(exact.throughput_per_s, product.throughput_per_s, rtol=EXACT)
    np.testing.assert_allclose(exact.residence_s, product.residence_s, rtol=1e-5, atol=1e-9)
