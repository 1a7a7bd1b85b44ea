"""stationary: how much of the time the chain spends in each state, and what that means for requests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

from capplan.errors import NoSolutionError
from capplan.markov.moves import Moves, Order, Rows, joined, starting
from capplan.markov.states import Counts, States
from capplan.network_parts import Discipline, Source
from capplan.places import Places
from capplan.sharing import divide

Array = NDArray[np.float64]
_RARE = 1e3
_MOST_REFERENCES = 6
_WIDE = 1e-9
_ROUNDING = 1e-12
_FEW = 250
_MOST_JUMPS = 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """A network as a Markov chain and its stationary distribution.

    Attributes
    ----------
    rate_per_s
        Rate at which each request at a place is served, shape (states, places).
    probability
        Shape (states,).
    lost_ratio
        Share of each class's requests that is turned away, shape (classes,).
    """

    places: Places
    states: States
    most_present: tuple[int, ...]
    rate_per_s: Array
    probability: Array
    lost_ratio: Array

    def mean(self, values: Array) -> Array:
        """Return the mean over time of values per state, shape (states, ...)."""
        mean: Array = self.probability @ values
        return mean


def never_thinks(source: Source) -> bool:
    """Whether a source's users ask again at once, so that all of them are always present."""
    return source.population is not None and source.think_time_s == 0.0


def solve_chain(
    places: Places, states: States, most_present: tuple[int, ...], order: Order = Order.ANY
) -> Chain:
    """Find the stationary distribution.

    Raises
    ------
    NoSolutionError
        The equations could not be solved to working precision.
    """
    rate = service_rates(places, states.counts)
    moves = Moves(places, order=order)
    every = joined(
        all_moves(places, moves, starting(states.counts, np.ones(states.size)), rate, most_present)
    )
    target = states.find(every.counts)
    inside = target >= 0
    shape = (states.size, states.size)
    flow = sparse.csr_array((every.weight[inside], (every.origin[inside], target[inside])), shape=shape)
    probability = balance(flow)
    return Chain(
        places=places,
        states=states,
        most_present=most_present,
        rate_per_s=rate,
        probability=probability,
        lost_ratio=_lost_ratio(places, moves, states, most_present, probability),
    )


def _lost_ratio(
    places: Places, moves: Moves, states: States, most_present: tuple[int, ...], probability: Array
) -> Array:
    """Return the share of each class's requests that is turned away, shape (classes,)."""
    lost = np.zeros(len(places.network.classes))
    if all(each.queue_limit is None for each in places.tokens):
        return lost
    for number, source in enumerate(places.network.sources):
        asks = arrivals_per_s(places, source, number, states.counts, most_present[number])
        wanted = float(probability @ asks)
        for branch in places.entries[number]:
            came = moves.enter_by(starting(states.counts, asks), branch.target, tagged=False)
            entered = float(probability[came.origin] @ came.weight)
            if entered < wanted * (1.0 - _ROUNDING):
                lost[list(places.classes_at(branch.target))] = 1.0 - entered / wanted
    return lost


def arrivals_per_s(places: Places, source: Source, number: int, counts: Counts, most: int) -> Array:
    """Return the rate at which a source's requests arrive in each state; 0 from users who never think."""
    if source.arrival_rate_per_s is not None:
        return np.full(counts.shape[0], source.arrival_rate_per_s)
    if never_thinks(source):
        return np.zeros(counts.shape[0])
    thinking = most - counts[:, places.of_source(number)].sum(axis=1)
    rate: Array = thinking / source.think_time_s
    return rate


def service_rates(places: Places, counts: Counts) -> Array:
    """Return the rate at which each request at a place is served, shape (states, places)."""
    rate = np.zeros(counts.shape)
    for k, station in enumerate(places.network.stations):
        here = [p for p in places.serving if places.places[p].station == k]
        if not here:
            continue
        speed = _speeds(places, k, counts) if station.discipline is Discipline.SHARED else 1.0
        rate[:, here] = speed / np.array([places.places[p].service_s for p in here])
    return rate


