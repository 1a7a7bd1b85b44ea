"""stack_start: starts the services of a stack in order, and waits until each says what it is."""

import subprocess
import time
from collections.abc import Callable, Sequence

from capplan.errors import TargetError
from capplan.machine.process_table import ProcessReader
from capplan.servers import SERVERS
from capplan.servers.place import NotReadyError, Place
from capplan.servers.postgresql import pg_dump
from capplan.stack.layout import Layout, last_said
from capplan.stack.processes import running
from capplan.stack.state import ServiceState, StackState, write_state
from capplan.stack_file import StackService

_TIMEOUT_S = 180.0
_PAUSE_S = 0.05
_children: list["subprocess.Popen[bytes]"] = []
"""Processes this one has started, so that those that end are taken note of."""


def start_services(layout: Layout, state: StackState, tell: Callable[[str], None]) -> StackState:
    """Start every service.

    What a service has to have done before it starts waits until all above it answer; the rest start at once.

    Raises
    ------
    TargetError
        If one ends, or does not answer in time.
    """
    for service in layout.stack.services:
        if service.before:
            state = _await_all(layout, state)
            tell(f"Preparing {service.name}")
            for command in service.before:
                layout.run(service, [layout.fill(word) for word in command])
        tell(f"Starting {service.name}")
        state = _start(layout, state, service)
    tell("Waiting for all to answer")
    state = _await_all(layout, state)
    state = state.model_copy(update={"base_url": layout.fill(layout.stack.base_url)})
    write_state(layout.folder, state)
    return state


def reap() -> None:
    """Take note of the children that have ended."""
    _children[:] = [child for child in _children if child.poll() is None]


def _start(layout: Layout, state: StackState, service: StackService) -> StackState:
    place, server = layout.place(service), SERVERS[service.kind]
    command = layout.command(server.command(place))
    if server.retitled:  # told before there is one to be found by it
        state = state.model_copy(update={"programs": (*state.programs, command[0])})
        write_state(layout.folder, state)
    with place.log.open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - what the stack file says
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=place.folder,
            env=layout.environment(service),
            start_new_session=True,
            **layout.account.spawning(),
        )
    _children.append(child)
    found = ProcessReader().read().get(child.pid)
    access_log = server.access_log(place)
    started = ServiceState(
        name=service.name,
        kind=service.kind,
        pid=child.pid,
        start_ticks=0 if found is None else found.start_ticks,
        log=str(place.log),
        url=server.url(place),
        access_log=None if access_log is None else str(access_log),
    )
    changes: dict[str, object] = {"services": (*state.services, started)}
    if service.kind == "postgresql":
        changes["pg_dump"] = pg_dump(place)
    state = state.model_copy(update=changes)
    write_state(layout.folder, state)
    return state


def _await_all(layout: Layout, state: StackState) -> StackState:
    """Ask those that have not answered yet, one after the other, until all have."""
    deadline = time.monotonic() + _TIMEOUT_S
    places = {service.name: layout.place(service) for service in layout.stack.services}
    answered = tuple(_awaited(layout, places[each.name], each, state, deadline) for each in state.services)
    return state.model_copy(update={"services": answered})


def _awaited(
    layout: Layout, place: Place, service: ServiceState, state: StackState, deadline: float
) -> ServiceState:
    """Ask one until it answers; all that were started have to go on meanwhile."""
    while not service.version:
        _require_running(layout, state.services)
        try:
            return _answered(place, service)
        except (NotReadyError, OSError) as error:
            if time.monotonic() > deadline:
                raise _failed(layout, service.name, f"it does not answer ({error})") from error
            time.sleep(_PAUSE_S)
    return service


def _answered(place: Place, service: ServiceState) -> ServiceState:
    server = SERVERS[service.kind]
    version = server.ask(place)
    address = place.address if server.listens else ""
    return service.model_copy(update={"version": version or "unknown", "address": address})


def _require_running(layout: Layout, services: Sequence[ServiceState]) -> None:
    reap()
    alive = running([(each.pid, each.start_ticks) for each in services])
    for service, runs in zip(services, alive, strict=True):
        if not runs:
            raise _failed(layout, service.name, "it ended")


def _failed(layout: Layout, name: str, how: str) -> TargetError:
    said = last_said(layout.log(name).read_text(errors="replace"))
    return TargetError(f"the service {name}: {how}; the last it said: {said}")
