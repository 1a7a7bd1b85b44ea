"""service_use: from the samples of a step to what each service and the machine used in the window."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from capplan.batch_means import quantile
from capplan.judging.counters import Sample, Series, extremes, process_cores, series
from capplan.measurements import HostUse, Interval, ServiceUse
from capplan.records import NANOSECONDS

_LEAST_SPEED_READINGS = 8
_QUARTERS = 4
_LATE_SECONDS = 0.9


def service_use(
    samples: Sequence[Sample],
    name: str,
    kind: str,
    window: tuple[int, int],
    *,
    throughput_per_s: float | None,
    absent: Mapping[str, str],
) -> ServiceUse:
    """Return what one service used. Memory is read seldom: without a reading in the window, all of the step count."""

    def read(*path: str) -> Series:
        return series(samples, "services", name, *path)

    def level(key: str) -> Interval | None:
        found = read(key)
        return extremes(found.between(*window)) or extremes(found.values)

    used = read("cpu_s").within(*window)
    cores = used.interval() if used is not None else None
    busy = process_cores(samples, *window, lambda sample: _processes(sample, name))
    throttled, periods = (read(key).within(*window) for key in ("throttled_periods", "periods"))
    per_request = cores.mid / throughput_per_s if cores is not None and throughput_per_s else None
    return ServiceUse(
        kind=kind,
        processes=_process_count(samples, name, window),
        cpu_cores=cores,
        cpu_s_per_request=per_request,
        busiest_process_cores=max(busy, default=None),
        pss_bytes=level("pss_bytes"),
        need_bytes=level("need_bytes"),
        working_set_bytes=level("working_set_bytes"),
        read_bytes_per_s=_per_s(read("read_bytes"), window),
        write_bytes_per_s=_per_s(read("write_bytes"), window),
        throttled_ratio=(
            throttled.difference / periods.difference
            if throttled is not None and periods is not None and periods.difference > 0
            else None
        ),
        oom_kills=_risen(read("oom_kills")),
        restarts=_risen(read("restarts")),
        absent=dict(absent),
    )


def host_use(
    samples: Sequence[Sample],
    services: Mapping[str, ServiceUse],
    progress: Sequence[Mapping[str, Any]],
    window: tuple[int, int],
) -> HostUse:
    """Return what the machine did; foreign load only where the processor time of all that is watched is known."""

    def rate(*path: str) -> float | None:
        return _per_s(series(samples, *path), window)

    cores = series(samples, "host", "cores").values
    generator = process_cores(samples, *window, lambda sample: sample.get("generator", {}))
    busy, steal, sampler = rate("host", "busy_s"), rate("host", "steal_s"), rate("sampler_cpu_s")
    used = [use.cpu_cores.mid for use in services.values() if use.cpu_cores is not None]
    foreign = None
    if busy is not None and services and len(used) == len(services):
        foreign = max(busy - sum(used) - sum(generator) - (sampler or 0.0), 0.0)
    return HostUse(
        cores=int(cores[-1]) if cores.size else 0,
        busy_cores=busy,
        foreign_cores=foreign,
        iowait_cores=rate("host", "iowait_s"),
        steal_ratio=steal / float(cores[-1]) if steal is not None and cores.size else None,
        generator_cores=sum(generator) if generator else None,
        generator_busiest_cores=max(generator, default=None),
        sampler_cores=sampler,
        speed_s=_speed(series(samples, "speed_s").between(*window)),
        loop_lag_p99_s=_loop_lag_s(progress, window),
        largest_sample_gap_s=_largest_gap_s(samples, window),
    )


def speed_drift_ratio(samples: Sequence[Sample], window: tuple[int, int]) -> float | None:
    """Return by how much the processor's speed changed: the medians of the quarters farthest apart, over the median.

    Medians, because a reading now and then is disturbed by whatever ran before it on that core.
    """
    found = series(samples, "speed_s").between(*window)
    if found.size < _LEAST_SPEED_READINGS:
        return None
    medians = [float(np.median(part)) for part in np.array_split(found, _QUARTERS)]
    return (max(medians) - min(medians)) / float(np.median(found))


def _processes(sample: Sample, name: str) -> Mapping[str, float]:
    found: Mapping[str, float] = sample.get("services", {}).get(name, {}).get("processes", {})
    return found


def _process_count(samples: Sequence[Sample], name: str, window: tuple[int, int]) -> int | None:
    inside = [sample for sample in samples if sample["at_ns"] <= window[1]]
    found = [_processes(sample, name) for sample in inside]
    return len(next((each for each in reversed(found) if each), {})) or None


def _per_s(counter: Series, window: tuple[int, int]) -> float | None:
    found = counter.within(*window)
    return found.per_s if found is not None else None


def _risen(counter: Series) -> int | None:
    """Return by how much a count of mishaps rose over the whole step, warm-up and drain included."""
    return round(float(counter.values.max() - counter.values[0])) if counter.values.size else None


def _speed(readings: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Interval | None:
    if not readings.size:
        return None
    low, mid, high = (quantile(readings, q) for q in (0.05, 0.5, 0.95))
    return Interval(low=low, mid=mid, high=high)


def _loop_lag_s(progress: Sequence[Mapping[str, Any]], window: tuple[int, int]) -> float | None:
    """Return how late the event loop was: its 99th percentile within each second, reached in one second of ten.

    The largest of all seconds would convict a minute for one hiccup; the median would miss a loop that is late
    in every third second.
    """
    inside = (each for each in progress if window[0] <= each["at_ns"] <= window[1])
    lags = [each.get("loop_lag_p99_s", each["loop_lag_s"]) for each in inside]
    return quantile(np.array(lags), _LATE_SECONDS) if lags else None


def _largest_gap_s(samples: Sequence[Sample], window: tuple[int, int]) -> float | None:
    """Return the longest time of the window between two samples, or between one and the window's border."""
    if not samples:
        return None
    inside = sorted(min(max(sample["at_ns"], window[0]), window[1]) for sample in samples)
    return float(np.max(np.diff([window[0], *inside, window[1]]))) / NANOSECONDS
