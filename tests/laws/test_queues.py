"""Laws of single stations: what each formula becomes in the limit of another, and what none of them can break."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.queues.deterministic import m_d_c, m_d_c_wait_s
from capplan.queues.finite import erlang_b, m_m_c_k
from capplan.queues.general import g_g_c, m_g_c
from capplan.queues.multi_server import QueueWait, erlang_c, m_m_c, response_percentile_s, response_tail
from capplan.queues.priority import UrgentClass, head_of_line, head_of_line_servers, preemptive_resume
from capplan.queues.processor_sharing import m_g_c_shared
from capplan.queues.transient import m_m_c_k_after

SERVERS = st.integers(1, 20)
BUSY = st.floats(0.02, 0.95)
TIMES = st.floats(1e-3, 1e3)
RATIOS = st.floats(0.0, 25.0)


def _wait(busy: float, service_s: float, servers: int) -> QueueWait:
    rate = busy * servers / service_s
    return m_m_c(np.array([rate]), np.array([service_s]), np.array([float(servers)]))


@given(servers=SERVERS, busy=BUSY)
def test_erlang_formulas(servers: int, busy: float) -> None:
    """C = B / (1 - busy (1 - B)), whichever recursion gives B."""
    offered = busy * servers
    lost = erlang_b(offered_erlangs=offered, server_count=servers)
    waits = erlang_c(np.array([float(servers)]), np.array([offered]))[0]
    assert waits == pytest.approx(lost / (1.0 - busy * (1.0 - lost)), rel=1e-12)
    without_queue = m_m_c_k(
        arrival_rate_per_s=offered, service_time_s=1.0, server_count=servers, most_present=servers
    )
    assert lost == pytest.approx(without_queue.lost_ratio, rel=1e-12)


def test_a_saturated_queue_waits_for_ever() -> None:
    """Where the servers cannot carry the load everybody waits, and every percentile is infinite."""
    wait = _wait(1.0, 1.0, 2)
    assert (wait.wait_probability_ratio[0], wait.mean_s[0]) == (1.0, np.inf)
    assert wait.percentile_s(0.5)[0] == np.inf
    assert response_percentile_s(wait, np.array([1.0]), 0.5)[0] == np.inf


@given(servers=SERVERS, busy=BUSY, service_s=TIMES, q=st.floats(0.01, 0.999))
def test_response_percentiles(servers: int, busy: float, service_s: float, q: float) -> None:
    """The tail at a percentile is what is left, and the area under the tail is the mean response time."""
    wait, service = _wait(busy, service_s, servers), np.array([service_s])
    at = response_percentile_s(wait, service, q)
    assert response_tail(wait, service, at)[0] == pytest.approx(1.0 - q, rel=1e-9)
    steps = (np.arange(20_000) + 0.5) * (40.0 * (service_s + 1.0 / wait.drain_rate_per_s[0]) / 20_000)
    tail = response_tail(wait, np.full_like(steps, service_s), steps)
    area = float(np.sum(tail)) * float(steps[1] - steps[0])
    assert area == pytest.approx(float(wait.mean_s[0]) + service_s, rel=1e-3)


@given(servers=SERVERS, busy=BUSY, service_s=TIMES)
def test_constant_service(servers: int, busy: float, service_s: float) -> None:
    """The mean wait of M/D/c is the area under its tail, and that of its queue; P(wait > 0) is that of its queue."""
    queue = m_d_c(
        arrival_rate_per_s=busy * servers / service_s, service_time_s=service_s, server_count=servers
    )
    present = np.arange(queue.probability.size)
    assert queue.probability @ np.minimum(present, servers) == pytest.approx(busy * servers, rel=1e-9)
    waiting = queue.probability @ np.maximum(present - servers, 0)
    assert waiting == pytest.approx(queue.arrival_rate_per_s * queue.wait_s, rel=1e-6, abs=1e-9)
    assert queue.wait_tail(0.0) == pytest.approx(queue.wait_probability, rel=1e-6, abs=1e-12)
    longest = 40.0 * queue.wait_s / max(queue.wait_probability, 1e-3) + 2.0 * service_s
    times = np.linspace(0.0, longest, 1_001)
    tail = np.array([queue.wait_tail(float(time)) for time in times])
    assert np.all(np.diff(tail) <= 1e-12)
    area = float(np.sum(tail[1:] + tail[:-1])) * float(times[1]) / 2.0
    assert area == pytest.approx(queue.wait_s, rel=0.03, abs=1e-6 * service_s)


@given(busy=st.floats(0.02, 0.9999), service_s=TIMES)
def test_one_constant_server(busy: float, service_s: float) -> None:
    """M/D/1 waits half as long as M/M/1 (Pollaczek and Khinchine), at any load."""
    wait_s = m_d_c_wait_s(arrival_rate_per_s=busy / service_s, service_time_s=service_s, server_count=1)
    assert wait_s == pytest.approx(busy * service_s / (2.0 * (1.0 - busy)), rel=1e-9)


@given(servers=st.integers(1, 500), busy=st.floats(0.02, 0.9999), ratio=RATIOS)
def test_service_between_constant_and_exponential(servers: int, busy: float, ratio: float) -> None:
    """M/G/c is M/D/c at ratio 0 and M/M/c at 1, grows with the ratio, and above 1 never exceeds Allen's wait."""
    given_: dict[str, Any] = {
        "arrival_rate_per_s": busy * servers,
        "service_time_s": 1.0,
        "server_count": servers,
    }
    constant, exponential = m_d_c_wait_s(**given_), float(_wait(busy, 1.0, servers).mean_s[0])
    assert m_g_c(service_variance_ratio=0.0, **given_).wait_s == pytest.approx(
        constant, rel=1e-12, abs=1e-200
    )
    assert m_g_c(service_variance_ratio=1.0, **given_).wait_s == pytest.approx(exponential, rel=1e-12)
    assert exponential / 2.0 <= constant * (1.0 + 1e-9) + 1e-200
    queue = m_g_c(service_variance_ratio=ratio, **given_)
    assert queue.wait_s <= m_g_c(service_variance_ratio=ratio + 1.0, **given_).wait_s * (1.0 + 1e-9) + 1e-200
    if ratio >= 1.0:
        allen = g_g_c(arrival_variance_ratio=1.0, service_variance_ratio=ratio, **given_)
        assert queue.wait_s <= allen.wait_s * (1.0 + 1e-9) + 1e-200


