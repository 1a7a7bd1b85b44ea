"""A step's result from requests and samples that were written by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from capplan.judging.step_result import step_result
from capplan.measurements import Gate, StepResult
from capplan.records import ROW, Outcome, Records
from tests.measuring.evidence import (
    SECOND,
    asked,
    closed_users,
    evidence,
    records,
    samples,
    single_server,
)

_CLOSED = asked(users=5, think_time_s=0.8)
_OPEN = asked("rate", "open", rate_per_s=10.0, users=50)
_IDLE = asked("idle", "none")
_STEADY = closed_users(5, response_s=0.2, think_s=0.8, until_s=75, apart_s=0.17)


def _gate(result: StepResult, code: str, subject: str = "") -> Gate:
    return next(each for each in result.gates if each.code == code and each.subject == subject)


def _open_records(rate_per_s: float, until_s: float, response_s: float) -> Records:
    due = np.arange(0.0, until_s, 1 / rate_per_s).tolist()
    return records([(index, start, start + response_s) for index, start in enumerate(due)])


def test_an_exact_closed_step_has_its_exact_figures() -> None:
    """Five users who wait 0.2 s and think 0.8 s: X = 5/s, R = 0.2 s at every percentile, Z = 0.8 s, and valid."""
    found = step_result(evidence(_CLOSED, _STEADY))
    assert found.valid
    assert found.throughput_per_s is not None
    assert found.throughput_per_s.mid == pytest.approx(5.0, rel=0.005)
    assert found.response is not None
    times = found.response
    assert times.count == 300
    for each in (times.mean_s, times.p50_s, times.p95_s, times.p99_s):
        assert each.mid == pytest.approx(0.2, abs=1e-6)
    assert found.achieved_think_time_s == pytest.approx(0.8, abs=1e-6)
    assert found.outcomes == {"ok": 300}
    assert found.recorded == len(_STEADY.rows)
    assert (found.window_start_ns, found.window_end_ns) == (10 * SECOND, 70 * SECOND)


@pytest.mark.parametrize("utilization_ratio", [0.3, 0.6])
def test_a_simulated_queue_gives_back_its_formula(utilization_ratio: float) -> None:
    """M/M/1 at 3,000 requests: mean 1/(mu - lambda) and p95 ln(20) times that, within the interval or 15 %."""
    rng = np.random.default_rng(21)
    times = single_server(rng, 3000, utilization_ratio) / 50
    starts = np.sort(rng.uniform(10.0, 69.0, 3000))
    requests = [(i, s, s + r) for i, (s, r) in enumerate(zip(starts.tolist(), times.tolist(), strict=True))]
    found = step_result(evidence(_OPEN, records(requests))).response
    assert found is not None
    mean = 1 / (50 * (1 - utilization_ratio))
    assert found.mean_s.mid == pytest.approx(mean, rel=0.15)
    assert found.p95_s.mid == pytest.approx(mean * np.log(20), rel=0.15)


def test_a_warm_up_is_cut_off_and_said() -> None:
    """Requests that take 2 s for the first 10 s of the window, then 0.1 s: these 10 s are cut, and only they."""
    first = [(i, 10 + i * 0.1, 12 + i * 0.1) for i in range(100)]
    later = [(i, 22 + i * 0.1, 22.1 + i * 0.1) for i in range(480)]
    found = step_result(evidence(_OPEN, records([*first, *later])))
    assert found.steady is not None
    assert found.steady.warm_up_s == pytest.approx(11.9, abs=0.2)
    assert not found.steady.at_border
    assert found.response is not None
    assert found.response.mean_s.mid == pytest.approx(0.1, abs=1e-3)
    assert found.window_start_ns > 21 * SECOND


def test_response_times_that_grow_fail_the_step() -> None:
    """Arrivals beyond saturation: response times grow all along; there is drift or no steady part."""
    slow = records([(i, i * 0.1, i * 0.1 + 0.05 * i * 0.1) for i in range(680)])
    found = step_result(evidence(_OPEN, slow))
    assert not found.valid
    assert not (_gate(found, "steady").passed and _gate(found, "drift").passed)


def test_only_requests_that_succeeded_count_as_response_times() -> None:
    """Slow failures and quick 429s change the outcomes, but neither throughput nor response times."""
    bad = records([(9, 20 + i, 30 + i, Outcome.TIMEOUT) for i in range(3)])
    refused = records([(8, 20 + i, 20.001 + i, Outcome.TOO_MANY) for i in range(6)])
    rows = np.concatenate([_STEADY.rows, bad.rows, refused.rows])
    found = step_result(
        evidence(_CLOSED, Records(rows[np.argsort(rows["end_ns"], kind="stable")], ("list",)))
    )
    assert found.outcomes == {"ok": 300, "timeout": 3, "too-many": 6}
    assert found.response is not None
    assert found.response.p99_s.mid == pytest.approx(0.2, abs=1e-6)
    errors = _gate(found, "errors")
    assert errors.found == pytest.approx(9 / 309)
    assert not errors.passed
    assert not found.valid


def test_classes_are_told_apart() -> None:
    """Two request classes with different times have a row each, and together the count of all."""
    quick = records([(1, i, i + 0.1) for i in range(10, 69)], ("list", "report"), 0)
    slow = records([(2, i, i + 0.9) for i in range(10, 69)], ("list", "report"), 1)
    rows = np.concatenate([quick.rows, slow.rows])
    found = step_result(
        evidence(asked(users=2), Records(rows[np.argsort(rows["end_ns"])], ("list", "report")))
    )
    assert set(found.classes) == {"list", "report"}
    assert found.classes["report"].mean_s.mid == pytest.approx(0.9, abs=1e-6)
    assert found.response is not None
    assert found.response.count == sum(each.count for each in found.classes.values())


@given(split=st.lists(st.integers(0, 2), min_size=340, max_size=340))
def test_shards_merged_are_the_whole(split: list[int]) -> None:
    """Requests spread over three workers' shards and merged by their end give the result of one shard."""
    rows = _STEADY.rows[:340]
    shards = [rows[np.array(split) == worker] for worker in range(3)]
    merged = np.concatenate(shards)
    merged = merged[np.argsort(merged["end_ns"], kind="stable")]
    one = step_result(evidence(_CLOSED, Records(rows, ("list",))))
    three = step_result(evidence(_CLOSED, Records(merged, ("list",))))
    assert one == three


