"""Laws of the exact solver of the product form: they hold for every network it takes."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import factorial, prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special

from capplan.errors import NoSolutionError
from capplan.network import Network
from capplan.network_parts import Discipline, Group, Operation, Pool, Source, Station, Visit
from capplan.product_form.bounds import asymptotic_bounds, balanced_job_bounds
from capplan.product_form.chains import Chains, chains_of, obstacle
from capplan.solution import Array, Solution
from capplan.solvers.product_form import solve_product_form
from capplan.time_law import EXPONENTIAL, TimeKind, TimeLaw
from tests.laws.network_strategies import product_networks

Order = NDArray[np.int64]
SLACK = 1.0 + 1e-9


def _assert_same(
    expected: Solution, actual: Solution, order: Order | None = None, factor: float = 1.0
) -> None:
    """Compare all means; ``order`` says where each class of the expected solution is in the other."""
    order = np.arange(expected.throughput_per_s.size) if order is None else order
    np.testing.assert_allclose(actual.throughput_per_s[order] * factor, expected.throughput_per_s, rtol=1e-9)
    np.testing.assert_allclose(actual.response_time_s[order] / factor, expected.response_time_s, rtol=1e-9)


@given(network=product_networks(opened=0))
def test_a_pool_that_never_fills(network: Network) -> None:
    """A pool with a member for everybody is held by as many as are in the network, and nobody waits for it."""
    solution = solve_product_form(network)
    assert solution.law_violations() == []
    present = solution.throughput_per_s @ solution.response_time_s
    assert solution.busy_members[0] == pytest.approx(present, rel=1e-9)


@given(network=product_networks(closed=1, opened=0, users=40))
def test_balanced_bounds_hold(network: Network) -> None:
    """A source alone is between its balanced-job bounds, which are inside the asymptotic ones."""
    flow = solve_product_form(network).throughput_per_s.sum()
    tight, wide = balanced_job_bounds(network), asymptotic_bounds(network)
    assert tight.least_per_s[0] <= flow * SLACK
    assert flow <= tight.most_per_s[0] * SLACK
    assert tight.most_per_s[0] <= wide.most_per_s[0]
    assert tight.least_per_s[0] * SLACK >= wide.least_per_s[0]


@given(network=product_networks(), data=st.data())
def test_a_source_is_the_sum_of_its_parts(network: Network, data: st.DataObject) -> None:
    """Two sources like one, with its users or arrivals divided between them, do together what it does."""
    source = network.sources[0]
    assume(source.population != 1)
    if source.population is None:
        rate = source.arrival_rate_per_s or 0.0
        parts = [replace(source, name=name, arrival_rate_per_s=rate / 2.0) for name in ("left", "right")]
    else:
        left = data.draw(st.integers(1, source.population - 1))
        numbers = (left, source.population - left)
        parts = [
            replace(source, name=name, population=number)
            for name, number in zip(("left", "right"), numbers, strict=True)
        ]
    whole = solve_product_form(network)
    divided = solve_product_form(replace(network, sources=(*parts, *network.sources[1:])))
    own = len(source.mix)
    both = divided.throughput_per_s[:own] + divided.throughput_per_s[own : 2 * own]
    np.testing.assert_allclose(both, whole.throughput_per_s[:own], rtol=1e-9)
    np.testing.assert_allclose(divided.busy_servers, whole.busy_servers, rtol=1e-9)
    np.testing.assert_allclose(divided.queue_length.sum(axis=0), whole.queue_length.sum(axis=0), rtol=1e-9)


def _spread(users: int, places: int) -> Iterator[tuple[int, ...]]:
    """All ways to spread users over places."""
    return (each for each in product(range(users + 1), repeat=places) if sum(each) == users)


def _brute_force(chains: Chains) -> tuple[Array, Array]:
    """Throughputs and queues of closed sources as sums over states, open requests summed up to 400 a station.

    The weight of a station with n closed and m open requests is (n + m)!, over the factorials of each source's number
    and over min(1, c) ... min(n + m, c) servers, times the demands.
    """
    stations = chains.servers.size
    opened = np.arange(401)

    def weight(station: int, numbers: tuple[int, ...]) -> float:
        closed = prod(float(chains.demand_s[r, station]) ** n / factorial(n) for r, n in enumerate(numbers))
        if not np.isfinite(chains.servers[station]):
            return closed
        together = sum(numbers) + opened
        slowness = np.append(
            0.0, np.cumsum(np.log(np.minimum(np.arange(1, 401 + 9), chains.servers[station])))
        )
        log = special.gammaln(together + 1.0) - special.gammaln(opened + 1.0) - slowness[together]
        return closed * float(np.exp(log + special.xlogy(opened, chains.erlangs[station])).sum())

    def total(users: tuple[int, ...]) -> tuple[float, Array]:
        whole, present = 0.0, np.zeros((len(users), stations))
        for state in product(*(list(_spread(n, stations + 1)) for n in users)):
            here = np.array(state)
            part = prod(
                chains.think_s[r] ** here[r, -1] / factorial(here[r, -1]) for r in range(len(users))
            ) * prod(weight(k, tuple(here[:, k])) for k in range(stations))
            whole += part
            present += part * here[:, :-1]
        return whole, present

    users = tuple(int(each) for each in chains.users)
    whole, present = total(users)
    flow = [total(tuple(n - (s == r) for s, n in enumerate(users)))[0] / whole for r in range(len(users))]
    return np.array(flow), present / whole


@given(network=product_networks(users=3, stations=2))
def test_sums_over_states(network: Network) -> None:
    """Throughputs and queues are those of a sum over all states."""
    chains = chains_of(network)
    assume(bool(chains.closed))
    assume(bool(np.all(chains.erlangs[chains.queueing] < 0.85 * chains.servers[chains.queueing])))
    flow, queue = _brute_force(chains)
    solution = solve_product_form(network)
    for number, source in enumerate(chains.closed):
        own = [k for k, each in enumerate(network.classes) if each.source.name == source.name]
        np.testing.assert_allclose(solution.throughput_per_s[own].sum(), flow[number], rtol=1e-9)
        np.testing.assert_allclose(
            solution.queue_length[own].sum(axis=0), queue[number], rtol=1e-9, atol=1e-12
        )


CPU = Station(name="cpu")
USERS = Source(name="users", mix={"page": 0.5, "search": 0.5}, population=9)


def _web(
    *,
    station: Station = CPU,
    service_law: TimeLaw = EXPONENTIAL,
    pool_size: int = 9,
    other_s: float = 1.0,
    source: Source = USERS,
) -> Network:
    groups: list[str | None] = [*(each.name for each in station.groups), None]
    return Network(
        stations=(station,),
        operations=(
            Operation(
                name="page", station="cpu", service_s=1.0, law=service_law, pool="workers", group=groups[0]
            ),
            Operation(
                name="search",
                station="cpu",
                service_s=other_s,
                pool="workers",
                group=groups[min(1, len(station.groups) - 1)],
            ),
        ),
        sources=(source,),
        pools=(Pool(name="workers", size=pool_size),),
    )


ORDERED = Station(name="cpu", discipline=Discipline.FIRST_COME)
CONSTANT = TimeLaw(kind=TimeKind.DETERMINISTIC, variance_ratio=0.0)
EVEN_BUT_NOT_EXPONENTIAL = TimeLaw(kind=TimeKind.LOGNORMAL, variance_ratio=1.0)
ARRIVALS = Source(name="users", mix={"search": 1.0}, arrival_rate_per_s=0.1, law=EVEN_BUT_NOT_EXPONENTIAL)
DIVIDED = Station(name="cpu", groups=(Group(name="a"), Group(name="b")))


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (_web(), None),
        (_web(service_law=CONSTANT, other_s=2.0), None),
        (_web(station=ORDERED), None),
        (_web(station=ORDERED, service_law=EVEN_BUT_NOT_EXPONENTIAL), "cpu serves in order, and times there"),
        (_web(station=ORDERED, other_s=2.0), "cpu serves in order, and times there"),
        (_web(station=Station(name="cpu", discipline=Discipline.PRIORITY)), "cpu serves by priority"),
        (_web(station=Station(name="cpu", groups=(Group(name="a", limit_cores=0.5),))), None),
        (_web(station=DIVIDED), "cpu is divided among groups"),
        (_web(pool_size=8), "requests may have to wait for workers"),
        (_web(source=ARRIVALS), "the arrivals of users are not Poisson"),
    ],
)
def test_what_has_the_product_form(network: Network, words: str | None) -> None:
    """Order, priority, groups, scarce pools and arrivals are obstacles just where they break the product form."""
    found = obstacle(network)
    assert (found is None) if words is None else (words in (found or ""))
    if words is not None:
        with pytest.raises(NoSolutionError, match=words):
            solve_product_form(network)


def test_a_group_alone_under_its_limit() -> None:
    """A group that has the station for itself is served as by so many servers as its limit says."""
    limited = Station(name="cpu", server_count=4, groups=(Group(name="a", limit_cores=2.0),))
    expected = solve_product_form(_web(station=Station(name="cpu", server_count=2)))
    _assert_same(expected, solve_product_form(_web(station=limited)))


@pytest.mark.parametrize("servers", [1, 4, 2_000])
@pytest.mark.parametrize("users", [1, 1_000, 1_000_000])
def test_populations_of_any_size(users: int, servers: int) -> None:
    """From one user to a million, at one server and at thousands, answers keep the laws and saturate as they must."""
    network = Network(
        stations=(
            Station(name="cpu", server_count=servers),
            Station(name="disk", discipline=Discipline.FIRST_COME),
            Station(name="elsewhere", discipline=Discipline.DELAY),
        ),
        operations=(
            Operation(
                name="job",
                station="cpu",
                service_s=0.004 * servers,
                visits=(
                    Visit(station="disk", service_s=0.0005),
                    Visit(station="elsewhere", service_s=1.0),
                ),
            ),
        ),
        sources=(Source(name="users", mix={"job": 1.0}, population=users, think_time_s=4.0),),
    )
    solution, bounds = solve_product_form(network), asymptotic_bounds(network)
    assert solution.law_violations() == []
    assert bounds.least_per_s[0] <= solution.throughput_per_s[0] * SLACK
    assert solution.throughput_per_s[0] <= bounds.most_per_s[0] * SLACK
    if users == 1_000_000:
        assert solution.throughput_per_s[0] == pytest.approx(250.0, rel=1e-9)


def test_too_many_combinations_are_refused() -> None:
    """Eight sources of a thousand million users are more than is tried, and the error says what to use."""
    sources = tuple(
        Source(name=f"s{number}", mix={"page": 1.0}, population=10**9, think_time_s=1.0)
        for number in range(8)
    )
    network = replace(_web(pool_size=10**10), sources=sources)
    with pytest.raises(NoSolutionError, match=r"1e\+72 combinations of users.*use --method linearizer"):
        solve_product_form(network)


def test_balanced_bounds_are_for_one_source() -> None:
    """Balanced-job bounds are refused where arrivals or another source share the network."""
    source = Source(name="others", mix={"page": 1.0}, population=1)
    both = replace(_web(pool_size=10), sources=(USERS, source))
    with pytest.raises(NoSolutionError, match="one closed source alone"):
        balanced_job_bounds(both)