@given(servers=SERVERS, busy=BUSY, arrivals=RATIOS, services=RATIOS)
def test_general_arrivals(servers: int, busy: float, arrivals: float, services: float) -> None:
    """G/G/c is M/M/c at ratios of 1, waits not at all when nothing varies, and less the less arrivals vary."""
    given_: dict[str, Any] = {
        "arrival_rate_per_s": busy * servers,
        "service_time_s": 1.0,
        "server_count": servers,
    }
    exponential = g_g_c(arrival_variance_ratio=1.0, service_variance_ratio=1.0, **given_)
    assert exponential.wait_s == pytest.approx(float(_wait(busy, 1.0, servers).mean_s[0]), rel=1e-12)
    assert exponential.wait_tail(0.0) == pytest.approx(exponential.wait_probability)
    nothing = g_g_c(arrival_variance_ratio=0.0, service_variance_ratio=0.0, **given_)
    assert (nothing.wait_s, nothing.wait_tail(0.0)) == (0.0, 0.0)
    queue = g_g_c(arrival_variance_ratio=arrivals, service_variance_ratio=services, **given_)
    more = g_g_c(arrival_variance_ratio=arrivals + 0.5, service_variance_ratio=services, **given_)
    assert queue.wait_s <= more.wait_s * (1.0 + 1e-9)


