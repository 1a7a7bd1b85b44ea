"""How a request ended is told apart, with either client, and each is asked once."""

import time
from pathlib import Path

import numpy as np
import pytest

from capplan.records import Outcome
from tests.load_child.driver import Target, load, locustfile, records

_EXPECTED = {
    "/a": (Outcome.OK, 200),
    "/status/404": (Outcome.CLIENT_ERROR, 404),
    "/status/429": (Outcome.TOO_MANY, 429),
    "/status/500": (Outcome.SERVER_ERROR, 500),
    "/status/503": (Outcome.SERVER_ERROR, 503),
    "/garbled/502": (Outcome.SERVER_ERROR, 502),
    "/app": (Outcome.FAILED, 0),
    "/reset": (Outcome.CONNECTION, 0),
    "/cut": (Outcome.CONNECTION, None),
    "/hang": (Outcome.TIMEOUT, 0),
    "/drip": (Outcome.TIMEOUT, None),
    "failed": (Outcome.FAILED, 200),
    "forgiven": (Outcome.OK, 404),
    "POST /posted": (Outcome.OK, 200),
}
_SOURCE = """
from locust import SequentialTaskSet, {client}, task

class Each(SequentialTaskSet):
    @task
    def all(self):
        for path in {paths}:
            self.client.get(path)
        with self.client.get("/checked", name="failed", catch_response=True) as reply:
            reply.failure("not what was hoped for")
        with self.client.get("/status/404", name="forgiven", catch_response=True) as reply:
            reply.success()
        self.client.post("/posted", data="x")

class Visitor({client}):
    tasks = [Each]
"""


@pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
def test_outcomes(tmp_path: Path, target: Target, client: str) -> None:
    """Every way to end has its outcome and status, is asked once, and a limit of time is one for the whole reply."""
    paths = [path for path in _EXPECTED if path.startswith("/")]
    source = locustfile(tmp_path, _SOURCE.format(client=client, paths=paths))
    with load(tmp_path, target, locustfile=source, timeout_s=0.6) as child:
        folder = child.begin(users=1)
        while target.told()["counts"].get("/posted", 0) < 1:
            time.sleep(0.02)
        stopped = child.stop()
    found = records(folder)
    for name, (outcome, status) in _EXPECTED.items():
        rows = found.rows[found.rows["name"] == found.names.index(name)]
        assert {outcome} == set(rows["outcome"]), name
        assert status is None or {status} == set(rows["status"]), name
    assert stopped["recorded"] == target.total()
    late = found.rows["outcome"] == Outcome.TIMEOUT
    took_s = (found.rows["end_ns"] - found.rows["start_ns"])[late] / 1e9
    assert took_s == pytest.approx(np.full(late.sum(), 0.6), abs=0.2)


def test_a_request_lasts_from_its_call_to_its_reply(tmp_path: Path, target: Target) -> None:
    """Start and end are those that a stopwatch in the locustfile reads; its thinking about the reply is not in them."""
    watch = tmp_path / "watch"
    source = locustfile(
        tmp_path,
        "import time\nfrom locust import FastHttpUser, HttpUser, task\n"
        "def ask(user):\n    begun = time.monotonic_ns()\n"
        "    with user.client.get('/sleep/50', catch_response=True) as reply:\n"
        f"        with open({str(watch)!r}, 'a') as file:\n"
        "            print(user.capplan_user, begun, time.monotonic_ns(), file=file)\n"
        "        time.sleep(0.3)\n        reply.success()\n"
        "class Plain(HttpUser):\n    fixed_count = 1\n    tasks = [ask]\n"
        "class Fast(FastHttpUser):\n    fixed_count = 1\n    tasks = [ask]\n",
    )
    with load(tmp_path, target, locustfile=source) as child:
        found = child.run(1.2, users=2)
    read = np.loadtxt(watch, dtype="i8", ndmin=2)
    for user in (0, 1):
        own = found.rows[found.rows["user"] == user]
        seen = read[read[:, 0] == user]
        assert 3 <= len(own) == len(seen)
        assert np.median(np.abs(own["start_ns"] - seen[:, 1])) < 5e6
        assert np.median(np.abs(own["end_ns"] - seen[:, 2])) < 5e6


