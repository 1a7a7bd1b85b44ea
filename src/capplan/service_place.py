"""service_place: where one service of a stack runs, and what a kind of server has to know to run there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

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
    log: Path
    """What it says on its standard output and error."""
    run: Run
    fill: Callable[[str], str]
    """Replaces the placeholders of a text."""
    write: Callable[[str, str], Path]
    """Writes a file of this name into the folder."""

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.port}"