@st.composite
def urgent_classes(draw: st.DrawFn) -> list[UrgentClass]:
    """Up to four classes that together leave a server some time."""
    shares = draw(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=4))
    busy = draw(BUSY)
    classes = []
    for share in shares:
        service_s, ratio = draw(TIMES), draw(st.floats(0.0, 5.0))
        load = busy * share / sum(shares)
        classes.append(
            UrgentClass(
                arrival_rate_per_s=load / service_s, service_time_s=service_s, service_variance_ratio=ratio
            )
        )
    return classes


@given(classes=urgent_classes())
def test_priorities_only_move_waits(classes: list[UrgentClass]) -> None:
    """The work that waits, the sum of load times wait, is the same in every order (Kleinrock's conservation law)."""
    busy = sum(each.offered_erlangs for each in classes)
    residual_s = sum(each.residual_s for each in classes)
    for order in (classes, classes[::-1]):
        times = head_of_line(order)
        work = sum(
            each.offered_erlangs * (time - each.service_time_s)
            for each, time in zip(order, times, strict=True)
        )
        assert work == pytest.approx(busy * residual_s / (1.0 - busy), rel=1e-9)


@given(classes=urgent_classes())
def test_interruption_spares_the_most_urgent(classes: list[UrgentClass]) -> None:
    """Who may interrupt is served as if alone with those as urgent, and never later than without interrupting."""
    first = classes[0]
    alone = head_of_line([first])[0]
    assert preemptive_resume(classes)[0] == pytest.approx(alone, rel=1e-12)
    assert preemptive_resume(classes)[0] <= head_of_line(classes)[0] * (1.0 + 1e-12)


@given(busy=BUSY, service_s=TIMES, parts=st.lists(st.floats(0.1, 1.0), min_size=1, max_size=4))
def test_interruption_keeps_numbers(busy: float, service_s: float, parts: list[float]) -> None:
    """With one exponential service, who interrupts whom does not change how many are there: as many as in M/M/1."""
    classes = [
        UrgentClass(arrival_rate_per_s=busy / service_s * part / sum(parts), service_time_s=service_s)
        for part in parts
    ]
    times = preemptive_resume(classes)
    present = sum(each.arrival_rate_per_s * time for each, time in zip(classes, times, strict=True))
    assert present == pytest.approx(busy / (1.0 - busy), rel=1e-9)


@given(busy=BUSY, servers=SERVERS, parts=st.lists(st.floats(0.1, 1.0), min_size=1, max_size=4))
def test_priorities_at_several_servers(busy: float, servers: int, parts: list[float]) -> None:
    """Classes of like requests wait, on average over all, as in M/M/c, and the more urgent never longer."""
    rates = [busy * servers * part / sum(parts) for part in parts]
    times = head_of_line_servers(arrival_rates_per_s=rates, service_time_s=1.0, server_count=servers)
    mean = sum(rate * (time - 1.0) for rate, time in zip(rates, times, strict=True)) / sum(rates)
    assert mean == pytest.approx(float(_wait(busy, 1.0, servers).mean_s[0]), rel=1e-9)
    assert times == sorted(times)


@given(servers=SERVERS, busy=st.floats(0.02, 0.9))
def test_much_room_is_endless_room(servers: int, busy: float) -> None:
    """M/M/c/K with much room is M/M/c: nothing is lost, and waits are alike in mean and distribution."""
    queue = m_m_c_k(
        arrival_rate_per_s=busy * servers,
        service_time_s=1.0,
        server_count=servers,
        most_present=servers + 600,
    )
    wait = _wait(busy, 1.0, servers)
    assert queue.lost_ratio <= 1e-12
    assert queue.wait_probability == pytest.approx(wait.wait_probability_ratio[0], rel=1e-9, abs=1e-12)
    assert queue.wait_s == pytest.approx(wait.mean_s[0], rel=1e-6, abs=1e-12)
    for time in (0.0, 0.3, 2.0):
        expected = wait.wait_probability_ratio[0] * np.exp(-wait.drain_rate_per_s[0] * time)
        assert queue.wait_tail(time) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(servers=st.integers(1, 8), room=st.integers(0, 12), offered=st.floats(0.05, 30.0))
