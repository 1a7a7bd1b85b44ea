"""arrivals: a Poisson process that runs on whether or not anybody serves it."""

import random
import time
from collections.abc import Callable, Iterator

import gevent
from gevent.queue import Queue

from capplan.records import NANOSECONDS

_MOST_WAITING = 200_000


def poisson_times(rate_per_s: float, seed: int) -> Iterator[float]:
    """Yield the times of a Poisson process in seconds from its beginning."""
    draws, time_s = random.Random(seed), 0.0
    while True:
        time_s += draws.expovariate(rate_per_s)
        yield time_s


class Arrivals:
    """Puts each arrival into a queue when it is due, and records it first.

    Late arrivals keep the time that was meant for them. Beyond 200 000 that wait, they are only recorded: memory stays
    bounded, and a step that far behind is invalid in any case.
    """

    def __init__(self, rate_per_s: float, seed: int, record: Callable[[int], None]) -> None:
        self.queue: Queue[int] = Queue()
        self._times = poisson_times(rate_per_s, seed)
        self._record = record
        self._feeder: gevent.Greenlet | None = None

    def begin(self) -> None:
        """Let arrivals arrive from now on."""
        self._feeder = gevent.spawn(self._feed, time.monotonic_ns())

    def end(self) -> None:
        """Let none arrive any more; those that wait stay recorded, and are not sent."""
        if self._feeder is not None:
            self._feeder.kill()

    def _feed(self, begin_ns: int) -> None:
        for time_s in self._times:
            due_ns = begin_ns + int(time_s * NANOSECONDS)
            left_ns = due_ns - time.monotonic_ns()
            gevent.sleep(
                max(left_ns, 0) / NANOSECONDS
            )  # where it is late already, others still get their turn
            while (left_ns := due_ns - time.monotonic_ns()) > 0:
                gevent.sleep(left_ns / NANOSECONDS)
            self._record(due_ns)
            if self.queue.qsize() < _MOST_WAITING:
                self.queue.put_nowait(due_ns)
