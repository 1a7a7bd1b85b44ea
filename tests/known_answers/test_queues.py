"""Single stations with known answers: exact ones to the last published digit, approximations with their error."""

from typing import Any

import numpy as np
import pytest
from scipy import optimize

from capplan.queues.deterministic import m_d_c
from capplan.queues.finite import FiniteQueue, erlang_b, m_m_c_k
from capplan.queues.general import g_g_c, m_g_c
from capplan.queues.multi_server import QueueWait, m_m_c, response_percentile_s
from capplan.queues.priority import UrgentClass, head_of_line, head_of_line_servers
from capplan.queues.processor_sharing import m_g_c_shared
from capplan.queues.transient import m_m_c_k_after
from tests.known_answers.case_networks import CASES

Inputs = dict[str, Any]


def _cases(*kinds: str) -> list[Any]:
    return [
        pytest.param(each["inputs"], each["expected"], each["relative_tolerance"], id=each["id"])
        for each in CASES.values()
        if each["kind"] in kinds
    ]


def _case(name: str) -> tuple[Inputs, Inputs]:
    case = CASES[name]
    return case["inputs"], case["expected"]


def _close(expected: float | list[float], actual: object, tolerance: float) -> bool:
    return bool(np.ravel(expected) == pytest.approx(np.ravel(np.asarray(actual)), rel=tolerance, abs=1e-12))


def _wait(inputs: Inputs) -> QueueWait:
    values = (inputs["lam"], 1.0 / inputs["mu"], inputs["c"])
    return m_m_c(*(np.array([float(each)]) for each in values))


def _finite(inputs: Inputs) -> FiniteQueue:
    return m_m_c_k(
        arrival_rate_per_s=inputs["lam"],
        service_time_s=1.0 / inputs["mu"],
        server_count=inputs["c"],
        most_present=inputs["K"],
    )


@pytest.mark.parametrize(("inputs", "expected", "tolerance"), _cases("mmc"))
def test_m_m_c(inputs: Inputs, expected: Inputs, tolerance: float) -> None:
    """M/M/c waits with the known chance and for the known time, in order and shared alike."""
    wait = _wait(inputs)
    assert _close(expected["p_wait"], wait.wait_probability_ratio, tolerance)
    assert _close(expected["Wq"], wait.mean_s, tolerance)
    shared = m_g_c_shared(
        arrival_rate_per_s=inputs["lam"], service_time_s=1.0 / inputs["mu"], server_count=inputs["c"]
    )
    assert _close(expected["R"], shared.response_time_s, tolerance)
    assert _close(expected["L"], shared.present, tolerance)
    assert _close(expected["p0"], shared.probability[0], tolerance)


@pytest.mark.parametrize(("inputs", "expected", "tolerance"), _cases("mmc", "percentiles"))
def test_m_m_c_percentiles(inputs: Inputs, expected: Inputs, tolerance: float) -> None:
    """The response time of M/M/c, first come first served, has the known percentiles."""
    wait, service_s = _wait(inputs), np.array([1.0 / inputs["mu"]])
    for name in expected:
        if name.startswith("R_p"):
            share = float(name.removeprefix("R_p")) / 100.0
            assert _close(expected[name], response_percentile_s(wait, service_s, share), tolerance), name


@pytest.mark.parametrize(("inputs", "expected", "tolerance"), _cases("finite"))
def test_finite_queues(inputs: Inputs, expected: Inputs, tolerance: float) -> None:
    """M/M/c/K loses the known share, and what it lets in takes the known times."""
    queue = _finite(inputs)
    actual = {
        "X": queue.throughput_per_s,
        "U": queue.utilization_ratio,
        "L": queue.present,
        "Lq": queue.throughput_per_s * queue.wait_s,
        "R": queue.response_time_s,
        "Wq": queue.wait_s,
        "p0": queue.probability[0],
        "p_wait": queue.wait_probability,
        "p_block": queue.lost_ratio,
    }
    for name, value in expected.items():
        assert _close(value, actual[name], tolerance), name


def test_erlang_b() -> None:
    """Erlang's recursion gives the known loss of fifteen servers."""
    inputs, expected = _case("erlangb-15")
    assert _close(
        expected["p_block"],
        erlang_b(offered_erlangs=inputs["lam"] / inputs["mu"], server_count=inputs["c"]),
        1e-6,
    )


def test_processor_sharing() -> None:
    """One shared server has the known mean response time."""
    inputs, expected = _case("mm1-ps")
    queue = m_g_c_shared(arrival_rate_per_s=inputs["lam"], service_time_s=1.0 / inputs["mu"], server_count=1)
    assert _close(expected["R"], queue.response_time_s, 1e-6)


def test_limited_processor_sharing() -> None:
    """Of three servers shared by whoever is there, the known chances of each number present come out."""
    inputs, expected = _case("lps-3")
    queue = m_g_c_shared(
        arrival_rate_per_s=inputs["lam"], service_time_s=1.0 / inputs["mu"], server_count=inputs["servers"]
    )
    assert _close(expected["p"], queue.probability[: len(expected["p"])], 1e-6)