def test_a_client_of_the_locustfiles_own_is_recorded(tmp_path: Path, target: Target) -> None:
    """What fires the request event without Locust's clients ends when it says so, and began that much earlier."""
    source = locustfile(
        tmp_path,
        "import time\nfrom locust import User, task\n"
        "class Own(User):\n    @task\n    def ask(self):\n"
        "        with self.environment.events.request.measure('RPC', 'own'):\n            time.sleep(0.1)\n"
        "        self.environment.events.request.fire(request_type='RPC', name='one-way', response_time=None,\n"
        "            response_length=0, exception=None, context={})\n",
    )
    with load(tmp_path, target, locustfile=source) as child:
        folder = child.begin(mode="open", users=10, rate_per_s=20)
        time.sleep(1.0)
        stopped = child.stop()
    found = records(folder)
    assert ("own",) == found.names
    assert found.service_s() == pytest.approx(np.full(len(found.rows), 0.1), abs=0.03)
    assert (found.rows["flags"] == 1).all()
    assert {"one-way": len(found.rows)} == stopped["untimed"]


def test_users_do_not_spin_against_a_dead_target(tmp_path: Path) -> None:
    """Without think time and without a server a user asks a few times in 1.5 s, not thousands."""
    dead = "http://127.0.0.1:1"
    with load(tmp_path, dead, paths=["/a"]) as child:
        found = child.run(1.5, users=2, think_time_s=0.0)
    assert (found.rows["outcome"] == Outcome.CONNECTION).all()
    assert 4 <= len(found.rows) <= 12


_RAISES = """
import gevent
from locust import SequentialTaskSet, {client}, task
from locust.exception import RescheduleTask

class Each(SequentialTaskSet):
    @task
    def no_key(self):
        with self.client.get("/a", name="no key", catch_response=True) as reply:
            raise KeyError("id")

    @task
    def no_json(self):
        with self.client.get("/a", name="no json", catch_response=True) as reply:
            reply.json()["id"]

    @task
    def error_page(self):
        with self.client.get("/garbled/502", name="error page", catch_response=True) as reply:
            reply.json()["id"]

    @task
    def nothing(self):
        with self.client.get("/reset", name="nothing", catch_response=True) as reply:
            reply.json()["id"]

    @task
    def elsewhere(self):
        with self.client.get("/foreign", name="elsewhere", catch_response=True) as reply:
            reply.json()["id"]

    @task
    def left(self):
        with self.client.get("/a", name="left", catch_response=True):
            raise RescheduleTask

    @task
    def end(self):
        self.client.get("/end", name="end")

class Visitor({client}):
    tasks = [Each]
"""
_RAISED = {
    "no key": (Outcome.FAILED, 200),
    "no json": (Outcome.FAILED, 200),
    "error page": (Outcome.SERVER_ERROR, 502),
    "nothing": (Outcome.CONNECTION, 0),
    "elsewhere": (Outcome.FOREIGN, 0),
    "left": (Outcome.OK, 200),
    "end": (Outcome.OK, 200),
}


@pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
def test_a_block_that_raises_is_recorded(tmp_path: Path, target: Target, client: str) -> None:
    """A with block that raises leaves the row of its request: as that ended, and failed if the reply seemed good."""
    source = locustfile(tmp_path, _RAISES.format(client=client))
    with load(tmp_path, target, locustfile=source) as child:
        folder = child.begin(users=1, think_time_s=0.01)
        while target.told()["counts"].get("/end", 0) < 1:
            time.sleep(0.02)
        child.stop()
    found = records(folder)
    for name, (outcome, status) in _RAISED.items():
        rows = found.rows[found.rows["name"] == found.names.index(name)]
        assert {(outcome, status)} == {(row["outcome"], row["status"]) for row in rows}, name


def test_a_body_nobody_can_unpack_is_recorded(tmp_path: Path, target: Target) -> None:
    """A reply whose encoding FastHttpUser does not know is a failed one, not one that never was."""
    with load(tmp_path, target, paths=["/odd"]) as child:
        found = child.run(0.3, users=1, think_time_s=0.05)
    assert {(Outcome.FAILED, 200)} == {(row["outcome"], row["status"]) for row in found.rows}
