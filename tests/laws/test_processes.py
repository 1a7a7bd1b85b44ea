"""Members of a pool as threads of processes, each under an interpreter's lock: known answers, and laws."""

from dataclasses import replace
from math import factorial, perm

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.errors import InputError
from capplan.network import Network
from capplan.network_parts import Discipline, Operation, Pool, Source, Station, Visit
from capplan.solution import Array
from capplan.solvers import solve
from capplan.solvers.flow_equivalent import solve_flow_equivalent
from capplan.solvers.markov_chain import solve_markov_chain
from tests.laws.pool_strategies import COUNTS, TIMES

THINK_S = 1.0


def threads(
    *,
    processes: int | None,
    size: int = 4,
    cores: int = 2,
    users: int = 6,
    own_s: float = 0.3,
    wait_s: float = 0.2,
    wait_count: float = 1.0,
) -> Network:
    """Users of one pool whose members run own code on shared cores, and wait elsewhere between slices of it."""
    return Network(
        stations=(
            Station(name="cpu", server_count=cores),
            Station(name="elsewhere", discipline=Discipline.DELAY),
        ),
        pools=(Pool(name="web", size=size, processes=processes),),
        operations=(
            Operation(
                name="page",
                station="cpu",
                service_s=own_s,
                pool="web",
                visits=(Visit(station="elsewhere", count=wait_count, service_s=wait_s),),
            ),
        ),
        sources=(Source(name="users", mix={"page": 1.0}, population=users, think_time_s=THINK_S),),
    )


def by_hand(network: Network) -> tuple[float, float]:
    """Return throughput and mean response time of ``threads`` with a core for every process, from its balance.

    With n inside, m of them in a process and j of those under its lock, the chance goes with the product over processes
    of T! / (T - m)! own^j wait^(m - j) / (m - j)!: a process fills as its seats are free, serves one at a time, and
    waits do not queue. There are as many users as members, so that nobody waits outside.
    """
    (pool,), (page,), (source,) = network.pools, network.operations, network.sources
    count = pool.processes or pool.size
    seats, own_s = pool.size // count, page.service_s
    wait_s = sum(each.count * each.service_s for each in page.visits)
    one = np.array(
        [
            perm(seats, m) * sum(own_s**j * wait_s ** (m - j) / factorial(m - j) for j in range(m + 1))
            for m in range(seats + 1)
        ]
    )
    all_of_them: Array = np.ones(1)
    for _ in range(count):
        all_of_them = np.convolve(all_of_them, one)
    rate = [(pool.size - n + 1) * all_of_them[n - 1] / all_of_them[n] for n in range(1, pool.size + 1)]
    users = source.population or 0
    weight = [1.0]
    for n in range(1, users + 1):
        weight.append(weight[-1] * (users - n + 1) / THINK_S / rate[min(n, pool.size) - 1])
    share = np.array(weight) / sum(weight)
    throughput = float(share[1:] @ np.array([rate[min(n, pool.size) - 1] for n in range(1, users + 1)]))
    return throughput, users / throughput - THINK_S


@pytest.mark.parametrize(("processes", "size"), [(1, 3), (2, 4), (2, 6), (3, 6), (4, 4)])
def test_with_a_core_for_each_process_the_balance_is_known(processes: int, size: int) -> None:
    """Throughput and response time are those of the product over processes."""
    network = threads(processes=processes, size=size, cores=processes, users=size)
    throughput, response_s = by_hand(network)
    solution = solve_markov_chain(network)
    assert solution.throughput_per_s[0] == pytest.approx(throughput, rel=1e-9)
    assert solution.response_time_s[0] == pytest.approx(response_s, rel=1e-9)


@given(own_s=TIMES, wait_s=TIMES, wait_count=COUNTS, cores=st.integers(1, 5))
def test_a_process_for_each_member_is_no_lock(
    own_s: float, wait_s: float, wait_count: float, cores: int
) -> None:
    """Where every member has a process of its own, its lock changes nothing: neither means nor percentiles."""
    locked = threads(processes=4, cores=cores, own_s=own_s, wait_s=wait_s, wait_count=wait_count)
    found, expected = solve_markov_chain(locked), solve(without_lock(locked))
    assert found.response_time_s[0] == pytest.approx(expected.response_time_s[0], rel=1e-9)
    assert found.percentile_s(0, 0.95) == pytest.approx(expected.percentile_s(0, 0.95), rel=1e-6)


