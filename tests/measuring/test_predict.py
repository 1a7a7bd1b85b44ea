"""What the profile's model says of a step before it is run."""

from typing import Any

import pytest

from capplan.canonical_json import canonical_json
from capplan.measurements import Asked, Interval, Predictions, StepPrediction
from capplan.predict import (
    NO_CLASS,
    NO_THINK_TIME,
    SATURATED,
    own_point,
    predictions,
    saturation_per_s,
)
from tests.measuring.evidence import asked
from tests.planning import SMALL, changed, profile_of

# One class of 40 ms on the processor, nothing else: a gunicorn of so many workers on the cores is M/M/c//N.
_PLAIN: dict[str, Any] = {
    "name": "plain",
    "traffic": {"concurrent_users": 20, "requests_per_s": 2},
    "containers": {"web": {"role": "gunicorn", "processes": 64, "threads": 1, "memory": "500 MB"}},
    "classes": {"page": {"share": 1, "cpu": {"web": "40 ms"}}},
    "data": {"database": "1 GB", "media": "1 GB", "growth": "1 GB", "growth_over": "24 months"},
    "operations": {"monitoring": []},
    "host": {"cpu_speed_ratio": 1},
    "assume": {"cpu_idle_cores": 0, "memory_peak_ratio": 1},
}


def _of(document: dict[str, Any], step: Asked, cores: int = 1) -> StepPrediction:
    return predictions(profile_of(document), "p.toml", {"step": step}, cores).steps["step"]


def _mid(found: Interval | None) -> float:
    assert found is not None
    return found.mid


def test_one_user_who_never_thinks_goes_round_as_fast_as_one_request() -> None:
    """A burst of one user on requests of 40 ms: 25 requests/s of 40 ms each, with one core busy of two."""
    found = _of(_PLAIN, asked("burst", users=1), cores=2)
    assert _mid(found.throughput_per_s) == pytest.approx(25.0, rel=1e-6)
    assert _mid(found.mean_s) == pytest.approx(0.04, rel=1e-6)
    assert _mid(found.services["web"].cpu_cores) == pytest.approx(1.0, rel=1e-6)
    assert _mid(found.utilization_ratio) == pytest.approx(0.5, rel=1e-6)


def test_open_arrivals_on_one_core_follow_the_formula() -> None:
    """10 arrivals/s of 40 ms on one core is M/M/1 at 0.4: mean 1/15 s. The step's rate is carried, and 0.4 cores."""
    found = _of(_PLAIN, asked("rate", "open", rate_per_s=10.0))
    assert _mid(found.mean_s) == pytest.approx(1 / 15, rel=1e-6)
    assert _mid(found.throughput_per_s) == pytest.approx(10.0, rel=1e-9)
    assert _mid(found.services["web"].cpu_cores) == pytest.approx(0.4, rel=1e-9)


def test_closed_users_follow_the_recursion() -> None:
    """Ten users who think for 0.2 s before 40 ms on one core: X and R as mean value analysis gives them by hand."""
    queue, throughput, response = 0.0, 0.0, 0.0
    for users in range(1, 11):
        response = 0.04 * (1 + queue)
        throughput = users / (response + 0.2)
        queue = throughput * response
    found = _of(_PLAIN, asked(users=10, think_time_s=0.2))
    assert _mid(found.throughput_per_s) == pytest.approx(throughput, rel=1e-6)
    assert _mid(found.mean_s) == pytest.approx(response, rel=1e-6)


def test_the_saturation_is_the_bound_of_the_bottleneck() -> None:
    """Requests of 40 ms saturate one core at 25/s and two at 50/s; with one worker two cores carry 25/s as well."""
    assert saturation_per_s(profile_of(_PLAIN), "p", 1) == pytest.approx(25.0, rel=1e-6)
    assert saturation_per_s(profile_of(_PLAIN), "p", 2) == pytest.approx(50.0, rel=1e-6)
    single = changed(_PLAIN, containers__web__processes=1)
    assert saturation_per_s(profile_of(single), "p", 2) == pytest.approx(25.0, rel=1e-6)


def test_jobs_that_requests_enqueue_take_their_part_of_the_saturation() -> None:
    """Requests of 40 ms that each enqueue half a job of 40 ms saturate one core at 1 / 60 ms."""
    jobs = changed(
        _PLAIN,
        containers__worker={"role": "celery", "memory": "100 MB"},
        jobs__mail={"per_request_ratio": 0.5, "cpu": {"worker": "40 ms"}},
    )
    assert saturation_per_s(profile_of(jobs), "p", 1) == pytest.approx(1 / 0.06, rel=1e-4)
    beyond = _of(jobs, asked(users=100, think_time_s=0.1))
    assert _mid(beyond.throughput_per_s) == pytest.approx(1 / 0.06, rel=1e-3)
    worker, web = (_mid(beyond.services[name].cpu_cores) for name in ("worker", "web"))
    assert worker == pytest.approx(web / 2, rel=1e-6)


@pytest.mark.parametrize("job_s", [0.4, 4.0, 40.0, 400.0])
def test_jobs_far_heavier_than_their_requests(job_s: float) -> None:
    """However much work each request of 40 ms enqueues, what is carried fills the core with both, and is found."""
    jobs = changed(
        _PLAIN,
        containers__worker={"role": "celery", "memory": "100 MB"},
        jobs__video={"per_request_ratio": 1.0, "cpu": {"worker": f"{job_s:g} s"}},
    )
    assert saturation_per_s(profile_of(jobs), "p", 1) == pytest.approx(1 / (0.04 + job_s), rel=5e-3)


