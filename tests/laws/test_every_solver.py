"""Laws that every solver of networks obeys, each on random networks of the kind that it takes.

A simulation has laws of its own in ``test_simulation``, as it obeys them only as far as it is precise.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from capplan.errors import NoSolutionError, UnstableError
from capplan.network import Network
from capplan.product_form.bounds import asymptotic_bounds
from capplan.solution import Array, Solution
from capplan.solvers import SOLVERS
from tests.laws.network_strategies import more_load, product_networks, slowed, turned_round
from tests.laws.pool_strategies import pooled_networks, waiting_networks

NETWORKS: dict[str, st.SearchStrategy[Network]] = {
    "product_form": product_networks(closed=3),
    "markov_chain": pooled_networks(),
    "linearizer": product_networks(closed=3, users=10**7, servers=200),
    "flow_equivalent": waiting_networks(),
}
ALONE: dict[str, st.SearchStrategy[Network]] = {
    "product_form": product_networks(closed=1, users=30),
    "markov_chain": pooled_networks(sources=1),
    "linearizer": product_networks(closed=1, users=10**4, servers=50),
    "flow_equivalent": waiting_networks(),
}
SLACK = {"product_form": 1e-9, "markov_chain": 1e-6, "linearizer": 1e-6, "flow_equivalent": 1e-6}
COMPUTED = [each for each in SOLVERS if each != "simulation"]


def _solved(method: str, network: Network) -> Solution:
    """Solve a network that comes to rest and in which nobody is kept waiting for ever."""
    try:
        return SOLVERS[method](network)
    except UnstableError:
        assume(condition=False)
        raise
    except NoSolutionError as error:
        assume("never served" not in str(error))
        assume("never meet" not in str(error))
        raise


def test_every_solver_is_tried() -> None:
    """No solver is without random networks."""
    assert list(NETWORKS) == list(ALONE) == list(SLACK) == COMPUTED


@pytest.mark.parametrize("method", COMPUTED)
@given(data=st.data())
def test_operational_laws_hold(method: str, data: st.DataObject) -> None:
    """Little's law, the utilization law and forced flow hold, and no response is faster than its demand."""
    solution = _solved(method, data.draw(NETWORKS[method]))
    assert solution.law_violations() == []


@pytest.mark.parametrize("method", COMPUTED)
@given(data=st.data())
def test_bounds_hold(method: str, data: st.DataObject) -> None:
    """No closed source is faster than its asymptotic bounds allow, whoever else is there."""
    solution = _solved(method, data.draw(NETWORKS[method]))
    bounds, more = asymptotic_bounds(solution.network), 1.0 + SLACK[method]
    closed = [
        own
        for source, own in zip(solution.network.sources, solution.network.class_slices, strict=True)
        if source.population is not None
    ]
    for number, own in enumerate(closed):
        flow = solution.throughput_per_s[own]
        assert flow.sum() <= bounds.most_per_s[number] * more
        mean = flow @ solution.response_time_s[own] / flow.sum()
        assert mean * more >= bounds.least_response_s[number]


@pytest.mark.parametrize("method", COMPUTED)
@given(data=st.data())
def test_more_load_never_lowers_throughput(method: str, data: st.DataObject) -> None:
    """One more user, or a tenth more arrivals, never lowers the throughput of the only source.

    But for a part in a hundred where an operation inside a pool waits for another: see ``test_markov_chain``. Where
    some are turned away more load lets in another mix, of which fewer may be done.
    """
    network = data.draw(ALONE[method])
    assume(len(network.sources) == 1)
    before, after = _solved(method, network), _solved(method, more_load(network))
    assume(not after.lost_ratio.any())
    slack = 0.01 if method == "markov_chain" and network.operation("query").pool else SLACK[method]
    assert after.throughput_per_s.sum() * (1.0 + slack) >= before.throughput_per_s.sum()


@pytest.mark.parametrize("method", COMPUTED)
@given(data=st.data())
def test_order_does_not_matter(method: str, data: st.DataObject) -> None:
    """Telling stations, pools, operations and sources in reverse changes no answer."""
    network = data.draw(NETWORKS[method])
    reverse = turned_round(network)
    names = [each.name for each in reverse.classes]
    order = np.array([names.index(each.name) for each in network.classes])
    before, after = _solved(method, network), _solved(method, reverse)

    def same(actual: Array, expected: Array, least: float = 0.0) -> None:
        np.testing.assert_allclose(actual, expected, rtol=SLACK[method], atol=least)

    same(after.throughput_per_s[order], before.throughput_per_s)
    same(after.response_time_s[order], before.response_time_s)
    same(after.busy_servers[::-1], before.busy_servers)
    same(after.residence_s[order, ::-1], before.residence_s, 1e-9)
    same(after.pool_wait_s[order, ::-1], before.pool_wait_s, 1e-9)
    same(after.lost_ratio[order], before.lost_ratio, 1e-9)


@pytest.mark.parametrize("method", COMPUTED)
@given(data=st.data(), factor=st.floats(1e-6, 1e6))
def test_time_has_no_unit(method: str, data: st.DataObject, factor: float) -> None:
    """Scaling all times by a factor scales response times by it and throughput by its inverse."""
    network = data.draw(NETWORKS[method])
    before, after = _solved(method, network), _solved(method, slowed(network, factor))
    slack = SLACK[method]
    np.testing.assert_allclose(after.response_time_s / factor, before.response_time_s, rtol=slack)
    np.testing.assert_allclose(after.throughput_per_s * factor, before.throughput_per_s, rtol=slack)
