"""conduct: one step of a run: mark, load, watch, stop, drain, and the result from what was recorded."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from capplan.errors import MeasurementError, TargetError
from capplan.judging.step_result import Evidence, step_result
from capplan.judging.validity import LONGEST_DRAIN_S
from capplan.loadtest.backup_job import BackupJob
from capplan.loadtest.child_process import Message
from capplan.loadtest.instruments import Instruments, queued_jobs
from capplan.loadtest.interruption import Interruption
from capplan.loadtest.progress import Progress, View
from capplan.loadtest.run_directory import (
    STEP,
    read_arrivals,
    require_room,
    samples_between,
    step_folder,
    step_shards,
    write_document,
)
from capplan.loadtest.shard_tail import ShardTail
from capplan.measurements import Asked, StepResult
from capplan.records import NANOSECONDS, read_records
from capplan.scenario import Scenario

_TICK_S = 0.5
_USERS_PER_S = 50.0
_START_WITHIN_S = 360.0
_HURRY_S = 5.0
TARGET_DOWN = "target-down"
INTERRUPTED = "interrupted"
LOST = "lost"
RATE_CAP = "rate-cap"
NO_BACKUP = "no-backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything a step needs: where it is kept, who sends and who watches, who is told."""

    folder: Path
    scenario: Scenario
    instruments: Instruments
    view: View
    total: int
    require_answer: Callable[[], object]
    """Raises ``TargetError`` unless the target takes a connection."""
    backup: Callable[[], BackupJob] | None = None


@dataclass(slots=True, kw_only=True)
class _Course:
    """A step and how far it has come."""

    number: int
    name: str
    asked: Asked
    folder: Path
    began: datetime
    start_ns: int
    window_start_ns: int = 0
    window_end_ns: int = 0
    aborted: str = ""
    counted: int | None = None
    """Requests that the generator says it has recorded."""
    drain_s: float | None = None
    raised: BaseException | None = None


def conduct_step(bench: Bench, number: int, name: str, asked: Asked) -> StepResult:
    """Run one step and write its result.

    Raises
    ------
    Interruption, MeasurementError
        After the partial step was written, if somebody interrupted or a child was lost.
    TargetError
        Likewise, if the target died.
    """
    course = _Course(
        number=number,
        name=name,
        asked=asked,
        folder=step_folder(bench.folder, number, name),
        began=datetime.now(UTC),
        start_ns=time.monotonic_ns(),
    )
    course.folder.mkdir(parents=True)
    require_room(bench.folder)
    end_ns = _run(bench, course) or time.monotonic_ns()
    result = step_result(_evidence(bench, course, end_ns))
    write_document(bench.folder, course.folder / STEP, result)
    bench.view.result(result)
    if course.raised is not None:
        raise course.raised
    if course.aborted == TARGET_DOWN:
        raise TargetError(
            f"step {name}: found no answer for five seconds, expected a server that goes on; what was recorded until "
            "then is kept."
        )
    return result


def _run(bench: Bench, course: _Course) -> int | None:
    """Mark, load, drain and mark; return the moment of the last mark, or None where it never came to that."""
    number, asked, backup = course.number, course.asked, None
    try:
        bench.instruments.mark(f"{number:03}:start")
        backup = bench.backup() if asked.backup and bench.backup is not None else None
        _load(bench, course)
        if backup is not None and backup.has_failed:
            course.aborted = course.aborted or NO_BACKUP
        course.drain_s = _drain(bench, number)
        return int(bench.instruments.mark(f"{number:03}:end")["at_ns"])
    except (Interruption, MeasurementError) as error:
        course.aborted = INTERRUPTED if isinstance(error, Interruption) else LOST
        course.raised = error
        _stop_quickly(bench, course)
        return None
    finally:
        if backup is not None:
            backup.end()