@given(own_s=TIMES, wait_s=TIMES, wait_count=COUNTS, cores=st.integers(1, 5))
def test_one_process_is_one_core(own_s: float, wait_s: float, wait_count: float, cores: int) -> None:
    """All threads of one process share one core, however many there are."""
    locked = threads(processes=1, cores=cores, own_s=own_s, wait_s=wait_s, wait_count=wait_count)
    one_core = without_lock(threads(processes=1, cores=1, own_s=own_s, wait_s=wait_s, wait_count=wait_count))
    found, expected = solve_markov_chain(locked), solve_markov_chain(one_core)
    assert found.response_time_s[0] == pytest.approx(expected.response_time_s[0], rel=1e-9)
    assert found.percentile_s(0, 0.95) == pytest.approx(expected.percentile_s(0, 0.95), rel=1e-6)


@given(own_s=TIMES, wait_s=TIMES, wait_count=COUNTS, cores=st.integers(1, 5))
def test_more_processes_are_never_slower(own_s: float, wait_s: float, wait_count: float, cores: int) -> None:
    """The same threads in more processes answer sooner, or as soon."""
    responses = [
        float(
            solve_markov_chain(
                threads(processes=each, cores=cores, own_s=own_s, wait_s=wait_s, wait_count=wait_count)
            ).response_time_s[0]
        )
        for each in (1, 2, 4)
    ]
    assert np.all(np.diff(responses) <= 1e-9 * responses[0])


@given(own_s=TIMES, wait_s=TIMES, cores=st.integers(1, 4), processes=st.sampled_from([1, 2, 3]))
def test_flow_equivalence_keeps_the_locks(own_s: float, wait_s: float, cores: int, processes: int) -> None:
    """The inside with its locks is solved exactly; what flow equivalence forgets is told as its error."""
    network = threads(processes=processes, size=6, cores=cores, users=10, own_s=own_s, wait_s=wait_s)
    near, exact = solve_flow_equivalent(network), solve_markov_chain(network)
    apart = abs(near.response_time_s[0] / exact.response_time_s[0] - 1.0)
    assert apart <= near.error_ratio + 1e-9


def test_one_thread_beside_others() -> None:
    """A process is one thread among those that share the cores, whatever waits for its lock.

    Three threads of one process that never wait, and two jobs beside them, on one core: the process gets a third.
    """
    network = threads(processes=1, size=3, cores=1, users=3, own_s=1.0)
    (page,), (source,) = network.operations, network.sources
    job = Operation(name="job", station="cpu", service_s=1.0)
    network = replace(
        network,
        operations=(replace(page, visits=()), job),
        sources=(
            replace(source, think_time_s=0.0),
            Source(name="jobs", mix={"job": 1.0}, population=2),
        ),
    )
    solution = solve_markov_chain(network)
    assert list(solution.throughput_per_s) == pytest.approx([1.0 / 3.0, 2.0 / 3.0], rel=1e-9)


def test_the_lock_is_no_product_form() -> None:
    """Where members may wait for a lock, the method that is chosen is not one that knows no locks."""
    locked = threads(processes=2, users=3)
    assert solve(locked).method == "markov_chain"
    assert solve(without_lock(locked)).method == "product_form"
    assert solve(replace(locked, pools=(replace(locked.pools[0], processes=4),))).method == "product_form"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"processes": 3}, "divisor of the pool's size, 4"),
        ({"processes": 0}, "at least 1"),
    ],
)
def test_processes_that_cannot_be(change: dict[str, int], words: str) -> None:
    """Processes of unequal size are refused, and none at all."""
    with pytest.raises(InputError, match=words):
        threads(**{"processes": 2, **change})


def test_a_lock_is_for_code_at_one_place() -> None:
    """Own code of one pool at two stations, or at one that is not shared, is refused."""
    network = threads(processes=2)
    elsewhere = Operation(name="other", station="elsewhere", service_s=1.0, pool="web")
    with pytest.raises(InputError, match="at one shared station"):
        replace(network, operations=(*network.operations, elsewhere))


def without_lock(network: Network) -> Network:
    """Return the network with members that run side by side."""
    return replace(network, pools=tuple(replace(each, processes=None) for each in network.pools))


def test_waits_take_no_lock() -> None:
    """With nothing but waits a lock changes next to nothing."""
    locked = threads(processes=1, own_s=1e-6, wait_s=1.0)
    found, expected = solve_markov_chain(locked), solve_markov_chain(without_lock(locked))
    assert found.response_time_s[0] == pytest.approx(expected.response_time_s[0], rel=1e-5)
