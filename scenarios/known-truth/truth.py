"""truth: what one process knows of itself: what it burned, slept, held, allocated and answered."""

import argparse
import math
import mmap
import os
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]


class Slots:
    """A known number of places, taken strictly in the order of arrival."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = count
        self._waiting: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Take a place, or wait for one that is handed on."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def leave(self) -> None:
        """Hand the place to whoever has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class Station:
    """Slots that each request holds for a time, and the record of every stay."""

    def __init__(self, slots: int, draw: Callable[[], float]) -> None:
        self._slots = Slots(slots)
        self._draw = draw
        self._lock = threading.Lock()
        self._stays: list[tuple[float, float, float]] = []

    def serve(self) -> Answer:
        """Wait for a slot, hold it for the drawn time, and say how long each took."""
        with self._lock:
            drawn_s = self._draw()
        arrived_s = time.monotonic()
        self._slots.enter()
        begun_s = time.monotonic()
        time.sleep(drawn_s)
        held_s = time.monotonic() - begun_s
        self._slots.leave()
        stay = (drawn_s, begun_s - arrived_s, held_s)
        with self._lock:
            self._stays.append(stay)
        return dict(zip(("drawn_s", "waited_s", "held_s"), stay, strict=True))

    def truth(self, *, each: bool) -> Answer:
        """Return what was served: how often, for how long in all and, if asked, every stay."""
        with self._lock:
            stays = list(self._stays)
        drawn, waited, held = zip(*stays, strict=True) if stays else ((), (), ())
        found: Answer = {
            "slots": self._slots.count,
            "served": len(stays),
            "drawn_s": math.fsum(drawn),
            "waited_s": math.fsum(waited),
            "held_s": math.fsum(held),
        }
        if each:
            found["stays"] = stays
        return found


class Truth:
    """What one process has done. Its processor time is that of its own clock."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {
            kind: Counter() for kind in ("received", "answered", "broken")
        }
        self._sums = {"burned_s": 0.0, "slept_s": 0.0}
        self._kept: list[mmap.mmap] = []
        mean_s, hold_s = options.service_ms / 1e3, options.hold_ms / 1e3
        draws = random.Random(options.seed)  # noqa: S311 - service times, no secrets
        self.mmc = Station(options.slots, lambda: draws.expovariate(1 / mean_s))
        self.pool = Station(options.pool, lambda: hold_s)

    def count(self, kind: str, path: str) -> None:
        """Count a request that was received, answered or broken off."""
        with self._lock:
            self._counts[kind][path] += 1

    def add(self, what: str, seconds: float) -> None:
        """Add to a sum of seconds."""
        with self._lock:
            self._sums[what] += seconds

    def keep(self, memory: mmap.mmap) -> None:
        """Hold memory until it is freed."""
        with self._lock:
            self._kept.append(memory)

    def free(self) -> int:
        """Give all memory back, and return how many bytes that was."""
        with self._lock:
            kept, self._kept = self._kept, []
        freed = sum(len(memory) for memory in kept)
        for memory in kept:
            memory.close()
        return freed

    def tell(self, *, each: bool) -> Answer:
        """Return everything this process knows of itself."""
        with self._lock:
            counts = {kind: dict(found) for kind, found in self._counts.items()}
            allocated = sum(len(memory) for memory in self._kept)
            sums = dict(self._sums)
        stations = {"mmc": self.mmc.truth(each=each), "pool": self.pool.truth(each=each)}
        clock = {"pid": os.getpid(), "cpu_s": time.process_time(), "allocated_bytes": allocated}
        return clock | sums | counts | stations