def test_a_stall_is_seen_from_the_intended_start() -> None:
    """A stall of 2 s in 30 at 20/s: the 31st longest of 600 waits is 0.5 s; from actual starts nothing is seen."""
    rows = np.zeros(600, ROW)
    for index, row in enumerate(rows):
        due = 20 + index / 20
        start = max(due, 42.0) if due >= 40.0 else due
        row["user"], row["flags"], row["outcome"] = index, 1, Outcome.OK
        row["intended_ns"], row["start_ns"] = round(due * SECOND), round(start * SECOND)
        row["end_ns"] = row["start_ns"] + SECOND // 100
    rows = rows[np.argsort(rows["end_ns"], kind="stable")]
    found = step_result(evidence(_OPEN, Records(rows, ("list",)), window_s=(20.0, 50.0))).response
    assert found is not None
    assert found.uncorrected_p95_s == pytest.approx(0.01, abs=1e-4)
    assert found.p95_s.mid == pytest.approx(0.51, abs=1e-6)


def _half_late(arrivals: NDArray[np.int64]) -> StepResult:
    """Return a step of which every second arrival leaves a minute after it was due."""
    found = _open_records(10.0, 75.0, 0.05)
    found.rows["start_ns"][::2] += 60 * SECOND
    found.rows["end_ns"][::2] += 60 * SECOND
    rows = found.rows[np.argsort(found.rows["end_ns"], kind="stable")]
    return step_result(evidence(_OPEN, Records(rows, found.names), arrivals=arrivals))


