"""A stack that a test has brought up, as seen from outside."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCENARIO = Path(__file__).parents[2] / "scenarios" / "django-stack"
STACK_FILE = SCENARIO / "stack.toml"


def pids(mark: str) -> set[int]:
    """Return the processes that carry a mark, or whose parent's parent does: servers that wrote over theirs."""
    parents, marked = {}, set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[0] == "Z":
                    continue
                parents[int(entry.name)] = int(fields[1])
                if f"CAPPLAN_STACK={mark}".encode() in (entry / "environ").read_bytes():
                    marked.add(int(entry.name))
            except OSError:
                continue
    found = set(marked)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def segments(makers: set[int]) -> list[str]:
    """Return the System V segments that these processes made."""
    head, *rows = Path("/proc/sysvipc/shm").read_text().splitlines()
    column = head.split().index("cpid")
    return [row.split()[1] for row in rows if int(row.split()[column]) in makers]


def owner(pid: int) -> int:
    """Return as whom a process runs."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("Uid:")[1].split()[1])


def in_dev_shm(pid: int) -> bool:
    """Tell whether a process has mapped anything of /dev/shm that has a name there."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return any("/dev/shm/" in line and "(deleted)" not in line for line in lines)  # noqa: S108 - nothing is put there


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def ask(url: str, body: Any = None, *, token: str = "", kind: str = "application/json") -> tuple[int, Any]:  # noqa: ANN401
    """Ask over HTTP, and return status and JSON, or bytes where it is none."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": kind} | ({"Authorization": f"Token {token}"} if token else {})
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - of loopback
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            status, content = response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            status, content = error.code, error.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content


def own_name(purpose: str) -> str:
    """Return a name no other test run uses at the same time."""
    return f"test-{purpose}-{os.getpid()}"
