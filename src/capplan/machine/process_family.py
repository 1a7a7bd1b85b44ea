"""process_family: what the processes of a service have used together, those included that have ended meanwhile.

A process that ends leaves its time to whoever waits for it: its parent's /proc/PID/stat then counts it, in steps of a
tick, with the time of children so short that nobody saw them. Adding that to what was seen of the child itself would
count it twice, and leaving it out would lose what came after the last look. So of every parent the larger counts:
what it says of the children it waited for, or what was last seen of its children that have ended (some parents have
the kernel throw the children's time away).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from capplan.machine.absence import AbsentError
from capplan.machine.kernel_files import read_keyed
from capplan.machine.process_table import Process, ProcessTable, process_cpu_s

_KIBIBYTE = 1024


@dataclass(slots=True)
class _Member:
    process: Process
    first_reaped_s: float
    own_s: float = 0.0
    buried_s: float = 0.0
    """What was last seen of its children that have ended."""
    io_bytes: tuple[int, int] = (0, 0)

    @property
    def used_s(self) -> float:
        return self.own_s + max(self.process.reaped_s, self.first_reaped_s + self.buried_s)


class ProcessFamily:
    """The processes of a service, looked at again and again."""

    def __init__(self) -> None:
        self._members: dict[tuple[int, int], _Member] = {}
        self._kept_s = 0.0
        self._kept_io_bytes = (0, 0)
        self._told_io_bytes = (0, 0)
        self._told_s = 0.0
        self.ended = 0
        """How many processes have ended since the first look."""

    def follow(self, table: ProcessTable, roots: Iterable[int]) -> None:
        """Look at some processes and all that descends from them, now or ever: orphans stay in the family."""
        known = (key[0] for key, member in self._members.items() if _lives(table, member.process))
        self.take(table, table.with_descendants([*roots, *known]))

    def take(self, table: ProcessTable, present: Iterable[Process]) -> None:
        """Look at exactly these processes."""
        gone = {key for key, member in self._members.items() if not _lives(table, member.process)}
        for process in present:
            member = self._members.setdefault(process.key, _Member(process, process.reaped_s))
            member.process = process
            try:
                member.own_s = process_cpu_s(process.pid)
            except OSError:
                member.own_s = max(member.own_s, process.cpu_s)
                if not Path(f"/proc/{process.pid}").exists():  # it has ended since the table was read
                    gone.add(process.key)
        # The youngest first: what a child leaves has to reach its parent before that is gone, too.
        for key in sorted(gone, key=lambda key: (key[1], key[0]), reverse=True):
            self._bury(self._members.pop(key))
        used_s = self._kept_s + sum(member.used_s for member in self._members.values())
        self._told_s = max(self._told_s, used_s)

    @property
    def used_s(self) -> float:
        """Return the processor time of all of them so far; it never falls, for all that ticks are coarse."""
        return self._told_s

    @property
    def processes(self) -> dict[str, float]:
        """Return the processor time of each that lives, its children's left out."""
        return {str(pid): member.own_s for (pid, _), member in self._members.items()}

    @property
    def rss_bytes(self) -> int:
        """Return resident pages; shared ones count once for every process."""
        return sum(member.process.rss_bytes for member in self._members.values())

    def io_bytes(self) -> tuple[int, int]:
        """Return bytes read from and written to disks; the kernel adds those of a waited-for child to its parent.

        Raises
        ------
        OSError
            If a process may not be looked at.
        """
        for member in self._members.values():
            try:
                found = read_keyed(f"/proc/{member.process.pid}/io")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if found:
                member.io_bytes = found[b"read_bytes"], found[b"write_bytes"]
        now = _sum([self._kept_io_bytes, *(member.io_bytes for member in self._members.values())])
        self._told_io_bytes = max(now[0], self._told_io_bytes[0]), max(now[1], self._told_io_bytes[1])
        return self._told_io_bytes

    def proportional_bytes(self) -> tuple[int, int]:
        """Return PSS, which adds up over processes, and the anonymous and shared part of it, which cannot be dropped.

        Raises
        ------
        OSError
            If a process may not be looked at.
        """
        whole = needed = 0
        for pid, _ in self._members:
            try:
                found = read_keyed(f"/proc/{pid}/smaps_rollup")
            except (FileNotFoundError, ProcessLookupError):
                continue
            whole += found.get(b"Pss", 0)
            needed += found.get(b"Pss_Anon", 0) + found.get(b"Pss_Shmem", 0)
        if not whole:
            raise AbsentError("none of its processes has memory of its own")
        return whole * _KIBIBYTE, needed * _KIBIBYTE

    def _bury(self, gone: _Member) -> None:
        self.ended += 1
        parent = next((each for (pid, _), each in self._members.items() if pid == gone.process.parent), None)
        if parent is not None and parent.process.start_ticks <= gone.process.start_ticks:
            parent.buried_s += gone.used_s
        else:
            self._kept_s += gone.used_s
            self._kept_io_bytes = _sum([self._kept_io_bytes, gone.io_bytes])


def _lives(table: ProcessTable, process: Process) -> bool:
    now = table.get(process.pid)
    return now is not None and now.start_ticks == process.start_ticks


def _sum(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    read = written = 0
    for more_read, more_written in pairs:
        read, written = read + more_read, written + more_written
    return read, written
