"""The records are the truth: every request the target counted, with the time it took, and no other."""

import time
from pathlib import Path

import numpy as np
import pytest

from capplan.records import FIRST_OF_ARRIVAL, Outcome
from tests.load_child.driver import Target, arrivals, load, locustfile, records, users


@pytest.mark.parametrize("workers", [1, 3])
def test_counts_are_exact(tmp_path: Path, target: Target, workers: int) -> None:
    """The target counted what was recorded: closed, open, and stopped while every request was on its way."""
    with load(tmp_path, target, paths=["/a", "/b"], workers=workers) as child:
        expected = 0
        for order in (
            {"users": 12, "think_time_s": 0.05},
            {"mode": "open", "users": 30, "rate_per_s": 60},
        ):
            folder = child.begin(**order)
            time.sleep(1.0)
            stopped = child.stop()
            found = records(folder)
            assert len(found.rows) == stopped["recorded"] > 20
            assert (found.rows["outcome"] == Outcome.OK).all()
            expected += len(found.rows)
            assert expected == target.total()
        assert len(child.greeting["pids"]) == (1 if workers == 1 else workers + 1)


@pytest.mark.parametrize("workers", [1, 3])
def test_requests_in_flight_end_and_are_recorded(tmp_path: Path, target: Target, workers: int) -> None:
    """A stop in the middle loses nothing: what was sent is answered and recorded, and nothing more is sent."""
    with load(tmp_path, target, paths=["/sleep/700"], workers=workers) as child:
        folder = child.begin(users=9, think_time_s=0.0)
        while target.total() < 9:
            time.sleep(0.01)
        stopped = child.stop()
        assert records(folder).rows.size == stopped["recorded"] == target.total() == 9
        assert {0: 3, 1: 3, 2: 3} if workers == 3 else {0: 9} == _by_worker(folder)


