"""generator: the side that runs users, in this process or in a Locust worker: it paces and records them."""

import gc
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import gevent
import requests
from gevent.event import Event
from gevent.lock import Semaphore
from locust import User
from locust.env import Environment
from locust.rpc.protocol import Message as LocustMessage
from locust.runners import STATE_INIT, Runner

from capplan.locust_child.arrivals import Arrivals
from capplan.locust_child.chance import draw_from_users, user_now
from capplan.locust_child.clients import bound_clients
from capplan.locust_child.driven_users import STAMP, Stamp, driven
from capplan.locust_child.guard import Guard
from capplan.locust_child.locustfile import read_users, restricted
from capplan.locust_child.orders import Order, Settings
from capplan.locust_child.outcomes import outcome_of
from capplan.locust_child.pacing import Arriving, Pace, Thinking, pace_tasks, waiting
from capplan.locust_child.recorder import Recorder
from capplan.locust_child.vitals import Vitals

_FLUSH_S = 0.5
_REPORT_S = 1.0
_LOOK_S = 0.02
_BEGINNERS = 8
"""How many users log in, or whatever they do first, at a time."""
SETTLED_WITHIN_S = 300.0
"""How long users may take for what they do first; after that the step begins without them."""
_LAST_WORDS_S = 5.0
"""How long users may take beyond the end of a step for what they do last, such as logging out.

The parent waits 10 s beyond it: what is left is for the files and for a busy machine.
"""
_KILL_S = 0.1
_USERS_OF_ONE = 1_000_000
_SEED_BYTES = 6  # so that a seed is exact in any reader of JSON
_NANOSECONDS_OF_MS = 1e6


