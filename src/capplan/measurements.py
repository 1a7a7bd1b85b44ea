"""measurements: what a run found out, as it stands in ``run.json`` and in every step's ``step.json``.

All times of a step are CLOCK_MONOTONIC nanoseconds of the machine that ran it. A statistic that could not be read is
None, and ``absent`` says why.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from capplan.part import Part

RUN_SCHEMA = 1

Mode = Literal["none", "closed", "open"]
Kind = Literal["idle", "burst", "users", "rate"]
Status = Literal["running", "finished", "interrupted", "target-down", "failed"]


class Interval(Part):
    """A measured number: ``mid`` is the estimate, low and high its 95 % interval; equal where none could be found."""

    low: float
    mid: float
    high: float


class Asked(Part):
    """What a step was to do."""

    kind: Kind
    mode: Mode
    users: int = 0
    rate_per_s: float | None = None
    think_time_s: float | None = None
    only: str | None = None
    backup: bool = False
    duration_s: float
    settle_s: float
    seed: int
    repeat: int = 0
    """Which repetition of the same step this is, from 0."""
    is_profile: bool = False
    """Whether this is the profile's own point."""
    climbing: bool = False
    """Whether it is left out once an earlier step did not keep up."""


class ResponseTimes(Part):
    """Response times of the requests that succeeded in a window, in seconds, from the intended start."""

    count: int
    mean_s: Interval
    p50_s: Interval
    p90_s: Interval
    p95_s: Interval
    p99_s: Interval
    uncorrected_p95_s: float
    """p95 from the actual start: what a generator that waits for replies would report."""


class ServiceUse(Part):
    """What one service used in a window."""

    kind: str = "other"
    processes: int | None = None
    cpu_cores: Interval | None = None
    cpu_s_per_request: float | None = None
    busiest_process_cores: float | None = None
    """Mean of the busiest process: near 1, its interpreter lock or event loop is the limit."""
    pss_bytes: Interval | None = None
    """Proportional memory of its processes: low and high are the least and the largest reading."""
    need_bytes: Interval | None = None
    """Anonymous and shared memory, which cannot be dropped."""
    working_set_bytes: Interval | None = None
    read_bytes_per_s: float | None = None
    write_bytes_per_s: float | None = None
    throttled_ratio: float | None = None
    oom_kills: int | None = None
    restarts: int | None = None
    absent: dict[str, str] = {}


class HostUse(Part):
    """What the machine did in a window."""

    cores: int
    busy_cores: float | None = None
    foreign_cores: float | None = None
    """Busy cores less services, generator and sampler."""
    iowait_cores: float | None = None
    steal_ratio: float | None = None
    generator_cores: float | None = None
    generator_busiest_cores: float | None = None
    sampler_cores: float | None = None
    speed_s: Interval | None = None
    """Time of a fixed piece of work: low and high are the 5 % and 95 % quantiles."""
    loop_lag_p99_s: float | None = None
    largest_sample_gap_s: float | None = None


class Gate(Part):
    """One condition a step has to meet: what was found, and the limit."""

    code: str
    passed: bool
    found: float | None
    limit: float | None
    unit: str
    subject: str = ""


class Steady(Part):
    """Where the measurement window begins, by the rule, and whether it drifts."""

    warm_up_s: float
    """Cut off after the settling time by MSER-5."""
    at_border: bool
    """Whether the rule found no steady part."""
    response_drift_ratio: float | None = None
    """Change of the response time over the window by Theil and Sen's slope, over its mean, if it is significant."""


