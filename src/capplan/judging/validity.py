"""validity: the gates a step must pass before anybody may use it: a table of functions, one for each gate.

A gate whose statistic is absent passes with nothing found: what was not looked at cannot convict, and says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from capplan.measurements import Asked, Gate, HostUse, ServiceUse, Steady
from capplan.scenario import Gates

# A median slope over 30 batches that is significant at 99 % and adds up to less than this moves no mean by more
# than a tenth; a decision of ours.
_DRIFT_LIMIT_RATIO = 0.2
# Below this no interval means anything; a decision of ours.
_FEWEST_REQUESTS = 30
LONGEST_DRAIN_S = 60.0
"""A queue of jobs that is not empty by then runs into the next step; a decision of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the gates look at: None where it is not known."""

    asked: Asked
    window_s: float
    fine: int
    failed: int
    recorded: int
    counted: int | None
    """Requests that the generator says it has recorded."""
    sent: int
    scheduled: int | None
    users: float | None
    """Users that the records account for."""
    steady: Steady | None
    speed_drift_ratio: float | None
    drain_s: float | None
    """How long it took until no job waited."""
    services: dict[str, ServiceUse]
    host: HostUse


def _little(found: Findings, limits: Gates) -> Iterator[Gate]:
    """Every user waits or thinks: N = X (R + Z)."""
    if found.asked.mode == "closed" and found.asked.users:
        users = found.asked.users
        away = None if found.users is None else abs(users - found.users) / users
        yield _at_most("little", away, limits.little_ratio, "ratio")


def _achieved(found: Findings, limits: Gates) -> Iterator[Gate]:
    """An open step sends what it intended to send."""
    if found.asked.mode == "open":
        ratio = found.sent / found.scheduled if found.scheduled else None
        limit = limits.achieved_ratio
        yield _gate("achieved", ratio, limit, "ratio", passed=ratio is None or ratio >= limit)


def _counted(found: Findings, limits: Gates) -> Iterator[Gate]:
    """Every request that the generator counted is on record, and no other."""
    lost = None if found.counted is None else float(abs(found.counted - found.recorded))
    yield _at_most("counted", lost, 0.0, "requests")


def _errors(found: Findings, limits: Gates) -> Iterator[Gate]:
    """Few requests fail."""
    total = found.fine + found.failed
    yield _at_most("errors", found.failed / total if total else None, limits.error_ratio, "ratio")


def _too_few(found: Findings, limits: Gates) -> Iterator[Gate]:
    """A step that sends has answers to show."""
    enough = found.fine >= _FEWEST_REQUESTS
    yield _gate("too-few", float(found.fine), float(_FEWEST_REQUESTS), "requests", passed=enough)


def _generator(found: Findings, limits: Gates) -> Iterator[Gate]:
    """No process of the generator is near the end of its core."""
    yield _at_most("generator", found.host.generator_busiest_cores, limits.generator_cores_ratio, "cores")


def _loop_lag(found: Findings, limits: Gates) -> Iterator[Gate]:
    """The generator's event loop is there when it is needed."""
    yield _at_most("loop-lag", found.host.loop_lag_p99_s, limits.loop_lag, "s")


def _steady(found: Findings, limits: Gates) -> Iterator[Gate]:
    """The step settled within the first half of its window."""
    steady = found.steady
    border = steady is not None and steady.at_border
    yield _gate("steady", steady.warm_up_s if steady else None, found.window_s / 2, "s", passed=not border)


def _drift(found: Findings, limits: Gates) -> Iterator[Gate]:
    """Response times do not grow or fall throughout the window."""
    ratio = found.steady.response_drift_ratio if found.steady else None
    yield _at_most("drift", None if ratio is None else abs(ratio), _DRIFT_LIMIT_RATIO, "ratio")


def _throttled(found: Findings, limits: Gates) -> Iterator[Gate]:
    """No container is held back by its processor limit."""
    for name, use in found.services.items():
        yield _at_most("throttled", use.throttled_ratio, limits.throttled_ratio, "ratio", name)


def _restart(found: Findings, limits: Gates) -> Iterator[Gate]:
    """No service begins anew during the step."""
    for name, use in found.services.items():
        restarts = None if use.restarts is None else float(use.restarts)
        yield _at_most("restart", restarts, 0.0, "restarts", name)


def _oom(found: Findings, limits: Gates) -> Iterator[Gate]:
    """The kernel kills nothing for want of memory."""
    for name, use in found.services.items():
        kills = None if use.oom_kills is None else float(use.oom_kills)
        yield _at_most("oom", kills, 0.0, "kills", name)


def _drained(found: Findings, limits: Gates) -> Iterator[Gate]:
    """The jobs that a step has enqueued are done before the next begins."""
    drain = found.drain_s
    yield _gate("drained", drain, LONGEST_DRAIN_S, "s", passed=drain is None or drain < LONGEST_DRAIN_S)


def _sampler_gap(found: Findings, limits: Gates) -> Iterator[Gate]:
    """The services were watched all the time."""
    yield _at_most("sampler-gap", found.host.largest_sample_gap_s, limits.sampler_gap, "s")


def _foreign(found: Findings, limits: Gates) -> Iterator[Gate]:
    """Nobody else uses the machine; a backup that the step asked for is somebody else on purpose."""
    if not found.asked.backup:
        yield _at_most("foreign", found.host.foreign_cores, limits.foreign_cores, "cores")


def _steal(found: Findings, limits: Gates) -> Iterator[Gate]:
    """The hypervisor gives the processor to nobody else."""
    yield _at_most("steal", found.host.steal_ratio, limits.steal_ratio, "ratio")


def _speed_drift(found: Findings, limits: Gates) -> Iterator[Gate]:
    """The processor is as fast at the end as at the beginning."""
    yield _at_most("speed-drift", found.speed_drift_ratio, limits.speed_drift_ratio, "ratio")


Judge = Callable[[Findings, Gates], Iterator[Gate]]
GATES: dict[str, Judge] = {
    "little": _little,
    "achieved": _achieved,
    "counted": _counted,
    "errors": _errors,
    "too-few": _too_few,
    "generator": _generator,
    "loop-lag": _loop_lag,
    "steady": _steady,
    "drift": _drift,
    "throttled": _throttled,
    "restart": _restart,
    "oom": _oom,
    "drained": _drained,
    "sampler-gap": _sampler_gap,
    "foreign": _foreign,
    "steal": _steal,
    "speed-drift": _speed_drift,
}
"""Every gate by its code."""
_OF_REQUESTS = frozenset(
    {
        "little",
        "achieved",
        "counted",
        "errors",
        "too-few",
        "generator",
        "loop-lag",
        "steady",
        "drift",
        "drained",
    }
)
"""Gates that look at requests: a step that sends none has none of them."""


def judge(found: Findings, limits: Gates) -> tuple[Gate, ...]:
    """Hold a step against every gate that makes sense for it."""
    codes = [code for code in GATES if found.asked.mode != "none" or code not in _OF_REQUESTS]
    return tuple(gate for code in codes for gate in GATES[code](found, limits))


def _at_most(code: str, found: float | None, limit: float, unit: str, subject: str = "") -> Gate:
    return _gate(code, found, limit, unit, subject, passed=found is None or found <= limit)


def _gate(
    code: str, found: float | None, limit: float, unit: str, subject: str = "", *, passed: bool
) -> Gate:
    return Gate(code=code, passed=passed, found=found, limit=limit, unit=unit, subject=subject)