def _by_worker(folder: Path) -> dict[int, int]:
    found, counts = np.unique(records(folder).rows["worker"], return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def test_response_times_are_those_of_the_target(tmp_path: Path, target: Target) -> None:
    """A target that sleeps 20 and 150 ms is reported so, on the clock that the whole host shares."""
    with load(tmp_path, target, paths=["/sleep/20", "/sleep/150"]) as child:
        before_ns = time.monotonic_ns()
        found = child.run(2.0, users=3, think_time_s=0.02)
        after_ns = time.monotonic_ns()
    for name, sleep_s in (("/sleep/20", 0.02), ("/sleep/150", 0.15)):
        rows = found.rows[found.rows["name"] == found.names.index(name)]
        took_s = (rows["end_ns"] - rows["start_ns"]) / 1e9
        assert took_s.min() >= sleep_s
        assert np.quantile(took_s, 0.1) == pytest.approx(sleep_s, abs=0.015)
    assert before_ns <= found.rows["start_ns"].min() <= found.rows["end_ns"].max() <= after_ns
    assert (found.rows["status"] == 200).all()
    assert (found.rows["bytes"] == len(b"slept")).all()


def test_an_open_step_records_every_arrival(tmp_path: Path, target: Target) -> None:
    """Arrivals come at the rate asked for, also those nobody was free to serve before the stop."""
    with load(tmp_path, target, paths=["/sleep/400"], timeout_s=3) as child:
        folder = child.begin(mode="open", users=2, rate_per_s=100, seed=5)
        time.sleep(2.0)
        stopped = child.stop()
    due, rows = arrivals(folder), records(folder).rows
    assert stopped["scheduled"] == due.size == pytest.approx(200, abs=60)
    assert 8 <= rows.size <= 14  # two users, five rounds
    assert set(rows["intended_ns"].tolist()) == set(due[: rows.size].tolist())
    assert (rows["flags"] == FIRST_OF_ARRIVAL).all()
    assert (rows["start_ns"] >= rows["intended_ns"]).all()
    assert 2 == len(users(folder))


def test_arrivals_are_poisson(tmp_path: Path, target: Target) -> None:
    """Gaps between arrivals are exponential, and split over workers they still are, at the whole rate."""
    with load(tmp_path, target, paths=["/a"], workers=3) as child:
        folder = child.begin(mode="open", users=30, rate_per_s=150, seed=3)
        time.sleep(2.0)
        child.stop()
    gaps_s = np.diff(arrivals(folder)) / 1e9
    assert np.mean(gaps_s) == pytest.approx(1 / 150, rel=0.2)
    assert np.std(gaps_s) / np.mean(gaps_s) == pytest.approx(1.0, abs=0.2)
    assert not np.intersect1d(
        np.fromfile(folder / "arrivals-0.bin", "<i8"), np.fromfile(folder / "arrivals-1.bin", "<i8")
    ).size


def test_only_the_first_request_of_an_arrival_was_intended(tmp_path: Path, target: Target) -> None:
    """A task of two requests has one arrival: the second is counted from when it was sent."""
    source = locustfile(
        tmp_path,
        "from locust import FastHttpUser, HttpUser, task\n"
        "class Fast(FastHttpUser):\n    @task\n    def both(self):\n"
        "        self.client.get('/first'); self.client.get('/second')\n"
        "class Plain(HttpUser):\n    @task\n    def both(self):\n"
        "        self.client.get('/first'); self.client.get('/second')\n",
    )
    with load(tmp_path, target, locustfile=source) as child:
        found = child.run(1.0, mode="open", users=10, rate_per_s=30)
    first = found.rows["name"] == found.names.index("/first")
    assert (found.rows["flags"][first] == FIRST_OF_ARRIVAL).all()
    assert (found.rows["flags"][~first] == 0).all()
    assert (found.rows["intended_ns"][~first] == found.rows["start_ns"][~first]).all()
    assert 10 < first.sum() == (~first).sum()


def test_a_stall_shows_in_open_mode_only(tmp_path: Path, target: Target) -> None:
    """Two seconds of silence at 20 per second are a p95 of 1.5 s or more from the intended start, and hidden else."""
    folders = {mode: tmp_path / mode for mode in ("open", "closed")}
    for folder in folders.values():
        folder.mkdir()
    with load(folders["open"], target) as open_child, load(folders["closed"], target) as closed_child:
        opened = open_child.begin(mode="open", users=80, rate_per_s=20)
        closed = closed_child.begin(users=2, think_time_s=0.1)
        time.sleep(1.5)
        target.freeze(2000)
        time.sleep(4.0)
        open_child.stop()
        closed_child.stop()
    assert np.quantile(records(opened).response_s(), 0.95) >= 1.5
    assert np.quantile(records(closed).response_s(), 0.95) < 0.5


def test_a_step_begins_when_everybody_is_in(tmp_path: Path, target: Target) -> None:
    """A login that takes 600 ms is over before the step has started and before the first arrival is due."""
    source = locustfile(
        tmp_path,
        "from locust import FastHttpUser, task\nclass Member(FastHttpUser):\n"
        "    def on_start(self):\n        self.client.get('/sleep/600', name='login')\n"
        "    @task\n    def look(self):\n        self.client.get('/a')\n",
    )
    with load(tmp_path, target, locustfile=source) as child:
        folder = child.begin(mode="open", users=4, rate_per_s=40)
        time.sleep(0.5)
        child.stop()
    (started,) = (each["at_ns"] for each in child.heard if each["event"] == "started")
    found = records(folder)
    logins = found.rows[found.rows["name"] == found.names.index("login")]
    assert 4 == len(logins)
    assert (logins["flags"] == 0).all()
    assert logins["end_ns"].max() <= min(started, arrivals(folder).min())


_LOGS_IN = """\
from locust import FastHttpUser, constant, task
class Visitor(FastHttpUser):
    wait_time = constant(0.05)
    def on_start(self):
        self.client.get("/sleep/200", name="login")
    @task
    def look(self):
        self.client.get("/some", name="look")
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_logins_do_not_storm(tmp_path: Path, target: Target, workers: int) -> None:
    """Of 40 users that log in at once at most eight are at it at a time, and the step begins after the last of them."""
    with load(tmp_path, target, locustfile=locustfile(tmp_path, _LOGS_IN), workers=workers) as child:
        found = child.run(0.5, users=40)
    names = np.array(found.names)[found.rows["name"]]
    logins, others = found.rows[names == "login"], found.rows[names == "look"]
    at_once = [int(((logins["start_ns"] <= at) & (logins["end_ns"] > at)).sum()) for at in logins["start_ns"]]
    assert 40 == len(logins)
    assert 2 <= max(at_once) <= 8
    assert others["start_ns"].min() >= logins["end_ns"].max(), "nobody begins before everybody is in"


def test_users_that_wait_for_their_turn_are_stopped_at_once(tmp_path: Path, target: Target) -> None:
    """A stop in the midst of the logins ends those on their way and leaves out the rest."""
    slow = _LOGS_IN.replace("/sleep/200", "/sleep/1000")
    with load(tmp_path, target, locustfile=locustfile(tmp_path, slow)) as child:
        folder = child.begin_only(users=60)
        until_s = time.monotonic() + 30
        while target.total() < 9 and time.monotonic() < until_s:
            time.sleep(0.05)
        began_s = time.monotonic()
        stopped = child.stop()
        took_s = time.monotonic() - began_s
        came = target.told()["counts"]
    assert took_s < 4
    assert 9 <= came["/sleep/1000"] <= 24, "eight, eight more, and those who came while it was stopped"
    assert sum(came.values()) == stopped["recorded"] == len(records(folder).rows)
