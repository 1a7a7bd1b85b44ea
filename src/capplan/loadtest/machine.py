"""machine: what the machine of a run is, as far as it says so itself."""

import os
import platform
from contextlib import suppress
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY_INFO = Path("/proc/meminfo")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_MEMORY_STEP_GIB = 2.0**20


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def boot_id() -> str:
    """Return what is drawn anew each time the machine starts: its monotonic clock begins again then."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def machine() -> dict[str, str | float]:
    """Return processor, cores, memory, kernel and Python, and the frequency governor where there is one."""
    found: dict[str, str | float] = {
        "cores": float(usable_cores()),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }
    model = _field(_CPU_INFO, "model name")
    memory = _field(_MEMORY_INFO, "MemTotal")
    if model:
        found["processor"] = model
    if memory:
        found["memory_gib"] = round(int(memory.split()[0]) / _MEMORY_STEP_GIB, 1)
    with suppress(OSError):  # virtual machines have none
        found["governor"] = _GOVERNOR.read_text().strip()
    return found


def _field(path: Path, name: str) -> str:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
