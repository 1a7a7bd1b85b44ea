"""places: where a request of a network may be, and where it may go from there.

A place also says what is held there and what is still to come. A request is in service at a station or waits for a
token: a member of a pool, or a server of a station that serves one at a time. A request that waits for the pool of its
first operation has not drawn that operation yet: all that wait there are alike, whatever they will turn out to ask for.
Where the members of a pool belong to processes, whoever is admitted to it gets a seat in one of them, which nobody
waits for.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capplan.network import Network
from capplan.time_law import EXPONENTIAL, TimeLaw

ENDED = -1
"""The target of a request that is done."""
NO_PROCESS = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One of the ways on: with what chance, and to which place, or ``ENDED``.

    Attributes
    ----------
    seat
        Position of the token for a seat in a process that is taken on this way; the chance is then meant for equally
        many free seats in all processes, and in proportion to those that are free.
    """

    chance: float
    target: int
    seat: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What one request holds: a seat, or what others wait for, a member of a pool or a server of one at a time.

    Attributes
    ----------
    process_of
        Position of the pool to one of whose processes the seat belongs.
    """

    name: str
    count: int
    pool: int | None = None
    station: int | None = None
    process_of: int | None = None
    queue_limit: int | None = None
    by_priority: bool = False


class Lane(NamedTuple):
    """Those at a shared station who are served at one speed: of one group, and under one process's lock or none.

    Work in no group comes after all groups, work under no lock before all processes.
    """

    group: int
    process: int

    @property
    def locked(self) -> bool:
        """Whether all of them together are one thread."""
        return self.process != NO_PROCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request may be.

    Attributes
    ----------
    source
        Position of its source.
    request_class
        Position of its class; None where it is not drawn yet.
    operations
        The path of calls that led here.
    waits_for
        Position of the token it waits for; None: it is in service.
    station, group, service_s, law
        Where it is in service, as part of which group (None: of none), for how long, alone on a server.
    process
        Position of the token for seats in the process under whose lock it is in service; None: under none.
    branches
        Where it goes when it is served, or when it is given the token.
    """

    source: int
    request_class: int | None
    operations: tuple[str, ...]
    waits_for: int | None = None
    station: int | None = None
    group: int | None = None
    process: int | None = None
    service_s: float = 0.0
    law: TimeLaw = EXPONENTIAL
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """All places of a network.

    Attributes
    ----------
    entries
        For each source, where its requests go first.
    held
        Whether a request at a place holds a token, shape (tokens, places).
    """

    network: Network
    places: tuple[Place, ...]
    tokens: tuple[Token, ...]
    entries: tuple[tuple[Branch, ...], ...]
    held: NDArray[np.bool_]

    @property
    def serving(self) -> list[int]:
        """Positions of the places where requests are in service."""
        return [k for k, place in enumerate(self.places) if place.station is not None]

    def waiting(self, token: int) -> list[int]:
        """Positions of the places where requests wait for a token."""
        return [k for k, place in enumerate(self.places) if place.waits_for == token]

    def in_line_with(self, position: int) -> list[int]:
        """Positions of the places whose requests wait in one line with those at a place; none where nobody waits."""
        token = self.places[position].waits_for
        if token is None:
            return []
        line = self.waiting(token)
        if not self.tokens[token].by_priority:
            return line
        urgency = [self.network.sources[self.places[each].source].priority for each in line]
        own = self.network.sources[self.places[position].source].priority
        return [each for each, priority in zip(line, urgency, strict=True) if priority == own]

    def lanes_at(self, station: int) -> dict[int, "Lane"]:
        """Return the lane of each place where a station serves."""
        last = len(self.network.stations[station].groups)
        found = {k: self.places[k] for k in self.serving if self.places[k].station == station}
        return {
            k: Lane(
                group=last if each.group is None else each.group,
                process=NO_PROCESS if each.process is None else each.process,
            )
            for k, each in found.items()
        }

    def of_source(self, source: int) -> list[int]:
        """Positions of the places of a source's requests."""
        return [k for k, place in enumerate(self.places) if place.source == source]

    def classes_at(self, position: int) -> dict[int, float]:
        """Classes of the requests at a place, with their shares where the class is not drawn yet."""
        place = self.places[position]
        if place.request_class is not None:
            return {place.request_class: 1.0}
        shares: dict[int, float] = {}
        for branch in place.branches:
            for request_class, share in self.classes_at(branch.target).items():
                shares[request_class] = shares.get(request_class, 0.0) + branch.chance * share
        return shares
