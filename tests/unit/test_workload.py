"""What one busiest hour asks of the containers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.errors import InputError
from capplan.inputs import Inputs
from capplan.workload import Workload, build_workload
from tests.planning import SMALL, changed, profile_of

_CPU = {"web": "60 ms", "db": "40 ms"}
# One request takes 100 ms of processor time and waits 400 ms: half a second without queueing.
_HALF_SECOND: dict[str, Any] = changed(
    SMALL, classes={"page": {"share": 1, "cpu": _CPU, "waits": "400 ms"}}, host={"cpu_speed_ratio": 1}
)


def _workload(document: dict[str, Any]) -> Workload:
    return build_workload(Inputs(profile_of(document), "service.toml"))


def _with_traffic(**traffic: object) -> dict[str, Any]:
    return changed(_HALF_SECOND, traffic=traffic)


def test_users_and_think_time_give_the_rate() -> None:
    """20 users who think 9.5 s and wait half a second send 2 requests per second."""
    workload = _workload(_with_traffic(concurrent_users=20, think_time="9.5 s"))
    assert 2 == pytest.approx(workload.requests_per_s.values[0])


def test_users_and_rate_give_the_think_time() -> None:
    """20 users at 2 requests per second have a cycle of 10 s, of which they think 9.5 s."""
    workload = _workload(_with_traffic(concurrent_users=20, requests_per_s=2))
    assert workload.think_time_s is not None
    assert 9.5 == pytest.approx(workload.think_time_s.values[0])


def test_rate_and_think_time_give_the_users() -> None:
    """2 requests per second from people who think 9.5 s and wait half a second are those of 20."""
    workload = _workload(_with_traffic(requests_per_s=2, think_time="9.5 s"))
    assert workload.population is not None
    assert 20 == pytest.approx(workload.population.values[0])


@given(st.floats(1, 500), st.floats(1, 3600))
def test_two_of_the_three_always_obey_littles_law(users: float, cycle_s: float) -> None:
    """N = X (Z + R) holds in every world whichever two are given."""
    given_two: list[dict[str, object]] = [
        {"concurrent_users": users, "requests_per_s": users / cycle_s},
        {"concurrent_users": users, "think_time": f"{cycle_s - 0.5} s"},
        {"requests_per_s": users / cycle_s, "think_time": f"{cycle_s - 0.5} s"},
    ]
    for traffic in given_two:
        workload = _workload(_with_traffic(**traffic))
        assert workload.population is not None
        assert workload.think_time_s is not None
        product = workload.requests_per_s.values * (workload.think_time_s.values + 0.5)
        assert workload.population.values == pytest.approx(product, rel=1e-9)


def test_three_that_agree_are_kept() -> None:
    """Users, rate and think time that obey Little's law stay as they were given."""
    workload = _workload(_with_traffic(concurrent_users=20, requests_per_s=2, think_time="9.5 s"))
    assert workload.population is not None
    assert workload.think_time_s is not None
    given_three = (workload.population, workload.requests_per_s, workload.think_time_s)
    assert [20, 2, 9.5] == [quantity.values[0] for quantity in given_three]


def test_three_that_disagree_are_an_error_with_the_arithmetic() -> None:
    """20 users cannot send 4 requests per second when each thinks 9.5 s: the sentence shows why."""
    with pytest.raises(InputError) as caught:
        _workload(_with_traffic(concurrent_users=20, requests_per_s=4, think_time="9.5 s"))
    expected = (
        "service.toml: traffic: found concurrent_users = 20, requests_per_s = 4, think_time = 9.5 s, expected "
        "N = X (Z + R) by Little's law, but 4 * (9.5 + 0.5) = 40, not 20; "
        "leave one of the three out; it follows from the other two."
    )
    assert expected == str(caught.value)


def test_three_may_disagree_a_little() -> None:
    """Numbers people round are no error: 5 % beside Little's law is accepted, 15 % is not."""
    _workload(_with_traffic(concurrent_users=20, requests_per_s=2.1, think_time="9.5 s"))
    with pytest.raises(InputError):
        _workload(_with_traffic(concurrent_users=20, requests_per_s=2.3, think_time="9.5 s"))


def test_three_that_could_agree_are_kept() -> None:
    """Intervals that contain numbers which obey Little's law do not contradict one another."""
    users = {"low": 10, "mid": 20, "high": 60}
    workload = _workload(_with_traffic(concurrent_users=users, requests_per_s=4, think_time="9.5 s"))
    assert workload.population is not None
    assert workload.population.interval() == (10, 20, 60)


def test_a_cycle_shorter_than_a_request_is_an_error() -> None:
    """One user cannot send 4 requests per second that take half a second each."""
    with pytest.raises(InputError, match=r"250 ms per user and request.* at least the 500 ms"):
        _workload(_with_traffic(concurrent_users=1, requests_per_s=4))


