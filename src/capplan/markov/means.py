"""means: a network's chain built and solved, and what it means for classes, stations and pools."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from math import ceil

import numpy as np

from capplan.birth_death import SATURATION_RATIO
from capplan.demands import service_demand_s
from capplan.errors import NoSolutionError, UnstableError
from capplan.markov.passage import PassageTime, passage_time
from capplan.markov.states import MOST_STATES, enumerate_states
from capplan.markov.stationary import Chain, never_thinks, solve_chain
from capplan.network import Network
from capplan.network_parts import Discipline, Source
from capplan.places import ENDED, Places
from capplan.solution import Array, LaterLaw, Solution, Standing
from capplan.time_law import TimeKind

# An open source's requests are followed up to a number whose chance is below this.
_NEGLIGIBLE = 1e-10
_FIRST_PRESENT = 24
_NEVER = 1e-12
# The mean of a followed request may differ from Little's where the order of a line is not known; by more than this
# its percentiles are not worth telling.
_APART = 0.01


def not_exponential(places: Places) -> str | None:
    """Say whose times are not exponential, or None where all are."""
    for place in places.places:
        if place.station is not None and place.law.kind is not TimeKind.EXPONENTIAL:
            return f"{place.operations[-1]} has times that are not exponential"
    for source in places.network.sources:
        if source.law.kind is not TimeKind.EXPONENTIAL:
            return f"{source.name} has times that are not exponential"
    return None


def solved(places: Places, most_states: int = MOST_STATES) -> Chain:
    """Build and solve the chain; open sources are cut off where hardly anybody is.

    Raises
    ------
    NoSolutionError
        There are too many states, or the equations cannot be solved.
    """
    sources = places.network.sources
    exactly = [never_thinks(each) for each in sources]
    open_ones = [number for number, each in enumerate(sources) if each.arrival_rate_per_s is not None]
    first = _FIRST_PRESENT + 2 * _always_busy(places)
    for doubled in count():
        most = tuple(each.population or first * 2**doubled for each in sources)
        chain = solve_chain(places, enumerate_states(places, most, exactly, most_states), most)
        cut = [_cut_off(chain, number) for number in open_ones]
        if max(cut, default=0.0) < _NEGLIGIBLE:
            return chain
    raise AssertionError  # the states run out first


def _always_busy(places: Places) -> int:
    """Return a number of requests with which everything that can be busy is, and waits without end are usual."""
    network = places.network
    held = sum(each.count for each in places.tokens)
    shared = sum(each.server_count for each in network.stations if each.discipline is Discipline.SHARED)
    rates = [(each.source.arrival_rate_per_s or 0.0) * each.share for each in network.classes]
    return held + shared + ceil(float(np.array(rates) @ service_demand_s(network).sum(axis=1)))


def _cut_off(chain: Chain, source: int) -> float:
    """Return the chance that a source's requests are as many as are followed.

    Raises
    ------
    UnstableError
        It brings more than is done.
    """
    most = chain.most_present[source]
    present = chain.states.counts[:, chain.places.of_source(source)].sum(axis=1)
    # Well below the end, where nobody is turned away yet: the end itself has a distribution of its own.
    high = most - most // 4
    here, below = (float(chain.probability[present == each].sum()) for each in (high, high - 1))
    check_carried(chain.places.network.sources[source], here, below)
    return float(chain.probability[present == most].sum())


def check_carried(source: Source, here: float, below: float) -> None:
    """Refuse an open source that brings more than is done: one of which more present is likelier than fewer.

    Parameters
    ----------
    here, below
        The chances that a high number of its requests is present, and one less.

    Raises
    ------
    UnstableError
        It brings more than is done.
    """
    if here >= below * SATURATION_RATIO and here > 0.0:
        raise UnstableError(
            f"{source.name} brings {source.arrival_rate_per_s:g} requests per second, and fewer are done: "
            "they pile up for ever; lower the rate, or add what they wait for."
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numbers:
    """Mean numbers of a network: what flows, and what is where.

    Attributes
    ----------
    flow_per_s
        Requests of each class done per second, shape (classes,).
    at_station, in_line
        Requests of each class at each station, and waiting for a member of each pool: (classes, stations) and
        (classes, pools).
    busy_servers, busy_members
        Shape (stations,) and (pools,).
    """

    flow_per_s: Array
    at_station: Array
    in_line: Array
    busy_servers: Array
    busy_members: Array


def numbers_of(chain: Chain) -> Numbers:
    """Return the mean numbers of a solved chain."""
    places, network = chain.places, chain.places.network
    classes, stations, pools = len(network.classes), len(network.stations), len(network.pools)
    present = chain.mean(chain.states.counts.astype(float))
    served = chain.mean(chain.rate_per_s * chain.states.counts)
    flow, at_station, in_line = np.zeros(classes), np.zeros((classes, stations)), np.zeros((classes, pools))
    busy = np.zeros(stations)
    for position, place in enumerate(places.places):
        token = None if place.waits_for is None else places.tokens[place.waits_for]
        for request_class, share in places.classes_at(position).items():
            if place.station is not None:
                at_station[request_class, place.station] += present[position]
                ends = sum(branch.chance for branch in place.branches if branch.target == ENDED)
                flow[request_class] += ends * served[position]
            elif token is not None and token.station is not None:
                at_station[request_class, token.station] += present[position]
            elif token is not None and token.pool is not None:
                in_line[request_class, token.pool] += share * present[position]
        if place.station is not None:
            busy[place.station] += served[position] * place.service_s
    return Numbers(
        flow_per_s=flow,
        at_station=at_station,
        in_line=in_line,
        busy_servers=busy,
        busy_members=places.held[:pools].astype(float) @ present,
    )


def told(chain: Chain) -> Solution:
    """Return the means, by class, station and pool; distributions are worked out when they are asked for.

    Raises
    ------
    NoSolutionError
        A class is never served.
    """
    network = chain.places.network
    solution = per_request(
        network, numbers_of(chain), "markov_chain", Standing.EXACT, {"states": float(chain.states.size)}
    )
    laws = tuple(
        LaterLaw(partial(_followed, chain, number, float(mean_s)))
        for number, mean_s in enumerate(solution.response_time_s)
    )
    return replace(solution, lost_ratio=chain.lost_ratio, laws=laws)


def per_request(
    network: Network, numbers: Numbers, method: str, standing: Standing, figures: Mapping[str, float]
) -> Solution:
    """Return what mean numbers say of a request, by Little's law: nobody turned away, and no distributions.

    Raises
    ------
    NoSolutionError
        A class is never served.
    """
    flow = numbers.flow_per_s
    for each, served in zip(network.classes, flow, strict=True):
        if not served > _NEVER * float(flow.sum()):
            raise NoSolutionError(
                f"requests of {each.name} are never served, as others always go before them; "
                "give the others time to think, or all the same priority."
            )
    residence, waits = numbers.at_station / flow[:, None], numbers.in_line / flow[:, None]
    return Solution(
        network=network,
        method=method,
        standing=standing,
        throughput_per_s=flow,
        response_time_s=residence.sum(axis=1) + waits.sum(axis=1),
        residence_s=residence,
        pool_wait_s=waits,
        busy_servers=numbers.busy_servers,
        busy_members=numbers.busy_members,
        lost_ratio=np.zeros(flow.size),
        laws=(None,) * flow.size,
        error_ratio=0.0,
        figures=figures,
    )


def _followed(chain: Chain, request_class: int, mean_s: float) -> PassageTime:
    """Follow a request through the chain; refuse where its mean is not the one that Little's law says."""
    law = passage_time(chain, request_class)
    apart = law.mean_s / mean_s - 1.0
    if abs(apart) > _APART:
        raise NoSolutionError(
            "the chain counts who waits in a line, not in which order, and the mean of a request that is followed "
            f"is off by {apart:+.0%}; use --simulate for percentiles."
        )
    return law
