"""processes: a service watched by its processes: some that are named, and all that descend from them."""

from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from capplan.machine.absence import AbsentError
from capplan.machine.kernel_files import read_kernel_file
from capplan.machine.process_family import ProcessFamily
from capplan.machine.process_table import Process, ProcessTable
from capplan.machine.surroundings import Surroundings
from capplan.probe import Absences, Readings, ServiceProbe, Statistics, gather
from capplan.scenario import Observed

_LOOK_EVERY = 5
"""Looks between two searches for the successor of one that has ended while others go on."""
Roots = Callable[[ProcessTable], Collection[int]]
_OF_GROUPS = "only a control group counts it"


def watch_processes(name: str, watched: Observed, around: Surroundings) -> ServiceProbe | None:
    """Watch the processes that are named for a service by number, file or command line."""
    del name
    roots = _roots(watched, around)
    if roots is None:
        return None
    found = roots(around.processes)
    if not found:
        raise AbsentError(_nobody(watched))
    return ProcessesProbe(roots, around.processes)


class ProcessesProbe:
    """Counts processes and their descendants, through restarts of any of them."""

    by = "processes"

    def __init__(self, roots: Roots, processes: ProcessTable) -> None:
        self.absent: Absences = dict.fromkeys(
            ("throttled_periods", "working_set_bytes", "oom_kills"), _OF_GROUPS
        )
        self._find = roots
        self._family = ProcessFamily()
        self._roots: set[tuple[int, int]] = set()
        self._restarts = 0
        self._missing = 0
        """How many have ended and have no successor yet."""
        self._missed = 0
        self._look_for_roots(processes)

    @property
    def identity(self) -> str:
        """Return the numbers and starts of the processes the service begins with."""
        return " ".join(f"{pid}@{start}" for pid, start in sorted(self._roots))

    def count(self, processes: ProcessTable) -> Statistics:
        """Return the counters now."""
        self._look_for_roots(processes)
        self._family.follow(processes, (pid for pid, _ in self._roots))
        found: Statistics = {
            "cpu_s": self._family.used_s,
            "processes": self._family.processes,
            "processes_ended": self._family.ended,
            "rss_bytes": self._family.rss_bytes,
            "restarts": self._restarts,
        }
        return found | gather(_COUNTERS, self._family, self.absent)

    def weigh(self) -> Statistics:
        """Return the proportional memory of all of them."""
        return gather(_COSTLY, self._family, self.absent)

    def _look_for_roots(self, processes: ProcessTable) -> None:
        """Look for those the service begins with: at first, when one ends, and now and then until it is replaced."""
        ended = {key for key in self._roots if not _is_there(processes, key)}
        self._roots -= ended
        self._missing += len(ended)
        self._missed = 0 if ended else self._missed + 1
        if self._roots and not (self._missing and self._missed % _LOOK_EVERY == 0):
            return
        now = {each.key for pid in self._find(processes) if (each := _running(processes, pid)) is not None}
        begun = now - self._roots
        replaced = min(self._missing, len(begun))
        self._missing -= replaced
        self._restarts += replaced
        self._roots |= begun


def _is_there(processes: ProcessTable, key: tuple[int, int]) -> bool:
    now = _running(processes, key[0])
    return now is not None and now.key == key


def _running(processes: ProcessTable, pid: int) -> Process | None:
    """Return a process that runs; one whose parent has not yet taken notice of its end serves nobody."""
    found = processes.get(pid)
    return None if found is None or found.has_ended else found


def _roots(watched: Observed, around: Surroundings) -> Roots | None:
    if watched.pid is not None:
        pid = watched.pid
        return lambda processes: [pid] if _running(processes, pid) else []
    if watched.pid_file is not None:
        file = Path(watched.pid_file)
        return lambda processes: [pid for pid in _pid_in(file) if _running(processes, pid)]
    if watched.process is not None:
        beginning = watched.process.encode()
        return lambda processes: _with_command(processes, beginning, around)
    return None


def _pid_in(file: Path) -> list[int]:
    with suppress(OSError, ValueError):
        return [int(file.read_text().split()[0])] if file.stat().st_size else []
    return []


def _with_command(processes: ProcessTable, beginning: bytes, around: Surroundings) -> list[int]:
    """Return the processes whose command line begins so: this user's, or anybody's for root; never our own.

    A child that its parent has forked has the same command line, and is none the service begins with.
    """
    user = Path("/proc/self").stat().st_uid
    found: dict[int, int] = {}
    for pid in processes.pids():
        with suppress(OSError):  # it has ended since
            command = read_kernel_file(f"/proc/{pid}/cmdline").replace(b"\0", b" ")
            mine = user == 0 or Path(f"/proc/{pid}").stat().st_uid == user
            process = _running(processes, pid)
            if command.startswith(beginning) and mine and pid not in around.own and process is not None:
                found[pid] = process.parent
    return [pid for pid, parent in found.items() if parent not in found]


def _nobody(watched: Observed) -> str:
    if watched.pid is not None:
        return f"there is no process {watched.pid}"
    if watched.pid_file is not None:
        return f"{watched.pid_file} names no process that runs"
    return f"no process has a command line that begins with {watched.process!r}"


def _io(family: ProcessFamily) -> tuple[int, int]:
    return family.io_bytes()


def _memory(family: ProcessFamily) -> tuple[int, int]:
    return family.proportional_bytes()


_COUNTERS: Readings[ProcessFamily] = {("read_bytes", "write_bytes"): _io}
_COSTLY: Readings[ProcessFamily] = {("pss_bytes", "need_bytes"): _memory}