def test_more_room_loses_less(servers: int, room: int, offered: float) -> None:
    """One more place to wait lowers the loss and keeps rates in balance, at overload too."""
    given_: dict[str, Any] = {"arrival_rate_per_s": offered, "service_time_s": 1.0, "server_count": servers}
    queue = m_m_c_k(most_present=servers + room, **given_)
    assert m_m_c_k(most_present=servers + room + 1, **given_).lost_ratio <= queue.lost_ratio * (1.0 + 1e-12)
    busy = queue.probability @ np.minimum(np.arange(queue.probability.size), servers)
    assert queue.throughput_per_s == pytest.approx(busy, rel=1e-9)


@given(servers=SERVERS, busy=BUSY, service_s=TIMES, more=st.integers(0, 5))
def test_sharing_keeps_numbers(servers: int, busy: float, service_s: float, more: int) -> None:
    """Sharing servers keeps the numbers of M/M/c, also where a little more than the servers are served at once."""
    rate = busy * servers / service_s
    expected = float(_wait(busy, service_s, servers).mean_s[0]) + service_s
    for most_served in (None, servers + more):
        queue = m_g_c_shared(
            arrival_rate_per_s=rate, service_time_s=service_s, server_count=servers, most_served=most_served
        )
        assert queue.response_time_s == pytest.approx(expected, rel=1e-9)
        assert queue.stretch >= 1.0 - 1e-12


@given(servers=st.integers(1, 5), room=st.integers(0, 20), offered=st.floats(0.1, 10.0))
def test_filling_up_ends_in_the_steady_state(servers: int, room: int, offered: float) -> None:
    """What was empty is empty at once, then fills, and in the end has the chances of the steady state."""
    given_: dict[str, Any] = {
        "arrival_rate_per_s": offered,
        "service_time_s": 1.0,
        "server_count": servers,
        "most_present": servers + room,
    }
    numbers = np.arange(servers + room + 1)
    assert m_m_c_k_after(0.0, **given_)[0] == 1.0
    present = [float(m_m_c_k_after(time, **given_) @ numbers) for time in (0.1, 1.0, 10.0)]
    assert present == sorted(present)
    np.testing.assert_allclose(m_m_c_k_after(5_000.0, **given_), m_m_c_k(**given_).probability, atol=1e-9)


IMPOSSIBLE: dict[str, Callable[[], object]] = {
    "a constant service that fills its server": lambda: m_d_c(
        arrival_rate_per_s=1.0, service_time_s=1.0, server_count=1
    ),
    "one that all but fills it": lambda: m_d_c(
        arrival_rate_per_s=1.0 - 1e-9, service_time_s=1.0, server_count=1
    ),
    "more work than servers": lambda: m_d_c_wait_s(
        arrival_rate_per_s=3.0, service_time_s=1.0, server_count=2
    ),
    "a negative ratio": lambda: m_g_c(
        arrival_rate_per_s=0.5, service_time_s=1.0, service_variance_ratio=-1.0, server_count=1
    ),
    "less room than servers": lambda: m_m_c_k(
        arrival_rate_per_s=1.0, service_time_s=1.0, server_count=3, most_present=2
    ),
    "shared servers that are full": lambda: m_g_c_shared(
        arrival_rate_per_s=2.0, service_time_s=1.0, server_count=2
    ),
    "urgent work beyond the server": lambda: head_of_line(
        [UrgentClass(arrival_rate_per_s=2.0, service_time_s=1.0)]
    ),
    "urgent work beyond the servers": lambda: head_of_line_servers(
        arrival_rates_per_s=[2.0, 2.0], service_time_s=1.0, server_count=4
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_impossible_stations_are_refused(name: str) -> None:
    """Loads that servers cannot carry, and numbers that cannot be, raise instead of answering."""
    with pytest.raises(ValueError, match=r"must|too near"):
        IMPOSSIBLE[name]()
