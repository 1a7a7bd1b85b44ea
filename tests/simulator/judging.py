"""Is a value within what a simulation says, with 99.9 % certainty."""

import numpy as np

from capplan.interval import Interval
from capplan.network import Network
from capplan.simulator.experiment import Outcome, simulate
from capplan.simulator.intervals import of_mean

CERTAINTY = 0.999


def simulated(network: Network, precision_ratio: float = 0.01) -> Outcome:
    """Simulate until the mean response times are known to a percent."""
    outcome = simulate(network, seed=1, precision_ratio=precision_ratio, most_events=30_000_000)
    assert outcome.precise
    return outcome


def simulated_for(network: Network, events: int) -> Outcome:
    """Simulate as much as a budget allows, where it is not response times that are to be precise."""
    # Even an interval of no width, of times that are all the same, is not below this.
    return simulate(network, seed=1, precision_ratio=-1.0, most_events=events)


def busy(outcome: Outcome, shared_station: int) -> Interval:
    """Return the interval of the servers in use at a shared station."""
    found = [each.busy_s[shared_station] / each.span_s for each in outcome.estimates.measured]
    return of_mean(np.array(found), CERTAINTY)


def at_places(outcome: Outcome, places: list[int]) -> Interval:
    """Return the interval of the number of requests at some places."""
    found = [each.spent_s[places].sum() / each.span_s for each in outcome.estimates.measured]
    return of_mean(np.array(found), CERTAINTY)


def holding(outcome: Outcome, token: int) -> Interval:
    """Return the interval of the number of those who hold a token."""
    return at_places(outcome, np.flatnonzero(outcome.estimates.model.layout.held[token]).tolist())


def waiting(outcome: Outcome, token: int) -> Interval:
    """Return the interval of the number of those who wait for a token."""
    return at_places(outcome, outcome.estimates.model.layout.waiting(token))


def assert_response(outcome: Outcome, expected_s: float, request_class: int = 0) -> None:
    """The mean response time may be as expected."""
    found = outcome.estimates.response_time_s(request_class, CERTAINTY)
    assert found.holds(expected_s), (expected_s, found)


def assert_percentile(outcome: Outcome, q: float, expected_s: float, request_class: int = 0) -> None:
    """A percentile may be as expected."""
    found = outcome.estimates.law(request_class).percentile_interval(q, CERTAINTY)
    assert found.holds(expected_s), (expected_s, found)


def assert_holds(found: Interval, expected: float) -> None:
    """An interval holds what is expected."""
    assert found.holds(expected), (expected, found)
