"""step_network: the profile's network with a step's traffic in the place of its own, solved at the rate it carries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from capplan.build_network import CPU, Machine
from capplan.errors import NoSolutionError
from capplan.estimate import Basis, Estimate
from capplan.inputs import Inputs
from capplan.pooled.response_tail import percentile_s
from capplan.pooled.solution import PooledSolution
from capplan.profile import ServiceProfile, Traffic
from capplan.quantity import Quantity, total
from capplan.response import solutions
from capplan.workload import Stream, Workload, build_workload
from capplan.worlds import WORLD_COUNT, Array, median

_MESSAGES = "websocket_messages"
_ROUNDS = 100
_CLOSE_RATIO = 1e-6
_LEAST_RATIO = 1e-12
_Kind = TypeVar("_Kind", bound=Stream)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepNetwork:
    """A step's network, solved for every answering container, and the requests per second it carries, per world.

    ``streams`` flow at the rates that are carried; ``parts`` is the share of all requests each container answers.
    """

    inputs: Inputs
    streams: tuple[Stream, ...]
    parts: Mapping[str, Array]
    solved: Mapping[str, PooledSolution]
    carried_per_s: Array
    population: Array | None
    think_time_s: Array | None

    @property
    def mean_s(self) -> Array:
        """Mean response time of all requests, shape (256,); infinite where more arrive than is carried.

        So many users that they were solved as open arrivals still wait for one another: R = N / X - Z.
        """
        means = [self.parts[entry] * each.mean_response_time_s for entry, each in self.solved.items()]
        mean: Array = np.sum(means, axis=0)
        if self.population is None or self.think_time_s is None:
            return mean
        return np.where(np.isfinite(mean), mean, self.population / self.carried_per_s - self.think_time_s)

    def percentile_s(self, q: float) -> Array:
        """Return a percentile of the response times of all requests, whichever container answered them."""
        solved = self.solved.values()
        stable = np.all([each.stable for each in solved], axis=0)

        def tail(time_s: Array) -> Array:
            tails = [self.parts[entry] * each.mixed_tail(time_s) for entry, each in self.solved.items()]
            mixed: Array = np.sum(tails, axis=0)
            return mixed

        longest = np.max([each.response_time_s.max(axis=1) for each in solved], axis=0)
        start = np.where(stable, longest, 1.0)
        return np.where(stable, percentile_s(tail, start, 1 - q, stable), np.inf)

    @property
    def burst_cores(self) -> Array:
        """Cores that the jobs in the background keep busy."""
        first = next(iter(self.solved.values()))
        found: Array = first.permanent_erlangs[:, CPU]
        return found


def exactly(value: float) -> Estimate:
    """Return a number that the step itself decides."""
    return Estimate.exactly(value, Basis.DERIVED, "the step")


def closed(users: float, think_time: Estimate) -> Traffic:
    """Return the traffic of so many users who think for so long."""
    return Traffic(concurrent_users=exactly(users), think_time=think_time)


def loaded(
    profile: ServiceProfile, traffic: Traffic, *, only: str | None = None, backup: bool = False
) -> ServiceProfile:
    """Return the profile with other traffic, of one class alone if named, no burst but a backup, and no monitoring."""
    changes: dict[str, object] = {
        "traffic": traffic,
        "host": profile.host.model_copy(update={"background_bursts": exactly(float(backup))}),
        "operations": profile.operations.model_copy(update={"monitoring": ()}),
    }
    if only is not None:
        changes["classes"] = {only: profile.classes[only].model_copy(update={"share": exactly(1.0)})}
    return profile.model_copy(update=changes)


def solve_step(profile: ServiceProfile, name: str, cores: int) -> StepNetwork:
    """Solve a profile's network on so many cores, with as much background as its own throughput brings along.

    Requests enqueue jobs, and jobs slow requests down: beyond saturation the users' nominal rate would bring more
    jobs than there ever are requests. The throughput falls as the background grows, so that one rate agrees with
    itself. It is approached by halving the logarithmic distance, and by bisection where that gains little.

    Raises
    ------
    NoSolutionError
        No rate that agrees with itself was found; the sentence tells the nearest.
    """
    inputs = Inputs(profile, name)
    workload = build_workload(inputs)
    nominal = workload.requests_per_s.values
    machine = Machine(cores=np.full(WORLD_COUNT, float(cores)), miss_ratio=np.zeros(WORLD_COUNT))
    carried, waited_for = nominal, False
    low, high = _LEAST_RATIO * nominal, nominal
    width = np.full(WORLD_COUNT, np.inf)
    solved: Mapping[str, PooledSolution] = {}
    for _ in range(_ROUNDS):
        at = _at(workload, carried, waited_for=waited_for)
        solved = solutions(inputs, at, np.ones(WORLD_COUNT), machine)
        reached = np.sum([each.throughput_per_s for each in solved.values()], axis=0)
        reached = np.clip(reached, _LEAST_RATIO * nominal, nominal)
        if np.all((np.abs(reached / carried - 1.0) <= _CLOSE_RATIO) | (width <= _CLOSE_RATIO)):
            break
        users_wait = all(each.network.population is not None for each in solved.values())
        if users_wait == waited_for:  # else the next round is another equation
            low, high = np.where(reached > carried, carried, low), np.where(reached < carried, carried, high)
        waited_for = users_wait
        halfway = np.sqrt(carried * reached)
        before, width = width, np.log(high / low)
        astray = (halfway < low) | (halfway > high) | (width > before / 2.0)
        # Where the throughput falls steeply the ends meet first: just below it is carried, above it is not.
        carried = np.where(width <= _CLOSE_RATIO, low, np.where(astray, np.sqrt(low * high), halfway))
    else:
        raise NoSolutionError(
            f"{name}: the requests per second that the machine carries could not be found in {_ROUNDS} rounds; "
            f"the nearest is {median(carried):g}/s."
        )
    return StepNetwork(
        inputs=inputs,
        streams=_at(workload, carried, waited_for=True).streams,
        parts={entry: _part(workload, entry) for entry in solved},
        solved=solved,
        carried_per_s=carried,
        population=workload.population.values if workload.population is not None else None,
        think_time_s=workload.think_time_s.values if workload.think_time_s is not None else None,
    )


def _part(workload: Workload, entry: str) -> Array:
    own = total(each.rate_per_s for each in workload.requests if each.container == entry)
    part: Array = own.values / workload.requests_per_s.values
    return part


def _at(workload: Workload, carried: Array, *, waited_for: bool) -> Workload:
    """Return the workload with everything that requests bring along at the rate that is carried.

    Requests themselves arrive at the nominal rate, carried or not, unless users wait for them (``waited_for``).
    Messages of open connections depend on neither.
    """
    ratio = carried / workload.requests_per_s.values
    followers = [each for each in workload.others if each.scaling and each.name != _MESSAGES]
    rest = [each for each in workload.others if each not in followers]
    at = replace(workload, others=(*_rescaled(followers, ratio), *rest))
    if not waited_for:
        return at
    return replace(
        at,
        requests_per_s=_times(workload.requests_per_s, ratio),
        requests=_rescaled(workload.requests, ratio),
    )


def _rescaled(streams: Iterable[_Kind], ratio: Array) -> tuple[_Kind, ...]:
    return tuple(replace(each, rate_per_s=_times(each.rate_per_s, ratio)) for each in streams)


def _times(rate: Quantity, ratio: Array) -> Quantity:
    key = f"{rate.key}.carried"
    return Quantity.computed(key, rate.values * ratio, "1/s", formula=f"X({rate.key})", inputs=[rate])
