"""Networks of the product form with known answers: exactly, by Linearizer with its error, and their bounds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from capplan.network import Network
from capplan.product_form.bounds import asymptotic_bounds, balanced_job_bounds
from capplan.solution import Solution, Standing
from capplan.solvers.linearizer import solve_linearizer
from capplan.solvers.product_form import solve_product_form
from tests.known_answers.case_networks import (
    CASES,
    CLOSED,
    SEVERAL,
    closed,
    closed_multi,
    demands_only,
    mixed,
    multi_server,
    open_classes,
)

Inputs = dict[str, Any]


def _cases(*kinds: str) -> list[str]:
    return [name for name, each in CASES.items() if each["kind"] in kinds]


def _network(name: str) -> Network:
    inputs = CASES[name]["inputs"]
    if CASES[name]["kind"] == "mixed":
        return mixed(inputs)
    return closed_multi(inputs) if isinstance(inputs["N"], list) else closed(inputs)


def _solved(network: Network) -> Solution:
    solution = solve_product_form(network)
    assert solution.law_violations() == []
    assert (solution.standing, solution.error_ratio) == (Standing.EXACT, 0.0)
    return solution


def _check(name: str, actual: Mapping[str, object]) -> None:
    """Compare every published number of a case with what was found."""
    tolerance = CASES[name]["relative_tolerance"]
    for key, expected in CASES[name]["expected"].items():
        found = np.ravel(np.asarray(actual[key]))
        assert found == pytest.approx(np.ravel(expected), rel=tolerance, abs=1e-12), key


@pytest.mark.parametrize("name", _cases("mmc"))
def test_one_station(name: str) -> None:
    """Poisson arrivals at shared servers have the numbers and times of M/M/c."""
    solution, expected = _solved(multi_server(CASES[name]["inputs"])), CASES[name]["expected"]
    tolerance = CASES[name]["relative_tolerance"]
    assert solution.throughput_per_s[0] == pytest.approx(expected["X"], rel=tolerance)
    assert solution.utilization_ratio[0] == pytest.approx(expected["U"], rel=tolerance)
    assert solution.response_time_s[0] == pytest.approx(expected["R"], rel=tolerance)
    assert solution.queue_length[0, 0] == pytest.approx(expected["L"], rel=tolerance)


@pytest.mark.parametrize("name", _cases("open_network"))
def test_open_network(name: str) -> None:
    """A published open network has its known utilizations, queues and times."""
    inputs = CASES[name]["inputs"]
    solution = _solved(open_classes(inputs))
    actual = {
        "U": solution.utilization_ratio,
        "Q": solution.queue_length,
        "R": solution.residence_s[0] / np.array(inputs["V"]),
        "Rsys": solution.response_time_s,
    }
    _check(name, actual)


@pytest.mark.parametrize("name", _cases("open_multiclass"))
def test_open_classes(name: str) -> None:
    """Two open sources have their known utilizations and times at each station."""
    inputs = CASES[name]["inputs"]
    solution = _solved(open_classes(inputs))
    actual = {
        "U": np.array(inputs["lam"])[:, None] * np.array(inputs["D"]),
        "R_residence": solution.residence_s,
        "Rsys": solution.response_time_s,
    }
    _check(name, actual)
    np.testing.assert_allclose(solution.utilization_ratio, np.sum(actual["U"], axis=0), rtol=1e-12)


@pytest.mark.parametrize("name", _cases(*CLOSED))
def test_one_closed_source(name: str) -> None:
    """One closed source has its known throughput, times and queues, with many servers and many users too."""
    solution = _solved(_network(name))
    actual = {
        "X": solution.throughput_per_s,
        "R": solution.response_time_s,
        "Q": solution.queue_length,
        "residence": solution.residence_s,
        "U": solution.utilization_ratio,
    }
    _check(name, actual)


@pytest.mark.parametrize("name", _cases(*SEVERAL))
def test_several_closed_sources(name: str) -> None:
    """Two to four closed sources have their known throughputs, times and queues."""
    solution = _solved(_network(name))
    actual = {
        "X": solution.throughput_per_s,
        "R": solution.response_time_s,
        "Q": solution.queue_length,
        "Qtot": solution.queue_length.sum(axis=0),
    }
    _check(name, actual)


@pytest.mark.parametrize("name", _cases("mixed"))
def test_open_and_closed_sources(name: str) -> None:
    """Open sources slow closed ones down and find them in their way, to the known extent."""
    inputs = CASES[name]["inputs"]
    solution = _solved(_network(name))
    opened = len(inputs["lam"])
    actual = {
        "X_closed": solution.throughput_per_s[opened:],
        "R_open": solution.residence_s[:opened] / np.array(inputs["V_open"]),
        "residence_closed": solution.residence_s[opened:],
    }
    _check(name, actual)


LINEARIZER_ERRORS = {
    "closed-jain-3.42": 1.46e-03,
    "closed-bolch-8.3": 2.69e-04,
    "closed-qsp-p117": 1.57e-04,
    "closed-pdq-tomcat": 0.0,
    "closed-zhou-10-3": 3.38e-04,
    "closed-zhou-10-1": 6.97e-03,
    "closed-n1000": 8.86e-08,
    "closed-5st-n50": 3.80e-05,
    "closed-ms-stability": 3.06e-05,
    "closed-casale-instability": 2.65e-05,
    "closed-qsp-p142": 7.57e-04,
    "closed-schwetman-2-1": 5.79e-08,
    "closed-bolch-multi-2-1": 2.96e-04,
    "closed-allen-6.3.4": 2.67e-05,
    "closed-4x25x6": 7.41e-04,
    "mixed-bolch-8.6": 5.41e-04,
}
"""Relative error of the mean response time, the largest over the classes; pinned, so that none grows unseen."""


@pytest.mark.parametrize("name", LINEARIZER_ERRORS)
def test_linearizer(name: str) -> None:
    """Linearizer is within 0.15 % of the known cases, 0.7 % where ten users share one server, and states no less."""
    network = _network(name)
    exact, solution = _solved(network), solve_linearizer(network)
    assert solution.law_violations() == []
    error = float(np.max(np.abs(solution.response_time_s / exact.response_time_s - 1.0)))
    assert error == pytest.approx(LINEARIZER_ERRORS[name], rel=0.05, abs=1e-7)
    assert error <= solution.error_ratio + 1e-9


def test_linearizer_covers_all_cases() -> None:
    """Every closed case has its error in the table."""
    assert set(LINEARIZER_ERRORS) == set(_cases(*CLOSED, *SEVERAL, "mixed"))


def test_bounds_of_menasce() -> None:
    """The disk with the largest demand is the bottleneck, and one over its demand the limit."""
    case = CASES["bounds-menasce-3.9"]
    bounds = asymptotic_bounds(demands_only(case["inputs"]["D"], users=1_000, think_time_s=0.0))
    assert bounds.bottleneck == (case["expected"]["bottleneck"],)
    assert bounds.most_per_s[0] == pytest.approx(case["expected"]["X_max"], rel=1e-6)
    few = asymptotic_bounds(demands_only(case["inputs"]["D"], users=1, think_time_s=0.0))
    assert few.least_response_s[0] == pytest.approx(case["expected"]["D_total"], rel=1e-12)


def test_asymptotic_bounds() -> None:
    """Twenty users at two stations have their known bounds, and balanced jobs lie inside them."""
    case = CASES["bounds-aba"]
    demand = {f"k{k}": each for k, each in enumerate(case["inputs"]["D"])}
    network = demands_only(demand, users=case["inputs"]["N"], think_time_s=case["inputs"]["Z"])
    bounds = asymptotic_bounds(network)
    assert bounds.most_per_s[0] == pytest.approx(case["expected"]["X_upper"], rel=1e-6)
    assert bounds.least_response_s[0] == pytest.approx(case["expected"]["R_lower"], rel=1e-6)
    tight, flow = balanced_job_bounds(network), _solved(network).throughput_per_s[0]
    assert bounds.least_per_s[0] < tight.least_per_s[0] < flow < tight.most_per_s[0] <= bounds.most_per_s[0]
