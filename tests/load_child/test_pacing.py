"""Users pause between tasks however those end, and nobody keeps all others from running."""

import time
from pathlib import Path
from typing import Any

import pytest

from capplan.records import FIRST_OF_ARRIVAL
from tests.load_child.driver import Target, load, locustfile, records

_INTERRUPTS = """
from locust import FastHttpUser, TaskSet, task

class Leaves(TaskSet):
    @task
    def ask(self):
        self.client.get("/a")
        self.interrupt()

class Visitor(FastHttpUser):
    tasks = [Leaves]
"""
_TURNS_BACK = """
from locust import FastHttpUser, TaskSet, task

class TurnsBack(TaskSet):
    def on_start(self):
        self.interrupt()

    @task
    def never(self): ...

class Visitor(FastHttpUser):
    tasks = [TurnsBack]
    def wait_time(self):
        return 0
"""
_ORDERS: dict[str, dict[str, Any]] = {
    "thinking": {"think_time_s": 0.1},
    "own waits": {},
    "arriving": {"mode": "open", "rate_per_s": 20},
}


def test_a_task_that_interrupts_is_thought_about(tmp_path: Path, target: Target) -> None:
    """A task set that always ends with interrupt() asks as often as its think time says, not at full speed."""
    with load(tmp_path, target, locustfile=locustfile(tmp_path, _INTERRUPTS)) as child:
        found = child.run(2.0, users=10, think_time_s=0.5)
    assert 15 <= len(found.rows) <= 80


@pytest.mark.parametrize("order", _ORDERS)
def test_a_task_set_that_turns_back_can_be_stopped(tmp_path: Path, target: Target, order: str) -> None:
    """A task set that interrupts whenever it starts lets others run: the step begins, and ends when told to."""
    with load(tmp_path, target, locustfile=locustfile(tmp_path, _TURNS_BACK)) as child:
        child.begin(users=2, **_ORDERS[order])
        time.sleep(0.3)
        began_s = time.monotonic()
        assert 0 == child.stop()["recorded"]
        assert time.monotonic() - began_s < 5


def test_an_arrival_is_claimed_by_what_is_timed(tmp_path: Path, target: Target) -> None:
    """In an open step a message that is only sent leaves the intended start to the question after it."""
    source = locustfile(
        tmp_path,
        "from locust import task\nfrom capplan.locust_child import WebSocketUser\n"
        "class Guest(WebSocketUser):\n    path = '/ws'\n    @task\n    def talk(self):\n"
        "        self.send('one-way')\n        self.send_and_wait('hello', name='asked')\n",
    )
    with load(tmp_path, target, locustfile=source) as child:
        folder = child.begin(mode="open", users=5, rate_per_s=30)
        time.sleep(0.7)
        child.stop()
    found = records(folder)
    asked = found.rows[found.rows["name"] == found.names.index("asked")]
    assert {FIRST_OF_ARRIVAL} == set(asked["flags"].tolist())
