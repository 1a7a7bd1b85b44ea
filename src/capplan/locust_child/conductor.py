"""conductor: does what the parent orders with one generator or several, and tells it how they fare."""

import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import gevent
from gevent.event import Event
from locust import User
from locust.env import Environment
from locust.rpc.protocol import Message as LocustMessage

from capplan.errors import InputError
from capplan.locust_child.descriptors import most_users
from capplan.locust_child.generator import SETTLED_WITHIN_S, choose
from capplan.locust_child.locustfile import task_names
from capplan.locust_child.orders import Message, Order
from capplan.locust_child.vitals import Vitals

_USERS_PER_S = 100
_READY_WITHIN_S = 40.0
_ANSWER_WITHIN_S = 10.0
_PROGRESS_S = 1.0
_LOOK_S = 0.1
_HEARD = ("hello", "begun", "settled", "ended", "vitals", "failed")


class Conductor:
    """Starts and stops steps; ``say`` reaches the parent."""

    def __init__(
        self,
        environment: Any,
        tasks: dict[type[User], list[Any]],
        generators: int,
        *,
        timeout_s: float,
        say: Callable[..., None],
    ) -> None:
        self._environment = environment
        self._runner: Any = environment.runner
        self.tasks = tasks
        self._generators = generators
        self._timeout_s = timeout_s
        self._say = say
        self._order: Order | None = None
        self._told: dict[str, dict[int, Message]] = defaultdict(dict)
        self._heard, self._spawned = Event(), Event()
        self._lost: set[int] = set()
        self._has_begun, self._has_failed = False, False
        self._starting: gevent.Greenlet | None = None
        self._stopping: gevent.Greenlet | None = None
        for what in _HEARD:
            self._runner.register_message(f"capplan_{what}", partial(self._on_told, what))
        environment.events.spawning_complete.add_listener(lambda **_named: self._spawned.set())
        gevent.spawn(self._keep_telling, None if generators == 1 else Vitals())

    def await_generators(self) -> list[int]:
        """Wait until all generators are there and return their process numbers.

        Raises
        ------
        TimeoutError
            If one does not come.
        """
        if not self._gather("hello", _READY_WITHIN_S):
            raise TimeoutError(
                f"not all of {self._generators} generators came within {_READY_WITHIN_S:.0f} s"
            )
        return [told["pid"] for _, told in sorted(self._told["hello"].items())]

    def start(self, order: Order) -> None:
        """Begin a step; the parent is told when all users run.

        Raises
        ------
        InputError
            If no user has the only task asked for, or there are more users than files that may be open.
        """
        names = sorted({name for tasks in self.tasks.values() for name in task_names(tasks)})
        if order.only is not None and order.only not in names:
            raise InputError(
                "only",
                found=repr(order.only),
                expected=f"a task: {', '.join(names)}",
                remedy="correct the name",
            )
        most = most_users(self._generators)
        if most is not None and order.users > most:
            raise InputError(
                "users",
                found=str(order.users),
                expected=f"at most {most}, each with a connection, by the limit of open files",
                remedy="raise that limit (ulimit -n), ask for fewer users or use more workers",
            )
        self._order, self._has_begun, self._has_failed = order, False, False
        self._starting = gevent.spawn(self._start, order)

    def stop(self, within_s: float | None = None) -> Message:
        """End the step and return what was recorded; requests on their way end first, but no longer than asked."""
        if self._starting is not None and not self._starting.ready():
            self._starting.kill()
            gevent.sleep(_LOOK_S)  # users whose making a master has ordered are made before they are stopped
        if self._order is None or not self._has_begun:
            self._order = None
            return {"recorded": 0, "scheduled": None, "untimed": {}}
        if within_s is not None:
            self._environment.stop_timeout = min(self._environment.stop_timeout, within_s)
            self._runner.send_message("capplan_hurry", {"within_s": self._environment.stop_timeout})
        self._stop_users()
        self._gather("ended", self._environment.stop_timeout + self._timeout_s + _ANSWER_WITHIN_S)
        ended = self._told["ended"].values()
        scheduled = [each["scheduled"] for each in ended if each["scheduled"] is not None]
        untimed: dict[str, int] = defaultdict(int)
        for each in ended:
            for name, count in each["untimed"].items():
                untimed[name] += count
        self._order = None
        recorded = sum(each["recorded"] for each in ended)
        return {
            "recorded": recorded,
            "scheduled": sum(scheduled) if scheduled else None,
            "untimed": dict(untimed),
        }

    def quit(self) -> None:
        """End the step, if there is one, and what runs it."""
        self.stop()
        self._environment.events.quitting.fire(environment=self._environment, reverse=True)
        if len(self._runner.greenlet):  # a master has done so at the event already
            self._runner.quit()

    def lose(self, number: int, why: str) -> None:
        """Take in that a generator is gone."""
        if number not in self._lost:
            self._lost.add(number)
            self._fail("worker-lost", why)
            self._heard.set()

    def _start(self, order: Order) -> None:
        self._settle()
        self._stopping = None
        for what in ("begun", "settled", "ended", "vitals"):
            self._told[what].clear()
        self._spawned.clear()
        self._environment.user_classes[:] = choose(self.tasks, order.only)
        self._environment.stop_timeout = self._timeout_s + 1.0
        self._has_begun = True
        self._runner.send_message("capplan_begin", {"order": order.message(), "generators": self._generators})
        if not self._gather("begun", _ANSWER_WITHIN_S):
            self._fail("crashed", "a generator did not begin")
            return
        self._runner.start(order.users, _USERS_PER_S)
        while not self._spawned.wait(_LOOK_S):
            spawning = self._runner.spawning_greenlet
            if spawning is not None and spawning.exception is not None:
                self._fail("crashed", f"users could not be made: {spawning.exception}")
                return
        self._gather("settled", SETTLED_WITHIN_S + _ANSWER_WITHIN_S)
        self._runner.send_message("capplan_all_in")
        if not self._has_failed:
            self._say("started", at_ns=time.monotonic_ns())

    def _settle(self) -> None:
        """Wait until the runner is done with the step before, and all its workers are ready again."""
        if self._stopping is not None:
            self._stopping.join(_ANSWER_WITHIN_S)
        clients = getattr(self._runner, "clients", None)
        deadline_s = time.monotonic() + _ANSWER_WITHIN_S
        while clients is not None and len(clients.ready) < self._generators and time.monotonic() < deadline_s:
            gevent.sleep(_LOOK_S)

    def _stop_users(self) -> None:
        """Stop them, once a step, and meanwhile do other things."""
        if self._stopping is None:
            self._stopping = gevent.spawn(self._stop)

    def _stop(self) -> None:
        self._runner.stop()
        self._runner.send_message("capplan_end")  # for a generator whose users were not made yet

    def _gather(self, what: str, within_s: float) -> bool:
        """Wait until every generator that is left has told something."""
        deadline_s = time.monotonic() + within_s
        while set(range(self._generators)) - self._lost - set(self._told[what]):
            self._heard.clear()
            if not self._heard.wait(max(0.0, deadline_s - time.monotonic())):
                return False
        return True

    def _on_told(self, what: str, environment: Environment, msg: LocustMessage) -> None:  # noqa: ARG002 - as called
        told = msg.data
        self._told[what][told["generator"]] = told
        if what == "failed":
            self._fail("recorder", told["detail"])
        if what == "ended" and self._order is not None and self._stopping is None:
            self._fail("crashed", "the locustfile ended the test")
        self._heard.set()

    def _fail(self, reason: str, detail: str) -> None:
        """Tell the parent, once a step, and stop all users."""
        if self._has_failed:
            return
        self._has_failed = True
        self._say("failed", reason=reason, detail=detail)
        if self._has_begun:
            self._stop_users()

    def _keep_telling(self, own: Vitals | None) -> None:
        """Tell each second how the slowest generator fares; ``own`` watches a conductor that is no generator."""
        while True:
            gevent.sleep(_PROGRESS_S)
            told = list(self._told["vitals"].values())
            if self._order is None or not told:
                continue
            seen = told if own is None else [*told, {"users": 0, **own.take()}]
            self._say(
                "progress",
                at_ns=time.monotonic_ns(),
                users=sum(each["users"] for each in told),
                loop_lag_s=max(each["loop_lag_s"] for each in told),
                loop_lag_p99_s=max(each["loop_lag_p99_s"] for each in told),
                cores=max(each["cores"] for each in seen),
            )
