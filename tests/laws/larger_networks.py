"""Random networks of worker pools over connections, with chains of a wanted size: always the same for one seed."""

from collections.abc import Iterator

import numpy as np

from capplan.errors import NoSolutionError
from capplan.markov.states import enumerate_states
from capplan.network import Network
from capplan.network_layout import places_of
from capplan.network_parts import Discipline, Group, Operation, Pool, Source, Station, Visit


def larger_networks(seed: int, *, least_states: int, most_states: int) -> Iterator[Network]:
    """Yield networks for ever: one or two worker pools on one processor, most of them over connections."""
    random = np.random.default_rng(seed)
    while True:
        network = _Drawn(random).network()
        most = [each.population or 0 for each in network.sources]
        try:
            size = enumerate_states(places_of(network), most, [False] * len(most), most_states).size
        except NoSolutionError:
            continue
        if size >= least_states:
            yield network


class _Drawn:
    """What chance gives: numbers that may be of any order of magnitude are even in their logarithm."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random

    def _between(self, low: float, high: float) -> float:
        return float(np.exp(self._random.uniform(np.log(low), np.log(high))))

    def _whole(self, low: int, high: int) -> int:
        return int(self._random.integers(low, high + 1))

    def _chance(self, probability: float) -> bool:
        return bool(self._random.random() < probability)

    def network(self) -> Network:
        """Return a network with up to twelve workers to a source, or six to each of two."""
        kinds = [Discipline.DELAY, Discipline.FIRST_COME, Discipline.SHARED]
        cores, two = self._whole(1, 4), self._chance(0.35)
        groups: tuple[Group, ...] = ()
        if self._chance(0.3):
            limit = float(self._random.uniform(0.5, cores))
            groups = (
                Group(name="web", limit_cores=limit, weight=self._between(0.5, 4.0)),
                Group(name="db", weight=self._between(0.5, 4.0)),
            )
        other = Station(name="other", discipline=kinds[self._whole(0, 2)], server_count=self._whole(1, 2))
        query, pools = self._query(grouped=bool(groups))
        pages, sources = [], []
        for number in range(2 if two else 1):
            workers = self._whole(2, 6 if two else 12)
            pools.append(Pool(name=f"workers{number}", size=workers))
            pages.append(self._page(number, called=bool(query), grouped=bool(groups)))
            users = max(1, int(self._between(workers, 12.0 * workers)))
            sources.append(
                Source(
                    name=f"users{number}",
                    mix={f"page{number}": 1.0},
                    population=users,
                    think_time_s=self._between(0.05, 10.0),
                )
            )
        cpu = Station(name="cpu", server_count=cores, groups=groups)
        return Network(
            stations=(cpu, other),
            pools=tuple(pools),
            operations=(*query, *pages),
            sources=tuple(sources),
        )

    def _query(self, *, grouped: bool) -> tuple[list[Operation], list[Pool]]:
        if not self._chance(0.7):
            return [], []
        query = Operation(
            name="query",
            station="cpu",
            service_s=self._between(0.002, 0.05),
            pool="connections",
            group="db" if grouped else None,
            visits=self._visits(0.002, 0.1),
        )
        return [query], [Pool(name="connections", size=self._whole(1, 6))]

    def _page(self, number: int, *, called: bool, grouped: bool) -> Operation:
        return Operation(
            name=f"page{number}",
            station="cpu",
            service_s=self._between(0.01, 0.2),
            pool=f"workers{number}",
            group="web" if grouped else None,
            calls={"query": self._between(0.5, 6.0)} if called and self._chance(0.85) else {},
            visits=self._visits(0.005, 0.3),
        )

    def _visits(self, least_s: float, most_s: float) -> tuple[Visit, ...]:
        if self._chance(0.5):
            return ()
        return (
            Visit(station="other", count=self._between(0.2, 2.0), service_s=self._between(least_s, most_s)),
        )
