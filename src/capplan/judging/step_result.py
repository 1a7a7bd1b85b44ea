"""step_result: from everything that was recorded of a step to its result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capplan.batch_means import batch_counts, nearly_independent
from capplan.judging.counters import Sample
from capplan.judging.presence import pauses
from capplan.judging.request_times import (
    by_class,
    outcome_name,
    outcomes,
    response_times,
    sent,
    throughput,
)
from capplan.judging.server_statistics import growth_bytes, server_statistics
from capplan.judging.service_use import host_use, service_use, speed_drift_ratio
from capplan.judging.validity import Findings, judge
from capplan.measurements import Asked, ServiceUse, Steady, StepResult
from capplan.records import NANOSECONDS, Outcome, Records
from capplan.scenario import Gates
from capplan.steady_state import drift, mser5

_AS_IT_WAS = ("number", "name", "asked", "began", "start_ns", "end_ns", "aborted", "drain_s")
"""What a result says just as the evidence does."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Everything that was recorded of a step. The window is the one planned: from settled to the end of duration."""

    number: int
    name: str
    asked: Asked
    began: datetime
    start_ns: int
    window_start_ns: int
    window_end_ns: int
    end_ns: int
    aborted: str
    drain_s: float | None
    counted: int | None
    """Requests that the generator says it has recorded; None where it did not come to say so."""
    records: Records
    arrivals: NDArray[np.int64]
    """When open arrivals were due; empty in a closed step."""
    samples: Sequence[Sample]
    progress: Sequence[Mapping[str, Any]]
    watched: Mapping[str, str]
    """The kind of every service that is watched."""
    absent: Mapping[str, Mapping[str, str]]
    """Why a statistic of a service cannot be read."""
    gates: Gates


def step_result(evidence: Evidence) -> StepResult:
    """Return the result of a step: what happened in its window less the warm-up, and whether it may be used.

    Throughput counts what ended in the window. Response times and failures are those of the requests that were to
    begin in it, whenever they ended: one that hangs when the window closes is no less slow for that.
    """
    steady, start_ns = _settled(evidence)
    window = (start_ns, max(evidence.window_end_ns, start_ns + 1))
    begun = evidence.records.begun(*window)
    fine = begun.of(Outcome.OK)
    sends = evidence.asked.mode != "none" and evidence.window_end_ns > start_ns
    rate = throughput(evidence.records.between(*window).of(Outcome.OK), *window) if sends else None
    of_users = pauses(evidence.records) if evidence.asked.mode == "closed" else None
    services = _services(evidence, window, rate.mid if rate is not None else None)
    result = StepResult(
        **{each: getattr(evidence, each) for each in _AS_IT_WAS},
        window_start_ns=window[0],
        window_end_ns=window[1],
        recorded=len(evidence.records.rows),
        scheduled=_scheduled(evidence, window),
        throughput_per_s=rate,
        response=response_times(fine),
        classes=by_class(fine),
        outcomes=outcomes(begun),
        achieved_think_time_s=of_users.think_time_s(*window) if of_users is not None else None,
        steady=steady,
        services=services,
        host=host_use(evidence.samples, services, evidence.progress, window),
        servers=server_statistics(evidence.samples, window),
        growth_bytes=growth_bytes(evidence.samples),
        valid=False,
    )
    users = of_users.users(*window) if of_users is not None else None
    gates = judge(_findings(evidence, result, window, users), evidence.gates)
    valid = not evidence.aborted and all(gate.passed for gate in gates)
    return result.model_copy(update={"gates": gates, "valid": valid})


def _findings(
    evidence: Evidence, result: StepResult, window: tuple[int, int], users: float | None
) -> Findings:
    fine = result.outcomes.get(outcome_name(Outcome.OK), 0)
    return Findings(
        asked=evidence.asked,
        window_s=(evidence.window_end_ns - evidence.window_start_ns) / NANOSECONDS,
        fine=fine,
        failed=sum(result.outcomes.values()) - fine,
        recorded=result.recorded,
        counted=evidence.counted,
        sent=sent(evidence.records, *window),
        scheduled=result.scheduled,
        users=users,
        steady=result.steady,
        speed_drift_ratio=speed_drift_ratio(evidence.samples, window),
        drain_s=evidence.drain_s,
        services=result.services,
        host=result.host,
    )


def _settled(evidence: Evidence) -> tuple[Steady | None, int]:
    """Cut the warm-up off by MSER-5 on the response times in the order of their end; look for drift in what is left.

    The window then begins right after the end of the last request that was cut off.
    """
    start_ns = evidence.window_start_ns
    planned = evidence.records.between(start_ns, evidence.window_end_ns).of(Outcome.OK)
    found = mser5(planned.response_s())
    if found is None:
        return None, start_ns
    if found.count:
        start_ns = int(planned.rows["end_ns"][found.count - 1]) + 1
    left = Records(planned.rows[found.count :], planned.names)
    warm_up_s = (start_ns - evidence.window_start_ns) / NANOSECONDS
    return Steady(
        warm_up_s=warm_up_s, at_border=found.at_border, response_drift_ratio=_drift_ratio(left)
    ), start_ns


def _drift_ratio(fine: Records) -> float | None:
    """Return the change of the response time over the window, over its mean, or None if it is not significant.

    Looked for in the means of batches, by their place in the window: batches of as many requests each.
    """
    times = fine.response_s()
    counts = batch_counts(len(times))
    if not counts:
        return None
    means = nearly_independent(
        counts, lambda count: np.array([part.mean() for part in np.array_split(times, count)])
    )
    found = drift(np.linspace(0.0, 1.0, len(means)), means)
    return found.change / float(times.mean()) if found is not None and found.significant else None


def _services(
    evidence: Evidence, window: tuple[int, int], throughput_per_s: float | None
) -> dict[str, ServiceUse]:
    sampled = (name for sample in evidence.samples for name in sample.get("services", {}))
    return {
        name: service_use(
            evidence.samples,
            name,
            evidence.watched.get(name, "other"),
            window,
            throughput_per_s=throughput_per_s,
            absent=evidence.absent.get(name, {}),
        )
        for name in dict.fromkeys([*evidence.watched, *sampled])
    }


def _scheduled(evidence: Evidence, window: tuple[int, int]) -> int | None:
    if evidence.asked.mode != "open" or not evidence.arrivals.size:
        return None
    due = (evidence.arrivals >= window[0]) & (evidence.arrivals < window[1])
    return int(np.count_nonzero(due))
