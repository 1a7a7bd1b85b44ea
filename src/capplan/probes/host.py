"""host: what the machine as a whole does: processor, disks, and how long work was held up for want of them."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from capplan.machine.absence import AbsentError
from capplan.machine.kernel_files import read_kernel_file
from capplan.probe import Absences, Readings, Statistics, gather

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_SECTOR_BYTES = 512  # /proc/diskstats counts in these, whatever the disk's own are
_MICROSECONDS = 1e6
_BLOCK = Path("/sys/block")


class HostProbe:
    """Reads the machine's own counters."""

    def __init__(self) -> None:
        self.absent: Absences = {}
        self._disks: frozenset[bytes] | None = None

    def count(self) -> Statistics:
        """Return the counters now. Time given to others by the hypervisor is not busy."""
        return gather(_READINGS, self, self.absent)

    def disks(self) -> frozenset[bytes]:
        """Return the disks the machine had at the first look.

        Raises
        ------
        AbsentError
            If the kernel lists none.
        """
        if self._disks is None:
            self._disks = frozenset(_whole_disks())
        return self._disks


def _processor(_: HostProbe) -> Iterable[float]:
    """See proc(5): user, nice, system, idle, iowait, irq, softirq, steal; guests are counted as user already."""
    lines = read_kernel_file("/proc/stat").split(b"\n")
    ticks = [int(each) / _TICKS_PER_S for each in lines[0].split()[1:9]]
    user, nice, system, idle, iowait, irq, softirq, steal = ticks
    cores = sum(1 for line in lines[1:] if line.startswith(b"cpu"))
    user_s, system_s = user + nice, system + irq + softirq
    return cores, user_s + system_s, user_s, system_s, idle, iowait, steal


def _disk(probe: HostProbe) -> Iterable[float]:
    disks = probe.disks()
    read = written = 0
    for line in read_kernel_file("/proc/diskstats").splitlines():
        fields = line.split()
        if fields[2] in disks:
            read += int(fields[5])
            written += int(fields[9])
    return read * _SECTOR_BYTES, written * _SECTOR_BYTES


def _pressure(_: HostProbe) -> Iterable[float]:
    """Time during which some task waited for a resource (pressure stall information)."""
    for resource in ("cpu", "memory", "io"):
        some = read_kernel_file(f"/proc/pressure/{resource}").split(b"\n")[0]
        yield int(some.rpartition(b"total=")[2]) / _MICROSECONDS


def _whole_disks() -> Iterator[bytes]:
    """Yield disks of their own: no partitions, nothing stacked on other disks, nothing in memory."""
    if not _BLOCK.is_dir():
        raise AbsentError("the kernel lists no disks")
    for disk in _BLOCK.iterdir():
        stacked = disk / "slaves"
        if not disk.name.startswith(("loop", "ram", "zram")) and not (
            stacked.is_dir() and any(stacked.iterdir())
        ):
            yield disk.name.encode()


_READINGS: Readings[HostProbe] = {
    ("cores", "busy_s", "user_s", "system_s", "idle_s", "iowait_s", "steal_s"): _processor,
    ("read_bytes", "write_bytes"): _disk,
    ("cpu_pressure_s", "memory_pressure_s", "io_pressure_s"): _pressure,
}