def test_beyond_saturation_an_open_step_has_no_response_time() -> None:
    """30 arrivals/s where 25 are carried: the throughput is 25/s, and no response time is told but why."""
    found = _of(_PLAIN, asked("rate", "open", rate_per_s=30.0))
    assert SATURATED == found.note
    assert found.mean_s is None
    assert found.p95_s is None
    assert _mid(found.throughput_per_s) == pytest.approx(25.0, rel=1e-6)


def test_more_users_than_are_solved_still_wait_for_one_another() -> None:
    """5,000 users who think for 10 s at a core that carries 25/s wait N / X - Z = 190 s on average."""
    found = _of(_PLAIN, asked(users=5000, think_time_s=10.0))
    assert _mid(found.throughput_per_s) == pytest.approx(25.0, rel=1e-6)
    assert _mid(found.mean_s) == pytest.approx(190.0, rel=1e-6)


def test_an_idle_step_uses_what_never_rests() -> None:
    """Nothing is asked: no throughput, no response time, the idle assumption over the containers, and full memory."""
    found = _of(changed(SMALL, assume__cpu_idle_cores=0.01), asked("idle", "none"), cores=2)
    assert found.throughput_per_s is None
    assert found.mean_s is None
    assert _mid(found.services["web"].cpu_cores) == pytest.approx(0.005)
    assert _mid(found.services["db"].memory_bytes) >= 1e9


def test_monitoring_is_no_part_of_a_step() -> None:
    """A profile with Prometheus and Grafana is predicted as one without: nobody measures what they use."""
    watched = changed(SMALL, operations={"monitoring": ["prometheus", "grafana"]})
    for step in (asked("idle", "none"), asked("rate", "open", rate_per_s=2.0)):
        without, having = (
            _of(profile, step, 2) for profile in (changed(SMALL, operations={"monitoring": []}), watched)
        )
        assert without.utilization_ratio == having.utilization_ratio
        assert without.mean_s == having.mean_s


def test_a_backup_keeps_a_core_busy() -> None:
    """The same step with a backup has a core more in use, and longer response times."""
    step = asked("rate", "open", rate_per_s=2.0)
    alone, backed = (_of(SMALL, each, 2) for each in (step, step.model_copy(update={"backup": True})))
    more = _mid(backed.utilization_ratio) - _mid(alone.utilization_ratio)
    assert 0.4 < more <= 0.5
    assert _mid(backed.mean_s) > _mid(alone.mean_s)


def test_a_class_alone_is_predicted_by_its_own_demand() -> None:
    """A burst of the slow class takes that class's time; one of a class that the profile does not have has none."""
    two = changed(_PLAIN, classes__report={"share": 1, "cpu": {"web": "200 ms"}})
    assert _mid(_of(two, asked("burst", users=1, only="report")).mean_s) == pytest.approx(0.2, rel=1e-6)
    assert _of(two, asked("burst", users=1, only="other")).note == NO_CLASS


def test_a_closed_step_without_a_think_time_takes_the_profile_s() -> None:
    """20 users at 2 requests/s think for 10 s less a request; a profile of arrivals alone knows no think time."""
    found = _of(_PLAIN, asked(users=20))
    assert _mid(found.throughput_per_s) == pytest.approx(2.0, rel=1e-3)
    arrivals = changed(_PLAIN, traffic={"requests_per_s": 2})
    assert _of(arrivals, asked(users=20)).note == NO_THINK_TIME


def test_the_own_point_is_the_profile_s() -> None:
    """20 users at 2/s and 40 ms: think time 20 / 2 - 0.04 s; arrivals alone have neither users nor think time."""
    found = own_point(profile_of(_PLAIN), "p")
    assert (found.users, found.rate_per_s) == (20, 2.0)
    assert found.think_time_s == pytest.approx(9.96)
    assert found.service_s == pytest.approx(0.04)
    arrivals = own_point(profile_of(changed(_PLAIN, traffic={"requests_per_s": 2})), "p")
    assert arrivals.users is None
    assert arrivals.think_time_s is None


def test_a_prediction_is_the_same_bytes_twice() -> None:
    """The canonical text of a prediction does not change from one computing to the next, and reads back as it was."""
    steps = {"users": asked(users=20, think_time_s=9.9), "idle": asked("idle", "none")}
    first, second = (canonical_json(predictions(profile_of(SMALL), "p", steps, 2, "d")) for _ in range(2))
    assert first == second
    assert canonical_json(Predictions.model_validate_json(first)) == first


def test_canonical_text_is_sorted_and_forgets_the_last_digits() -> None:
    """Two documents that differ in the 15th digit and in the order of a table are the same text."""
    one = Predictions(profile="p", profile_sha256="", cores=2, saturation_per_s=0.1 + 0.2, steps={})
    other = one.model_copy(update={"saturation_per_s": 0.3})
    assert canonical_json(one) == canonical_json(other)
    a, b = StepPrediction(name="a"), StepPrediction(name="b")
    left, right = (one.model_copy(update={"steps": each}) for each in ({"a": a, "b": b}, {"b": b, "a": a}))
    assert canonical_json(left) == canonical_json(right)


def test_what_json_cannot_say_is_refused() -> None:
    """An infinite number is an error here, not a file that nobody can read."""
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(Interval(low=0.0, mid=1.0, high=float("inf")))
