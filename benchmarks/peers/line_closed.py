"""A closed network of shared stations in LINE's mean value analysis: throughput of every class, and times.

The order, in JSON: ``population``, ``think_time_s`` and ``demand_s`` of every class. The method is one of LINE's
``SolverMVA``, or ``pfqn_mva``: its bare recursion, without a model around it.
"""

import json
import sys
from functools import partial
from typing import Any

import numpy as np
from line_solver import (
    ClosedClass,
    Delay,
    Exp,
    GlobalConstants,
    Network,
    Queue,
    SchedStrategy,
    SolverMVA,
    VerboseLevel,
)
from line_solver.api.pfqn.mva import pfqn_mva
from timed import Times, timed

Measured = tuple[Any, Times]


def network(order: dict[str, Any]) -> Network:
    """Everyone thinks, then visits every station once."""
    model = Network("closed")
    think = Delay(model, "think")
    stations = [Queue(model, f"s{k}", SchedStrategy.PS) for k in range(len(order["demand_s"][0]))]
    classes = []
    for r, population in enumerate(order["population"]):
        users = ClosedClass(model, f"c{r}", population, think, 0)
        think.set_service(users, Exp.fit_mean(order["think_time_s"][r]))
        for station, demand_s in zip(stations, order["demand_s"][r], strict=True):
            station.set_service(users, Exp.fit_mean(demand_s))
        classes.append(users)
    routing = model.init_routing_matrix()
    for users in classes:
        routing[users, users] = Network.serial_routing([think, *stations])
    model.link(routing)
    return model


def by_model(order: dict[str, Any], method: str) -> Measured:
    """Solve a model of it; the throughput of every class, and times."""
    return timed(
        lambda: network(order),
        lambda model: SolverMVA(model, method=method).get_avg_sys_table()["SysTput"],
    )


def by_recursion(order: dict[str, Any]) -> Measured:
    """Solve it without a model; the throughput of every class, and times."""
    return timed(
        lambda: (
            np.array(order["demand_s"]).T,
            np.array(order["population"]),
            np.array(order["think_time_s"]),
        ),
        lambda arrays: np.ravel(pfqn_mva(*arrays)[0]),
    )


def main(order: dict[str, Any], method: str) -> None:
    """Solve it with one user a class to warm up, then measured, and print both."""
    GlobalConstants.set_verbose(VerboseLevel.SILENT)
    solve = by_recursion if method == "pfqn_mva" else partial(by_model, method=method)
    solve({**order, "population": [1 for _ in order["population"]]})
    found, times = solve(order)
    print(json.dumps({"throughput_per_s": [float(each) for each in found], **times}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2])
