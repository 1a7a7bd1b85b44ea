"""request_times: throughput, response times and outcomes of the requests of a window."""

import numpy as np

from capplan.batch_means import mean_interval, quantile, quantile_interval, rate_interval
from capplan.measurements import Interval, ResponseTimes
from capplan.records import FIRST_OF_ARRIVAL, NANOSECONDS, Outcome, Records


def response_times(fine: Records) -> ResponseTimes | None:
    """Return the response times of requests that succeeded, or None where none did."""
    if not fine.rows.size:
        return None
    times = fine.response_s()
    return ResponseTimes(
        count=len(times),
        mean_s=mean_interval(times),
        p50_s=quantile_interval(times, 0.50),
        p90_s=quantile_interval(times, 0.90),
        p95_s=quantile_interval(times, 0.95),
        p99_s=quantile_interval(times, 0.99),
        uncorrected_p95_s=quantile(fine.service_s(), 0.95),
    )


def by_class(fine: Records) -> dict[str, ResponseTimes]:
    """Return the response times of every request class of which some succeeded."""
    found = {}
    for index, name in enumerate(fine.names):
        times = response_times(Records(fine.rows[fine.rows["name"] == index], fine.names))
        if times is not None:
            found[name] = times
    return found


def throughput(fine: Records, start_ns: int, end_ns: int) -> Interval:
    """Return the requests that ended per second of a window."""
    ended_s = (fine.rows["end_ns"] - start_ns) / NANOSECONDS
    return rate_interval(ended_s, 0.0, (end_ns - start_ns) / NANOSECONDS)


def outcomes(records: Records) -> dict[str, int]:
    """Return how many requests ended in which way; ways that never occurred are left out."""
    codes, counts = np.unique(records.rows["outcome"], return_counts=True)
    return {outcome_name(Outcome(code)): int(n) for code, n in zip(codes, counts, strict=True)}


def outcome_name(outcome: Outcome) -> str:
    """Return how a way to end is called in results."""
    return outcome.name.lower().replace("_", "-")


def sent(records: Records, start_ns: int, end_ns: int) -> int:
    """Return how many of the arrivals intended in [start, end) had left before its end."""
    rows = records.rows
    due = (rows["intended_ns"] >= start_ns) & (rows["intended_ns"] < end_ns)
    gone = (rows["start_ns"] < end_ns) & (rows["outcome"] != Outcome.FOREIGN)
    return int(np.count_nonzero(due & gone & ((rows["flags"] & FIRST_OF_ARRIVAL) > 0)))
