"""A layered network in LINE's layered solver: mean response time of every source, and times.

The order, in JSON, by name: ``processors`` (discipline and servers), ``tasks`` (processor, and size or null for as many
as are needed), ``entries`` (task, service_s, calls) and ``sources`` (population, think_time_s, asked: an entry).
"""

import json
import sys
from typing import Any

import numpy as np
from line_solver import (
    Activity,
    Entry,
    Exp,
    GlobalConstants,
    Immediate,
    LayeredNetwork,
    Processor,
    SchedStrategy,
    SolverLN,
    Task,
    VerboseLevel,
)
from timed import Times, timed

DISCIPLINES = {"shared": SchedStrategy.PS, "first-come": SchedStrategy.FCFS, "delay": SchedStrategy.INF}


def network(order: dict[str, Any]) -> LayeredNetwork:
    """Processors, tasks and entries by their names; each source a reference task on a processor without limit.

    The reference tasks come first, as in LINE's examples: its answers depend on the order.
    """
    model = LayeredNetwork("layers")
    everywhere = Processor(model, "everywhere", np.inf, SchedStrategy.INF)
    asking = {name: source_activity(model, everywhere, name, each) for name, each in order["sources"].items()}
    processors, tasks, entries, activities = {}, {}, {}, {}
    for name, each in order["processors"].items():
        servers = np.inf if each["discipline"] == "delay" else each["servers"]
        processors[name] = Processor(model, name, servers, DISCIPLINES[each["discipline"]])
    for name, each in order["tasks"].items():
        held = (each["size"], SchedStrategy.FCFS) if each["size"] else (np.inf, SchedStrategy.INF)
        tasks[name] = Task(model, name, *held).on(processors[each["processor"]])
    for name, each in order["entries"].items():
        task = tasks[each["task"]]
        entries[name] = Entry(model, name).on(task)
        own = Activity(model, f"{name} own", Exp.fit_mean(each["service_s"]))
        activities[name] = own.on(task).bound_to(entries[name]).replies_to(entries[name])
    for name, each in order["entries"].items():
        for called, count in each["calls"].items():
            activities[name].synch_call(entries[called], count)
    for name, each in order["sources"].items():
        asking[name].synch_call(entries[each["asked"]], 1)
    return model


def source_activity(
    model: LayeredNetwork, everywhere: Processor, name: str, source: dict[str, Any]
) -> Activity:
    """Make a source's reference task; return the activity that asks."""
    users = Task(model, f"{name} users", source["population"], SchedStrategy.REF).on(everywhere)
    users.set_think_time(Exp.fit_mean(source["think_time_s"]))
    cycle = Entry(model, name).on(users)
    return Activity(model, f"{name} asking", Immediate()).on(users).bound_to(cycle)


def solved(order: dict[str, Any], method: str) -> tuple[Any, Times]:
    """Solve it; the table of what LINE found, and times."""
    return timed(lambda: network(order), lambda model: SolverLN(model, method=method).get_avg_table())


def main(order: dict[str, Any], method: str) -> None:
    """Solve it with one user a source to warm up, then measured, and print both."""
    GlobalConstants.set_verbose(VerboseLevel.SILENT)
    alone = {name: {**each, "population": 1} for name, each in order["sources"].items()}
    solved({**order, "sources": alone}, method)
    table, times = solved(order, method)
    response_s = dict(zip(table["Node"], table["RespT"], strict=True))
    print(json.dumps({"response_s": [float(response_s[name]) for name in order["sources"]], **times}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2])
