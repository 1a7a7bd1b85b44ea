"""The approximate solver of networks of the product form with any number of users and classes: Linearizer."""

from dataclasses import dataclass
from math import inf

import numpy as np

from capplan.errors import NoSolutionError
from capplan.network import Network
from capplan.product_form.arrival_theorem import Cycle, Queues, settle
from capplan.product_form.chains import Chains, chains_of, told_by_class
from capplan.product_form.found_numbers import Crossing
from capplan.product_form.found_stretch import FoundStretch
from capplan.product_form.open_twin import open_twin
from capplan.solution import Array, Solution, Standing

MOST_NUMBERS = 4e7
"""Numbers held at once: a third of a gigabyte."""
_ARRAYS = 8
# As many as Chandy and Neuse make: further ones change less than the method's error.
_ROUNDS = 3
# So many found at most that nobody feels the end.
_OPEN_CROWD = 10**6


def solve_linearizer(network: Network) -> Solution:
    """Approximate the arrival theorem at all populations one below (Chandy and Neuse 1982).

    With several servers, how long a request takes follows from the mean number that it finds and an assumed law of that
    number (``found_numbers``). The error is told as what two rougher assumptions change: that one user less leaves all
    proportions as they are (Schweitzer 1979), and that the number found is spread as under open arrivals.

    Raises
    ------
    NoSolutionError
        The network does not have the product form, open sources bring more than a station can do, there are too many
        sources, or the equations' solution is not found; the text then carries the best estimate.
    """
    chains = chains_of(network)
    sources, stations = chains.demand_s.shape
    if _ARRAYS * sources**2 * stations > MOST_NUMBERS:
        raise NoSolutionError(
            f"{sources} closed sources at {stations} stations are more than Linearizer takes; use --method simulation."
        )
    model = _Model(chains)
    fine, rough, crowd = model.settled()
    gaps = {"proportions_ratio": _apart(fine, rough), "spread_ratio": _apart(crowd, rough)}
    return told_by_class(
        chains,
        fine.flow,
        fine.queue,
        fine.open_stretch,
        method="linearizer",
        standing=Standing.APPROXIMATE,
        error_ratio=sum(gaps.values()),
        figures={"steps": float(fine.steps), **gaps},
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answer:
    """What is told: of closed sources (sources,) and (sources, stations), and of open requests (stations,)."""

    flow: Array
    queue: Array
    response_s: Array
    open_stretch: Array
    steps: int


def _apart(left: _Answer, right: _Answer) -> float:
    """Return the largest relative difference between times: responses of closed sources, stretches of open requests."""
    closed = np.abs(right.response_s / left.response_s - 1.0)
    opened = np.abs(right.open_stretch / left.open_stretch - 1.0)
    return float(max(closed.max(initial=0.0), opened.max(initial=0.0)))


class _Model:
    """The network as the arrival theorem sees it, with what the open twin knows of it."""

    def __init__(self, chains: Chains) -> None:
        self._chains = chains
        self._shared = np.flatnonzero(chains.queueing)
        self._demand_s = chains.demand_s[:, self._shared]
        self._twin = open_twin(chains)
        self._there = chains.users @ (chains.demand_s > 0.0)

    def settled(self) -> tuple[_Answer, _Answer, _Answer]:
        """Return the answers of Linearizer, of Schweitzer, and of Schweitzer with numbers as under open arrivals."""
        users = self._chains.users[None]
        cycle = self._cycle(self._tables(1))
        none = np.zeros((1, *self._demand_s.shape))
        rough = settle(cycle, users, none, self._twin.queue[None, :, self._shared])
        fine, steps = _linearized(cycle, users[0], rough.queue[0])
        seen_by_open = self._tables(0) if self._chains.erlangs.any() else cycle.stretch
        fine_answer, rough_answer = self._answer(fine, seen_by_open, steps), self._answer(rough, seen_by_open)
        if not np.any(self._chains.servers[self._shared] > 1.0):
            return fine_answer, rough_answer, rough_answer
        spread = self._tables(0, open_crowd=True)
        crowd = settle(self._cycle(spread), users, none, rough.queue)
        return fine_answer, rough_answer, self._answer(crowd, spread)

    def _tables(self, itself: int, *, open_crowd: bool = False) -> FoundStretch:
        """Return stretches by the number found, for requests that find all users, or all but one (``itself``)."""
        chains = self._chains
        return FoundStretch(
            [
                Crossing(
                    servers=float(chains.servers[k]),
                    open_erlangs=float(chains.erlangs[k]),
                    most_found=_OPEN_CROWD if open_crowd else max(int(self._there[k]) - itself, 1),
                    rest_mean=0.0 if open_crowd else float(self._twin.rest_mean[k]),
                    rest_variance=inf if open_crowd else float(self._twin.rest_variance[k]),
                )
                for k in self._shared
            ]
        )

    def _cycle(self, stretch: FoundStretch) -> Cycle:
        return Cycle(demand_s=self._demand_s, away_s=self._chains.away_s, stretch=stretch)

    def _answer(self, found: Queues, seen_by_open: FoundStretch, steps: int = 0) -> _Answer:
        chains = self._chains
        flow, shared = self._within_capacity(found.throughput_per_s[0], found.queue[0])
        queue = flow[:, None] * chains.demand_s
        queue[:, self._shared] = shared
        stretch = np.ones(chains.servers.size)
        if chains.erlangs.any():
            stretch[self._shared] = seen_by_open(shared.sum(axis=0))[0]
        return _Answer(
            flow=flow,
            queue=queue,
            response_s=queue.sum(axis=1) / flow,
            open_stretch=np.where(chains.erlangs > 0.0, stretch, 1.0),
            steps=steps,
        )

    def _within_capacity(self, flow: Array, queue: Array) -> tuple[Array, Array]:
        """Lower throughputs that more than fill a station to what fills it: users who thereby remain wait there."""
        chains = self._chains
        busy = (flow @ self._demand_s) / chains.room[self._shared]
        if np.all(busy <= 1.0):
            return flow, queue
        over = np.maximum(busy, 1.0) * (self._demand_s > 0.0)
        slower = flow / np.maximum(over.max(axis=1, initial=1.0), 1.0)
        lowered = queue * (slower / flow)[:, None]
        waiting = chains.users - slower * chains.away_s - lowered.sum(axis=1)
        lowered[np.arange(flow.size), np.argmax(over, axis=1)] += waiting
        return slower, lowered


def _linearized(cycle: Cycle, users: Array, rough: Array) -> tuple[Queues, int]:
    """Correct the proportions by what one user less of each source makes of them, as often as Chandy and Neuse do."""
    less = np.eye(users.size)
    vectors = np.vstack([users, users - less])
    queue = rough * (vectors / users)[:, :, None]
    corrections = np.zeros_like(queue)
    steps = 0
    for _ in range(_ROUNDS):
        settled = settle(cycle, vectors, corrections, queue)
        queue, steps = settled.queue, steps + settled.steps
        share = np.divide(
            queue, vectors[:, :, None], out=np.zeros_like(queue), where=vectors[:, :, None] > 0.0
        )
        # gained[j, r, k]: by how much the part of source r's users at k grows when j has one user less
        gained = np.where(vectors[1:, :, None] > 0.0, share[1:] - share[0], 0.0)
        found = np.maximum(vectors[:, None, :] - less, 0.0)
        corrections = np.einsum("vjr,jrk->vjk", found, gained, optimize=True)
    settled = settle(cycle, vectors[:1], corrections[:1], queue[:1])
    return settled, steps + settled.steps
