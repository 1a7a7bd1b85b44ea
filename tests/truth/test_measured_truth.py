"""The whole load test against servers that know better: counts, percentiles and times are what they were."""

import json
import math
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.truth.running import (
    END,
    INTENDED,
    OUTCOME,
    START,
    STATUS,
    Row,
    loadtest,
    read_rows,
    read_steps,
)
from tests.truth.scenarios import rate_step, scenario, users_step
from tests.truth.servers import FAULT_SERVER, KNOWN_TRUTH, Server, serving

_PATHS = ("/", "/burn?ms=2", "/sleep?ms=10")
_FINE = (0, 3)
"""A busy machine makes a step invalid; what was counted stays true."""


def _server_counts(server: Server) -> dict[str, int]:
    total = server.truth()["total"]
    assert total["received"] | {"/truth": 0} == total["answered"] | {"/truth": 0}
    return {path: count for path, count in total["answered"].items() if path not in ("/truth", "elsewhere")}


def _quantile(ordered: list[float], percent: int) -> float:
    """Return the smallest time that at least so many percent of all do not exceed, by counting."""
    return next(each for count, each in enumerate(ordered, 1) if 100 * count >= percent * len(ordered))


def _response_s(rows: list[Row], step: dict[str, Any], since: int = INTENDED) -> list[float]:
    """Return the response times of the requests that were to begin in a step's window and ended well, in order."""
    return sorted((row[END] - row[since]) / 1e9 for row in _in_window(rows, step, INTENDED))


def _in_window(rows: list[Row], step: dict[str, Any], moment: int) -> list[Row]:
    start, end = step["window_start_ns"], step["window_end_ns"]
    return [row for row in rows if row[OUTCOME] == 0 and start <= row[moment] < end]


@pytest.mark.parametrize("processes", [pytest.param(1, marks=pytest.mark.deep), 3])
def test_every_request_is_counted_once(tmp_path: Path, processes: int) -> None:
    """What the server answered is what was recorded, for one and for three generator processes, closed and open."""
    steps = (users_step(users=9, duration_s=1.5), rate_step(rate=60.0, duration_s=1.5))
    with serving(KNOWN_TRUTH, "--processes", "2") as server:
        text = scenario(tmp_path, server.url, *steps, paths=_PATHS, timeout_s=5)
        with loadtest(tmp_path, text, "--workers", str(processes)) as running:
            assert running.end() in _FINE, running.told()
        counts = _server_counts(server)
        rows = running.rows()
    assert sum(counts.values()) == len(rows)
    assert all(row[OUTCOME] == 0 and row[STATUS] == 200 for row in rows)
    assert set(counts) == {"/", "/burn", "/sleep"}
    assert [len(running.rows(number)) for number in (1, 2)] == [
        step["recorded"] for step in read_steps(running.folder)
    ]
    assert processes == len({row[8] for row in rows}), "every generator process has sent"


def test_every_request_is_counted_once_when_stopped_in_the_middle(tmp_path: Path) -> None:
    """After Ctrl-C with requests on their way, what the server answered is still what was recorded."""
    with serving(KNOWN_TRUTH) as server:
        text = scenario(
            tmp_path, server.url, users_step(users=9, duration_s=30), paths=("/sleep?ms=300",), timeout_s=5
        )
        with loadtest(tmp_path, text, "--workers", "3") as running:
            running.wait_for_rows(40)
            running.process.send_signal(signal.SIGINT)
            assert running.end() == 130, running.told()
            assert {} == running.orphans(0.0)
        counts = _server_counts(server)
        rows = running.rows()
    assert counts == {"/sleep": len(rows)}
    assert all(row[OUTCOME] == 0 for row in rows)
    assert read_steps(running.folder)[0]["aborted"] == "interrupted"


def test_a_step_of_one_path_is_kept_where_the_run_looks_for_it(tmp_path: Path) -> None:
    """A burst of one path, whose name has signs that no folder may have, comes to a result like any other step."""
    step = 'kind = "burst"\nonly = "/sleep?ms=10"\nduration = "1 s"\nsettle = "0 s"\n'
    with serving(KNOWN_TRUTH) as server:
        text = scenario(tmp_path, server.url, step, paths=_PATHS)
        with loadtest(tmp_path, text) as running:
            assert running.end() in _FINE, running.told()
        counts = _server_counts(server)
    assert [counts["/sleep"]] == [step["recorded"] for step in read_steps(running.folder)]
    assert {"/sleep"} == set(counts)


def test_percentiles_are_those_of_the_rows(tmp_path: Path) -> None:
    """Mean and percentiles are those that sorting the raw rows of the window gives, closed and open."""
    steps = (users_step(users=6, duration_s=2.5), rate_step(rate=80.0, duration_s=2.5))
    with serving(KNOWN_TRUTH, "--slots", "2", "--service-ms", "15") as server:
        text = scenario(tmp_path, server.url, *steps, paths=("/mmc",), timeout_s=5)
        with loadtest(tmp_path, text) as running:
            assert running.end() in _FINE, running.told()
    for step in read_steps(running.folder):
        rows = read_rows(running.folder, step["number"])
        times = _response_s(rows, step)
        response = step["response"]
        assert len(times) == response["count"]
        assert math.fsum(times) / len(times) == pytest.approx(response["mean_s"]["mid"], rel=1e-9)
        for name, percent in (("p50_s", 50), ("p90_s", 90), ("p95_s", 95), ("p99_s", 99)):
            assert _quantile(times, percent) == pytest.approx(response[name]["mid"], rel=1e-9), name
        from_start = _quantile(_response_s(rows, step, START), 95)
        assert from_start == pytest.approx(response["uncorrected_p95_s"], rel=1e-9)
        window_s = (step["window_end_ns"] - step["window_start_ns"]) / 1e9
        ended = len(_in_window(rows, step, END))
        assert ended / window_s == pytest.approx(step["throughput_per_s"]["mid"], rel=1e-9)