def _speeds(places: Places, station: int, counts: Counts) -> Array:
    """Return the servers that each request gets at the places where a shared station serves, shape (states, there)."""
    shared = places.network.stations[station]
    lanes = places.lanes_at(station)
    present = {
        each: counts[:, [p for p, own in lanes.items() if own == each]].sum(axis=1)
        for each in dict.fromkeys(lanes.values())
    }
    threads = np.zeros((counts.shape[0], len(shared.groups) + 1))
    for each, number in present.items():
        threads[:, each.group] += np.minimum(number, 1) if each.locked else number
    limits = np.array([*(each.limit_cores for each in shared.groups), np.inf])
    weights = np.array([*(each.weight for each in shared.groups), 1.0])
    share = divide(shared.server_count, threads, limits, weights) / np.maximum(threads, 1.0)
    speed = {
        each: share[:, each.group] / (np.maximum(number, 1) if each.locked else 1)
        for each, number in present.items()
    }
    return np.stack([speed[each] for each in lanes.values()], axis=1)


def all_moves(
    places: Places, moves: Moves, rows: Rows, rate: Array, most_present: tuple[int, ...]
) -> list[Rows]:
    """Return where rows of weight one go, each weighted by its rate: all moves but those of a request that is followed.

    Parameters
    ----------
    rate
        Rate at which each request at a place is served, shape (rows, places).
    """
    found = []
    for number, source in enumerate(places.network.sources):
        asks = arrivals_per_s(places, source, number, rows.counts, most_present[number])
        found.append(moves.enter(rows.moved(times=asks).only(asks > 0.0), number, tagged=False))
    for position in places.serving:
        others = rows.counts[:, position] - (rows.tagged == position)
        moving = rows.moved(times=rate[:, position] * others)
        stay, done = moves.serve(moving.only(moving.weight > 0.0), position, tagged=False)
        owner = places.places[position].source
        if never_thinks(places.network.sources[owner]):
            done = moves.enter(done, owner, tagged=False)
        found += [stay, done]
    return found


def balance(flow: sparse.csr_array) -> Array:
    """Solve the balance equations of a chain's flow, on the states that it keeps coming back to.

    Raises
    ------
    NoSolutionError
        They could not be solved to working precision.
    """
    count, part = csgraph.connected_components(flow, connection="strong")
    if count > 1:
        leaves = np.zeros(count, dtype=bool)
        edges = flow.tocoo()
        out = part[edges.row] != part[edges.col]
        leaves[part[edges.row[out]]] = True
        kept = np.flatnonzero(~leaves[part])
        if count - leaves.sum() != 1:
            raise NoSolutionError("the network falls into parts that never meet, and has no one answer.")
        probability = np.zeros(flow.shape[0])
        probability[kept] = balance(sparse.csr_array(flow[kept][:, kept]))
        return probability
    size = flow.shape[0]
    if size == 1:
        return np.ones(1)
    exits = np.asarray(flow.sum(axis=1)).ravel()
    generator = (flow - sparse.diags_array(exits)).T.tocsc()
    try:
        weight = _relative_to(generator, 0)
    except RuntimeError:
        # The first state is so rare that the equations without its own are singular in doubles.
        weight = _relative_to(generator, _likely(generator, exits))
    for _ in range(_MOST_REFERENCES):
        if np.max(np.abs(weight)) <= _RARE:
            break
        # The reference is too rare to measure the others by: take the most frequent one instead.
        weight = _relative_to(generator, int(np.argmax(np.abs(weight))))
    share: Array = np.maximum(weight, 0.0) / np.sum(np.maximum(weight, 0.0))
    gap = float(np.max(np.abs(generator @ share))) / float(np.max(exits))
    if not np.isfinite(gap) or gap > _WIDE:
        raise NoSolutionError(
            f"the balance equations of {size} states are left with a gap of {gap:.1g}; use --method simulation."
        )
    return share


def _likely(generator: sparse.csc_array, exits: Array) -> int:
    """Return a state that is not rare: the likeliest after many jumps of the uniform chain."""
    step = (generator / (1.01 * float(np.max(exits)))).tocsr()
    share = np.full(exits.size, 1.0 / exits.size)
    for _ in range(4 * exits.size if exits.size <= _FEW else _MOST_JUMPS):
        share = share + step @ share
    return int(np.argmax(share))


def _relative_to(generator: sparse.csc_array, reference: int) -> Array:
    """Return how often each state occurs for each time the reference does.

    One balance equation follows from the others, so that the reference's own can be left out.
    """
    others = np.delete(np.arange(generator.shape[0]), reference)
    rows = generator.tocsr()[others].tocsc()
    weight = np.ones(generator.shape[0])
    weight[others] = splu(rows[:, others].tocsc()).solve(-rows[:, [reference]].toarray().ravel())
    return weight
