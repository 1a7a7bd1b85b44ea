"""places: where a request of a network may be, and where it may go from there.

Every path of calls from a source becomes places of its own, so that a place also says what is held there and what is
still to come. A request is in service at a station or waits for a token: a member of a pool, or a server of a station
that serves one at a time. A request that waits for the pool of its first operation has not drawn that operation yet:
all that wait there are alike, whatever they will turn out to ask for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from capplan.network import Network
from capplan.network_parts import Discipline, Operation, Visit
from capplan.time_law import EXPONENTIAL, TimeLaw

ENDED = -1
"""The target of a request that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One of the ways on: with what chance, and to which place, or ``ENDED``."""

    chance: float
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What one request holds and others wait for: a member of a pool, or a server that serves one at a time."""

    name: str
    count: int
    pool: int | None = None
    station: int | None = None
    queue_limit: int | None = None
    by_priority: bool = False


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
    branches
        Where it goes when it is served, or when it is given the token.
    """

    source: int
    request_class: int | None
    operations: tuple[str, ...]
    waits_for: int | None = None
    station: int | None = None
    group: int | None = None
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


@dataclass(slots=True)
class _Builder:
    network: Network
    tokens: list[Token]
    places: list[Place] = field(default_factory=list)
    held: list[tuple[int, ...]] = field(default_factory=list)

    def add(self, place: Place, held: Sequence[int]) -> int:
        self.places.append(place)
        self.held.append(tuple(held))
        return len(self.places) - 1

    def direct(self, position: int, branches: Sequence[Branch]) -> None:
        """Say where a place leads, once that is known."""
        self.places[position] = replace(self.places[position], branches=tuple(branches))

    def token_of(self, *, pool: str | None = None, station: int | None = None) -> int | None:
        """Return the position of a pool's or a station's token, or None where nothing is to be held."""
        if pool is None and station is None:
            return None
        return next(
            (
                position
                for position, each in enumerate(self.tokens)
                if (each.pool is not None and pool is not None and self.network.pools[each.pool].name == pool)
                or (station is not None and each.station == station)
            ),
            None,
        )


def places_of(network: Network) -> Places:
    """Lay out the places of a network."""
    builder = _Builder(network, _tokens(network))
    number = 0
    entries = []
    for position, source in enumerate(network.sources):
        entries.append(_enter(builder, position, number))
        number += len(source.mix)
    held = np.zeros((len(builder.tokens), len(builder.places)), dtype=bool)
    for place, tokens in enumerate(builder.held):
        held[list(tokens), place] = True
    return Places(
        network=network,
        places=tuple(builder.places),
        tokens=tuple(builder.tokens),
        entries=tuple(entries),
        held=held,
    )


def _tokens(network: Network) -> list[Token]:
    pools = [
        Token(name=each.name, count=each.size, pool=k, queue_limit=each.queue_limit)
        for k, each in enumerate(network.pools)
    ]
    servers = [
        Token(
            name=each.name,
            count=each.server_count,
            station=k,
            by_priority=each.discipline is Discipline.PRIORITY,
        )
        for k, each in enumerate(network.stations)
        if each.discipline in (Discipline.FIRST_COME, Discipline.PRIORITY)
    ]
    return pools + servers


def _enter(builder: _Builder, source: int, first_class: int) -> tuple[Branch, ...]:
    """Lay out a source: its requests wait by pool, and draw their operation when they are admitted."""
    network = builder.network
    mix = network.sources[source].mix
    by_pool: dict[str | None, list[tuple[int, str, float]]] = {}
    for number, (name, share) in enumerate(mix.items()):
        by_pool.setdefault(network.operation(name).pool, []).append((first_class + number, name, share))
    entries: list[Branch] = []
    for pool, members in by_pool.items():
        together = sum(share for _, _, share in members)
        token = builder.token_of(pool=pool)
        wait = None
        if token is not None:
            waiting = Place(source=source, request_class=None, operations=(), waits_for=token)
            wait = builder.add(waiting, ())
        held = () if token is None else (token,)
        ways = [
            Branch(
                chance=share / (1.0 if wait is None else together),
                target=_lay_out(builder, source, number, (name,), held, lambda: ENDED),
            )
            for number, name, share in members
        ]
        if wait is None:
            entries += ways
        else:
            builder.direct(wait, ways)
            entries.append(Branch(chance=together, target=wait))
    return tuple(entries)


def _lay_out(
    builder: _Builder,
    source: int,
    request_class: int,
    path: tuple[str, ...],
    held: tuple[int, ...],
    after: Callable[[], int],
) -> int:
    """Lay out an operation that holds its tokens already; return where its own code begins."""
    operation = builder.network.operation(path[-1])
    own = Visit(
        station=operation.station,
        service_s=operation.service_s / operation.slice_count,
        law=operation.law,
        group=operation.group,
    )
    begin, served = _serve(builder, source, request_class, path, held, own)
    ways = [Branch(chance=1.0 / operation.slice_count, target=after())]
    for visit in operation.visits:
        start, end = _serve(builder, source, request_class, path, held, visit)
        builder.direct(end, [Branch(chance=1.0, target=begin)])
        ways.append(Branch(chance=visit.count / operation.slice_count, target=start))
    for name, count in operation.calls.items():
        start = _call(builder, source, request_class, (*path, name), held, begin)
        ways.append(Branch(chance=count / operation.slice_count, target=start))
    builder.direct(served, ways)
    return begin


def _call(
    builder: _Builder,
    source: int,
    request_class: int,
    path: tuple[str, ...],
    held: tuple[int, ...],
    caller: int,
) -> int:
    """Lay out a call; return where it begins: waiting for its pool, or in its own code."""
    called: Operation = builder.network.operation(path[-1])
    token = builder.token_of(pool=called.pool)
    if token is None:
        return _lay_out(builder, source, request_class, path, held, lambda: caller)
    waiting = Place(source=source, request_class=request_class, operations=path, waits_for=token)
    wait = builder.add(waiting, held)
    begin = _lay_out(builder, source, request_class, path, (*held, token), lambda: caller)
    builder.direct(wait, [Branch(chance=1.0, target=begin)])
    return wait


def _serve(
    builder: _Builder,
    source: int,
    request_class: int,
    path: tuple[str, ...],
    held: tuple[int, ...],
    visit: Visit,
) -> tuple[int, int]:
    """Lay out one service; return where it begins (waiting for a server, if need be) and where it is served."""
    station = builder.network.station_index(visit.station)
    names = [each.name for each in builder.network.stations[station].groups]
    serving = Place(
        source=source,
        request_class=request_class,
        operations=path,
        station=station,
        group=None if visit.group is None else names.index(visit.group),
        service_s=visit.service_s,
        law=visit.law,
    )
    server = builder.token_of(station=station)
    if server is None:
        position = builder.add(serving, held)
        return position, position
    waiting = Place(source=source, request_class=request_class, operations=path, waits_for=server)
    wait = builder.add(waiting, held)
    served = builder.add(serving, (*held, server))
    builder.direct(wait, [Branch(chance=1.0, target=served)])
    return wait, served
