"""refusals: networks whose simulation would say nothing, and why."""

from collections.abc import Sequence

import numpy as np

from capplan.errors import NoSolutionError
from capplan.network import Network
from capplan.simulator.intervals import of_mean
from capplan.simulator.tables import Model
from capplan.simulator.tally import Tally, joined

# A user takes some 100 bytes in each of the replications.
_MOST_USERS = 100_000
# So sure that requests pile up, and by at least such a part of the arrivals, as no settled network is.
_SURE = 0.99999
_PILED_UP_RATIO = 0.005


def refuse_too_many(network: Network) -> None:
    """Refuse more users than there is room for.

    Raises
    ------
    NoSolutionError
        There are.
    """
    users = sum(source.population or 0 for source in network.sources)
    if users > _MOST_USERS:
        raise NoSolutionError(
            f"{users} users are more than {_MOST_USERS}, which is what the simulator has room for; "
            "simulate a part of them on as large a part of the network."
        )


def refuse_unfinished(model: Model, spans: Sequence[Sequence[Tally]]) -> None:
    """Refuse what was not simulated for long enough, if any time would be.

    Raises
    ------
    NoSolutionError
        Requests pile up, or no request of some class was done.
    """
    later = [joined(each[len(each) // 2 :]) for each in spans]
    for number, source in enumerate(model.network.sources):
        own = model.classes_of(number)
        entries = np.unique(model.entry[own])
        came = np.array([float((each.entered - each.lost)[entries].sum()) for each in later])
        done = np.array([float(each.done[own].sum()) for each in later])
        piled_up = of_mean(came - done, _SURE)
        if piled_up.low > 0.0 and piled_up.mid > _PILED_UP_RATIO * came.mean():
            raise NoSolutionError(
                f"{piled_up.mid / came.mean():.1%} of the requests of {source.name} are never done: they pile up, or "
                "the network fills more slowly than was simulated; lower the arrival rates, or give more events."
            )
    for each, count in zip(model.network.classes, joined(later).done, strict=True):
        if count == 0:
            raise NoSolutionError(
                f"no request of {each.name} was done in what was simulated; give more events."
            )