def test_priorities() -> None:
    """The more urgent of two classes, and the less urgent, take the known times."""
    inputs, expected = _case("mm1-prio-np")
    classes = [
        UrgentClass(arrival_rate_per_s=rate, service_time_s=1.0 / speed)
        for rate, speed in zip(inputs["lam"], inputs["mu"], strict=True)
    ]
    assert _close(expected["R"], head_of_line(classes), 1e-6)
    servers = head_of_line_servers(arrival_rates_per_s=inputs["lam"], service_time_s=1.0, server_count=1)
    assert _close(expected["R"], servers, 1e-6)


def test_m_d_c() -> None:
    """Two servers with constant service keep the known numbers waiting, with the known chance."""
    inputs, expected = _case("md2")
    queue = m_d_c(arrival_rate_per_s=inputs["lam"], service_time_s=inputs["D"], server_count=inputs["c"])
    assert _close(expected["Wq"], queue.wait_s, 1e-6)
    assert _close(expected["W"], queue.response_time_s, 1e-6)
    assert _close(expected["L"], queue.probability @ np.arange(queue.probability.size), 1e-6)
    assert _close(expected["Pw"], queue.wait_probability, 1e-6)


GENERAL_ERRORS = {
    # name of the case: error of the mean wait of Kimura's M/G/c, and of Allen's and Cunneen's G/G/c
    "mg1-cv4": (0.0, 0.0),
    "me2-2": (0.0012, -0.0067),
    "mh2-2": (-0.0102, 0.0371),
}
"""Relative errors of the mean wait, pinned: a change for better or worse is one to look at."""


@pytest.mark.parametrize("name", GENERAL_ERRORS)
def test_general_service(name: str) -> None:
    """With one server the mean wait is exact; with two, Kimura's is within 1.1 %, Allen's within 3.8 %."""
    inputs, expected = _case(name)
    given = {
        "arrival_rate_per_s": inputs["lam"],
        "service_time_s": inputs["ES"],
        "service_variance_ratio": inputs["cv2"],
        "server_count": inputs["c"],
    }
    kimura, allen = m_g_c(**given), g_g_c(arrival_variance_ratio=1.0, **given)
    assert kimura.exact is (inputs["c"] == 1)
    for queue, error in zip((kimura, allen), GENERAL_ERRORS[name], strict=True):
        assert queue.wait_s / expected["Wq"] - 1.0 == pytest.approx(error, abs=1e-4)


ARRIVAL_ERRORS = [
    # utilization, variance ratio of the times between arrivals, error of the mean wait
    (0.5, 0.0, 0.0067),
    (0.5, 0.5, 0.0859),
    (0.5, 4.0, -0.0415),
    (0.8, 0.0, 0.0001),
    (0.8, 0.5, 0.0260),
    (0.8, 4.0, -0.0552),
    (0.95, 0.0, 0.0),
    (0.95, 0.5, 0.0058),
    (0.95, 4.0, -0.0176),
]


@pytest.mark.parametrize(("busy", "ratio", "error"), ARRIVAL_ERRORS)
def test_general_arrivals(busy: float, ratio: float, error: float) -> None:
    """Krämer's and Langenbach-Belz's mean wait at an exponential server is within 9 % of the exact one of G/M/1."""
    queue = g_g_c(
        arrival_rate_per_s=busy,
        arrival_variance_ratio=ratio,
        service_time_s=1.0,
        service_variance_ratio=1.0,
        server_count=1,
    )
    # G/M/1 waits as long as a geometric number of services, of ratio s = A(1 - s), A the arrivals' transform.
    left = optimize.brentq(lambda s: _arrival_transform(ratio, busy, 1.0 - s) - s, 1e-12, 1.0 - 1e-9)
    assert queue.wait_s / (left / (1.0 - left)) - 1.0 == pytest.approx(error, abs=1e-4)


def _arrival_transform(ratio: float, rate: float, s: float) -> float:
    """Laplace's transform of the time between arrivals: constant, Erlang's of two phases, or two with like means."""
    if ratio == 0.0:
        return float(np.exp(-s / rate))
    if ratio == 0.5:
        return (2.0 * rate / (2.0 * rate + s)) ** 2
    often = (1.0 + np.sqrt((ratio - 1.0) / (ratio + 1.0))) / 2.0
    return float(sum(p * 2.0 * p * rate / (2.0 * p * rate + s) for p in (often, 1.0 - often)))


def test_filling_up() -> None:
    """Some time after it was empty, M/M/1/10 holds each number with the known chance."""
    inputs, expected = _case("transient-mm1k")
    after = m_m_c_k_after(
        inputs["t"],
        arrival_rate_per_s=inputs["lam"],
        service_time_s=1.0 / inputs["mu"],
        server_count=1,
        most_present=inputs["K"],
    )
    assert _close(expected["p"], after[: len(expected["p"])], 1e-6)
    assert _close(expected["L"], after @ np.arange(after.size), 1e-6)