def test_a_rate_alone_is_an_open_system() -> None:
    """Clients that do not wait for one another have no population and no think time."""
    workload = _workload(_with_traffic(requests_per_s=4))
    assert (None, None) == (workload.population, workload.think_time_s)
    assert workload.requests_per_s.values.mean() == 4


def test_shares_divide_the_rate() -> None:
    """A class has its share of the requests; shares that add up to a little less than 1 are scaled."""
    classes = {"read": {"share": 0.745}, "write": {"share": 0.25}}
    rates = {s.name: s.rate_per_s.values[0] for s in _workload(changed(SMALL, classes=classes)).requests}
    assert {"read": 2 * 0.745 / 0.995, "write": 2 * 0.25 / 0.995} == pytest.approx(rates)


def test_without_classes_all_requests_are_one() -> None:
    """A profile that names no class has one called request, with all of the traffic."""
    (stream,) = _workload(SMALL).requests
    assert ("request", "web", 2) == (stream.name, stream.container, stream.rate_per_s.values[0])


def test_a_request_passes_front_database_and_store() -> None:
    """What a class does not state is assumed for its own container, the front, the database and the store."""
    document = changed(
        SMALL,
        containers__nginx={"role": "nginx"},
        containers__redis={"role": "redis"},
        containers__beat={"role": "beat"},
    )
    (stream,) = _workload(document).requests
    assert {"web", "nginx", "db", "redis"} == set(stream.cpu_s)


def test_calls_multiply_the_time_of_one_call() -> None:
    """Five calls of 4 ms are 20 ms of the database, and five visits to it."""
    page = {"share": 1, "cpu": {"web": "60 ms", "db": "4 ms"}, "calls": {"db": 5}}
    (stream,) = _workload(changed(_HALF_SECOND, classes={"page": page})).requests
    assert 0.020 == pytest.approx(stream.cpu_s["db"].values[0])
    assert 5 == stream.database_calls.values[0]


def test_a_faster_processor_takes_less_time() -> None:
    """At twice the speed everything takes half the processor time, and waits stay."""
    (slow,) = _workload(_HALF_SECOND).requests
    (fast,) = _workload(changed(_HALF_SECOND, host__cpu_speed_ratio=2)).requests
    assert slow.cpu_s["web"].values[0] / 2 == pytest.approx(fast.cpu_s["web"].values[0])
    assert slow.waits_s.values[0] == fast.waits_s.values[0]


def test_a_class_may_have_its_own_container_and_objective() -> None:
    """What a class states wins over the first application container and the common objective."""
    document = changed(
        SMALL,
        containers__live={"role": "asgi"},
        classes={"chat": {"share": 0.5, "container": "live", "response_time": "2 s"}, "page": {"share": 0.5}},
        objectives={"response_time": "500 ms"},
    )
    found = {s.name: (s.container, s.objective_s.values[0]) for s in _workload(document).requests}
    assert {"chat": ("live", 2.0), "page": ("web", 0.5)} == found


@pytest.mark.parametrize(
    ("expected", "job", "scaling"),
    [(2 * 0.1, {"per_request_ratio": 0.1}, True), (0.1, {"per_hour": 360}, False)],
)
def test_jobs_come_per_request_or_per_hour(expected: float, job: dict[str, Any], *, scaling: bool) -> None:
    """One job per ten requests grows with traffic; 360 an hour are one in ten seconds and stay."""
    document = changed(SMALL, containers__later={"role": "celery"}, jobs={"mail": job})
    (stream,) = _workload(document).others
    assert expected == pytest.approx(stream.rate_per_s.values[0])
    assert (scaling, "later") == (stream.scaling, stream.container)


def test_a_job_runner_without_jobs_has_assumed_ones() -> None:
    """Celery without a word about its jobs still has some to do; without Celery there are none."""
    assert () == _workload(SMALL).others
    (stream,) = _workload(changed(SMALL, containers__later={"role": "celery"})).others
    assert ("job", "later", {"later", "db"}) == (stream.name, stream.container, set(stream.cpu_s))


def test_messages_come_over_open_connections() -> None:
    """100 connections with a message every 20 s are 5 messages a second of 2 ms."""
    sockets = {"connections": 100, "messages_per_connection_per_s": 0.05, "cpu_per_message": "2 ms"}
    document = changed(_HALF_SECOND, containers__live={"role": "asgi"}, websockets=sockets)
    (stream,) = _workload(document).others
    assert ("live", 5.0, 0.002) == pytest.approx(
        (stream.container, stream.rate_per_s.values[0], stream.cpu_s["live"].values[0])
    )
