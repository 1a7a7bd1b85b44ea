"""A small run with everything in it: valid, invalid and aborted steps, repeats, what could not be read, predictions."""

from datetime import UTC, datetime

from capplan.measurements import (
    Asked,
    Gate,
    HostUse,
    Interval,
    Measured,
    Predictions,
    ResponseTimes,
    Run,
    ServerVersion,
    ServicePrediction,
    ServiceUse,
    Steady,
    StepPrediction,
    StepResult,
)

BEGAN = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
MIB = 2.0**20
SECOND = 1_000_000_000


def around(mid: float, share: float = 0.05) -> Interval:
    """Return an interval around a number."""
    return Interval(low=mid * (1 - share), mid=mid, high=mid * (1 + share))


def alone(mid: float) -> Interval:
    """Return a number for which no interval could be found."""
    return Interval(low=mid, mid=mid, high=mid)


IDLE = Asked(kind="idle", mode="none", duration_s=60, settle_s=10, seed=1)
BURST = Asked(kind="burst", mode="closed", users=1, only="detail", duration_s=60, settle_s=10, seed=2)
PROFILE = Asked(
    kind="users",
    mode="closed",
    users=20,
    think_time_s=9.5,
    duration_s=120,
    settle_s=10,
    seed=3,
    is_profile=True,
)
OPEN = Asked(
    kind="rate", mode="open", users=100, rate_per_s=12, backup=True, duration_s=120, settle_s=10, seed=4
)
WRITTEN = Asked(kind="users", mode="closed", users=300, duration_s=120, settle_s=10, seed=5)
PASSED = Gate(code="little", passed=True, found=0.01, limit=0.03, unit="ratio")


def times(mean_s: float, count: int = 1200) -> ResponseTimes:
    """Return response times that fit a mean."""
    return ResponseTimes(
        count=count,
        mean_s=around(mean_s),
        p50_s=around(0.7 * mean_s),
        p90_s=around(2.2 * mean_s),
        p95_s=around(3 * mean_s, 0.1),
        p99_s=alone(5 * mean_s),
        uncorrected_p95_s=2 * mean_s,
    )


def services(cores: float, requests_per_s: float) -> dict[str, ServiceUse]:
    """Return what two services used: one read in full, one of which little could be read."""
    return {
        "web": ServiceUse(
            kind="gunicorn",
            processes=5,
            cpu_cores=around(cores),
            cpu_s_per_request=cores / requests_per_s if requests_per_s else None,
            busiest_process_cores=cores / 3,
            pss_bytes=Interval(low=390 * MIB, mid=400 * MIB, high=420 * MIB),
            need_bytes=around(330 * MIB, 0.02),
            write_bytes_per_s=12_000.0,
        ),
        "db": ServiceUse(
            kind="postgresql",
            processes=9,
            cpu_cores=alone(cores / 4),
            throttled_ratio=0.0,
            oom_kills=0,
            restarts=0,
            absent={"pss": "another user’s processes", "io": "no such controller"},
        ),
    }


HOST = HostUse(
    cores=2,
    busy_cores=0.61,
    foreign_cores=0.03,
    iowait_cores=0.01,
    steal_ratio=0.004,
    generator_busiest_cores=0.07,
    sampler_cores=0.008,
    speed_s=Interval(low=0.0019, mid=0.002, high=0.0023),
    loop_lag_p99_s=0.0011,
    largest_sample_gap_s=1.02,
)


def step(number: int, name: str, asked: Asked, rate_per_s: float = 0.0, mean_s: float = 0.0) -> StepResult:
    """Return a valid step."""
    start_ns = number * 200 * SECOND
    count = int(rate_per_s * asked.duration_s)
    return StepResult(
        number=number,
        name=name,
        asked=asked,
        began=BEGAN,
        start_ns=start_ns,
        window_start_ns=start_ns + 10 * SECOND,
        window_end_ns=start_ns + 130 * SECOND,
        end_ns=start_ns + 135 * SECOND,
        recorded=count,
        throughput_per_s=around(rate_per_s, 0.02) if rate_per_s else None,
        response=times(mean_s, count) if mean_s else None,
        outcomes={"ok": count} if count else {},
        services=services(0.02 + 0.03 * rate_per_s, rate_per_s),
        host=HOST,
        gates=(PASSED,),
        valid=True,
    )


