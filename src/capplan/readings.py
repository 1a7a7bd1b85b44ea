"""readings: the phrases that recur where a run is told, from its documents to message values."""

from capplan.measurements import Asked, Gate, Interval, StepResult
from capplan.message import Measure, Message, Series, Spread, Token, Value, say
from capplan.phrases import GIB

GATES = frozenset(
    {
        "little", "achieved", "counted", "errors", "too-few", "generator", "loop-lag", "steady", "drift",
        "throttled", "restart", "oom", "drained", "sampler-gap", "foreign", "steal", "speed-drift",
    }
)  # fmt: skip
ABORTED = frozenset({"target-down", "interrupted", "lost", "rate-cap", "no-backup"})
OUTCOMES = frozenset(
    {"client-error", "too-many", "server-error", "connection", "timeout", "foreign", "failed"}
)
UNPREDICTED = frozenset({"no-such-class", "no-think-time", "saturated", "saturated-in-some-worlds"})
_OK = "ok"
_UNITS = frozenset({"ratio", "s", "cores", "requests"})


def label(step: StepResult) -> Token:
    """Return a step's number and name as its folder bears them; repeats share a name."""
    return Token(f"{step.number:03}-{step.name}")


def reading(found: Interval | None, unit: str, absent: Value = "") -> Value:
    """Return a number with its 95 % interval; one without an interval says so."""
    if found is None:
        return absent
    if found.low == found.high:
        return say("reading-alone", value=Measure(found.mid, unit))
    return say("reading", value=Measure(found.mid, unit), spread=Spread(found.low, found.high, unit))


def extremes(found: Interval | None, unit: str) -> Value:
    """Return a number with the least and the largest of its readings, where they differ."""
    if found is None:
        return say("reading-absent")
    if found.low == found.high:
        return Measure(found.mid, unit)
    return say("reading", value=Measure(found.mid, unit), spread=Spread(found.low, found.high, unit))


def amount(found: float | None, unit: str) -> Value:
    """Return a number that has no interval of its own, or that it was not read."""
    return say("reading-absent") if found is None else Measure(found, unit)


def size(found: Interval | None) -> Value:
    """Return a size of memory in the unit in which memory is sold."""
    if found is None:
        return say("reading-absent")
    scaled = Interval(low=found.low / GIB, mid=found.mid / GIB, high=found.high / GIB)
    return extremes(scaled, "GiB")


def asked(step: Asked) -> Message:
    """Return what a step was to do, its mode named."""
    told = _kind(step)
    if step.only is not None:
        told = say("asked-only", asked=told, task=Token(step.only, code=True))
    if step.backup:
        told = say("asked-backup", asked=told)
    return say("asked-profile", asked=told) if step.is_profile else told


def _kind(step: Asked) -> Message:
    users = Measure(max(step.users, 1), "users")
    match step.kind:
        case "idle":
            return say("asked-idle")
        case "burst":
            return say("asked-burst", users=users)
        case "rate":
            return say("asked-rate", rate=Measure(step.rate_per_s or 0.0, "1/s"))
        case "users":
            if step.think_time_s is None:
                return say("asked-users-as-written", users=users)
            return say("asked-users", users=users, think=Measure(step.think_time_s, "s"))


def errors(step: StepResult) -> Value:
    """Return how many requests failed, of how many, and how."""
    failed = {name: count for name, count in step.outcomes.items() if _plain(name) != _OK and count}
    total = sum(step.outcomes.values())
    if not total:
        return ""
    if not failed:
        return say("errors-none", total=Measure(total, "requests"))
    kinds = tuple(
        say("errors-kind", count=float(count), kind=outcome(name)) for name, count in failed.items()
    )
    return say("errors-some", total=Measure(total, "requests"), kinds=Series(kinds))


def failed_share(step: StepResult) -> Value:
    """Return how many requests failed, of how many."""
    total = sum(step.outcomes.values())
    sound = sum(count for name, count in step.outcomes.items() if _plain(name) == _OK)
    return say("errors-short", failed=float(total - sound), total=float(total)) if total else ""


def outcome(code: str) -> Value:
    """Return how requests ended, in words where there are some."""
    plain = _plain(code)
    return say(f"outcome-{plain}") if plain in OUTCOMES else Token(code, code=True)


def verdict(step: StepResult) -> Message:
    """Return whether a step may be used, or why not."""
    if step.valid:
        return say("step-valid")
    reasons = [gate_name(gate) for gate in step.gates if not gate.passed]
    if step.aborted:
        reasons.insert(0, aborted(step.aborted))
    return say("step-invalid", reasons=Series(tuple(reasons) or (say("reading-absent"),)))


def aborted(code: str) -> Value:
    """Return why a step ended early."""
    return say(f"aborted-{code}") if code in ABORTED else Token(code, code=True)


def gate_name(gate: Gate) -> Value:
    """Return what a gate looks at, and where."""
    name: Value = say(f"gate-{gate.code}") if gate.code in GATES else Token(gate.code, code=True)
    return say("gate-of", gate=name, subject=Token(gate.subject)) if gate.subject else name


def gate_amount(found: float | None, unit: str) -> Value:
    """Return a number of a gate in its unit."""
    if found is None:
        return say("reading-absent")
    return Measure(found, unit) if unit in _UNITS else found


def unpredicted(code: str) -> Value:
    """Return why there is no prediction."""
    return say(f"unpredicted-{code}") if code in UNPREDICTED else Token(code, code=True)


def signed(error_ratio: float | None) -> Value:
    """Return an error relative to what was measured, with its sign."""
    if error_ratio is None:
        return say("error-none")
    size_ratio = Measure(abs(error_ratio), "ratio")
    if error_ratio == 0:
        return size_ratio
    return say("error-over" if error_ratio > 0 else "error-under", size=size_ratio)


def _plain(code: str) -> str:
    return code.lower().replace("_", "-")
