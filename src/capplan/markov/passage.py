"""passage: how long one request takes, as the time until a chain that follows it is absorbed.

The request arrives in the states, and with the frequencies, that arrivals see. From there on the chain has the same
moves as the stationary one, and remembers where the request is and whose turn it is in line. The chain is made
uniform (Jensen 1953): with jumps at a constant rate, the chance that the request is still here after k jumps does not
depend on time, and its response time's tail is those chances mixed by a Poisson law.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from capplan.errors import NoSolutionError
from capplan.markov.moves import Moves, Rows, joined, starting
from capplan.markov.stationary import Chain, all_moves, arrivals_per_s, never_thinks
from capplan.poisson import poisson_chance

Array = NDArray[np.float64]
_LEAST_LEFT = 1e-9
_LITTLE_LEFT = 1e-2
_STEADY = 1e-7
_LOOK_EVERY = 16
_LOOKS = 4
_MOST_WORK = 5e8
_MOST_FOLLOWED = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassageTime:
    """The distribution of a response time: chances to be here after k jumps, at so many jumps per second.

    Attributes
    ----------
    still_here
        Shape (jumps + 1,); after the last it falls by a constant ratio.
    """

    jumps_per_s: float
    still_here: Array

    @property
    def mean_s(self) -> float:
        """The mean: a sojourn for every jump at which the request is still here."""
        last = float(self.still_here[-1])
        ratio = self._last_ratio
        return (float(self.still_here.sum()) + last * ratio / (1.0 - ratio)) / self.jumps_per_s

    @property
    def _last_ratio(self) -> float:
        return float(self.still_here[-1] / self.still_here[-2]) if self.still_here.size > 1 else 0.0

    def tail(self, time_s: float) -> float:
        """P(response time > t)."""
        jumps = self.jumps_per_s * time_s
        spread = 10.0 * np.sqrt(jumps) + 20.0
        low, high = int(max(0.0, jumps - spread)), int(jumps + spread)
        k = np.arange(low, high + 1)
        known = self.still_here[np.minimum(k, self.still_here.size - 1)]
        beyond = np.maximum(k - (self.still_here.size - 1), 0)
        return float(np.sum(poisson_chance(k, jumps) * known * self._last_ratio**beyond))

    def percentile_s(self, q: float) -> float:
        """Time that a share q of the requests does not exceed, by bisection.

        Raises
        ------
        ValueError
            q is not inside (0, 1).
        """
        if not 0.0 < q < 1.0:
            raise ValueError(f"q must lie between 0 and 1, not {q}")
        low, high = 0.0, self.mean_s
        while self.tail(high) > 1.0 - q:
            low, high = high, 2.0 * high
        while high - low > 1e-10 * high:
            middle = (low + high) / 2.0
            low, high = (middle, high) if self.tail(middle) > 1.0 - q else (low, middle)
        return high


def passage_time(chain: Chain, request_class: int) -> PassageTime:
    """Follow a request of a class from its arrival to its end.

    Raises
    ------
    NoSolutionError
        There are too many states to follow it through.
    """
    places = chain.places
    wanted = places.network.classes[request_class]
    source = places.network.sources.index(wanted.source)
    moves = Moves(places, drawn=request_class)
    start = moves.enter(_arriving(chain, moves, source), source, tagged=True)
    space = _Space(chain, request_class)
    flow, gone = _followed(chain, moves, space)
    exits = np.asarray(flow.sum(axis=1)).ravel() + gone
    jumps = float(np.max(exits)) * 1.0000001
    here = np.zeros(space.size)
    found = space.find(start)
    np.add.at(here, found[found >= 0], start.weight[found >= 0])
    here /= here.sum()
    step = (flow / jumps + sparse.diags_array(1.0 - exits / jumps)).T.tocsr()
    return PassageTime(jumps_per_s=jumps, still_here=_falling(step, here))


def _falling(step: sparse.csr_array, here: Array) -> Array:
    """Return the chance to be here after each jump, until it is negligible or falls by a constant ratio."""
    most = int(_MOST_WORK / step.nnz)
    still = [1.0]
    ratios: list[float] = []
    while still[-1] > _LEAST_LEFT:
        here = step @ here
        still.append(float(here.sum()))
        if len(still) % _LOOK_EVERY == 0 and still[-1] < _LITTLE_LEFT:
            ratios.append(still[-1] / still[-2])
            if _steady(ratios[-_LOOKS:]):
                break
        if len(still) > most:
            raise NoSolutionError(
                f"a response takes more than {most} moves of a chain of {here.size} states; "
                "use --method simulation for percentiles."
            )
    return np.array(still)


def _steady(ratios: Sequence[float]) -> bool:
    """Tell whether ratios have come to rest: several changes in a row are small, and so is what they have yet to go.

    One small change is not enough, for a ratio may turn: where two modes fall alike it swings slowly. Changes that
    fall by a constant ratio themselves have their last square over their last difference to go (Aitken).
    """
    if len(ratios) < _LOOKS:
        return False
    changes = np.abs(np.diff(ratios))
    earlier, last = changes[-2:]
    to_go = last**2 / (earlier - last) if last < earlier else last
    return bool(max(changes.max(), to_go) <= _STEADY * (1.0 - ratios[-1]))


def _arriving(chain: Chain, moves: Moves, source: int) -> Rows:
    """Return the states that arriving requests of a source find, weighted by how often they do."""
    places, states = chain.places, chain.states
    owner = places.network.sources[source]
    if not never_thinks(owner):
        asks = arrivals_per_s(places, owner, source, states.counts, chain.most_present[source])
        rows = starting(states.counts, chain.probability * asks)
        return rows.only(rows.weight > 0.0)
    ended = []
    for position in places.serving:
        if places.places[position].source == source:
            weight = chain.probability * chain.rate_per_s[:, position] * states.counts[:, position]
            rows = starting(states.counts, weight)
            ended.append(moves.serve(rows.only(weight > 0.0), position, tagged=False)[1])
    return joined(ended)


class _Space:
    """The states of the chain together with where the request is, and its turn where it waits in line."""

    def __init__(self, chain: Chain, request_class: int) -> None:
        self._chain = chain
        places = chain.places
        source = places.network.sources.index(places.network.classes[request_class].source)
        self._turns = 1 + int(chain.states.counts.sum(axis=1).max())
        states, tagged, ahead = [], [], []
        for position in places.of_source(source):
            if places.places[position].request_class not in (None, request_class):
                continue
            here = chain.states.counts[:, position] > 0
            line = places.in_line_with(position)
            turns = here * np.maximum(chain.states.counts[:, line].sum(axis=1), 1)
            first = np.repeat(np.cumsum(turns) - turns, turns)
            states.append(np.repeat(np.arange(here.size), turns))
            ahead.append(np.arange(first.size) - first)
            tagged.append(np.full(first.size, position))
        self.state = np.concatenate(states)
        self.tagged = np.concatenate(tagged)
        self.ahead = np.concatenate(ahead)
        if self.size > _MOST_FOLLOWED:
            raise NoSolutionError(
                f"following one request takes {self.size} states; use --method simulation for percentiles."
            )
        keys = self._key(self.state, self.tagged, self.ahead)
        self._order = np.argsort(keys)
        self._keys = keys[self._order]

    @property
    def size(self) -> int:
        """Number of states with a request to follow."""
        return int(self.state.size)

    def rows(self) -> Rows:
        """Return every state as a row of weight one."""
        return Rows(
            counts=self._chain.states.counts[self.state],
            origin=np.arange(self.size),
            weight=np.ones(self.size),
            tagged=self.tagged,
            ahead=self.ahead,
        )

    def find(self, rows: Rows) -> NDArray[np.int64]:
        """Return the position of each row; -1 beyond the most requests that an open source may have present."""
        state = self._chain.states.find(rows.counts)
        keys = self._key(state, rows.tagged, rows.ahead)
        found = self._order[np.minimum(np.searchsorted(self._keys, keys), self.size - 1)]
        return np.where(state >= 0, found, -1)

    def _key(
        self, state: NDArray[np.int64], tagged: NDArray[np.int64], ahead: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        key: NDArray[np.int64] = (state * len(self._chain.places.places) + tagged) * self._turns + ahead
        return key


def _followed(chain: Chain, moves: Moves, space: _Space) -> tuple[sparse.csr_array, Array]:
    """Return the flow between the states in which the request is here, and the rate at which it is done."""
    places, rows = chain.places, space.rows()
    rate = chain.rate_per_s[space.state]
    found = all_moves(places, moves, rows, rate, chain.most_present)
    gone = np.zeros(space.size)
    for position in places.serving:
        own = rows.tagged == position
        if own.any():
            stay, done = moves.serve(rows.moved(times=rate[:, position]).only(own), position, tagged=True)
            found.append(stay)
            np.add.at(gone, done.origin, done.weight)
    every = joined(found)
    target = space.find(every)
    known = target >= 0
    shape = (space.size, space.size)
    flow = sparse.csr_array((every.weight[known], (every.origin[known], target[known])), shape=shape)
    return flow, gone