def steps() -> tuple[StepResult, ...]:
    """Return steps of every kind in the order in which they were run."""
    stormy = step(4, "rate-12", OPEN, 11.2, 0.31)
    ill = {"throttled_ratio": 0.04, "oom_kills": 1, "restarts": 2}
    stormy = stormy.model_copy(
        update={
            "services": stormy.services | {"db": stormy.services["db"].model_copy(update=ill)},
            "outcomes": {"ok": 1340, "server_error": 3, "timeout": 1},
            "gates": (
                PASSED,
                Gate(code="restart", passed=False, found=2, limit=0, unit="restarts", subject="db"),
                Gate(code="steal", passed=True, found=None, limit=0.02, unit="ratio"),
                Gate(code="foreign", passed=False, found=0.42, limit=0.15, unit="cores"),
                Gate(code="throttled", passed=False, found=0.04, limit=0.01, unit="ratio", subject="db"),
                Gate(code="achieved", passed=False, found=0.93, limit=0.98, unit="ratio"),
            ),
            "steady": Steady(warm_up_s=5, at_border=False, response_drift_ratio=0.21),
            "drain_s": 4.2,
            "growth_bytes": {"db": 6_400_000.0},
            "valid": False,
        }
    )
    fallen = step(6, "users-300", WRITTEN).model_copy(
        update={
            "aborted": "target-down",
            "achieved_think_time_s": 1.5,
            "outcomes": {"connection": 40},
            "host": HostUse(cores=2),
            "services": {},
            "valid": False,
        }
    )
    again = PROFILE.model_copy(update={"seed": 9, "repeat": 1})
    return (
        step(1, "idle", IDLE),
        step(2, "burst-detail", BURST, 31.0, 0.032),
        step(3, "users-20", PROFILE, 2.06, 0.041),
        stormy,
        step(5, "users-20", again, 2.11, 0.044),
        fallen,
    )


def prediction(name: str, rate_per_s: float, mean_s: float) -> StepPrediction:
    """Return a prediction around a rate and a mean."""
    return StepPrediction(
        name=name,
        throughput_per_s=around(rate_per_s, 0.01),
        mean_s=around(mean_s, 0.4),
        p50_s=around(0.69 * mean_s, 0.4),
        p95_s=around(3 * mean_s, 0.4),
        utilization_ratio=around(0.02 * rate_per_s, 0.5),
        services={
            "web": ServicePrediction(cpu_cores=around(0.02 * rate_per_s, 0.5), memory_bytes=alone(900e6)),
            "db": ServicePrediction(cpu_cores=around(0.01 * rate_per_s, 0.5), memory_bytes=alone(1e9)),
        },
    )


def measured() -> Measured:
    """Return a run that ended early, because its target did."""
    found = steps()
    run = Run(
        capplan_version="0.1.0",
        name="django-stack",
        began=BEGAN,
        ended=BEGAN,
        status="target-down",
        reason="http://127.0.0.1:8000: found no answer, expected a server that goes on.",
        scenario="django-stack",
        scenario_sha256="0" * 64,
        base_url="http://127.0.0.1:8000",
        addresses=("127.0.0.1",),
        seed=1,
        workers=1,
        machine={"cores": 2.0, "kernel": "6.1.0", "memory_gib": 7.8, "processor": "Some CPU @ 2.50GHz"},
        servers=(
            ServerVersion(name="PostgreSQL", version="17.2"),
            ServerVersion(name="nginx", version="1.26.2"),
        ),
        prediction_sha256="4f2a9c1d7e60" + "0" * 52,
        planned=(*((each.name, each.asked) for each in found), ("users-400", WRITTEN)),
    )
    predictions = Predictions(
        profile="reference.toml",
        profile_sha256="1" * 64,
        cores=2,
        saturation_per_s=40.0,
        steps={
            "burst-detail": StepPrediction(name="burst-detail", note="no-such-class"),
            "users-20": prediction("users-20", 2.02, 0.09),
            "rate-12": prediction("rate-12", 12.0, 0.11),
            "users-300": prediction("users-300", 30.0, 0.4),
        },
    )
    return Measured(run=run, steps=found, predictions=predictions)
