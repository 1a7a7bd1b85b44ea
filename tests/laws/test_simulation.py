"""Laws of the simulator: the operational laws, as far as it is precise, and the exact answers, within its intervals.

A simulation takes half a second, the time of many exact solutions: a twentieth of the examples are tried, and each
is asked everything. What must hold without exception may be off by four times the half width of the 95 % interval,
eight standard errors, so that no number of examples breaks it by chance.
"""

from collections import Counter
from zlib import crc32

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from capplan.errors import NoSolutionError
from capplan.interval import Interval
from capplan.network import Network
from capplan.product_form.bounds import asymptotic_bounds
from capplan.simulator.intervals import SampledLaw
from capplan.solution import Solution, Standing
from capplan.solvers import SOLVERS
from capplan.solvers.simulation import solve_simulation
from tests.laws.network_strategies import more_load, product_networks, slowed, turned_round
from tests.laws.pool_strategies import pooled_networks

EVENTS = 200_000
# Beyond, a station that open sources fill takes longer to settle than so many events.
BUSIEST = 0.6
WIDE = 4.0
# Student's t of 24 degrees of freedom at 99.9 % over that at 95 %.
SURE = 3.745 / 2.064
# What happens to one request in thousands may have happened to none, and then has no interval.
UNSEEN = 1e-3
# A station may be visited by a tenth of the requests, and a number of visits varies as much as its length.
RARE = 0.05
# Ten times what is promised: replications this short are skewed, and an interval is narrowest where its mean is lowest.
MOST_MISSED_RATIO = 0.01
FEW = settings(max_examples=settings().max_examples // 20, phases=(Phase.generate,))


def _simulated(network: Network, seed: int = 1) -> Solution:
    """Simulate a network that comes to rest, in which nobody is kept waiting for ever, until it has settled."""
    try:
        solution = solve_simulation(network, seed=seed, precision_ratio=0.0, most_events=EVENTS)
    except NoSolutionError as error:
        assume("never done" not in str(error))
        assume("was done" not in str(error))
        raise
    assume(solution.figures["settled"])
    return solution


def _slack(solution: Solution, often: float = 1.0) -> float:
    """How far means may be off, relatively; where times hardly vary, the number of arrivals still does.

    What is done only so often for each request is off by as much more.
    """
    seconds = solution.figures["measured_s"] * solution.figures["replications"]
    return WIDE * max(
        solution.error_ratio, 2.0 / float(np.sqrt(often * solution.throughput_per_s.min() * seconds))
    )


def _mean(solution: Solution, request_class: int) -> Interval:
    law = solution.laws[request_class]
    assert isinstance(law, SampledLaw)
    return law.mean


def _keep_the_bounds(solution: Solution, more: float) -> None:
    network, bounds = solution.network, asymptotic_bounds(solution.network)
    closed = [
        own
        for source, own in zip(network.sources, network.class_slices, strict=True)
        if source.population is not None
    ]
    for number, own in enumerate(closed):
        flow = solution.throughput_per_s[own]
        assert flow.sum() <= bounds.most_per_s[number] * more
        assert flow @ solution.response_time_s[own] * more >= bounds.least_response_s[number] * flow.sum()


@pytest.mark.hypothesis
@pytest.mark.parametrize("method", ["product_form", "markov_chain"])
def test_exact_answers_are_within_the_intervals(method: str) -> None:
    """Exact mean response times are within the 99.9 % intervals, but for one in a hundred, and none is far outside.

    Every simulation also keeps the operational laws and the bounds, and has the exact throughputs and losses.
    """
    strategy = product_networks(busiest=BUSIEST) if method == "product_form" else pooled_networks()
    tried: Counter[str] = Counter()

    def laws(network: Network) -> None:
        try:
            exact = SOLVERS[method](network)
        except NoSolutionError as error:
            assume("never" not in str(error))
            raise
        assume(exact.standing is Standing.EXACT)
        found = _simulated(network, seed=crc32(repr(network).encode()))
        slack = _slack(found)
        assert found.law_violations(_slack(found, RARE)) == []
        _keep_the_bounds(found, 1.0 + slack)
        np.testing.assert_allclose(found.throughput_per_s, exact.throughput_per_s, rtol=slack)
        np.testing.assert_allclose(found.lost_ratio, exact.lost_ratio, atol=slack)
        for number, expected in enumerate(exact.response_time_s):
            tried["means"] += 1
            off = abs(_mean(found, number).mid - expected) - UNSEEN * expected
            half = _mean(found, number).high - _mean(found, number).mid
            tried["missed"] += bool(off > SURE * half)
            assert off <= WIDE * half

    FEW(given(strategy)(laws))()
    assert tried["missed"] <= max(1.0, MOST_MISSED_RATIO * tried["means"]), tried


@FEW
@given(network=pooled_networks(sources=1))
def test_more_load_never_lowers_throughput(network: Network) -> None:
    """One more user, or a tenth more arrivals, never lowers the throughput of the only source."""
    before, after = _simulated(network), _simulated(more_load(network))
    slack = _slack(before) + _slack(after)
    assert after.throughput_per_s.sum() * (1.0 + slack) >= before.throughput_per_s.sum()


@FEW
@given(network=pooled_networks(), power=st.integers(-10, 10))
def test_neither_order_nor_unit_matter(network: Network, power: int) -> None:
    """Another unit of time is the same simulation; another order of the parts has the same answer.

    A unit that rounds other than this one may let another of two go first who are due at nearly the same moment, and
    from there on it is another simulation: only powers of two round alike.
    """
    factor = 2.0**power
    reverse = turned_round(network)
    names = [each.name for each in reverse.classes]
    order = np.array([names.index(each.name) for each in network.classes])
    found, slower, turned = _simulated(network), _simulated(slowed(network, factor)), _simulated(reverse)
    np.testing.assert_allclose(slower.response_time_s / factor, found.response_time_s, rtol=1e-12)
    np.testing.assert_allclose(slower.throughput_per_s * factor, found.throughput_per_s, rtol=1e-12)
    slack = _slack(found) + _slack(turned)
    np.testing.assert_allclose(turned.response_time_s[order], found.response_time_s, rtol=slack)
    np.testing.assert_allclose(turned.throughput_per_s[order], found.throughput_per_s, rtol=slack)
