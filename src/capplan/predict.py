"""predict: what the profile's model says of every step of a run, before the first request is sent.

Nothing is fitted here: the demands are the profile's own or assumed. Four things differ from planning. A step's
users, think time or rate are exact, and stand in the place of the profile's traffic. No burst runs in the
background, but for the backup of a step that asks for one. All hot data are in memory, since the database of a load
test is small and was read before. And monitoring is left out, for what is measured is what the services use. The
stack's idle processor time is assumed as one number; it is divided evenly among the containers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from capplan.build_network import pool_size
from capplan.estimate import Estimate
from capplan.inputs import Inputs
from capplan.measurements import Asked, Interval, Predictions, ServicePrediction, StepPrediction
from capplan.profile import ServiceProfile, Traffic
from capplan.quantity import total
from capplan.sizing.memory import container_memory
from capplan.step_network import closed, exactly, loaded, solve_step
from capplan.workload import Stream, Workload, build_workload
from capplan.worlds import WORLD_COUNT, Array, interval, median

NO_CLASS = "no-such-class"
NO_THINK_TIME = "no-think-time"
SATURATED = "saturated"
SATURATED_SOMEWHERE = "saturated-in-some-worlds"
_MANY_USERS = 200
_MOST_USERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPoint:
    """The profile's own point: medians over the worlds. Users and think time are None in an open system."""

    rate_per_s: float
    users: int | None
    think_time_s: float | None
    service_s: float
    """Response time without queueing."""


def own_point(profile: ServiceProfile, name: str) -> OwnPoint:
    """Return the profile's own point.

    Raises
    ------
    InputError
        If its users, rate and think time contradict one another.
    """
    workload = build_workload(Inputs(profile, name))
    users, think = workload.population, workload.think_time_s
    return OwnPoint(
        rate_per_s=median(workload.requests_per_s.values),
        users=max(round(median(users.values)), 1) if users is not None else None,
        think_time_s=median(think.values) if think is not None else None,
        service_s=median(_service_s(workload)),
    )


def saturation_per_s(profile: ServiceProfile, name: str, cores: int) -> float:
    """Return the most requests per second the machine carries: as many users as it takes, who never think."""
    inputs = Inputs(profile, name)
    pools = [pool_size(inputs, container) for container in profile.containers]
    slots = sum(round(median(size.values)) for size in pools if size is not None)
    users = float(min(max(slots, _MANY_USERS), _MOST_USERS))
    found = solve_step(loaded(profile, closed(users, exactly(0.0))), name, cores)
    limits = [each.throughput_per_s / found.parts[entry] for entry, each in found.solved.items()]
    # What is carried is a little less where the jobs that requests bring along leave hardly any room.
    return median(np.min([*limits, found.carried_per_s], axis=0))


def predictions(
    profile: ServiceProfile, name: str, steps: Mapping[str, Asked], cores: int, digest: str = ""
) -> Predictions:
    """Return what the model says of every step.

    Parameters
    ----------
    name : where the profile came from.
    steps : by name, without repeats.
    cores : of the machine that runs the stack.
    digest : SHA-256 of the profile as it was read.
    """
    return Predictions(
        profile=name,
        profile_sha256=digest,
        cores=cores,
        saturation_per_s=saturation_per_s(profile, name, cores),
        steps={each: _predict(profile, name, each, asked, cores) for each, asked in steps.items()},
    )


def _predict(profile: ServiceProfile, name: str, step: str, asked: Asked, cores: int) -> StepPrediction:
    if asked.kind == "idle":
        return _idle(profile, name, step, cores)
    if asked.only is not None and asked.only not in profile.classes:
        return StepPrediction(name=step, note=NO_CLASS)
    traffic = _traffic(profile, name, asked)
    if traffic is None:
        return StepPrediction(name=step, note=NO_THINK_TIME)
    found = solve_step(loaded(profile, traffic, only=asked.only, backup=asked.backup), name, cores)
    used = _used_cores(found.inputs, found.streams)
    late = found.percentile_s(0.95)
    return StepPrediction(
        name=step,
        throughput_per_s=_told(found.carried_per_s),
        mean_s=_told(found.mean_s),
        p50_s=_told(found.percentile_s(0.50)),
        p95_s=_told(late),
        utilization_ratio=_told(_utilization(used, found.burst_cores, cores)),
        services=_services(found.inputs, used),
        note=_saturated(late),
    )


def _idle(profile: ServiceProfile, name: str, step: str, cores: int) -> StepPrediction:
    """Return what is used while nobody asks and nobody is connected: what does not depend on traffic."""
    inputs = Inputs(profile, name)
    used = _used_cores(inputs, [each for each in build_workload(inputs).others if not each.scaling])
    return StepPrediction(
        name=step,
        utilization_ratio=_told(_utilization(used, np.zeros(WORLD_COUNT), cores)),
        services=_services(inputs, used),
    )


def _traffic(profile: ServiceProfile, name: str, asked: Asked) -> Traffic | None:
    """Return a step's traffic; a closed one without a think time of its own takes the profile's, if it has one."""
    if asked.rate_per_s is not None and asked.mode == "open":
        return Traffic(requests_per_s=exactly(asked.rate_per_s))
    users = float(max(asked.users, 1))
    if asked.kind == "burst":
        return closed(users, exactly(0.0))
    if asked.think_time_s is not None:
        return closed(users, exactly(asked.think_time_s))
    think = build_workload(Inputs(profile, name)).think_time_s
    if think is None:
        return None
    low, mid, high = think.interval()
    return closed(users, Estimate(low=low, mid=mid, high=high, basis=think.basis, source=think.source))


def _service_s(workload: Workload) -> Array:
    found = total(each.rate_per_s * (total(each.cpu_s.values()) + each.waits_s) for each in workload.requests)
    mean: Array = found.values / workload.requests_per_s.values
    return mean


def _used_cores(inputs: Inputs, streams: Iterable[Stream]) -> dict[str, Array]:
    """Return the busy cores of every container: what its streams take, and its part of the stack's idle time."""
    containers = inputs.profile.containers
    used = {name: inputs.assumed("cpu_idle_cores").values / len(containers) for name in containers}
    for stream in streams:
        for name, time in stream.cpu_s.items():
            used[name] = used[name] + stream.rate_per_s.values * time.values
    return used


def _utilization(used: Mapping[str, Array], burst_cores: Array, cores: int) -> Array:
    ratio: Array = np.minimum(np.sum([*used.values(), burst_cores], axis=0) / cores, 1.0)
    return ratio


def _services(inputs: Inputs, used: Mapping[str, Array]) -> dict[str, ServicePrediction]:
    return {
        name: ServicePrediction(
            cpu_cores=_told(cores), memory_bytes=_told(container_memory(inputs, name).values)
        )
        for name, cores in used.items()
    }


def _saturated(times_s: Array) -> str:
    if np.isfinite(times_s).all():
        return ""
    return SATURATED_SOMEWHERE if _told(times_s) is not None else SATURATED


def _told(values: Array) -> Interval | None:
    """Return the 5 %, 50 % and 95 % quantiles over the worlds: None where half of the worlds have no mean.

    Where fewer have none, the largest mean there is stands for theirs.
    """
    low, mid, high = interval(values)
    if not np.isfinite(mid):
        return None
    return Interval(
        low=low, mid=mid, high=high if np.isfinite(high) else float(values[np.isfinite(values)].max())
    )