def test_arrivals_never_sent_fail_the_step() -> None:
    """540 of 600 arrivals sent are 90 %, under the limit of 98 %; those that leave after the window were not sent."""
    due = np.arange(0.0, 75.0, 0.1)
    kept = records([(i, s, s + 0.05) for i, s in enumerate(due.tolist()) if i % 10])
    arrivals = (due * SECOND).round().astype(np.int64)
    found = step_result(evidence(_OPEN, kept, arrivals=arrivals))
    assert found.scheduled == 600
    achieved = _gate(found, "achieved")
    assert achieved.found == pytest.approx(0.9)
    assert not achieved.passed
    whole = step_result(evidence(_OPEN, _open_records(10.0, 75.0, 0.05), arrivals=arrivals))
    assert _gate(whole, "achieved").passed
    assert whole.valid
    late = _half_late(arrivals)
    assert _gate(late, "achieved").found == pytest.approx(0.5)


def test_lost_users_fail_little_s_law() -> None:
    """Five users asked for and four there: the records account for 20 % too few."""
    four = closed_users(4, response_s=0.2, think_s=0.8, until_s=75)
    little = _gate(step_result(evidence(_CLOSED, four)), "little")
    assert little.found == pytest.approx(0.2, abs=1e-3)
    assert not little.passed


def test_processor_time_is_that_of_the_window() -> None:
    """A service at half a core for a minute: 0.5 cores, and at 5 requests/s 0.1 s each; its two processes share it."""
    read = samples(75, web={"cpu_s": 0.5, "read_bytes": 4096})
    for second, sample in enumerate(read):
        sample["services"]["web"]["processes"] = {"1": 0.3 * second, "2": 0.2 * second}
    use = step_result(evidence(_CLOSED, _STEADY, samples=read, watched={"web": "gunicorn"})).services["web"]
    assert use.kind == "gunicorn"
    assert use.cpu_cores is not None
    assert use.cpu_cores.mid == pytest.approx(0.5)
    assert use.cpu_s_per_request == pytest.approx(0.1, rel=0.01)
    assert use.processes == 2
    assert use.busiest_process_cores == pytest.approx(0.3)
    assert use.read_bytes_per_s == pytest.approx(4096)


def test_memory_is_the_least_the_median_and_the_largest_reading() -> None:
    """Readings of 10, 30 and 20 MB in the window, and 99 MB before it, are 10, 20 and 30."""
    read = samples(75, web={"cpu_s": 0.1})
    for second, size in ((5, 99e6), (15, 10e6), (30, 30e6), (60, 20e6)):
        read[second]["services"]["web"]["pss_bytes"] = size
    use = step_result(evidence(_CLOSED, _STEADY, samples=read)).services["web"]
    assert use.pss_bytes is not None
    assert (use.pss_bytes.low, use.pss_bytes.mid, use.pss_bytes.high) == (10e6, 20e6, 30e6)
    assert use.need_bytes is None


def test_what_was_not_read_is_absent_and_not_zero() -> None:
    """A service of which nothing could be read has no figure at all, its reason, and fails no gate."""
    found = step_result(
        evidence(_CLOSED, _STEADY, watched={"db": "postgresql"}, absent={"db": {"cpu_s": "no such process"}})
    )
    use = found.services["db"]
    assert use.absent == {"cpu_s": "no such process"}
    assert {None} == {use.cpu_cores, use.pss_bytes, use.throttled_ratio, use.restarts, use.cpu_s_per_request}
    assert found.host.foreign_cores is None
    gate = _gate(found, "throttled", "db")
    assert gate.passed
    assert gate.found is None
    assert found.valid


def _hosted(**changes: float) -> list[dict[str, Any]]:
    """Return samples of two cores: 0.5 used by web, 0.3 by the generator, 0.01 by the sampler, 0.05 by others."""
    rates = {"busy_s": 0.86, "steal_s": 0.0, "iowait_s": 0.02} | changes
    read = samples(
        75, web={"cpu_s": 0.5, "throttled_periods": 0, "periods": 10, "restarts": 0, "oom_kills": 0}
    )
    for second, sample in enumerate(read):
        sample["host"] = {"cores": 2} | {key: 1000 + rate * second for key, rate in rates.items()}
        sample["generator"] = {"7": 0.2 * second, "8": 0.1 * second}
        sample["sampler_cpu_s"] = 0.01 * second
        sample["speed_s"] = 0.002
    return read


