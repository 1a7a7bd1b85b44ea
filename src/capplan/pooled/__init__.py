"""The solvers of networks, each one function in one module and one line in the table."""

from collections.abc import Callable

from capplan.pooled.closed import solve_closed
from capplan.pooled.network import PooledNetwork
from capplan.pooled.open_stations import solve_open_stations
from capplan.pooled.solution import PooledSolution
from capplan.pooled.worker_pool import solve_worker_pool

SOLVERS: dict[str, Callable[[PooledNetwork], PooledSolution]] = {
    "closed": solve_closed,
    "open_stations": solve_open_stations,
    "worker_pool": solve_worker_pool,
}


def solver_name(network: PooledNetwork) -> str:
    """Key in SOLVERS of the solver for a network's structure."""
    if network.pool is not None:
        return "worker_pool"
    return "closed" if network.population is not None else "open_stations"


def solve_pooled(network: PooledNetwork) -> PooledSolution:
    """Solve a network with the solver for its structure.

    Raises
    ------
    NoSolutionError
        No solver covers the network.
    """
    return SOLVERS[solver_name(network)](network)
