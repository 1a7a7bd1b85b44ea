"""response: are the response time objectives met on a machine, and up to which traffic."""

from dataclasses import dataclass

import numpy as np

from capplan.build_network import CPU, Machine, build_network, entries
from capplan.inputs import Inputs
from capplan.pooled import solve_pooled
from capplan.pooled.network import BoolArray
from capplan.pooled.solution import PooledSolution
from capplan.quantity import Quantity
from capplan.workload import Workload
from capplan.worlds import WORLD_COUNT, Array

_PRECISION_RATIO = 0.02
_FIRST_STEP_RATIO = 0.25
_MOST_FACTOR = 1000.0
_LEAST_FACTOR = 0.01
_TINY_S = 1e-12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verdict:
    """Per world: whether every objective is met, and how much longer requests take on the shared cores."""

    met: BoolArray
    contention_ratio: Array


def percentile_ratio(inputs: Inputs) -> Quantity:
    """Return the share of requests that must meet the response time objective."""
    return inputs.get("objectives.percentile_ratio", "objective_percentile_ratio")


def solutions(
    inputs: Inputs, workload: Workload, factor: Array, machine: Machine
) -> dict[str, PooledSolution]:
    """Return the solved network of every answering container, by its name."""
    return {
        entry: solve_pooled(build_network(inputs, workload, entry, factor=factor, machine=machine))
        for entry in entries(workload)
    }


def judge(inputs: Inputs, workload: Workload, factor: Array, machine: Machine) -> Verdict:
    """Hold every class against its objective: at most 1 - percentile of its requests may take longer."""
    met = np.ones(WORLD_COUNT, dtype=np.bool_)
    contention = np.ones(WORLD_COUNT)
    allowed = 1 - percentile_ratio(inputs).values
    for entry, solution in solutions(inputs, workload, factor, machine).items():
        objectives = [s.objective_s for s in workload.requests if s.container == entry]
        for index, objective in enumerate(objectives):
            met &= solution.response_tail(index, objective.values) <= allowed
        met &= solution.stable
        contention = np.maximum(contention, _contention(solution))
    return Verdict(met=met, contention_ratio=contention)


def _contention(solution: PooledSolution) -> Array:
    """Return how much longer a request takes because the cores are shared: 1 + its wait for a core over its demand.

    The wait follows from the requests present at the cores by Little's law, but for those that wait for the lock of
    their process, which no core mends; where a pool is saturated, that is with every worker busy. The demand is
    everything a request asks for, other waits included.
    """
    demand = solution.network.chain_demand_s
    throughput = solution.throughput_per_s
    residence = np.divide(
        solution.queue_length[:, CPU], throughput, out=np.full(WORLD_COUNT, np.inf), where=throughput > 0
    )
    np.subtract(residence, solution.lock_wait_s, out=residence, where=np.isfinite(residence))
    ratio: Array = 1 + np.maximum(residence - demand[:, CPU], 0.0) / np.maximum(demand.sum(axis=1), _TINY_S)
    return ratio


def largest_factor(inputs: Inputs, workload: Workload, machine: Machine, most: Array) -> Array:
    """Return the largest traffic factor, at most ``most``, at which every objective is met; 0 where none is.

    Bisection on the logarithm to two percent, rounded down: response times never fall when traffic grows.
    """
    upper = np.clip(most, _LEAST_FACTOR, _MOST_FACTOR)
    reached = judge(inputs, workload, upper, machine).met
    lower = np.where(reached, upper, 0.0)
    step = upper * _FIRST_STEP_RATIO
    while (searching := (lower == 0) & (step > _LEAST_FACTOR)).any():
        met = judge(inputs, workload, np.maximum(step, _LEAST_FACTOR), machine).met
        lower = np.where(searching & met, step, lower)
        upper = np.where(searching & ~met, step, upper)
        step = np.where(searching & ~met, step * _FIRST_STEP_RATIO, step)
    while True:
        open_ = (lower > 0) & (lower < upper * (1 - _PRECISION_RATIO)) & ~reached
        if not open_.any():
            return lower
        middle = np.where(open_, np.sqrt(lower * upper), np.maximum(lower, _LEAST_FACTOR))
        met = judge(inputs, workload, middle, machine).met
        lower = np.where(open_ & met, middle, lower)
        upper = np.where(open_ & ~met, middle, upper)