def test_foreign_load_is_what_nobody_in_the_run_used() -> None:
    """Busy 0.86 cores less 0.5, 0.3 and 0.01 are 0.05 foreign ones; the busiest generator process had 0.2."""
    found = step_result(evidence(_CLOSED, _STEADY, samples=_hosted()))
    host = found.host
    assert host.cores == 2
    assert host.foreign_cores == pytest.approx(0.05)
    assert host.generator_cores == pytest.approx(0.3)
    assert host.generator_busiest_cores == pytest.approx(0.2)
    assert step_result(evidence(_CLOSED, samples=_hosted(steal_s=0.1))).host.steal_ratio == pytest.approx(
        0.05
    )
    assert host.iowait_cores == pytest.approx(0.02)
    assert host.largest_sample_gap_s == pytest.approx(1.0)
    assert host.speed_s is not None
    assert found.valid


def _raised(key: str, per_s: float) -> list[dict[str, Any]]:
    read = _hosted()
    for second, sample in enumerate(read):
        sample["services"]["web"][key] = per_s * second
    return read


def _gap() -> list[dict[str, Any]]:
    return [sample for sample in _hosted() if not 30 * SECOND < sample["at_ns"] < 35 * SECOND]


def _slower() -> list[dict[str, Any]]:
    return [sample | {"speed_s": 0.003 if sample["at_ns"] > 50 * SECOND else 0.002} for sample in _hosted()]


def _busy_generator() -> list[dict[str, Any]]:
    return [
        sample | {"generator": {"7": 0.9 * sample["at_ns"] / SECOND}, "host": {"cores": 2}}
        for sample in _hosted()
    ]


@pytest.mark.parametrize(
    ("code", "subject", "read"),
    [
        ("foreign", "", _hosted(busy_s=1.2)),
        ("steal", "", _hosted(steal_s=0.1)),
        ("sampler-gap", "", _gap()),
        ("speed-drift", "", _slower()),
        ("generator", "", _busy_generator()),
        ("throttled", "web", _raised("throttled_periods", 0.5)),
        ("restart", "web", _raised("restarts", 1 / 60)),
        ("oom", "web", _raised("oom_kills", 1 / 60)),
    ],
)
def test_each_disturbance_fails_its_own_gate_alone(
    code: str, subject: str, read: list[dict[str, Any]]
) -> None:
    """A step that is fine but for one thing fails that gate and no other; without that thing it passes all."""
    found = step_result(evidence(_CLOSED, _STEADY, samples=read))
    assert [(code, subject)] == [(each.code, each.subject) for each in found.gates if not each.passed]
    assert not found.valid


@pytest.mark.parametrize(("late_seconds", "passed"), [(2, True), (5, True), (7, False), (60, False)])
def test_an_event_loop_late_in_one_second_of_ten_fails_its_gate(late_seconds: int, passed: bool) -> None:  # noqa: FBT001 - a row of the table
    """A loop whose 99th percentile is 20 ms in a few of sixty seconds passes; in more than six it fails at 5 ms."""
    told = [
        {
            "at_ns": second * SECOND,
            "loop_lag_s": 0.5,
            "loop_lag_p99_s": 0.02 if second < 10 + late_seconds else 0.001,
        }
        for second in range(10, 70)
    ]
    found = step_result(evidence(_CLOSED, _STEADY, progress=told))
    assert _gate(found, "loop-lag").passed == passed


def test_a_backup_is_not_foreign() -> None:
    """A step that asked for a backup has no gate on foreign load: the dump is somebody else on purpose."""
    step = asked(users=5, backup=True)
    found = step_result(evidence(step, _STEADY, samples=_hosted(busy_s=1.8)))
    assert "foreign" not in {each.code for each in found.gates}
    assert found.valid


def test_an_idle_step_is_judged_by_the_machine_alone() -> None:
    """Nothing is sent, so nothing is asked of requests: no throughput, no response times, and valid."""
    found = step_result(evidence(_IDLE, samples=_hosted(busy_s=0.86)))
    assert {"throttled", "restart", "oom", "sampler-gap", "foreign", "steal", "speed-drift"} == {
        each.code for each in found.gates
    }
    assert found.valid
    assert found.throughput_per_s is None
    assert found.response is None
    assert found.services["web"].cpu_s_per_request is None


