"""stack: brings up the services of a scenario as processes of this machine, tells how they are, takes them down."""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from capplan.errors import InputError, TargetError
from capplan.machine.process_table import Process
from capplan.machine.unprivileged import opened_to_services
from capplan.scenario import Observed
from capplan.servers import SERVERS
from capplan.servers.postgresql import DATA
from capplan.stack.abandoned_memory import remove_abandoned
from capplan.stack.layout import lay_out
from capplan.stack.packages import remove_partial
from capplan.stack.processes import belonging, end, kill_all, running
from capplan.stack.start import reap, start_services
from capplan.stack.state import StackState, read_state, stack_folder, write_state
from capplan.stack_file import StackFile, read_stack_file

__all__ = ["StackState", "down", "observed_by", "status", "up"]

_REMOVED_WITHIN_S = 20.0
_PAUSE_S = 0.02

Tell = Callable[[str], None]


def _silent(_text: str) -> None:
    """Tell nobody."""


def up(file: Path, *, name: str, tell: Tell = _silent) -> StackState:
    """Bring a stack up under a name, whole or not at all.

    Raises
    ------
    InputError
        If the file cannot be used, or a stack of that name is up.
    TargetError
        If a service does not come up; the text ends with the last that it said.
    """
    stack = read_stack_file(file)
    folder = stack_folder(name)
    state = StackState(name=name, mark=secrets.token_hex(8))
    with opened_to_services():
        _claim(folder, name)
        return _brought_up(file, stack, state, tell)


def _brought_up(file: Path, stack: StackFile, state: StackState, tell: Tell) -> StackState:
    folder = stack_folder(state.name)
    try:
        write_state(folder, state)
        layout = lay_out(file.absolute(), stack, folder, state.mark, tell)
        return start_services(layout, state, tell)
    except BaseException:
        tell("Taking the stack down again")
        down(state.name)
        raise


def status(name: str) -> dict[str, bool] | None:
    """Return which services of a stack run, or None if it is not up."""
    state = read_state(stack_folder(name))
    if state is None:
        return None
    alive = running([(each.pid, each.start_ticks) for each in state.services])
    return {each.name: runs for each, runs in zip(state.services, alive, strict=True)}


def observed_by(name: str) -> dict[str, Observed] | None:
    """Return how the services of a stack are watched, or None if it is not up, or not whole.

    After the machine was started anew the state is still there, and its processes' numbers are others'.
    """
    state = read_state(stack_folder(name))
    up_and_whole = state is not None and state.base_url and all((status(name) or {}).values())
    return state.observed() if state is not None and up_and_whole else None


def down(name: str, *, tell: Tell = _silent) -> None:
    """End every process of a stack and remove all that it left, whether or not it was up, whole, or in order.

    Raises
    ------
    TargetError
        If a process cannot be ended, or a file not removed.
    """
    folder = stack_folder(name)
    if not folder.exists():
        tell("Not up.")
        return
    tell("Taking the stack down")
    state = read_state(folder)
    if state is not None:
        for service in state.services:
            stop = SERVERS[service.kind].stop
            if stop is not None:
                end([(service.pid, service.start_ticks)], stop)
        kill_all(partial(_left, state, folder))
        for data in folder.glob(f"*/{DATA}"):
            remove_abandoned(data)
        remove_partial(state.mark)
    _remove(folder)
    for parent in list(folder.parents)[:2]:
        with suppress(OSError):  # another stack is in it
            parent.rmdir()


def _remove(folder: Path) -> None:
    """Remove a folder, again while something is still written into it."""
    deadline = time.monotonic() + _REMOVED_WITHIN_S
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists():
        if time.monotonic() > deadline:
            here, _, files = next(os.walk(folder, topdown=False), (folder, [], []))
            resists = Path(here, *files[:1])
            raise TargetError(f"the stack: {resists} cannot be removed; see who may, and remove {folder}.")
        time.sleep(_PAUSE_S)
        shutil.rmtree(folder, ignore_errors=True)


def _left(state: StackState, folder: Path) -> Iterator[Process]:
    reap()
    return belonging(state.mark, folder, frozenset(state.programs))


def _claim(folder: Path, name: str) -> None:
    """Make the folder, which nobody else may have made."""
    try:
        folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.mkdir(mode=0o755)
    except FileExistsError as error:
        state = read_state(folder)
        found = f"up at {state.base_url}" if state and state.base_url else "half up, or left behind"
        raise InputError(
            f"the stack {name}",
            found=f"it is {found}",
            expected="none of that name",
            remedy="use it as it is, or take it down first with `capplan stack down`",
        ) from error
    except OSError as error:
        raise InputError(
            str(folder),
            found=(error.strerror or "a place that cannot be written").lower(),
            expected="a folder that can be made",
            remedy="set XDG_STATE_HOME to a folder of yours",
        ) from error
