"""The solvers of networks, each one function in one module and one line in the table."""

from collections.abc import Callable

from capplan.network import Network
from capplan.solution import Solution
from capplan.solvers.closed import solve_closed
from capplan.solvers.open_stations import solve_open_stations
from capplan.solvers.worker_pool import solve_worker_pool

SOLVERS: dict[str, Callable[[Network], Solution]] = {
    "closed": solve_closed,
    "open_stations": solve_open_stations,
    "worker_pool": solve_worker_pool,
}


def solver_name(network: Network) -> str:
    """Key in SOLVERS of the solver for a network's structure."""
    if network.pool is not None:
        return "worker_pool"
    return "closed" if network.population is not None else "open_stations"


def solve(network: Network) -> Solution:
    """Solve a network with the solver for its structure.

    Raises
    ------
    NoSolutionError
        No solver covers the network.
    """
    return SOLVERS[solver_name(network)](network)
