"""moves: what happens to the counts when a request moves, tokens handed on included.

A move takes a request away from a place, hands on what it held to those who wait, and only then puts it where it goes,
behind those who waited there. A token goes to the most urgent source where order follows priority, else to each of
those who wait with the same chance: where all wait at one place that is the law of first come, first served, for
counts cannot tell the two apart. Where they wait at several places the line's order is not known; ``Order`` says who
goes first, and solving with its extremes tells how much that matters. One request may be followed (``tagged``), and its
own turn in the line with it: how many are before it. Which of the others those are is not known where they wait at
several places; then each is as likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from capplan.markov.states import Counts
from capplan.places import ENDED, Branch, Places

Array = NDArray[np.float64]
NOBODY = -2


class Order(Enum):
    """Who is given a token where requests wait for it at several places."""

    ANY = 0
    """Each request with the same chance."""
    FIRST_PLACE = 1
    """Those at the first of the places, before all others."""
    LAST_PLACE = 2
    """Those at the last."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """States on their way to others, one row each.

    Attributes
    ----------
    origin
        The position of the state they come from.
    weight
        Rate or probability of the way so far.
    tagged, ahead
        Where the request that is followed is, and how many are before it in line; NOBODY where none is followed.
    """

    counts: Counts
    origin: NDArray[np.int64]
    weight: Array
    tagged: NDArray[np.int64]
    ahead: NDArray[np.int64]

    def only(self, mask: NDArray[np.bool_]) -> "Rows":
        """Keep some rows."""
        return Rows(
            counts=self.counts[mask],
            origin=self.origin[mask],
            weight=self.weight[mask],
            tagged=self.tagged[mask],
            ahead=self.ahead[mask],
        )

    def moved(
        self,
        *,
        less: int | None = None,
        more: int | None = None,
        times: Array | float = 1.0,
        tagged: NDArray[np.int64] | int | None = None,
        ahead: NDArray[np.int64] | int | None = None,
    ) -> "Rows":
        """Return a copy with one request less at a place and one more at another."""
        counts = self.counts.copy()
        if less is not None:
            counts[:, less] -= 1
        if more is not None:
            counts[:, more] += 1
        return Rows(
            counts=counts,
            origin=self.origin,
            weight=self.weight * times,
            tagged=self.tagged if tagged is None else np.broadcast_to(np.asarray(tagged), self.tagged.shape),
            ahead=self.ahead if ahead is None else np.broadcast_to(np.asarray(ahead), self.ahead.shape),
        )


def starting(counts: Counts, weight: Array) -> Rows:
    """Return states as rows in which nobody is followed."""
    nobody = np.full(counts.shape[0], NOBODY)
    return Rows(counts=counts, origin=np.arange(counts.shape[0]), weight=weight, tagged=nobody, ahead=nobody)


def joined(parts: Sequence[Rows]) -> Rows:
    """Return rows one after the other."""
    return Rows(
        counts=np.concatenate([each.counts for each in parts]),
        origin=np.concatenate([each.origin for each in parts]),
        weight=np.concatenate([each.weight for each in parts]),
        tagged=np.concatenate([each.tagged for each in parts]),
        ahead=np.concatenate([each.ahead for each in parts]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """The moves of a network; ``drawn`` is the class that the request that is followed will turn out to be."""

    places: Places
    drawn: int | None = None
    order: Order = Order.ANY

    def join(self, rows: Rows, target: int, *, tagged: bool) -> Rows:
        """Put a request at a place, behind those who wait there, and hand it the token if one is free."""
        if not tagged:
            return self.settle(rows.moved(more=target))
        return self.settle(rows.moved(more=target, tagged=target, ahead=self._before(rows, target)))

    def _before(self, rows: Rows, target: int) -> NDArray[np.int64]:
        """Return how many are before a request that joins those at a place."""
        before: NDArray[np.int64] = rows.counts[:, self.places.in_line_with(target)].sum(axis=1)
        return before

    def enter(self, rows: Rows, source: int, *, tagged: bool) -> Rows:
        """Let a request of a source come in; it is turned away where too many wait already."""
        entries: Sequence[Branch] = self.places.entries[source]
        if tagged:
            entries = self._own_way(entries)
        return joined(
            [self.enter_by(rows.moved(times=each.chance), each.target, tagged=tagged) for each in entries]
        )

    def enter_by(self, rows: Rows, target: int, *, tagged: bool) -> Rows:
        """Let a request come in at a place; it is turned away where too many wait already."""
        came = self.join(rows, target, tagged=tagged)
        waits_for = self.places.places[target].waits_for
        limit = None if waits_for is None else self.places.tokens[waits_for].queue_limit
        if waits_for is None or limit is None:
            return came
        return came.only(came.counts[:, self.places.waiting(waits_for)].sum(axis=1) <= limit)

    def serve(self, rows: Rows, place: int, *, tagged: bool) -> tuple[Rows, Rows]:
        """Let a request at a place be served; return where those go that stay, and those that are done.

        The done have left: what they held is handed on.
        """
        taken = rows.moved(less=place, tagged=ENDED if tagged else None, ahead=0 if tagged else None)
        nothing = taken.only(np.zeros(taken.weight.size, dtype=bool))
        stay, done = [nothing], [nothing]
        for branch in self.places.places[place].branches:
            scaled = taken.moved(times=branch.chance)
            if branch.target == ENDED:
                done.append(self.settle(scaled))
            else:
                kept = self.places.held[:, place] & self.places.held[:, branch.target]
                stay.append(self.join(self.settle(scaled, kept), branch.target, tagged=tagged))
        return joined(stay), joined(done)

    def settle(self, rows: Rows, kept: NDArray[np.bool_] | None = None) -> Rows:
        """Hand free tokens to those who wait until none is free or nobody waits.

        Servers go first: who waits for one was there before whoever a member of a pool lets in now. ``kept`` are the
        tokens of a request on its way between two places, which nobody else can have.
        """
        finished, busy = [rows.only(np.zeros(rows.weight.size, dtype=bool))], rows
        while busy.weight.size:
            waiting = np.zeros(busy.weight.size, dtype=bool)
            handed = []
            for token, each in sorted(enumerate(self.places.tokens), key=lambda it: it[1].station is None):
                waits = self.places.waiting(token)
                on_the_way = 0 if kept is None else int(kept[token])
                held = busy.counts @ self.places.held[token].astype(np.int64) + on_the_way
                free = held < each.count
                ready = free & (busy.counts[:, waits].sum(axis=1) > 0) & ~waiting
                if ready.any():
                    handed.append(self._hand(busy.only(ready), waits, by_priority=each.by_priority))
                    waiting |= ready
            finished.append(busy.only(~waiting))
            if not handed:
                break
            busy = joined(handed)
        return joined(finished)

    def _hand(self, rows: Rows, waits: Sequence[int], *, by_priority: bool) -> Rows:
        counts = rows.counts[:, list(waits)].astype(float)
        if by_priority:
            counts = counts * self._most_urgent(rows.counts, waits)
        if self.order is not Order.ANY:
            places = range(len(waits)) if self.order is Order.FIRST_PLACE else range(len(waits), 0, -1)
            ranks = np.where(counts > 0.0, np.array(places), len(waits) + 1)
            counts = counts * (ranks == ranks.min(axis=1, keepdims=True))
        parts: list[Rows] = []
        for number, position in enumerate(waits):
            in_line = (rows.tagged == position) & (counts[:, number] > 0.0)
            mine = in_line & (rows.ahead == 0)
            parts += self._give_followed(rows.only(mine), position)
            # Somebody before it goes, and it is not one of them.
            counts[:, number] -= in_line
            counts[mine] = 0.0
            rows = rows.moved(ahead=rows.ahead - (in_line & ~mine))
        total = np.maximum(counts.sum(axis=1), np.finfo(float).tiny)
        for position, chance in zip(waits, (counts / total[:, None]).T, strict=True):
            parts += self._give(rows.only(chance > 0.0).moved(times=chance[chance > 0.0]), position)
        return joined(parts)

    def _most_urgent(self, counts: Counts, waits: Sequence[int]) -> NDArray[np.bool_]:
        sources = self.places.network.sources
        urgency = np.array([sources[self.places.places[position].source].priority for position in waits])
        present = np.where(counts[:, list(waits)] > 0, urgency, np.iinfo(np.int64).max)
        most: NDArray[np.bool_] = present == present.min(axis=1, keepdims=True)
        return most

    def _give(self, rows: Rows, position: int) -> list[Rows]:
        ways = self.places.places[position].branches
        return [
            rows.moved(less=position, more=branch.target, times=chance)
            for branch, chance in zip(ways, self._chances(rows, ways), strict=True)
        ]

    def _chances(self, rows: Rows, ways: Sequence[Branch]) -> list[Array | float]:
        """Return the chance of each way on, in proportion to the seats that are free where a seat is taken."""
        if not ways or ways[0].seat is None:
            return [each.chance for each in ways]
        weights = np.stack(
            [
                each.chance
                * (
                    self.places.tokens[each.seat].count
                    - rows.counts @ self.places.held[each.seat].astype(np.int64)
                )
                for each in ways
                if each.seat is not None
            ]
        )
        return list(weights / weights.sum(axis=0))

    def _give_followed(self, rows: Rows, position: int) -> list[Rows]:
        """Give a token to the request that is followed."""
        ways = self._own_way(self.places.places[position].branches) if rows.weight.size else []
        return [
            rows.moved(
                less=position,
                more=branch.target,
                times=chance,
                tagged=branch.target,
                ahead=self._before(rows, branch.target),
            )
            for branch, chance in zip(ways, self._chances(rows, ways), strict=True)
        ]

    def _own_way(self, branches: Sequence[Branch]) -> list[Branch]:
        """Return the ways of a request whose class is known before it is drawn."""
        own = [each for each in branches if self._leads(each.target)]
        total = sum(each.chance for each in own)
        return [replace(each, chance=each.chance / total) for each in own]

    def _leads(self, position: int) -> bool:
        place = self.places.places[position]
        if place.request_class is not None:
            return place.request_class == self.drawn
        return any(self._leads(each.target) for each in place.branches)
