"""kernel: what the kernel's own files say a container uses, read once more so that a sampler can be judged by it."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_NO_LIMIT_BYTES = 1 << 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Counters and levels of a container at one moment; None is what cannot be read."""

    cpu_s: float
    need_bytes: int
    """What cannot be dropped: anonymous and shared memory, and where it is told that of the kernel."""
    charged_bytes: int
    """All that the limit counts, the page cache included."""
    limit_bytes: int | None
    periods: int
    throttled_periods: int
    pss_bytes: int | None


def read_use(pid: int) -> Use:
    """Read the control group of a container, given its first process."""
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    paths = {
        name: path for line in lines for _, names, path in [line.split(":", 2)] for name in names.split(",")
    }
    return _version_1(paths) if "cpuacct" in paths else _version_2(_GROUPS / paths[""].lstrip("/"))


def _version_1(paths: dict[str, str]) -> Use:
    cpuacct, cpu, memory = (_GROUPS / each / paths[each].lstrip("/") for each in ("cpuacct", "cpu", "memory"))
    stat, quota = _keyed(memory / "memory.stat"), _keyed(cpu / "cpu.stat")
    limit_bytes = _number(memory / "memory.limit_in_bytes")
    return Use(
        cpu_s=_number(cpuacct / "cpuacct.usage") / 1e9,
        need_bytes=stat["total_rss"] + stat["total_shmem"],
        charged_bytes=_number(memory / "memory.usage_in_bytes"),
        limit_bytes=limit_bytes if limit_bytes < _NO_LIMIT_BYTES else None,
        periods=quota["nr_periods"],
        throttled_periods=quota["nr_throttled"],
        pss_bytes=_pss_bytes(memory),
    )


def _version_2(group: Path) -> Use:
    stat, cpu = _keyed(group / "memory.stat"), _keyed(group / "cpu.stat")
    limit = (group / "memory.max").read_text().strip()
    return Use(
        cpu_s=cpu["usage_usec"] / 1e6,
        need_bytes=stat["anon"] + stat["shmem"] + _kernel_bytes(stat),
        charged_bytes=_number(group / "memory.current"),
        limit_bytes=None if limit == "max" else int(limit),
        periods=cpu.get("nr_periods", 0),
        throttled_periods=cpu.get("nr_throttled", 0),
        pss_bytes=_pss_bytes(group),
    )


def _kernel_bytes(stat: dict[str, int]) -> int:
    """Return what the kernel holds for a group and cannot give back; before Linux 5.18 it tells the parts only."""
    if "kernel" in stat:
        return stat["kernel"] - stat["slab_reclaimable"]
    parts = ("kernel_stack", "pagetables", "slab_unreclaimable", "percpu")
    return sum(stat.get(part, 0) for part in parts)


def _pss_bytes(group: Path) -> int | None:
    """Return the proportional memory of all processes of a group, which only root may read of others."""
    total = 0
    for pid in (group / "cgroup.procs").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            try:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            except PermissionError:
                return None
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _number(file: Path) -> int:
    return int(file.read_text())


def _keyed(file: Path) -> dict[str, int]:
    return {key: int(value) for key, value in (line.split() for line in file.read_text().splitlines())}
