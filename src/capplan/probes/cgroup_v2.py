"""cgroup_v2: counters of a control group where the kernel keeps one tree for all of them.

Field names are those of the kernel's Documentation/admin-guide/cgroup-v2.rst.
"""

from collections.abc import Iterable

from capplan.group_probe import GroupProbe, locator
from capplan.machine.absence import AbsentError
from capplan.machine.control_groups import Group
from capplan.machine.kernel_files import read_kernel_file, read_keyed, read_number
from capplan.machine.surroundings import Surroundings
from capplan.probe import Readings, ServiceProbe
from capplan.scenario import Observed

_MICROSECONDS = 1e6


def watch_cgroup_v2(name: str, watched: Observed, around: Surroundings) -> ServiceProbe | None:
    """Watch the control group or container that is named for a service, if the machine keeps version 2."""
    locate = locator(name, watched, around)
    if locate is None or locate().version == 1:
        return None
    return GroupProbe("cgroup v2", locate, _READINGS)


def _cpu(group: Group) -> Iterable[float]:
    found = read_keyed(group.file("cpu", "cpu.stat"))
    return (found[key] / _MICROSECONDS for key in (b"usage_usec", b"user_usec", b"system_usec"))


def _throttling(group: Group) -> Iterable[float]:
    found = read_keyed(group.file("cpu", "cpu.stat"))
    return found[b"nr_periods"], found[b"nr_throttled"], found[b"throttled_usec"] / _MICROSECONDS


def _need(group: Group) -> Iterable[float]:
    """Anonymous and shared memory, and what the kernel needs for these processes and could not give back.

    ``kernel`` counts page tables, stacks and slabs; of the slabs, caches of directories and inodes can be dropped.
    Before Linux 5.18 there is no ``kernel``, and the parts are added up.
    """
    found = read_keyed(group.file("memory", "memory.stat"))
    if b"kernel" in found:
        kernel = found[b"kernel"] - found[b"slab_reclaimable"]
    else:
        parts = (b"kernel_stack", b"pagetables", b"slab_unreclaimable", b"percpu")
        kernel = sum(found.get(part, 0) for part in parts)
    return (found[b"anon"] + found[b"shmem"] + kernel,)


def _working_set(group: Group) -> Iterable[float]:
    used = read_number(group.file("memory", "memory.current"))
    if used is None:
        raise AbsentError("memory.current holds no number")
    return (max(used - read_keyed(group.file("memory", "memory.stat"))[b"inactive_file"], 0),)


def _peak(group: Group) -> Iterable[float]:
    return (_number(group, "memory.peak"),)


def _oom(group: Group) -> Iterable[float]:
    return (read_keyed(group.file("memory", "memory.events"))[b"oom_kill"],)


def _memory_limit(group: Group) -> Iterable[float]:
    return (_number(group, "memory.max"),)


def _io(group: Group) -> Iterable[float]:
    read = written = 0
    for line in read_kernel_file(group.file("io", "io.stat")).splitlines():
        fields = dict(field.split(b"=") for field in line.split()[1:])
        read += int(fields.get(b"rbytes", 0))
        written += int(fields.get(b"wbytes", 0))
    return read, written


def _number(group: Group, file: str) -> int:
    found = read_number(group.file("memory", file))
    if found is None:
        raise AbsentError("no limit is set")
    return found


_READINGS: Readings[Group] = {
    ("cpu_s", "user_s", "system_s"): _cpu,
    ("periods", "throttled_periods", "throttled_s"): _throttling,
    ("need_bytes",): _need,
    ("working_set_bytes",): _working_set,
    ("peak_bytes",): _peak,
    ("oom_kills",): _oom,
    ("memory_limit_bytes",): _memory_limit,
    ("read_bytes", "write_bytes"): _io,
}
