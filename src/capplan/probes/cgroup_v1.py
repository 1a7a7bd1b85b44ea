"""cgroup_v1: counters of a control group where every controller has a tree of its own.

Field names are those of the kernel's Documentation/admin-guide/cgroup-v1/.
"""

from collections.abc import Iterable

from capplan.group_probe import GroupProbe, locator
from capplan.machine.absence import AbsentError
from capplan.machine.control_groups import Group
from capplan.machine.kernel_files import read_kernel_file, read_keyed, read_number
from capplan.machine.surroundings import Surroundings
from capplan.probe import Readings, ServiceProbe
from capplan.scenario import Observed

_NANOSECONDS = 1e9
# "No limit" is the largest number of pages that fits; no machine has this many bytes.
_NO_LIMIT_BYTES = 1 << 60


def watch_cgroup_v1(name: str, watched: Observed, around: Surroundings) -> ServiceProbe | None:
    """Watch the control group or container that is named for a service, if the machine keeps version 1."""
    locate = locator(name, watched, around)
    if locate is None or locate().version != 1:
        return None
    return GroupProbe("cgroup v1", locate, _READINGS)


def _cpu(group: Group) -> Iterable[float]:
    return (_number(group, "cpuacct", "cpuacct.usage") / _NANOSECONDS,)


def _throttling(group: Group) -> Iterable[float]:
    """Periods are counted only where a quota is set; ``throttled_time`` is in nanoseconds, unlike in version 2."""
    found = read_keyed(group.file("cpu", "cpu.stat"))
    return found[b"nr_periods"], found[b"nr_throttled"], found[b"throttled_time"] / _NANOSECONDS


def _need(group: Group) -> Iterable[float]:
    """Anonymous memory (``rss``, which leaves shared memory out) and shared memory (``shmem``), of all below it.

    The kernel's own part is left out: version 1 does not say how much of it can be dropped.
    """
    found = read_keyed(group.file("memory", "memory.stat"))
    return (found[b"total_rss"] + found[b"total_shmem"],)


def _working_set(group: Group) -> Iterable[float]:
    used = _number(group, "memory", "memory.usage_in_bytes")
    return (max(used - read_keyed(group.file("memory", "memory.stat"))[b"total_inactive_file"], 0),)


def _peak(group: Group) -> Iterable[float]:
    return (_number(group, "memory", "memory.max_usage_in_bytes"),)


def _oom(group: Group) -> Iterable[float]:
    return (read_keyed(group.file("memory", "memory.oom_control"))[b"oom_kill"],)


def _memory_limit(group: Group) -> Iterable[float]:
    found = _number(group, "memory", "memory.limit_in_bytes")
    if found >= _NO_LIMIT_BYTES:
        raise AbsentError("no limit is set")
    return (found,)


def _io(group: Group) -> Iterable[float]:
    """Sum up all devices; writes through the page cache may be charged to the machine instead of the group."""
    read = written = 0
    for line in read_kernel_file(
        group.file("blkio", "blkio.throttle.io_service_bytes_recursive")
    ).splitlines():
        device = line.split()
        if device[1:2] == [b"Read"]:
            read += int(device[2])
        elif device[1:2] == [b"Write"]:
            written += int(device[2])
    return read, written


def _number(group: Group, controller: str, file: str) -> int:
    found = read_number(group.file(controller, file))
    if found is None:
        raise AbsentError(f"{file} holds no number")
    return found


_READINGS: Readings[Group] = {
    ("cpu_s",): _cpu,
    ("periods", "throttled_periods", "throttled_s"): _throttling,
    ("need_bytes",): _need,
    ("working_set_bytes",): _working_set,
    ("peak_bytes",): _peak,
    ("oom_kills",): _oom,
    ("memory_limit_bytes",): _memory_limit,
    ("read_bytes", "write_bytes"): _io,
}
