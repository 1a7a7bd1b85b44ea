"""The simulator and the exact chain say the same of the same network."""

import numpy as np
import pytest

from capplan.network import Network
from capplan.queues.finite import m_m_c_k
from capplan.solution import Standing
from capplan.solvers.markov_chain import solve_markov_chain
from tests.simulator.judging import (
    CERTAINTY,
    assert_holds,
    assert_percentile,
    assert_response,
    busy,
    holding,
    simulated,
)
from tests.simulator.small_networks import (
    closed_priorities,
    groups,
    mixed_pool,
    one_way_limited,
    processes,
    room_for,
)

NETWORKS = {
    "groups": groups(),
    "mixed pool": mixed_pool(),
    "closed priorities": closed_priorities(),
    "turned away": room_for(6, servers=3, rate_per_s=2.8),
    "one way limited": one_way_limited(),
    "one way limited, closed": one_way_limited(population=9),
    "processes": processes(),
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_means_are_those_of_the_chain(network: Network) -> None:
    """Response times, throughputs, numbers in use: the exact ones lie within the 99.9 % intervals."""
    exact, outcome = solve_markov_chain(network), simulated(network)
    assert exact.standing is Standing.EXACT
    for number in range(len(network.classes)):
        assert_response(outcome, exact.response_time_s[number], number)
        assert_holds(outcome.estimates.throughput_per_s(number, CERTAINTY), exact.throughput_per_s[number])
        assert_holds(outcome.estimates.lost(number, CERTAINTY), exact.lost_ratio[number])
    for position, station in enumerate(outcome.estimates.model.tables.stations):
        assert_holds(busy(outcome, position), exact.busy_servers[station["position"]])
    for token in range(len(network.pools)):
        assert_holds(holding(outcome, token), exact.busy_members[token])
    np.testing.assert_allclose(outcome.estimates.residence_s, exact.residence_s, rtol=0.03, atol=1e-3)
    np.testing.assert_allclose(outcome.estimates.pool_wait_s, exact.pool_wait_s, rtol=0.06, atol=1e-3)


IN_LINE = {
    "groups": groups(),
    "mixed pool": mixed_pool(),
    "closed priorities": closed_priorities(),
    "processes": processes(),
}


@pytest.mark.parametrize("network", IN_LINE.values(), ids=IN_LINE)
def test_percentiles_are_those_of_the_chain(network: Network) -> None:
    """The exact percentiles, followed through the chain, lie within the 99.9 % intervals."""
    exact, outcome = solve_markov_chain(network), simulated(network)
    for number in range(len(network.classes)):
        for q in (0.5, 0.95):
            expected = exact.percentile_s(number, q)
            assert expected is not None
            assert_percentile(outcome, q, expected, number)


def test_each_class_has_its_own_share_turned_away() -> None:
    """Of one source, M/M/1/3 loses what it does alone, and M/M/1 beside it nobody."""
    alone = m_m_c_k(arrival_rate_per_s=1.2, service_time_s=1.0, server_count=1, most_present=3)
    solution = solve_markov_chain(one_way_limited())
    assert list(solution.lost_ratio) == pytest.approx([alone.lost_ratio, 0.0], rel=1e-9)
    assert list(solution.response_time_s) == pytest.approx([alone.response_time_s, 0.5 / 0.6], rel=1e-7)
    assert solution.law_violations() == []
