"""M/M/4 at 0.8 in LINE's LDES: events per CPU second, one event being an arrival or an end of service.

LDES is the compiled simulator that comes with the package. Its Java twin, which alone can do layered networks, would be
fetched from elsewhere and is kept out.
"""

import json
import os
import resource
import sys

from line_solver import (
    Exp,
    GlobalConstants,
    Network,
    OpenClass,
    Queue,
    SchedStrategy,
    Sink,
    SolverLDES,
    Source,
    VerboseLevel,
)

ARRIVALS_PER_S = 3.2


def station() -> Network:
    """M/M/4, 0.8 busy."""
    model = Network("station")
    source, sink = Source(model, "source"), Sink(model, "sink")
    queue = Queue(model, "queue", SchedStrategy.FCFS)
    queue.set_number_of_servers(4)
    jobs = OpenClass(model, "jobs")
    source.set_arrival(jobs, Exp(ARRIVALS_PER_S))
    queue.set_service(jobs, Exp(1.0))
    model.link(Network.serial_routing(source, queue, sink))
    return model


def cpu_s() -> float:
    """Processor time of this process and of those it has started."""
    used = [resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main(until_s: float) -> None:
    """Run for as many ends of service as that time has, once a few to warm up, and print what it took."""
    os.environ["LINE_JAVA"] = "none"
    GlobalConstants.set_verbose(VerboseLevel.SILENT)
    SolverLDES(station(), events=1000, seed=1).get_avg_table()
    served = round(ARRIVALS_PER_S * until_s)
    model, start = station(), cpu_s()
    table = SolverLDES(model, events=served, seed=1).get_avg_table()
    taken_s = cpu_s() - start
    mean_s = dict(zip(table["Station"], table["RespT"], strict=True))["queue"]
    print(json.dumps({"events": 2 * served, "cpu_s": taken_s, "mean_s": float(mean_s)}))


if __name__ == "__main__":
    main(float(sys.argv[1]))
