"""readings: what recurs where a run is told, from its documents to message values."""

from collections.abc import Iterable

from capplan.measurements import Asked, Gate, Interval, StepResult
from capplan.message import Measure, Message, Series, Spread, Token, Value, say
from capplan.phrases import GIB

SMALLEST_MARKED_RATIO = 1.0
_GATES = frozenset(
    {
        "little", "achieved", "errors", "generator-cores", "loop-lag", "queue-delay", "throttled", "sampler-gap",
        "foreign", "steal", "speed-drift", "restarts", "oom", "steady", "drift", "drained", "counted", "aborted",
        "too-few",
    }
)  # fmt: skip
_ABORTED = frozenset({"target-down", "interrupted", "lost", "rate-cap"})
_OUTCOMES = frozenset(
    {"client-error", "too-many", "server-error", "connection", "timeout", "foreign", "failed"}
)
_UNITS = frozenset({"ratio", "s", "cores", "1/s", "B", "B/s", "users", "jobs", "requests", "processes", "x"})


def reading(found: Interval | None, unit: str, absent: Value = "") -> Value:
    """Return a measured number with its 95 % interval; one that has none says so."""
    if found is None:
        return absent
    if found.low == found.high:
        return say("reading-alone", value=Measure(found.mid, unit))
    return say("reading", value=Measure(found.mid, unit), spread=Spread(found.low, found.high, unit))


def extremes(found: Interval | None, unit: str) -> Value:
    """Return a measured number with the least and the largest of its readings."""
    if found is None:
        return say("reading-absent")
    if found.low == found.high:
        return Measure(found.mid, unit)
    return say("reading", value=Measure(found.mid, unit), spread=Spread(found.low, found.high, unit))
