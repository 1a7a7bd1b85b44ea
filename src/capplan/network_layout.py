"""network_layout: the places of a network, laid out along every path of calls from every source.

Each path becomes places of its own, once more for every process that its requests may have a seat in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from capplan.network import Network
from capplan.network_parts import Discipline, Visit
from capplan.places import ENDED, Branch, Place, Places, Token


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

    def seats_of(self, token: int) -> list[int]:
        """Return the positions of the seats in a pool's processes, by the position of the pool's token."""
        pool = self.tokens[token].pool
        return [k for k, each in enumerate(self.tokens) if pool is not None and each.process_of == pool]


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
    seats = [
        Token(name=f"{each.name} {number + 1}", count=each.size // each.processes, process_of=k)
        for k, each in enumerate(network.pools)
        if each.processes is not None
        for number in range(each.processes)
    ]
    return pools + servers + seats


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
        ways = [
            way
            for number, name, share in members
            for way in _admit(
                builder,
                source,
                number,
                (name,),
                (),
                share / (1.0 if wait is None else together),
                lambda: ENDED,
            )
        ]
        if wait is None:
            entries += ways
        else:
            builder.direct(wait, ways)
            entries.append(Branch(chance=together, target=wait))
    return tuple(entries)


def _admit(
    builder: _Builder,
    source: int,
    request_class: int,
    path: tuple[str, ...],
    held: tuple[int, ...],
    chance: float,
    after: Callable[[], int],
) -> list[Branch]:
    """Lay out an operation once for each process of its pool, or once; return the ways from its admission."""
    token = builder.token_of(pool=builder.network.operation(path[-1]).pool)
    if token is None:
        begin = _lay_out(builder, source, request_class, path, held, None, after)
        return [Branch(chance=chance, target=begin)]
    seats: Sequence[int | None] = builder.seats_of(token) or [None]
    ways = []
    for seat in seats:
        taken = (*held, token) if seat is None else (*held, token, seat)
        begin = _lay_out(builder, source, request_class, path, taken, seat, after)
        ways.append(Branch(chance=chance / len(seats), target=begin, seat=seat))
    return ways


def _lay_out(
    builder: _Builder,
    source: int,
    request_class: int,
    path: tuple[str, ...],
    held: tuple[int, ...],
    process: int | None,
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
    begin, served = _serve(builder, source, request_class, path, held, own, process)
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
    token = builder.token_of(pool=builder.network.operation(path[-1]).pool)
    if token is None:
        (way,) = _admit(builder, source, request_class, path, held, 1.0, lambda: caller)
        return way.target
    waiting = Place(source=source, request_class=request_class, operations=path, waits_for=token)
    wait = builder.add(waiting, held)
    builder.direct(wait, _admit(builder, source, request_class, path, held, 1.0, lambda: caller))
    return wait


def _serve(
    builder: _Builder,
    source: int,
    request_class: int,
    path: tuple[str, ...],
    held: tuple[int, ...],
    visit: Visit,
    process: int | None = None,
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
        process=process,
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
