"""states: every combination of numbers of requests at the places of a network that can occur."""

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from capplan.errors import NoSolutionError
from capplan.places import Places

Counts = NDArray[np.int64]
# More than this, and the factors of their equations take gigabytes and minutes.
MOST_STATES = 40_000
_LARGEST_KEY = 2**62


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class States:
    """The states, one row each, and how to find a row.

    Attributes
    ----------
    counts
        Requests at each place, shape (states, places).
    """

    counts: Counts
    keys: NDArray[np.uint64]
    order: NDArray[np.int64]
    radix: NDArray[np.uint64]

    @property
    def size(self) -> int:
        """Number of states."""
        return int(self.counts.shape[0])

    def find(self, counts: Counts) -> NDArray[np.int64]:
        """Return the position of each row, or -1 where it is not among the states."""
        wanted = counts.astype(np.uint64) @ self.radix
        found = np.minimum(np.searchsorted(self.keys, wanted), self.size - 1)
        positions = self.order[found]
        same = np.all(self.counts[positions] == counts, axis=1)
        return np.where(same, positions, -1)


def enumerate_states(
    places: Places,
    most_present: Sequence[int],
    always_present: Sequence[bool],
    most_states: int = MOST_STATES,
) -> States:
    """Return all states with at most so many requests of each source present, exactly so many where they never think.

    A state occurs only where no token lies free while somebody waits for it.

    Raises
    ------
    NoSolutionError
        There are more than ``most_states``.
    """
    counts = np.zeros((1, len(places.places)), dtype=np.int64)
    for position in _order(places):
        room = _room(places, position, counts, most_present)
        if int(np.sum(room + 1)) > most_states:
            raise NoSolutionError(
                f"the Markov chain of this network has more than {most_states} states; "
                "use --method simulation, or fewer users, classes or calls."
            )
        start = np.repeat(np.cumsum(room + 1) - room - 1, room + 1)
        number = np.arange(start.size) - start
        counts = np.repeat(counts, room + 1, axis=0)
        counts[:, position] = number
    for source, all_of_them in enumerate(always_present):
        if all_of_them:
            counts = counts[counts[:, places.of_source(source)].sum(axis=1) == most_present[source]]
    return indexed(counts)


def indexed(counts: Counts) -> States:
    """Return states that can be found by their counts."""
    spread = [int(most) + 1 for most in counts.max(axis=0)]
    radix, product = [], 1
    for width in spread:
        radix.append(product)
        product *= width
    if product > _LARGEST_KEY:
        # Too many for a place-value number: any odd multipliers, fixed, tell rows apart; ``find`` compares them.
        radix = [int(each) | 1 for each in np.random.default_rng(1).integers(2**63, size=len(spread))]
    multipliers = np.array([each % 2**64 for each in radix], dtype=np.uint64)
    keys = counts.astype(np.uint64) @ multipliers
    order = np.argsort(keys, kind="stable")
    return States(counts=counts, keys=keys[order], order=order, radix=multipliers)


def _room(places: Places, position: int, counts: Counts, most_present: Sequence[int]) -> Counts:
    """Return how many may be at a place, beside those already placed."""
    place = places.places[position]
    room = most_present[place.source] - counts[:, places.of_source(place.source)].sum(axis=1)
    for held in np.flatnonzero(places.held[:, position]):
        taken = counts @ places.held[held].astype(np.int64)
        room = np.minimum(room, places.tokens[int(held)].count - taken)
    if place.waits_for is not None:
        token = places.tokens[place.waits_for]
        full = counts @ places.held[place.waits_for].astype(np.int64) == token.count
        if token.queue_limit is not None:
            waiting = counts[:, places.waiting(place.waits_for)].sum(axis=1)
            room = np.minimum(room, token.queue_limit - waiting)
        room = np.where(full, room, 0)
    return np.asarray(np.maximum(room, 0), dtype=np.int64)


def _order(places: Places) -> list[int]:
    """Order the places so that all who hold a token come before those who wait for it."""
    after: dict[int, set[int]] = {token: set() for token in range(len(places.tokens))}
    for position, place in enumerate(places.places):
        if place.waits_for is not None:
            for held in np.flatnonzero(places.held[:, position]):
                after[int(held)].add(place.waits_for)
    tokens = TopologicalSorter(after).static_order()
    waits = [position for token in tokens for position in places.waiting(token)]
    return places.serving + waits
