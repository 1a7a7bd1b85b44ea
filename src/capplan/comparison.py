"""comparison: every number of a step that was both predicted and measured, side by side, with the signed error."""

from dataclasses import dataclass

from capplan.measurements import Interval, Predictions, ServiceUse, StepPrediction, StepResult

Key = tuple[str, str]
"""Metric, and the service it belongs to (empty: the whole step)."""
UNITS = {
    "throughput": "1/s",
    "mean": "s",
    "p50": "s",
    "p90": "s",
    "p95": "s",
    "p99": "s",
    "utilization": "ratio",
    "cpu": "cores",
    "memory": "B",
}
"""Every metric with its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One number, predicted and measured.

    ``error_ratio`` is (predicted - measured) / measured with its sign, None where nothing but zero was measured;
    ``inside`` says whether the measured value lies in the interval that was predicted.
    """

    metric: str
    subject: str
    unit: str
    predicted: Interval
    measured: Interval
    error_ratio: float | None
    inside: bool


def compared(step: StepResult, prediction: StepPrediction) -> tuple[Comparison, ...]:
    """Return what was both predicted and measured."""
    told = predicted_numbers(prediction)
    return tuple(
        _comparison(key, told[key], measured)
        for key, measured in measured_numbers(step).items()
        if key in told
    )


def prediction_of(predictions: Predictions, step: StepResult) -> StepPrediction | None:
    """Return what was predicted of a step; its repeats bear its name."""
    return predictions.steps.get(step.name)


def measured_numbers(step: StepResult) -> dict[Key, Interval]:
    """Return every number of a step that was measured and that a prediction could be made of."""
    times = step.response
    found: dict[Key, Interval | None] = {("throughput", ""): step.throughput_per_s}
    if times is not None:
        found |= {
            ("mean", ""): times.mean_s,
            ("p50", ""): times.p50_s,
            ("p90", ""): times.p90_s,
            ("p95", ""): times.p95_s,
            ("p99", ""): times.p99_s,
        }
    found["utilization", ""] = _utilization(step)
    found |= {("cpu", name): use.cpu_cores for name, use in step.services.items()}
    found |= {("memory", name): resident(use) for name, use in step.services.items()}
    return {key: each for key, each in found.items() if each is not None}


def predicted_numbers(prediction: StepPrediction) -> dict[Key, Interval]:
    """Return every number that was predicted of a step."""
    found: dict[Key, Interval | None] = {
        ("throughput", ""): prediction.throughput_per_s,
        ("mean", ""): prediction.mean_s,
        ("p50", ""): prediction.p50_s,
        ("p95", ""): prediction.p95_s,
        ("utilization", ""): prediction.utilization_ratio,
    }
    found |= {("cpu", name): each.cpu_cores for name, each in prediction.services.items()}
    found |= {("memory", name): each.memory_bytes for name, each in prediction.services.items()}
    return {key: each for key, each in found.items() if each is not None}


def error_ratio(predicted: float, measured: float) -> float | None:
    """Return the relative error with its sign, or None where nothing was measured to relate it to."""
    return (predicted - measured) / measured if measured else None


def resident(use: ServiceUse) -> Interval | None:
    """Return the memory a service held, without page cache: proportional memory, else what cannot be dropped.

    The container working set is left out: it counts file cache that the kernel has not dropped yet, and a
    profile's memory does not.
    """
    return use.pss_bytes or use.need_bytes


def _comparison(key: Key, predicted: Interval, measured: Interval) -> Comparison:
    metric, subject = key
    return Comparison(
        metric=metric,
        subject=subject,
        unit=UNITS[metric],
        predicted=predicted,
        measured=measured,
        error_ratio=error_ratio(predicted.mid, measured.mid),
        inside=predicted.low <= measured.mid <= predicted.high,
    )


def _utilization(step: StepResult) -> Interval | None:
    """Return the share of the machine that the services kept busy, if every one of them was watched."""
    used = [use.cpu_cores.mid for use in step.services.values() if use.cpu_cores is not None]
    if not used or not step.host.cores or len(used) < len(step.services):
        return None
    ratio = sum(used) / step.host.cores
    return Interval(low=ratio, mid=ratio, high=ratio)
