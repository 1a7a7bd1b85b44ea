"""A user's choices and pauses come from its own seed, so that anybody can draw them again."""

import random  # noqa: TID251 - what the users draw from is drawn again
import time
from pathlib import Path

import numpy as np
import pytest

from capplan.records import Rows
from tests.load_child.driver import Target, load, locustfile, records, users

_USUAL = """
import random
from locust import HttpUser, SequentialTaskSet, TaskSet, between, events, tag, task

@events.test_start.add_listener
def begun(environment, **_):
    assert environment.parsed_options.run_time is None

class Forum(TaskSet):
    def on_start(self):
        self.client.get("/forum/enter")

    @task(3)
    def read(self):
        self.client.get("/forum/read")

    @tag("writing")
    @task(1)
    def write(self):
        self.client.post("/forum/write", json={"a": 1})

    @task(1)
    def leave(self):
        self.interrupt()

class Order(SequentialTaskSet):
    @task
    def basket(self):
        self.client.get("/basket")

    @task
    def pay(self):
        self.client.get("/pay")
        self.interrupt(reschedule=False)

class Visitor(HttpUser):
    wait_time = between(0.01, 0.02)
    tasks = {Forum: 2, Order: 1}

    def on_start(self):
        self.client.get("/login")

    @task(2)
    def home(self):
        self.client.get(f"/home?{random.random()}", name="/home")
"""


def _paths(names: tuple[str, ...], rows: Rows, user: int) -> list[str]:
    own = rows[rows["user"] == user]
    return [names[i] for i in own["name"][np.argsort(own["start_ns"])]]


def test_the_same_seed_chooses_the_same(tmp_path: Path, target: Target) -> None:
    """Nested, weighted and sequential tasks come in the same order for the same seed, and else in another."""
    with load(tmp_path, target, locustfile=locustfile(tmp_path, _USUAL)) as child:
        seen = []
        for seed in (7, 7, 8):
            folder = child.begin(users=3, seed=seed)
            time.sleep(1.0)
            child.stop()
            found = records(folder)
            seen.append([_paths(found.names, found.rows, user)[:12] for user in (0, 1, 2)])
            assert [0, 1, 2] == [each["user"] for each in users(folder)]
        assert ["basket", "home", "leave", "pay", "read", "write"] == sorted(child.greeting["tasks"])
    assert seen[0] == seen[1] != seen[2]
    assert all(each[0] == "/login" for each in seen[0])
    assert len({tuple(each) for each in seen[0]}) == 3


def test_draws_can_be_replayed(tmp_path: Path, target: Target) -> None:
    """From the recorded seed follow each task and each think time before it, exponential with the mean asked for."""
    source = locustfile(
        tmp_path,
        "from locust import FastHttpUser, constant, task\n"
        "class Visitor(FastHttpUser):\n    wait_time = constant(99)\n"
        "    @task(3)\n    def often(self):\n        self.client.get('/often')\n"
        "    @task\n    def seldom(self):\n        self.client.get('/seldom')\n",
    )
    with load(tmp_path, target, locustfile=source) as child:
        folder = child.begin(users=20, think_time_s=0.1, seed=4)
        time.sleep(2.0)
        child.stop()
    found, drawn = records(folder), []
    for user in users(folder):
        own, draws = random.Random(user["seed"]), []  # noqa: S311 - as the users do
        paths = _paths(found.names, found.rows, user["user"])
        for path in paths:
            assert path == own.choice(["/often", "/often", "/often", "/seldom"])
            draws.append(own.expovariate(1 / 0.1))
        rows = np.sort(found.rows[found.rows["user"] == user["user"]], order="start_ns")
        paused_s = (rows["start_ns"][1:] - rows["end_ns"][:-1]) / 1e9
        assert np.median(paused_s - draws[1:]) == pytest.approx(0.0, abs=0.01)
        assert (paused_s > np.array(draws[1:]) - 0.002).all()
        drawn += draws
    assert np.mean(drawn) == pytest.approx(0.1, rel=0.2)
    assert np.std(drawn) == pytest.approx(0.1, rel=0.3)


def test_only_one_task(tmp_path: Path, target: Target) -> None:
    """A step of one task runs it and nothing else, wherever it is nested, and the next step runs all again."""
    with load(tmp_path, target, locustfile=locustfile(tmp_path, _USUAL)) as child:
        for only, expected in (
            ("home", {"/login", "/home"}),
            ("read", {"/login", "/forum/enter", "/forum/read"}),
            ("basket", {"/login", "/basket"}),
        ):
            assert expected == set(child.run(0.3, users=2, only=only).names)
        assert {"/basket", "/home", "/forum/read"} < set(child.run(0.8, users=6).names)


def test_only_a_task_there_is(tmp_path: Path, target: Target) -> None:
    """A task nobody wrote is refused by a sentence that names those there are; workers then run the right one."""
    with load(tmp_path, target, locustfile=locustfile(tmp_path, _USUAL), workers=2) as child:
        child.begin_only(users=1, only="absent")
        refused = child.hear("refused")
        assert "'absent'" == refused["found"]
        assert "basket" in refused["expected"]
        assert {"/login", "/home"} == set(child.run(0.3, users=2, only="home").names)
