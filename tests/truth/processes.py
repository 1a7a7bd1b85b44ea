"""processes: which processes there are, by number or by a variable of their environment."""

import re
import time
from collections.abc import Iterable
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that only waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def marked(variable: re.Pattern[bytes]) -> dict[int, str]:
    """Return the command lines of live processes with a variable of this form in their environment."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if any(map(variable.fullmatch, variables)) and is_alive(int(folder.name)):
            found[int(folder.name)] = command
    return found


def ended_within(pids: Iterable[int], seconds: float) -> bool:
    """Wait until all these processes have ended, and return whether they did in time."""
    left, until_s = set(pids), time.monotonic() + seconds
    while left and time.monotonic() < until_s:
        left = {pid for pid in left if is_alive(pid)}
        time.sleep(0.01)
    return not left
