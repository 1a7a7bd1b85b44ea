"""stack_processes: every process of a stack, however it came to be, and its end.

A process belongs to a stack if the stack's mark stands in its environment, which it got from whoever started it. The
servers that write titles over their environment are known by their program, and by working in the stack's folder.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path

from capplan.errors import TargetError
from capplan.machine.kernel_files import read_kernel_file
from capplan.machine.process_table import Process, ProcessReader

STACK_MARK = "CAPPLAN_STACK"
"""Variable in the environment of every process of a stack."""
_ENDED = frozenset("ZX")
_PAUSE_S = 0.02
_TIDY_WITHIN_S = 5.0
_KILLED_WITHIN_S = 20.0


def belonging(mark: str, folder: Path, programs: AbstractSet[str]) -> Iterator[Process]:
    """Yield the running processes of a stack; those of other users are seen by root only."""
    sought = f"{STACK_MARK}={mark}".encode()
    table = ProcessReader().read()
    for pid in table.pids():
        process = table.get(pid)
        if process is None or process.state in _ENDED:
            continue
        with suppress(OSError):  # it has ended since, or is another user's
            if sought in read_kernel_file(f"/proc/{pid}/environ").split(b"\0") or _works_in(
                pid, folder, programs
            ):
                yield process


def _works_in(pid: int, folder: Path, programs: AbstractSet[str]) -> bool:
    program = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")  # noqa: PTH115 - no file of this name
    return program in programs and Path(os.readlink(f"/proc/{pid}/cwd")).is_relative_to(folder)  # noqa: PTH115


def running(started: Sequence[tuple[int, int]]) -> list[bool]:
    """Tell which processes run, each given by its number and when it began."""
    table = ProcessReader().read()
    found = [table.get(pid) for pid, _ in started]
    return [
        process is not None and process.state not in _ENDED and process.start_ticks == start_ticks
        for process, (_, start_ticks) in zip(found, started, strict=True)
    ]


def kill_all(found: Callable[[], Iterator[Process]]) -> None:
    """Kill processes until none is found.

    Raises
    ------
    TargetError
        If one does not end.
    """
    deadline = time.monotonic() + _KILLED_WITHIN_S
    while left := list(found()):
        if time.monotonic() > deadline:
            numbers = ", ".join(str(each.pid) for each in left)
            raise TargetError(
                f"the stack: processes {numbers} do not end when killed; see what they wait for."
            )
        for each in left:
            _send(each.pid, signal.SIGKILL)
        time.sleep(_PAUSE_S)


def end(started: Sequence[tuple[int, int]], number: signal.Signals) -> None:
    """Send a signal to processes that were started then, and give them a while to end."""
    deadline = time.monotonic() + _TIDY_WITHIN_S
    for process, runs in zip(started, running(started), strict=True):
        if runs:
            _send(process[0], number)
    while any(running(started)) and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
