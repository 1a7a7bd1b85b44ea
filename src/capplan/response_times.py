"""response_times: how long each class of requests takes on a tier's server, and how many workers would be enough."""

from dataclasses import replace

import numpy as np

from capplan.build_network import Machine, entries, pool_size, seats
from capplan.catalog import Shape
from capplan.growth import Moment, stored, traffic_factor
from capplan.judgment import Requirements
from capplan.plan import Response
from capplan.pooled.solution import PooledSolution
from capplan.quantity import Quantity, total
from capplan.requirement import ResourceKind
from capplan.response import judge, percentile_ratio, solutions
from capplan.service import Service
from capplan.sizing import memory
from capplan.workload import RequestStream
from capplan.worlds import WORLD_COUNT, median, share_of_worlds

_MOST_WORKERS = 256


def response_times(
    service: Service, at: Moment, found: Requirements, shape: Shape
) -> tuple[tuple[Response, ...], int | None]:
    """Return the response times at a moment's traffic, and the workers that would meet every objective.

    The workers are None where the objectives hold in as many worlds as with any number of workers.
    """
    inputs = service.inputs
    factor = traffic_factor(inputs, at)
    machine = machine_at(service, at, found, shape)
    resident, hot = _memory(service, at, found)
    rows = []
    for entry, solution in solutions(inputs, service.workload, factor.values, machine).items():
        own = [stream for stream in service.workload.requests if stream.container == entry]
        for index, stream in enumerate(own):
            causes = [factor, resident, hot, *stream.cpu_s.values(), stream.waits_s]
            where = f"R({stream.name}) in the network of {entry} on {shape.cores} cores"
            rows.append(_row(service, at, stream, solution, index, where, causes))
    return tuple(rows), _workers_wanted(service, factor, machine)


def machine_at(service: Service, at: Moment, found: Requirements, shape: Shape) -> Machine:
    """Return a server as the network sees it at a moment: its cores, and the reads that its memory misses."""
    resident, hot = _memory(service, at, found)
    missed = memory.miss_ratio(service.inputs, resident, hot, shape.memory_bytes)
    return Machine(cores=np.full(WORLD_COUNT, float(shape.cores)), miss_ratio=missed)


def _memory(service: Service, at: Moment, found: Requirements) -> tuple[Quantity, Quantity]:
    """Return resident memory and hot data at a moment."""
    resident = total(found[ResourceKind.MEMORY].parts)
    return resident, memory.hot_data(service.inputs, stored(service.inputs, at), at)


def _row(
    service: Service,
    at: Moment,
    stream: RequestStream,
    solution: PooledSolution,
    index: int,
    where: str,
    causes: list[Quantity],
) -> Response:
    probability = median(percentile_ratio(service.inputs).values)
    key = at.key(f"classes.{stream.name}.response")
    mean = Quantity.computed(
        f"{key}_mean_s", solution.response_time_s[:, index], "s", formula=f"mean {where}", inputs=causes
    )
    slow = solution.response_percentile(index, probability)
    percentile = Quantity.computed(
        f"{key}_percentile_s", slow, "s", formula=f"{probability:g} quantile of {where}", inputs=causes
    )
    tail = solution.response_tail(index, stream.objective_s.values)
    return Response(
        request_class=stream.name,
        mean_key=service.show(mean),
        percentile_key=service.show(percentile),
        objective_s=median(stream.objective_s.values),
        percentile_ratio=probability,
        met_ratio=share_of_worlds(tail <= 1 - probability),
    )


def _workers_wanted(service: Service, factor: Quantity, machine: Machine) -> int | None:
    inputs, workload = service.inputs, service.workload
    pools = {entry: size for entry in entries(workload) if (size := pool_size(inputs, entry)) is not None}
    pooled = any(container.connection_pool for container in inputs.profile.containers.values())
    if len(pools) != 1 or pooled:
        return None  # with several pools, or connections of a fixed number, workers alone are not the answer

    ((entry, size),) = pools.items()
    step = seats(inputs, entry)  # threads come in whole processes

    def met(workers: int) -> float:
        tried = replace(machine, workers=workers)
        return share_of_worlds(judge(inputs, workload, factor.values, tried).met)

    has = int(median(size.values))
    reached = met(has)
    best = met(_MOST_WORKERS // step * step) if reached < 1 else reached
    if reached >= best:
        return None
    low, high = has // step, _MOST_WORKERS // step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle * step) >= best else (middle, high)
    return high * step
