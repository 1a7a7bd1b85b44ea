"""The solvers of networks, each one function in one module and one line in the table, the most trusted first."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

from capplan.errors import InputError, NoSolutionError, UnstableError
from capplan.network import Network
from capplan.solution import LaterLaw, ResponseLaw, Solution
from capplan.solvers.flow_equivalent import solve_flow_equivalent
from capplan.solvers.linearizer import solve_linearizer
from capplan.solvers.markov_chain import solve_markov_chain
from capplan.solvers.product_form import solve_product_form
from capplan.solvers.simulation import solve_simulation

SOLVERS: dict[str, Callable[[Network], Solution]] = {
    "product_form": solve_product_form,
    "markov_chain": solve_markov_chain,
    "linearizer": solve_linearizer,
    "flow_equivalent": solve_flow_equivalent,
    "simulation": solve_simulation,
}

# A chain built for percentiles alone may take about a second; means were had in milliseconds.
_MOST_STATES = 4_000


def solve(network: Network, method: str | None = None) -> Solution:
    """Solve a network with the named solver, or with the first of the table that can.

    The solution says which, and why those before it were passed over. Where the first that can knows means only, its
    response-time laws are those of the exact chain, which is built when one of them is asked for, if it fits.

    Raises
    ------
    InputError
        No solver has that name.
    NoSolutionError
        The named solver, or every one, cannot; the text is that of the last.
    UnstableError
        The network has no steady state.
    """
    if method is not None:
        if method not in SOLVERS:
            raise InputError(
                "--method",
                found=repr(method),
                expected=f"one of {', '.join(SOLVERS)}",
                remedy="name one of them",
            )
        return SOLVERS[method](network)
    passed_over: list[str] = []
    for solver in SOLVERS.values():
        try:
            return _with_laws(replace(solver(network), passed_over=tuple(passed_over)))
        except UnstableError:
            raise  # no other method would find what does not exist
        except NoSolutionError as error:
            passed_over.append(str(error))
    raise NoSolutionError(passed_over[-1])


def _with_laws(solution: Solution) -> Solution:
    """Give a solution the laws of the exact chain where it has none of its own and the chain was not passed over."""
    if solution.passed_over or any(law is not None for law in solution.laws):
        return solution
    chain = cache(partial(solve_markov_chain, solution.network, most_states=_MOST_STATES))
    laws = tuple(LaterLaw(partial(_law_of, chain, number)) for number in range(len(solution.laws)))
    return replace(solution, laws=laws, laws_method="markov_chain")


def _law_of(chain: Callable[[], Solution], request_class: int) -> ResponseLaw:
    law = chain().laws[request_class]
    assert law is not None  # noqa: S101 - the chain knows the law of every class
    return law
