"""pacing: when a user may run its next task: after the locustfile's wait, after thinking, or when an arrival is due.

Where a step says how long users think, each draws its think time before each task, the first too: exponential times
know no past, so such users stand in the steady state from the beginning and do not all ask at once. In open mode each
task takes one arrival; one that sent no request before it interrupted leaves its arrival to the next.

A task that ends with ``interrupt()`` is followed by another at once. Where it sent something the user thinks before
that one all the same, and where it sent nothing the user rests 50 ms: a task set that interrupts at once, again and
again, would else never let anybody else run.

A user whose connection failed rests before its next task: 50 ms, doubled with each failure in a row, at most 1 s, so
that users without think time do not spin against a dead target.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gevent.queue import Queue
from locust.exception import RescheduleTaskImmediately, StopUser
from locust.user.task import (
    LOCUST_STATE_RUNNING,
    LOCUST_STATE_STOPPING,
    LOCUST_STATE_WAITING,
    TaskSet,
)

from capplan.records import Outcome

_FIRST_REST_S = 0.05
_LONGEST_REST_S = 1.0
_UNREACHED = (Outcome.CONNECTION, Outcome.FOREIGN)
_MOST_DOUBLINGS = 10


class Pace:
    """The locustfile's own waits."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._unreached = 0
        self._rest_s = 0.0
        self._has_acted = False

    def acted(self) -> None:
        """Take in that this user sent something."""
        self._has_acted = True

    def interrupted(self) -> None:
        """Take in that a task was interrupted: the next one comes without a wait."""
        if not self._has_acted:
            self._rest_s = max(self._rest_s, _FIRST_REST_S)
        self._has_acted = False

    def ended(self, outcome: Outcome) -> None:
        """Take in how a request of this user ended."""
        self.acted()
        if outcome not in _UNREACHED:
            self._unreached, self._rest_s = 0, 0.0
            return
        self._rest_s = min(_LONGEST_REST_S, _FIRST_REST_S * 2 ** min(self._unreached, _MOST_DOUBLINGS))
        self._unreached += 1

    def before_task(self, user: Any) -> None:
        """Wait until a task may run; after an interrupted one there was no wait to rest in."""
        if self._rest_s:
            with waiting(user):
                gevent.sleep(self.rest_s())

    def after_task(self, tasks: TaskSet) -> float:
        """Return how long to wait now that a task has ended."""
        return max(float(tasks.wait_time() or 0.0), self.rest_s())

    def claim(self) -> int | None:
        """Return the intended start of the next request, if it has one of its own."""
        return None

    def rest_s(self) -> float:
        """Return what is left to rest, once."""
        rest_s, self._rest_s = self._rest_s, 0.0
        return rest_s


class Thinking(Pace):
    """Think times, exponential with a mean."""

    def __init__(self, seed: int, mean_s: float) -> None:
        super().__init__(seed)
        self._mean_s = mean_s
        self._has_thought = False

    def acted(self) -> None:
        """Let it think again, however the task that sent something will end."""
        super().acted()
        self._has_thought = False

    def before_task(self, user: Any) -> None:
        """Think, unless a task was merely interrupted."""
        if self._has_thought:
            super().before_task(user)
            return
        think_s = self.random.expovariate(1.0 / self._mean_s) if self._mean_s else 0.0
        with waiting(user):
            gevent.sleep(max(think_s, self.rest_s()))
        self._has_thought = True

    def after_task(self, tasks: TaskSet) -> float:  # noqa: ARG002 - the locustfile is not asked
        """Wait before the next task instead."""
        self._has_thought = False
        return 0.0


class Arriving(Pace):
    """Arrivals, taken from a queue that all users of a generator share."""

    def __init__(self, seed: int, arrivals: "Queue[int]") -> None:
        super().__init__(seed)
        self._arrivals = arrivals
        self._due_ns: int | None = None

    def before_task(self, user: Any) -> None:
        """Wait for an arrival, unless there is one that has sent nothing yet."""
        if self._due_ns is not None:
            super().before_task(user)
            return
        with waiting(user):
            self._due_ns = self._arrivals.get()
        self._rest_s = 0.0

    def after_task(self, tasks: TaskSet) -> float:  # noqa: ARG002 - as above
        """Let the arrival go."""
        self._due_ns = None
        return 0.0

    def claim(self) -> int | None:
        """Return when the arrival was due, to its first request only."""
        due_ns, self._due_ns = self._due_ns, None
        return due_ns


@contextmanager
def waiting(user: Any) -> Iterator[None]:
    """Be in the state in which a user can be stopped at once, unless an end has been ordered already."""
    if user._state == LOCUST_STATE_STOPPING:
        raise StopUser
    user._state = LOCUST_STATE_WAITING
    yield
    if user._state == LOCUST_STATE_STOPPING:
        raise StopUser
    user._state = LOCUST_STATE_RUNNING
    gevent.sleep(0)  # an end that was ordered while it waited comes now, not in the midst of a request
    if user._state == LOCUST_STATE_STOPPING:
        raise StopUser


def pace_tasks() -> None:
    """Have all task sets of the process, nested ones too, ask the pace of their user."""
    execute = TaskSet.execute_next_task

    def execute_next_task(tasks: Any) -> None:
        pace = tasks.user.capplan_pace
        pace.before_task(tasks.user)
        try:
            execute(tasks)
        except RescheduleTaskImmediately:
            pace.interrupted()
            raise

    def wait(tasks: Any) -> None:
        user = tasks.user
        with waiting(user):
            gevent.sleep(user.capplan_pace.after_task(tasks))

    TaskSet.execute_next_task = execute_next_task  # type: ignore[method-assign]
    TaskSet.wait = wait  # type: ignore[method-assign]
