"""The solvers of networks, each one function in one module and one line in the table, the most trusted first."""

from collections.abc import Callable
from dataclasses import replace

from capplan.errors import InputError, NoSolutionError, UnstableError
from capplan.network import Network
from capplan.solution import Solution
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


def solve(network: Network, method: str | None = None) -> Solution:
    """Solve a network with the named solver, or with the first of the table that can.

    The solution says which, and why those before it were passed over.

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
            return replace(solver(network), passed_over=tuple(passed_over))
        except UnstableError:
            raise  # no other method would find what does not exist
        except NoSolutionError as error:
            passed_over.append(str(error))
    raise NoSolutionError(passed_over[-1])
