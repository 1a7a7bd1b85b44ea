"""CPU: the fewest cores with which objectives and the utilization limit hold in the busiest hour, bursts included."""

import numpy as np

from capplan.build_network import MOST_CORES, Consumption, Machine, consumption
from capplan.growth import Moment, traffic_factor
from capplan.inputs import Inputs
from capplan.quantity import Quantity
from capplan.requirement import Requirement, ResourceKind
from capplan.response import judge, percentile_ratio
from capplan.workload import Workload
from capplan.worlds import WORLD_COUNT, Array

_ALL_MISSED = np.ones(WORLD_COUNT)


def size(inputs: Inputs, workload: Workload, at: Moment) -> Requirement:
    """Return the cores needed at a moment, with every hot page read from disk (the machine is not chosen yet).

    The utilization law gives the floor, (busy + bursts) / limit. Cores are added until every objective is met,
    or until requests take at most 5 % longer than on an idle machine: beyond that another core cannot help,
    and it is the worker pool or a wait that misses the objective.
    """
    factor = traffic_factor(inputs, at)
    used = consumption(inputs, workload)
    busy = (used.scaling_cores * factor + used.fixed_cores).named(at.key("cpu_busy_cores"), "cores")
    limit = utilization_limit(inputs)
    floor = ((busy + used.burst_count) / limit).named(at.key("cpu_floor_cores"), "cores")
    contention = inputs.assumed("cpu_contention_limit_ratio")
    cores = _fewest(inputs, workload, factor.values, floor.values, contention.values)
    objectives = [stream.objective_s for stream in workload.requests]
    need = Quantity.computed(
        at.key("cpu_need_cores"),
        cores,
        "cores",
        formula=f"min{{c : c >= {floor.key}, P(R > objective) <= 1 - percentile or 1 + W_cpu(c) / D <= contention}}",
        inputs=[
            floor,
            factor,
            percentile_ratio(inputs),
            contention,
            *objectives,
            *demand_inputs(inputs, workload),
        ],
    )
    return Requirement(kind=ResourceKind.CPU, need=need, parts=(busy, used.burst_count, floor))


def utilization_limit(inputs: Inputs) -> Quantity:
    """Return the ceiling of utilization in the busiest hour."""
    return inputs.get("objectives.utilization_limit_ratio", "cpu_utilization_limit_ratio")


def utilization_factor(inputs: Inputs, used: Consumption, cores: float) -> Quantity:
    """Return the traffic over today's at which utilization, bursts included, reaches its limit; at least 0."""
    free = utilization_limit(inputs) * cores - used.burst_count - used.fixed_cores
    return free / used.scaling_cores


def demand_inputs(inputs: Inputs, workload: Workload) -> list[Quantity]:
    """Return what the network is built from, for the derivation."""
    parts = [part for s in workload.requests for part in (*s.cpu_s.values(), s.waits_s, s.rate_per_s)]
    who = [part for part in (workload.population, workload.think_time_s) if part is not None]
    disk = [inputs.assumed(key) for key in ("disk_read_s", "disk_commit_s")]
    return [*who, *parts, *disk]


def _fewest(inputs: Inputs, workload: Workload, factor: Array, floor: Array, contention: Array) -> Array:
    """Return the fewest whole cores per world: gallop up from the floor, then halve the gap."""

    def enough(cores: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        verdict = judge(inputs, workload, factor, Machine(cores=cores, miss_ratio=_ALL_MISSED))
        return np.asarray(verdict.met | (verdict.contention_ratio <= contention))

    high = np.maximum(np.ceil(floor - 1e-9), 1.0)
    high = np.minimum(high, MOST_CORES)
    low = high - 1
    done = enough(high)
    while not (done | (high >= MOST_CORES)).all():
        low = np.where(done, low, high)
        high = np.where(done, high, np.minimum(high * 2, MOST_CORES))
        done = enough(high)
    while (high - low > 1).any():
        middle = np.ceil((low + high) / 2)
        met = enough(middle)
        low = np.where(met, low, middle)
        high = np.where(met, middle, high)
    return high
