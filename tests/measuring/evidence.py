"""Requests, samples and evidence written by hand, so that every figure of a result can be worked out beside them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capplan.judging.step_result import Evidence
from capplan.measurements import Asked
from capplan.records import FIRST_OF_ARRIVAL, ROW, Outcome, Records
from capplan.scenario import Gates

SECOND = 1_000_000_000
BEGAN = datetime(2026, 11, 24, tzinfo=UTC)
Request = tuple[int, float, float] | tuple[int, float, float, Outcome]


def records(requests: Iterable[Request], names: Sequence[str] = ("list",), name: int = 0) -> Records:
    """Return requests given as (user, start, end[, outcome]) in seconds, each intended when it started."""
    found = list(requests)
    rows = np.zeros(len(found), ROW)
    for row, request in zip(rows, found, strict=True):
        user, start, end, *outcome = request
        row["user"], row["name"], row["flags"] = user, name, FIRST_OF_ARRIVAL
        row["intended_ns"] = row["start_ns"] = round(start * SECOND)
        row["end_ns"] = round(end * SECOND)
        row["outcome"] = outcome[0] if outcome else Outcome.OK
    return Records(rows[np.argsort(rows["end_ns"], kind="stable")], tuple(names))


def closed_users(
    count: int, *, response_s: float, think_s: float, until_s: float, apart_s: float = 0.0
) -> Records:
    """Return users who each wait and think for exactly so long, from zero on: D/D/infinity."""
    cycle_s = response_s + think_s
    requests = [
        (user, start, start + response_s)
        for user in range(count)
        for start in np.arange(user * apart_s, until_s, cycle_s).tolist()
    ]
    return records(requests)


def samples(until_s: int, **services: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a sample a second, counters rising by the given amount per second from 100, in services by name.

    A key that ends in _bytes is a level instead, but for read_bytes and write_bytes.
    """
    rising = {"read_bytes", "write_bytes"}
    found = []
    for second in range(until_s + 1):
        row = {
            name: {
                key: value if key.endswith("_bytes") and key not in rising else 100 + value * second
                for key, value in each.items()
            }
            for name, each in services.items()
        }
        found.append({"at_ns": second * SECOND, "services": row})
    return found


def asked(kind: str = "users", mode: str = "closed", **more: object) -> Asked:
    """Return what a step of a minute was to do."""
    return Asked.model_validate(
        {"kind": kind, "mode": mode, "duration_s": 60.0, "settle_s": 10.0, "seed": 1, **more}
    )


def evidence(
    step: Asked,
    found: Records | None = None,
    *,
    window_s: tuple[float, float] = (10.0, 70.0),
    **more: object,
) -> Evidence:
    """Return the evidence of a step from 0 to 75 s; everything left out was not there."""
    whole: dict[str, Any] = {
        "number": 1,
        "name": "step",
        "asked": step,
        "began": BEGAN,
        "start_ns": 0,
        "window_start_ns": round(window_s[0] * SECOND),
        "window_end_ns": round(window_s[1] * SECOND),
        "end_ns": 75 * SECOND,
        "aborted": "",
        "drain_s": None,
        "counted": None,
        "records": found if found is not None else records([]),
        "arrivals": np.empty(0, np.int64),
        "samples": [],
        "progress": [],
        "watched": {},
        "absent": {},
        "gates": Gates(),
    }
    return Evidence(**(whole | more))


def single_server(rng: np.random.Generator, count: int, utilization_ratio: float) -> NDArray[np.float64]:
    """Return the response times of an M/M/1 queue with unit service, first come first served (Lindley 1952).

    In the steady state, reached by leaving out 2,000 before: exponential with mean 1 / (1 - utilization).
    """
    service = rng.exponential(1.0, count + 2000)
    gap = rng.exponential(1 / utilization_ratio, count + 2000)
    walk = np.cumsum(np.concatenate(([0.0], service[:-1] - gap[1:])))
    times: NDArray[np.float64] = (walk - np.minimum.accumulate(walk) + service)[2000:]
    return times
