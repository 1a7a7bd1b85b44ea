"""process_table: every process of the machine at one moment, and the processor time of one, to the nanosecond."""

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from capplan.machine.kernel_files import read_kernel_file

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_KERNEL_PARENT = 2
_KERNEL_NAME = b"(kthreadd)"
_NANOSECONDS = 1e9
_ENDED = frozenset("ZX")
# posix-timers in the kernel: clock id = (~pid << 3) | CPUCLOCK_SCHED, which counts the whole process.
_CPUCLOCK_SCHED = 2


class Process(NamedTuple):
    """One line of the table. A number may come again, but not with the same start."""

    pid: int
    parent: int
    start_ticks: int
    state: str
    cpu_s: float
    """Its own processor time, in steps of a tick: ``process_cpu_s`` knows better."""
    reaped_s: float
    """Processor time of the children it has waited for, and theirs, in steps of a tick."""
    rss_bytes: int

    @property
    def key(self) -> tuple[int, int]:
        """Return what no other process will ever have."""
        return self.pid, self.start_ticks

    @property
    def has_ended(self) -> bool:
        """Return whether it only stands in the table until its parent takes notice of its end: a zombie."""
        return self.state in _ENDED


class ProcessTable:
    """The processes of one moment by number."""

    def __init__(self, processes: Mapping[int, Process]) -> None:
        self._processes = processes
        self._children: dict[int, list[int]] | None = None

    def get(self, pid: int) -> Process | None:
        """Return a process, if it is there."""
        return self._processes.get(pid)

    def pids(self) -> Iterable[int]:
        """Return the numbers of all processes."""
        return self._processes.keys()

    def with_descendants(self, roots: Iterable[int]) -> list[Process]:
        """Return these processes, their children, and so on, each once."""
        if self._children is None:
            self._children = defaultdict(list)
            for process in self._processes.values():
                self._children[process.parent].append(process.pid)
        found: dict[int, Process] = {}
        waiting = list(roots)
        while waiting:
            next_one = self.get(waiting.pop())
            if next_one is not None and next_one.pid not in found:
                found[next_one.pid] = next_one
                waiting += self._children.get(next_one.pid, ())
        return list(found.values())


class ProcessReader:
    """Reads the table again and again; threads of the kernel, which use no program's time, are read once."""

    def __init__(self) -> None:
        self._kernel: set[str] = set()
        try:
            self._sees_kernel = _KERNEL_NAME in read_kernel_file(f"/proc/{_KERNEL_PARENT}/stat")
        except OSError:  # a namespace of its own: number 2 is anybody, or nobody
            self._sees_kernel = False

    def read(self) -> ProcessTable:
        """Return the processes of this moment."""
        listed = [name for name in os.listdir("/proc") if name[0] in "123456789"]  # noqa: PTH208 - half the time
        self._kernel.intersection_update(listed)
        found = {}
        for name in listed:
            if name in self._kernel:
                continue
            try:
                process = _parse(int(name), read_kernel_file(f"/proc/{name}/stat"))
            except OSError:  # it has ended since
                continue
            if self._sees_kernel and _KERNEL_PARENT in (process.parent, process.pid):
                self._kernel.add(name)
            else:
                found[process.pid] = process
        return ProcessTable(found)


def process_cpu_s(pid: int) -> float:
    """Return the processor time of a whole process, threads that have ended included, exact to the nanosecond.

    Raises
    ------
    OSError
        If there is no such process, or the kernel has no such clock.
    """
    return time.clock_gettime_ns((~pid << 3) | _CPUCLOCK_SCHED) / _NANOSECONDS


def _parse(pid: int, stat: bytes) -> Process:
    """Read a line of /proc/PID/stat; proc(5) counts the fields from the name, which may contain anything, as 2."""
    fields = stat[stat.rindex(b")") + 2 :].split()
    return Process(
        pid,
        int(fields[1]),
        int(fields[19]),
        fields[0].decode(),
        (int(fields[11]) + int(fields[12])) / _TICKS_PER_S,
        (int(fields[13]) + int(fields[14])) / _TICKS_PER_S,
        int(fields[21]) * _PAGE_BYTES,
    )
