"""What the simulator says of networks whose answers are known; each within the 99.9 % interval of what is simulated."""

from math import exp, log
from typing import Any

import numpy as np
import pytest

from capplan.network_parts import Discipline
from capplan.queues.deterministic import m_d_c
from capplan.queues.finite import erlang_b, m_m_c_k
from capplan.queues.multi_server import m_m_c
from capplan.queues.priority import UrgentClass, head_of_line
from capplan.queues.processor_sharing import m_g_c_shared
from capplan.time_law import EXPONENTIAL, TimeKind, TimeLaw
from tests.known_answers import case_networks
from tests.known_answers.case_networks import CASES
from tests.simulator.judging import (
    CERTAINTY,
    assert_holds,
    assert_percentile,
    assert_response,
    busy,
    holding,
    simulated,
    simulated_for,
    waiting,
)
from tests.simulator.small_networks import room_for, single, urgent_and_other

DETERMINISTIC = TimeLaw(kind=TimeKind.DETERMINISTIC, variance_ratio=0.0)
ERLANG = TimeLaw(kind=TimeKind.ERLANG, variance_ratio=0.5)
HYPEREXPONENTIAL = TimeLaw(kind=TimeKind.HYPEREXPONENTIAL, variance_ratio=4.0)
LOGNORMAL = TimeLaw(kind=TimeKind.LOGNORMAL, variance_ratio=2.0)


def test_one_server() -> None:
    """M/M/1: the response time is exponential with mean 1 / (mu - lambda)."""
    outcome = simulated(single(rate_per_s=0.7))
    assert_response(outcome, 1.0 / 0.3)
    for q in (0.5, 0.9, 0.95, 0.99):
        assert_percentile(outcome, q, -log(1.0 - q) / 0.3)
    assert_holds(outcome.estimates.throughput_per_s(0, 0.999), 0.7)
    assert_holds(outcome.estimates.law(0).tail_interval(5.0, 0.999), exp(-0.3 * 5.0))


def test_several_servers() -> None:
    """M/M/3: the wait is that of Erlang's C formula."""
    wait = m_m_c(np.array([2.4]), np.array([1.0]), np.array([3.0]))
    assert_response(simulated(single(rate_per_s=2.4, servers=3)), 1.0 + float(wait.mean_s[0]))


@pytest.mark.parametrize("servers", [1, 2])
def test_deterministic_service(servers: int) -> None:
    """M/D/1 and M/D/2: the wait is Crommelin's."""
    rate = 0.8 * servers
    expected = m_d_c(arrival_rate_per_s=rate, service_time_s=1.0, server_count=servers)
    outcome = simulated(single(rate_per_s=rate, servers=servers, law=DETERMINISTIC))
    assert_response(outcome, expected.response_time_s)


@pytest.mark.parametrize("law", [ERLANG, HYPEREXPONENTIAL, LOGNORMAL])
def test_service_of_any_law(law: TimeLaw) -> None:
    """M/G/1, first come first served: the wait is that of Pollaczek and Khinchine."""
    wait_s = 0.6 * (1.0 + law.variance_ratio) / 2.0 / (1.0 - 0.6)
    assert_response(simulated(single(rate_per_s=0.6, law=law)), 1.0 + wait_s)


@pytest.mark.parametrize("law", [EXPONENTIAL, DETERMINISTIC, ERLANG, HYPEREXPONENTIAL, LOGNORMAL])
@pytest.mark.parametrize("servers", [1, 3])
def test_a_shared_station_does_not_feel_the_law(law: TimeLaw, servers: int) -> None:
    """M/G/c with processor sharing: the mean response time is the same for all laws of one mean."""
    rate = 0.7 * servers
    expected = m_g_c_shared(arrival_rate_per_s=rate, service_time_s=1.0, server_count=servers)
    outcome = simulated(single(rate_per_s=rate, servers=servers, discipline=Discipline.SHARED, law=law))
    assert_response(outcome, expected.response_time_s)


@pytest.mark.parametrize(("law", "transform"), [(DETERMINISTIC, None), (ERLANG, 2), (HYPEREXPONENTIAL, 0)])
def test_arrivals_of_any_law(law: TimeLaw, transform: int | None) -> None:
    """G/M/1: the response time is exponential with rate mu (1 - sigma), sigma a fixed point of the law's transform."""
    rate, sigma = 0.7, 0.5
    first = 0.5 * (1.0 + 0.6**0.5)
    for _ in range(200):
        at = 1.0 - sigma
        if transform is None:
            sigma = exp(-at / rate)
        elif transform:
            sigma = (2.0 * rate / (2.0 * rate + at)) ** 2
        else:
            sigma = sum(p * 2.0 * p * rate / (2.0 * p * rate + at) for p in (first, 1.0 - first))
    outcome = simulated(single(rate_per_s=rate, between=law))
    assert_response(outcome, 1.0 / (1.0 - sigma))
    assert_percentile(outcome, 0.95, log(20.0) / (1.0 - sigma))


def test_requests_turned_away() -> None:
    """M/M/2/5, asked for more than it can do: loss and response time of those let in."""
    expected = m_m_c_k(arrival_rate_per_s=2.5, service_time_s=1.0, server_count=2, most_present=5)
    outcome = simulated(room_for(5, servers=2, rate_per_s=2.5))
    assert_holds(outcome.estimates.lost(0, CERTAINTY), expected.lost_ratio)
    assert_response(outcome, expected.response_time_s)


@pytest.mark.parametrize("law", [DETERMINISTIC, LOGNORMAL])
def test_loss_without_a_queue_does_not_feel_the_law(law: TimeLaw) -> None:
    """M/G/4/4: Erlang's loss formula, whatever the law of service."""
    expected = erlang_b(offered_erlangs=3.0, server_count=4)
    outcome = simulated_for(room_for(4, servers=4, rate_per_s=3.0, law=law), events=7_000_000)
    assert_holds(outcome.estimates.lost(0, CERTAINTY), expected)


@pytest.mark.parametrize("law", [EXPONENTIAL, DETERMINISTIC])
def test_the_urgent_go_first(law: TimeLaw) -> None:
    """M/G/1 with two classes, nobody in service interrupted: Cobham's means."""
    ratio = law.variance_ratio
    urgent = UrgentClass(arrival_rate_per_s=0.7, service_time_s=0.5, service_variance_ratio=ratio)
    other = UrgentClass(arrival_rate_per_s=0.4, service_time_s=1.0, service_variance_ratio=ratio)
    expected = head_of_line([urgent, other])
    outcome = simulated(urgent_and_other(law))
    assert_response(outcome, expected[1], request_class=0)
    assert_response(outcome, expected[0], request_class=1)


@pytest.mark.parametrize("number", [2, 3, 5])
def test_a_pool_over_a_pool(number: int) -> None:
    """Workers over connections on a shared processor: throughput, response time, numbers in use and waiting."""
    case: dict[str, Any] = CASES[f"capplan-pool-{number}"]
    expected = case["expected"]
    network = case_networks.pool(case["inputs"])
    outcome = simulated(network)
    assert_holds(outcome.estimates.throughput_per_s(0, 0.999), expected["X"])
    assert_response(outcome, expected["R"])
    # The processor is the only shared station.
    assert_holds(busy(outcome, 0), expected["U"]["cpu"])
    for token, (held, waits) in enumerate([("busy_workers", "Web"), ("db_conns_busy", "DB")]):
        assert_holds(holding(outcome, token), expected[held])
        assert_holds(waiting(outcome, token), expected["queue"][waits])
