"""probe: what every way of watching gives: statistics by name, whom it watches, and why a statistic is absent."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from capplan.machine.absence import AbsentError, reason
from capplan.machine.process_table import ProcessTable

Statistics = dict[str, Any]
"""Numbers by name; counters only rise, and differences are taken later."""
Absences = dict[str, str]
"""Why a statistic cannot be read, by its name; the first reason stays."""
WHOLE = "all"
"""Stands for every statistic of a way of watching."""

Subject = TypeVar("Subject")
Readings = Mapping[tuple[str, ...], Callable[[Subject], Iterable[float]]]
"""How statistics are read, by their names: what is read together is absent together."""


class ServiceProbe(Protocol):
    """Counts what one service uses, from the kernel of this machine, at once."""

    by: str
    absent: Absences

    @property
    def identity(self) -> str:
        """Return what changes when the service begins anew."""

    def count(self, processes: ProcessTable) -> Statistics:
        """Return the counters now: cheap, every second."""

    def weigh(self) -> Statistics:
        """Return memory that is costly to read."""


class AskedProbe(Protocol):
    """Asks a server, which may answer late or never: see ``correspondent``."""

    by: str
    absent: Absences

    @property
    def address(self) -> str:
        """Return where the server is asked."""

    @property
    def version(self) -> str:
        """Return its name and version in its own words; empty before it answered."""

    def ask(self, *, full: bool) -> Statistics:
        """Return its statistics; with ``full`` also those that cost it something.

        Raises
        ------
        AbsentError, OSError
            If it cannot be asked.
        """

    def close(self) -> None:
        """Forget the connection; the next question opens one."""


def gather(readings: Readings[Subject], subject: Subject, absent: Absences) -> Statistics:
    """Take every reading that can be taken, and note why the others cannot."""
    found: Statistics = {}
    for names, read in readings.items():
        try:
            found |= dict(zip(names, tuple(read(subject)), strict=True))
        except (AbsentError, OSError, ValueError, KeyError) as error:
            for name in names:
                absent.setdefault(name, reason(error))
    return found
