"""The simulator as a solver: every network that comes to rest, within an interval."""

import numpy as np

from capplan.network import Network
from capplan.solution import Solution, Standing

PRECISION_RATIO = 0.01
MOST_EVENTS = 30_000_000


def solve_simulation(
    network: Network,
    *,
    seed: int = 1,
    precision_ratio: float = PRECISION_RATIO,
    most_events: int = MOST_EVENTS,
) -> Solution:
    """Try the network out, with the same draws each time, until the mean response times are known to a precision.

    50 independent replications run until a pilot, left out as warm-up, says for how long they have to go on, so that
    the 95 % interval of each class's mean response time is as narrow as asked; longer where it is not, while the
    budget allows. How it is judged and why the intervals hold is told in ``capplan.simulator.experiment``,
    ``estimates`` and ``intervals``. ``error_ratio`` is the longer side of the widest of these intervals over its
    mean, and ``laws`` are the response times as they were (``SampledLaw``). The means by class and station are
    Little's law on the time spent there. ``figures`` say what was reached: ``precise`` is 1 where the precision was,
    0 where the budget ran out first; ``settled`` is 0 where the means still drift.

    Parameters
    ----------
    precision_ratio
        The longer side of the 95 % interval of a mean response time, over the mean.
    most_events
        Ends of service, arrivals and ends of thinking, of all replications together; some 1,000 of each are spent in
        any case.

    Raises
    ------
    NoSolutionError
        Requests pile up, there are too many users, or a class is so rare that none of its requests was done.
    """
    # Numba and the compiled kernel take a second to load, and whoever only names this solver does without.
    from capplan.simulator.experiment import simulate  # noqa: PLC0415

    outcome = simulate(network, seed=seed, precision_ratio=precision_ratio, most_events=most_events)
    found = outcome.estimates
    classes = range(len(network.classes))
    return Solution(
        network=network,
        method="simulation",
        standing=Standing.SIMULATED,
        throughput_per_s=np.array([found.throughput_per_s(number).mid for number in classes]),
        response_time_s=np.array([found.response_time_s(number).mid for number in classes]),
        residence_s=found.residence_s,
        pool_wait_s=found.pool_wait_s,
        busy_servers=found.busy_servers,
        busy_members=found.busy_members,
        lost_ratio=found.lost_ratio,
        laws=tuple(found.law(number) for number in classes),
        error_ratio=found.error_ratio,
        intervals=found.intervals,
        figures=outcome.figures,
    )
