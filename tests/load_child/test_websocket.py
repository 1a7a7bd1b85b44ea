"""WebSocket users: connecting and asking are timed, what only goes one way is counted."""

import time
from pathlib import Path

import numpy as np
import pytest

from capplan.records import Outcome
from tests.load_child.driver import Target, load, locustfile, records

_TALK = """
import time
from locust import constant, task
from capplan.locust_child import WebSocketUser

class Guest(WebSocketUser):
    path = "/ws/room?key=1"
    wait_time = constant(0.05)

    @task
    def talk(self):
        assert self.send_and_wait("hello") == "hello"
        assert self.send_and_wait("slow", name="slow") == "slow"
        assert self.send("one-way", name="said")
        assert self.send_and_wait("news", name="asked") == "news"
        self.send("leave", name="left")
        while self.is_connected:
            time.sleep(0.01)
        assert self.send_and_wait("hello", name="again") == "hello"
"""


def test_a_websocket_user(tmp_path: Path, target: Target) -> None:
    """Replies are timed by class, one-way messages and unasked ones only counted, a lost connection is made anew."""
    with load(tmp_path, target, locustfile=locustfile(tmp_path, _TALK)) as child:
        folder = child.begin(users=3)
        time.sleep(1.5)
        stopped = child.stop()
    found, told = records(folder), target.told()["counts"]
    rows = {name: found.rows[found.rows["name"] == i] for i, name in enumerate(found.names)}
    assert {"connect /ws/room", "WS /ws/room", "slow", "asked", "again"} == set(rows)
    for name, own in rows.items():
        assert {Outcome.OK} == set(own["outcome"]), name
    assert len(rows["connect /ws/room"]) == told["/ws/room?key=1"] > 3
    assert len(rows["WS /ws/room"]) + len(rows["again"]) == told["message hello"]
    slow_s = (rows["slow"]["end_ns"] - rows["slow"]["start_ns"]) / 1e9
    assert slow_s.min() >= 0.1
    assert np.median(slow_s) < 0.15
    assert stopped["untimed"]["said"] == told["message one-way"]
    unasked = stopped["untimed"]["WS /ws/room (received)"]
    assert (
        told["message news"] - 3 <= unasked <= told["message news"]
    )  # the last of each user may come after the end
    assert stopped["recorded"] == len(found.rows)


def test_a_websocket_without_replies(tmp_path: Path, target: Target) -> None:
    """A reply that does not come is a timeout, and its connection is given up, lest a late reply be mistaken."""
    source = locustfile(
        tmp_path,
        "from locust import task\nfrom capplan.locust_child import WebSocketUser\n"
        "class Guest(WebSocketUser):\n    path = '/ws'\n    @task\n    def ask(self):\n"
        "        assert self.send_and_wait('one-way') is None\n",
    )
    with load(tmp_path, target, locustfile=source, timeout_s=0.3) as child:
        found = child.run(1.0, users=1)
    asked = found.rows[found.rows["name"] == found.names.index("WS /ws")]
    connected = found.rows[found.rows["name"] == found.names.index("connect /ws")]
    assert (asked["outcome"] == Outcome.TIMEOUT).all()
    assert 2 <= len(asked) == len(connected)


def test_a_websocket_nobody_serves(tmp_path: Path, target: Target) -> None:
    """A path that answers no handshake is recorded with its status, and users do not spin."""
    source = locustfile(
        tmp_path,
        "from locust import task\nfrom capplan.locust_child import WebSocketUser\n"
        "class Guest(WebSocketUser):\n    path = '/status/503'\n    @task\n    def ask(self):\n"
        "        self.send_and_wait('hello')\n",
    )
    with load(tmp_path, target, locustfile=source) as child:
        found = child.run(0.3, users=1, think_time_s=0.1)
    assert {Outcome.SERVER_ERROR} == set(found.rows["outcome"])
    assert {503} == set(found.rows["status"])


@pytest.mark.parametrize("method", ["is_reply(self, sent, received)", "on_message(self, text)"])
def test_a_websocket_user_that_raises(tmp_path: Path, target: Target, method: str) -> None:
    """What the locustfile raises over a message fails the question at once, is told, and drops the connection."""
    source = locustfile(
        tmp_path,
        "import time\nfrom locust import events, task\nfrom capplan.locust_child import WebSocketUser\n"
        "@events.user_error.add_listener\ndef tell(exception, **_):\n    print('told', repr(exception), flush=True)\n"
        f"class Guest(WebSocketUser):\n    path = '/ws'\n    def {method}:\n        raise ValueError('no number')\n"
        "    @task\n    def ask(self):\n        self.send_and_wait('news')\n"
        "        time.sleep(0.05)\n",
    )
    with load(tmp_path, target, locustfile=source, timeout_s=20) as child:
        found = child.run(0.7, users=1)
        assert "told ValueError('no number')" in child.log.read_text()
    connected = found.rows[found.rows["name"] == found.names.index("connect /ws")]
    assert 2 <= len(connected)
    if method.startswith("is_reply"):
        asked = found.rows[found.rows["name"] == found.names.index("WS /ws")]
        assert {Outcome.FAILED} == set(asked["outcome"])
