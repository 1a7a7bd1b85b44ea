"""The exact solver of everything exponential: counts of requests at places as a Markov chain, while its states fit."""

from dataclasses import replace

import numpy as np

from capplan.errors import NoSolutionError
from capplan.markov.means import not_exponential, solved, told
from capplan.markov.moves import Order
from capplan.markov.states import MOST_STATES
from capplan.markov.stationary import Chain, solve_chain
from capplan.network import Network
from capplan.network_layout import places_of
from capplan.solution import Solution, Standing

_NEGLIGIBLE = 1e-9


def solve_markov_chain(network: Network, *, most_states: int = MOST_STATES) -> Solution:
    """Solve the chain of all states; open sources are cut off where hardly anybody is.

    Where requests wait for one pool or server at several places, the counts do not say who came first. Then the answer
    is that of a random order, and the error is estimated as the distance to the two orders that always favor one of
    the places: first come, first served lies between them.

    Response-time distributions are those of one request followed from its arrival to its end; they are found only when
    they are asked for.

    Raises
    ------
    NoSolutionError
        Something is not exponential, there are too many states, or the equations cannot be solved.
    """
    places = places_of(network)
    found = not_exponential(places)
    if found is not None:
        raise NoSolutionError(
            f"the Markov chain takes exponential times only, and {found}; use --method simulation."
        )
    chain = solved(places, most_states)
    solution = told(chain)
    if not _order_matters(chain):
        return solution
    extremes = [told(_again(chain, order)) for order in (Order.FIRST_PLACE, Order.LAST_PLACE)]
    apart = max(
        float(np.max(np.abs(each.response_time_s / solution.response_time_s - 1.0))) for each in extremes
    )
    if apart <= _NEGLIGIBLE:
        return solution
    return replace(solution, standing=Standing.APPROXIMATE, error_ratio=apart)


def _order_matters(chain: Chain) -> bool:
    """Whether requests ever wait for one token at several places: then the order of the line is not in the counts."""
    for token in range(len(chain.places.tokens)):
        waits = chain.places.waiting(token)
        together = (chain.states.counts[:, waits] > 0).sum(axis=1) > 1
        if together.any():
            return True
    return False


def _again(chain: Chain, order: Order) -> Chain:
    return solve_chain(chain.places, chain.states, chain.most_present, order)