def test_a_step_that_got_no_answer_is_invalid() -> None:
    """A step that should send and has 29 answers has too few; one with none at all is invalid too, and no crash."""
    few = step_result(evidence(_OPEN, records([(i, 20.0 + i, 20.1 + i) for i in range(29)])))
    assert ["too-few"] == [each.code for each in few.gates if not each.passed]
    none = step_result(evidence(_OPEN))
    assert not none.valid
    assert none.response is None
    assert none.throughput_per_s is not None
    assert none.throughput_per_s.mid == 0


def test_an_aborted_step_is_never_valid() -> None:
    """A step that was cut off is invalid although all its gates pass; cut off before its window it has no rate."""
    assert not step_result(evidence(_CLOSED, _STEADY, aborted="interrupted")).valid
    early = step_result(evidence(_CLOSED, _STEADY, aborted="interrupted", window_s=(5.0, 5.0)))
    assert early.throughput_per_s is None


def test_servers_tell_levels_as_means_and_counters_as_differences() -> None:
    """Connections are averaged, transactions counted over the window, and the growth of data over the whole step."""
    read = [
        {
            "at_ns": second * SECOND,
            "services": {},
            "servers": {
                "db": {"connections": 4 + second % 2, "xact": 7 * second, "size_bytes": 1e6 + 10 * second}
            },
        }
        for second in range(76)
    ]
    found = step_result(evidence(_CLOSED, _STEADY, samples=read))
    assert found.servers["db"]["connections"] == pytest.approx(4.5, abs=0.01)
    assert found.servers["db"]["xact"] == pytest.approx(7 * 60)
    assert found.growth_bytes == {"db": 750.0}


def test_a_result_survives_its_file() -> None:
    """A result written as JSON and read again is the same result."""
    found = step_result(evidence(_CLOSED, _STEADY, samples=_hosted()))
    assert found == StepResult.model_validate_json(found.model_dump_json())


def test_what_hangs_when_the_window_closes_is_counted() -> None:
    """A target stops at 60 s of 70: what was sent until 70 s and timed out later failed, and the step is invalid."""
    fine = [(0, start, start + 0.1) for start in np.arange(10.0, 60.0, 0.5).tolist()]
    hung = [(1, start, start + 30.0, Outcome.TIMEOUT) for start in np.arange(60.0, 70.0, 0.5).tolist()]
    found = step_result(evidence(asked("rate", "open", rate_per_s=2.0), records([*fine, *hung])))
    assert {"ok": 100, "timeout": 20} == found.outcomes
    assert "errors" in {gate.code for gate in found.gates if not gate.passed}


def test_what_is_slow_when_the_window_closes_is_slow() -> None:
    """A stall from 60 s to 85 s, past the window: the requests of its last ten seconds are the slowest sixth."""
    fine = [(0, start, start + 0.1) for start in np.arange(10.0, 60.0, 0.5).tolist()]
    late = [(1, start, 85.0) for start in np.arange(60.0, 70.0, 0.5).tolist()]
    found = step_result(evidence(asked("rate", "open", rate_per_s=2.0), records([*fine, *late])))
    assert found.response is not None
    assert found.response.p95_s.mid > 15
    assert found.throughput_per_s is not None
    assert 100 / 60 == pytest.approx(found.throughput_per_s.mid, rel=0.02)


def test_without_services_nobody_knows_what_is_foreign() -> None:
    """Where nothing is watched the target's own processor time is not told from a stranger's, and convicts nobody."""
    busy = [{"at_ns": s * SECOND, "host": {"cores": 2, "busy_s": 1.5 * s}, "services": {}} for s in range(76)]
    found = step_result(evidence(asked(), samples=busy))
    assert 1.5 == pytest.approx(found.host.busy_cores)
    assert found.host.foreign_cores is None
    assert [gate.passed for gate in found.gates if gate.code == "foreign"] == [True]