class StepResult(Part):
    """One step: what was asked, what happened, and whether it may be used."""

    number: int
    name: str
    asked: Asked
    began: datetime
    start_ns: int
    window_start_ns: int
    window_end_ns: int
    end_ns: int
    aborted: str = ""
    """Why the step ended early; empty: it did not."""
    recorded: int
    """Rows in the shards, warm-up included."""
    scheduled: int | None = None
    """Arrivals that an open step intended in its window."""
    drain_s: float | None = None
    """How long the task queue took to empty after the load had stopped."""
    throughput_per_s: Interval | None = None
    response: ResponseTimes | None = None
    classes: dict[str, ResponseTimes] = {}
    outcomes: dict[str, int] = {}
    achieved_think_time_s: float | None = None
    steady: Steady | None = None
    services: dict[str, ServiceUse] = {}
    host: HostUse
    servers: dict[str, dict[str, float]] = {}
    """What PostgreSQL, Redis, Celery and Nginx say of themselves: differences of counters, means of levels."""
    growth_bytes: dict[str, float] = {}
    """By how much stored data grew."""
    gates: tuple[Gate, ...] = ()
    valid: bool


class ServicePrediction(Part):
    """What the model says one service uses."""

    cpu_cores: Interval | None = None
    memory_bytes: Interval | None = None
    """What it holds without page cache, peaks aside."""


class StepPrediction(Part):
    """What the model says of one step: medians with the 5 % and 95 % quantiles over the worlds."""

    name: str
    throughput_per_s: Interval | None = None
    mean_s: Interval | None = None
    p50_s: Interval | None = None
    p95_s: Interval | None = None
    utilization_ratio: Interval | None = None
    services: dict[str, ServicePrediction] = {}
    note: str = ""
    """Why there is no prediction, as a code; empty: there is one."""


class Predictions(Part):
    """Every step's prediction, frozen before the first request."""

    profile: str
    profile_sha256: str
    cores: int
    saturation_per_s: float | None = None
    steps: dict[str, StepPrediction] = {}
    """By the step's name without its repeat."""


class ServerVersion(Part):
    """A server as it answered over its own protocol."""

    name: str
    version: str
    address: str = ""


class Verdict(StrEnum):
    """How a search for the largest load ended."""

    FOUND = "found"
    AT_CAP = "at-cap"
    """Even the largest load that may be tried meets the objective."""
    NEVER = "never"
    """Not even the smallest load that can be tried does."""
    UNKNOWN = "unknown"
    """The same load could not be measured twice in a row."""
    OUT_OF_STEPS = "out-of-steps"


class Search(Part):
    """A search for the largest load that meets an objective."""

    percentile_ratio: float
    """Share of the requests that the objective is about."""
    response_time_s: float
    """Within which time they are to be answered."""
    first: Asked
    """The first step it tries."""
    verdict: Verdict | None = None
    """How it ended; None: it has not."""
    capacity_per_s: float | None = None
    """Throughput at the largest load found that meets the objective."""
    capacity_users: int | None = None
    """Its users, in closed mode."""
    missed_per_s: float | None = None
    """The smallest load found that misses it, in open mode."""
    missed_users: int | None = None
    """Likewise, in closed mode."""


class Run(Part):
    """A run: what it was, in which state it ended, and its steps."""

    schema_version: int = RUN_SCHEMA
    capplan_version: str
    name: str
    began: datetime
    ended: datetime | None = None
    status: Status
    reason: str = ""
    scenario: str
    scenario_sha256: str
    base_url: str
    addresses: tuple[str, ...] = ()
    seed: int
    workers: int
    machine: dict[str, str | float] = {}
    servers: tuple[ServerVersion, ...] = ()
    target_sha256: str = ""
    """Hash of what must not change between a run and its resumption: scenario, machine, processes or containers."""
    prediction_sha256: str = ""
    planned: tuple[tuple[str, Asked], ...] = ()
    """Every step to be run, in order."""
    clock_offset_drift_s: float = 0.0
    """How far the wall clock moved against the monotonic one, at most; nothing is measured with it."""
    search: Search | None = None
    """What the search for the largest load that meets the objective looked for and found; None: there was none."""


class Measured(Part):
    """A run as a reader sees it: its state, its finished steps, and what was predicted of them."""

    run: Run
    steps: tuple[StepResult, ...]
    predictions: Predictions | None = None
