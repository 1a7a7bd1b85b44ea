"""The exact solver of networks of the product form: any mix of closed and open sources, while the populations fit."""

from dataclasses import dataclass

import numpy as np

from capplan.errors import NoSolutionError
from capplan.network import Network
from capplan.product_form.chains import Chains, chains_of, told_by_class
from capplan.product_form.open_twin import open_twin
from capplan.product_form.population_lattice import MOST_BY_HAND, PopulationLattice
from capplan.product_form.station_weights import StationWeights
from capplan.solution import Array, Solution

MOST_STEPS = 5e8
"""Additions of one solution: some seconds."""
MOST_NUMBERS = 4e7
"""Numbers held at once: a third of a gigabyte."""
_LARGEST_LOG = 600.0


def solve_product_form(network: Network) -> Solution:
    """Solve by convolution over all populations (Buzen 1973; Reiser and Kobayashi 1975).

    Nothing cancels, as every number is a sum of positive terms, and none leaves the range of doubles, as series are
    scaled by the throughputs of the open twin, which makes them chances. Open sources are summed out of the product
    form, so that they take servers away from the closed ones; what they find follows from the same series.

    Raises
    ------
    NoSolutionError
        The network does not have the product form, an open source brings more than a station can do, or the
        populations are too many.
    """
    chains = chains_of(network)
    if not chains.closed:
        shared = chains.queueing
        stretch = np.ones(shared.size)
        stretch[shared] = StationWeights(servers=chains.servers[shared]).stretch(chains.room[shared])
        return told_by_class(chains, np.zeros(0), chains.demand_s, stretch, method="product_form")
    points = float(np.exp(min(np.log1p(chains.users).sum(), _LARGEST_LOG)))
    convolution = _Convolution(chains, points)
    flow, queue, stretch = convolution.means()
    return told_by_class(chains, flow, queue, stretch, method="product_form", figures={"populations": points})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shared:
    """A station where closed requests queue, scaled by the twin.

    Attributes
    ----------
    weights
        Part of each source among the closed requests' load, shape (sources,).
    ratio
        Busy share of the servers that open requests leave.
    room
        The servers that open requests leave.
    terms, slopes
        The polynomial P in powers of the closed load, over its sum, and its derivative; shape (powers,).
    """

    position: int
    weights: Array
    ratio: float
    room: float
    terms: Array
    slopes: Array


def _shared(chains: Chains, position: int, flow: Array) -> _Shared:
    asked = flow * chains.demand_s[:, position]
    load, opened = float(asked.sum()), float(chains.erlangs[position])
    terms = StationWeights(servers=chains.servers[position]).polynomial(opened, load)
    return _Shared(
        position=position,
        weights=asked / load,
        ratio=load / float(chains.servers[position] - opened),
        room=float(chains.servers[position] - opened),
        terms=terms,
        slopes=terms[1:] * np.arange(1.0, terms.size) / load,
    )


class _Convolution:
    """The product of all stations' series, and what each station adds to it."""

    def __init__(self, chains: Chains, points: float) -> None:
        self._chains = chains
        self._twin = open_twin(chains).throughput_per_s
        visited = np.flatnonzero(chains.queueing & (chains.demand_s.sum(axis=0) > 0.0))
        stations = [_shared(chains, int(position), self._twin) for position in visited]
        self._single = [each for each in stations if each.terms.size == 1]
        self._several = [each for each in stations if each.terms.size > 1]
        self._check_size(points)
        self._lattice = PopulationLattice([int(each) for each in chains.users])

    def _check_size(self, points: float) -> None:
        sources = self._chains.users.size
        longest = MOST_BY_HAND if sources == 1 else np.inf
        rounds = 2 * len(self._single) + sum(6 + 3 * min(each.terms.size, longest) for each in self._several)
        numbers = points * (sources + 4 + len(self._several))
        steps = points * sources * rounds
        if steps > MOST_STEPS or numbers > MOST_NUMBERS:
            raise NoSolutionError(
                f"the closed sources have {points:.3g} combinations of users, which take {steps:.1g} additions and "
                f"{numbers:.1g} numbers, more than {MOST_STEPS:.0e} or {MOST_NUMBERS:.0e}; use --method linearizer."
            )

    def means(self) -> tuple[Array, Array, Array]:
        """Return throughputs, queues (sources, stations), and how much longer open requests take at each station."""
        lattice, chains = self._lattice, self._chains
        parts = [lattice.poisson(self._twin * chains.away_s)]
        for each in self._single:
            parts[0] = lattice.times_geometric(parts[0], each.weights, each.ratio)
        for each in self._several:
            parts.append(self._times(parts[-1], each))
        whole = lattice.last(parts[-1])
        flow = self._twin * lattice.last_but_one(parts[-1]) / whole
        queue = flow[:, None] * chains.demand_s
        stretch = np.ones(chains.servers.size)
        alone = chains.queueing & (chains.demand_s.sum(axis=0) == 0.0)
        stretch[alone] = StationWeights(servers=chains.servers[alone]).stretch(chains.room[alone])
        for each, (found, found_less) in self._shapes(parts):
            stretch[each.position] = found / whole
            queue[:, each.position] = self._twin * chains.demand_s[:, each.position] * found_less / whole
        return flow, queue, stretch

    def _times(self, series: Array, station: _Shared) -> Array:
        series = self._lattice.times_polynomial(series, station.weights, station.terms)
        return self._lattice.times_geometric(series, station.weights, station.ratio)

    def _shapes(self, parts: list[Array]) -> list[tuple[_Shared, tuple[float, Array]]]:
        """Return for each station the last coefficients with its F' in place of its F.

        F'/F is P'/P + 1/(room - rho), where F is P/(1 - rho/room) but for a constant; so that a server alone needs one
        more multiplication of the whole, and others one of all stations before them, and the product of those after.
        """
        lattice = self._lattice
        found = []
        for each in self._single:
            shape = lattice.times_geometric(parts[-1], each.weights, each.ratio) / (
                each.room * (1.0 - each.ratio)
            )
            found.append((each, (lattice.last(shape), lattice.last_but_one(shape))))
        after = lattice.poisson(np.zeros(self._twin.size))
        for number, each in reversed(list(enumerate(self._several))):
            bent = (1.0 - each.ratio) * lattice.times_polynomial(parts[number], each.weights, each.slopes)
            shape = lattice.times_geometric(bent + parts[number + 1] / each.room, each.weights, each.ratio)
            found.append((each, lattice.last_of_product(after, shape / (1.0 - each.ratio))))
            after = self._times(after, each)
        return found