class Generator:
    """Runs the users of one process; speaks with the conductor through Locust's own messages."""

    def __init__(self, settings: Settings, number: int) -> None:
        self._settings = settings
        self._number = number
        self._order: Order | None = None
        self._recorder: Recorder | None = None
        self._arrivals: Arrivals | None = None
        self._users = self._settled = 0
        self._ends_by_s = 0.0
        self._beginners, self._all_in = Semaphore(_BEGINNERS), Event()
        Guard(settings.allowed, settings.pinned).install()
        bound_clients(settings)
        pace_tasks()
        draw_from_users()
        self.classes = [driven(each, settings, self) for each in read_users(settings)]
        self.tasks = {each: list(each.tasks) for each in self.classes}

    def join(self, environment: Any) -> None:
        """Listen to an environment and its runner, and say that this generator is there."""
        self._runner: Any = environment.runner
        _drop_statistics(environment)
        environment.events.request.add_listener(self._on_request)
        environment.events.spawning_complete.add_listener(self._on_spawned)
        environment.events.test_stopping.add_listener(self._on_stopping)
        environment.events.test_stop.add_listener(self._on_stopped)
        self._runner.register_message("capplan_begin", self._begin)
        self._runner.register_message("capplan_all_in", self._go)
        self._runner.register_message("capplan_hurry", self._hurry)
        self._runner.register_message("capplan_end", self._on_stopped)
        self._vitals = Vitals()
        gevent.spawn(self._keep_flushing)
        gevent.spawn(self._keep_reporting)
        self._tell("hello", pid=os.getpid())

    def enroll(self, user_class: str) -> tuple[int, Pace]:
        """Give a new user its number and its pace."""
        order = self._order
        assert order is not None  # noqa: S101 - a user that comes too late is not made
        user = self._number * _USERS_OF_ONE + self._users
        self._users += 1
        seed = int.from_bytes(sha256(f"{order.seed}/{user}".encode()).digest()[:_SEED_BYTES], "big")
        if self._recorder is not None:
            self._recorder.user(user, seed, user_class)
        if self._arrivals is not None:
            return user, Arriving(seed, self._arrivals.queue)
        if order.think_time_s is not None:
            return user, Thinking(seed, order.think_time_s)
        return user, Pace(seed)

    @contextmanager
    def beginning(self, user: Any) -> Iterator[None]:
        """Let a user do what it does first when few others are at it.

        All logins of a large step at once would be a load of their own, and the last of them too late for anybody.
        One that never ends what it does first keeps the others waiting no longer than that.
        """
        with waiting(user):
            came = self._beginners.acquire(timeout=SETTLED_WITHIN_S)
        try:
            yield
        finally:
            self._settled += 1
            if came:
                self._beginners.release()
        with waiting(user):  # who asks already would make the others late, and they him
            self._all_in.wait()

    def flush(self) -> None:
        """Write what was recorded so far."""
        if self._recorder is not None:
            self._recorder.flush()

    def _begin(self, environment: Environment, msg: LocustMessage) -> None:
        self._runner.update_state(STATE_INIT)  # what has stopped before would not stop again
        order = Order.of(msg.data["order"]).share(self._number, msg.data["generators"])
        self._close()
        self._users, self._settled, self._order = 0, 0, order
        self._beginners = Semaphore(max(1, _BEGINNERS // msg.data["generators"]))
        self._all_in = Event()
        self._vitals.take()
        random.seed(order.seed)
        self._recorder = Recorder(
            Path(order.folder),
            self._number,
            lambda why: self._tell("failed", detail=why),
            is_open=order.mode == "open",
        )
        if order.mode == "open" and order.rate_per_s is not None:
            self._arrivals = Arrivals(order.rate_per_s, order.seed, self._recorder.arrival)
        environment.user_classes[:] = choose(self.tasks, order.only)
        gc.collect()
        gc.freeze()  # what is here stays: to look through it again would make the event loop late
        self._tell("begun")

    def _hurry(self, environment: Environment, msg: LocustMessage) -> None:
        environment.stop_timeout = msg.data["within_s"]
        self._ends_by_s = min(self._ends_by_s, time.monotonic() + msg.data["within_s"] + _LAST_WORDS_S)

    def _on_spawned(self, **_named: Any) -> None:
        gevent.spawn(self._tell_when_settled, self._order)

    def _tell_when_settled(self, order: Order | None) -> None:
        """Say so when every user of this generator has logged in, or whatever it does first."""
        deadline_s = time.monotonic() + SETTLED_WITHIN_S
        while self._settled < self._users and time.monotonic() < deadline_s and self._order is order:
            gevent.sleep(_LOOK_S)
        if self._order is order and order is not None:
            self._tell("settled")

    def _go(self, environment: Environment, msg: LocustMessage) -> None:  # noqa: ARG002 - as called
        """Let arrivals begin, and users ask: those of all generators are in."""
        if self._arrivals is not None:
            self._arrivals.begin()
        self._all_in.set()

    def _on_stopping(self, environment: Environment, **_named: Any) -> None:
        if self._arrivals is not None:
            self._arrivals.end()
        self._ends_by_s = time.monotonic() + (environment.stop_timeout or 0.0) + _LAST_WORDS_S
        gevent.spawn(self._end_late_users, self._order)

    def _end_late_users(self, order: Order | None) -> None:
        """End users that do not come to an end: Locust waits for what they do last, however long it takes.

        A kill ends what is being done; the ``on_stop`` of what it stood in still begins, and the next kill ends that,
        so that none runs twice.
        """
        while self._runner.user_greenlets and self._order is order:
            if time.monotonic() >= self._ends_by_s:
                for each in list(self._runner.user_greenlets):
                    each.kill(block=False)
            gevent.sleep(_KILL_S)

    def _on_stopped(self, environment: Environment, **_named: Any) -> None:
        # A worker sleeps this long once more before it is ready again; its users have ended by now.
        environment.stop_timeout = 0.0
        recorder, arrivals = self._recorder, self._arrivals
        if recorder is None:  # the step has ended before
            return
        self._close()
        self._tell(
            "ended",
            recorded=recorder.recorded,
            scheduled=None if arrivals is None else recorder.scheduled,
            untimed=dict(recorder.untimed),
        )

    def _close(self) -> None:
        if self._arrivals is not None:
            self._arrivals.end()
        if self._recorder is not None:
            self._recorder.close()
        self._arrivals = self._recorder = self._order = None

    def _on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int | None,
        exception: BaseException | None = None,
        context: dict[str, Any] | None = None,
        response: Any = None,
        **_named: Any,
    ) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        label = request_class(request_type, name)
        user: Any = user_now()
        if exception is None and not response_time:
            recorder.message(label)
            if user is not None and gevent.getcurrent() is user.greenlet:  # else it was received
                user.capplan_pace.acted()
            return
        now_ns = time.monotonic_ns()
        took_ns = int((response_time or 0.0) * _NANOSECONDS_OF_MS)
        stamp = (context or {}).get(STAMP)
        if not isinstance(stamp, Stamp):  # a client of the locustfile's own, which reports when it has ended
            intended_ns = None if user is None else user.capplan_pace.claim()
            number = self._number * _USERS_OF_ONE if user is None else user.capplan_user
            stamp = Stamp(user=number, at_ns=now_ns - took_ns, intended_ns=intended_ns)
        # requests asks for its context when it has ended, all others before they begin
        start_ns = stamp.at_ns - took_ns if isinstance(response, requests.Response) else stamp.at_ns
        status = int(getattr(response, "status_code", 0) or 0)
        outcome = outcome_of(status, exception)
        if user is not None:
            user.capplan_pace.ended(outcome)
        recorder.request(
            label,
            start_ns=start_ns,
            end_ns=start_ns + took_ns,
            intended_ns=stamp.intended_ns,
            user=stamp.user,
            status=status,
            outcome=outcome,
            size_bytes=int(response_length or 0),
        )

    def _keep_flushing(self) -> None:
        while True:
            gevent.sleep(_FLUSH_S)
            self.flush()

    def _keep_reporting(self) -> None:
        while True:
            gevent.sleep(_REPORT_S)
            if self._recorder is not None:
                self._tell("vitals", users=self._runner.user_count, **self._vitals.take())

    def _tell(self, what: str, **content: Any) -> None:
        self._runner.send_message(f"capplan_{what}", {"generator": self._number, **content})


def choose(tasks: dict[type[User], list[Any]], only: str | None) -> list[type[User]]:
    """Give each user class all its tasks, or only one; return the classes that have any."""
    for user_class, all_tasks in tasks.items():
        user_class.tasks = list(all_tasks) if only is None else restricted(all_tasks, only)
    return [each for each in tasks if each.tasks]


def request_class(request_type: str, name: str) -> str:
    """Return what requests are told apart by: their name, with the method before a path that was not merely got."""
    return name if request_type == "GET" or not name.startswith("/") else f"{request_type} {name}"


def _drop_statistics(environment: Any) -> None:
    """Keep Locust from keeping statistics: an entry for each name there is, that nobody reads, makes the loop late."""
    requests_made = environment.events.request
    for each in [each for each in requests_made._handlers if each.__module__ == Runner.__module__]:
        requests_made.remove_listener(each)