def _evidence(bench: Bench, course: _Course, end_ns: int) -> Evidence:
    """Return everything that was recorded of a step."""
    return Evidence(
        number=course.number,
        name=course.name,
        asked=course.asked,
        began=course.began,
        start_ns=course.start_ns,
        window_start_ns=course.window_start_ns or end_ns,
        window_end_ns=min(course.window_end_ns or end_ns, end_ns),
        end_ns=end_ns,
        aborted=course.aborted,
        drain_s=course.drain_s,
        counted=course.counted,
        records=read_records(step_shards(course.folder)),
        arrivals=read_arrivals(course.folder),
        samples=samples_between(bench.folder, course.start_ns, end_ns),
        progress=tuple(bench.instruments.progress),
        watched={each: found.kind for each, found in bench.scenario.observe.services.items()}
        | bench.instruments.kinds,
        absent=bench.instruments.absent,
        gates=bench.scenario.gates,
    )


def _load(bench: Bench, course: _Course) -> None:
    """Send what the step asks for, from the first user to the last reply."""
    asked = course.asked
    if asked.mode == "none":
        _begin_window(course, time.monotonic_ns())
        _watch(bench, course)
        return
    within_s = asked.users / _USERS_PER_S + _START_WITHIN_S
    _begin_window(course, bench.instruments.start(_command(asked, course.folder), within_s))
    _watch(bench, course)
    stopped = bench.instruments.stop(_HURRY_S if course.aborted else None)
    course.counted = stopped["recorded"]


def _command(asked: Asked, folder: Path) -> Message:
    return {
        "folder": str(folder),
        "mode": asked.mode,
        "users": asked.users,
        "think_time_s": asked.think_time_s,
        "rate_per_s": asked.rate_per_s,
        "only": asked.only,
        "seed": asked.seed,
    }


def _begin_window(course: _Course, started_ns: int) -> None:
    course.window_start_ns = started_ns + int(course.asked.settle_s * NANOSECONDS)
    course.window_end_ns = course.window_start_ns + int(course.asked.duration_s * NANOSECONDS)


def _watch(bench: Bench, course: _Course) -> None:
    """Wait for the end of the window; end the step early where going on would teach nothing or do harm."""
    tail = ShardTail(course.folder)
    most_per_s = bench.scenario.load.most_requests_per_s
    while (now_ns := time.monotonic_ns()) < course.window_end_ns:
        bench.instruments.listen(min(_TICK_S, (course.window_end_ns - now_ns) / NANOSECONDS))
        now_ns = time.monotonic_ns()
        tail.read(now_ns)
        lately = tail.lately(now_ns)
        if tail.target_is_down(now_ns):
            course.aborted = TARGET_DOWN
        elif lately.ended_per_s > most_per_s:
            course.aborted = RATE_CAP
        if course.aborted:
            course.window_end_ns = now_ns
        sample = bench.instruments.sample
        bench.view.progress(
            Progress(
                number=course.number,
                total=bench.total,
                name=course.name,
                phase="settle" if now_ns < course.window_start_ns else "measure",
                left_s=max(0.0, (course.window_end_ns - now_ns) / NANOSECONDS),
                users=course.asked.users,
                lately=lately,
                services={
                    each: (found.get("cores"), found.get("bytes"))
                    for each, found in sample.get("services", {}).items()
                },
                host_cores=sample.get("host", {}).get("busy_cores"),
            )
        )


def _drain(bench: Bench, number: int) -> float | None:
    """Wait until the queues of jobs are empty and return how long it took; None where there is no queue to see.

    A broker that does not answer just now may hold a full queue: it is asked again.
    """
    begun = time.monotonic()
    while (spent_s := time.monotonic() - begun) < LONGEST_DRAIN_S:
        waiting = queued_jobs(bench.instruments.mark(f"{number:03}:drain"))
        if not bench.instruments.has_queue:
            return None
        if waiting and not any(waiting):
            return spent_s
        bench.instruments.listen(_TICK_S)
    return LONGEST_DRAIN_S


def _stop_quickly(bench: Bench, course: _Course) -> None:
    """Save what the generator still holds, if it lives; the window ends here."""
    course.window_end_ns = min(course.window_end_ns or time.monotonic_ns(), time.monotonic_ns())
    if course.asked.mode == "none":
        return
    try:
        bench.instruments.stop(_HURRY_S)
    except (MeasurementError, Interruption):
        bench.instruments.close(0.0)