@pytest.mark.deep
def test_response_times_are_no_shorter_than_the_server_took(tmp_path: Path) -> None:
    """Every response time is at least the sleep, and their median at most 5 ms more where nothing queues."""
    with serving(KNOWN_TRUTH) as server:
        text = scenario(
            tmp_path, server.url, users_step(users=3, duration_s=2), paths=("/sleep?ms=40",), timeout_s=5
        )
        with loadtest(tmp_path, text) as running:
            assert running.end() in _FINE, running.told()
    times = sorted((row[END] - row[START]) / 1e9 for row in running.rows())
    assert times[0] >= 0.04
    assert _quantile(times, 50) < 0.045


def test_processor_time_of_a_step_is_that_of_the_servers_clock(tmp_path: Path) -> None:
    """Between the marks of a step the server has burned what its own clock says, within 1 %."""
    with serving(KNOWN_TRUTH, "--processes", "2") as server:
        before = server.truth()["total"]["cpu_s"]
        step = users_step(users=4, duration_s=3, settle_s=0)
        text = scenario(
            tmp_path,
            server.url,
            step,
            paths=("/burn?ms=40",),
            timeout_s=5,
            think_time_s=0.02,
            observed=f"pid = {server.pid}",
        )
        with loadtest(tmp_path, text) as running:
            assert running.end() in _FINE, running.told()
        true_s = server.truth()["total"]["cpu_s"] - before
    lines = [json.loads(line) for line in (running.folder / "samples.jsonl").read_text("utf-8").splitlines()]
    marks = {line["label"]: line["services"]["target"]["cpu_s"] for line in lines if "label" in line}
    measured_s = marks["001:end"] - marks["001:start"]
    assert true_s > 0.4
    assert abs(measured_s - true_s) < 0.01 * true_s


def _stalled(folder: Path, step: str, *, from_s: float) -> tuple[dict[str, Any], list[float]]:
    """Load a server that stalls for two seconds; return the step, and the times of all that succeeded, in order."""
    with serving(FAULT_SERVER, "--fault", "stall", "--from", str(from_s), "--for", "2") as server:
        text = scenario(folder, server.url, step, timeout_s=10, think_time_s=0.1)
        with loadtest(folder, text) as running:
            assert running.end() in _FINE, running.told()
    rows = running.rows()
    assert all(row[OUTCOME] == 0 for row in rows)
    return read_steps(running.folder)[0], sorted((row[END] - row[INTENDED]) / 1e9 for row in rows)


@pytest.mark.parametrize("from_s", [pytest.param(1.0, marks=pytest.mark.deep), 3.5])
def test_a_stall_is_seen_by_whoever_should_have_arrived(tmp_path: Path, from_s: float) -> None:
    """A stall of 2 s in 6 s at 20/s, early or late: the open p95 is above 1.5 s, or the step is invalid."""
    step, times = _stalled(tmp_path, rate_step(rate=20.0, duration_s=6.0), from_s=from_s)
    assert 24 <= len([seconds for seconds in times if seconds > 0.1]) <= 60, "2 s at 20/s, Poisson"
    assert _quantile(times, 95) >= 1.5
    assert step["response"]["p95_s"]["mid"] >= 1.5 or not step["valid"]


@pytest.mark.deep
def test_a_stall_is_missed_by_users_who_wait(tmp_path: Path) -> None:
    """Two users at 20/s in all wait once each and ask for nothing meanwhile: their p95 knows nothing of the stall."""
    _, times = _stalled(tmp_path, users_step(users=2, duration_s=6.0), from_s=3.5)
    assert 1.5 < times[-1] < 2.2
    assert _quantile(times, 95) < 0.5


def _erlang_response_s(rate_per_s: float, service_s: float, servers: int) -> float:
    """Return the mean response time of M/M/c: Kleinrock, Queueing Systems 1, equation 3.41 (Erlang C)."""
    offered = rate_per_s * service_s
    terms = [offered**k / math.factorial(k) for k in range(servers)]
    last = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return service_s + last / (sum(terms) + last) * service_s / (servers - offered)


@pytest.mark.deep
def test_open_response_times_are_those_of_the_queue(tmp_path: Path) -> None:
    """Poisson arrivals at M/M/2 with 60 % utilization: the mean is the server's own plus 4 ms at most, and Erlang's."""
    words = ("--slots", "2", "--service-ms", "20")
    with serving(KNOWN_TRUTH, *words) as server:
        step = rate_step(rate=60.0, duration_s=90.0, settle_s=0.5, users=200)
        text = scenario(tmp_path, server.url, step, paths=("/mmc",), timeout_s=10)
        with loadtest(tmp_path, text) as running:
            assert running.end(180) in _FINE, running.told()
        stays = server.truth(each=True)["processes"][0]["mmc"]["stays"]
    rows = running.rows()
    assert len(stays) == len(rows)
    mean_s = math.fsum(row[END] - row[INTENDED] for row in rows) / len(rows) / 1e9
    server_s = math.fsum(waited_s + held_s for _, waited_s, held_s in stays) / len(stays)
    assert server_s < mean_s < server_s + 0.004
    held_s = math.fsum(held_s for _, _, held_s in stays) / len(stays)
    spent_s = (rows[-1][END] - rows[0][INTENDED]) / 1e9
    assert mean_s == pytest.approx(_erlang_response_s(len(rows) / spent_s, held_s, 2), rel=0.15)
