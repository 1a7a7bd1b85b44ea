"""conduct: one step of a run: mark, load, watch, stop, drain, and the result from what was recorded."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from capplan.child_process import Message
from capplan.errors import MeasurementError
from capplan.instruments import Instruments
from capplan.interruption import Interruption
from capplan.measurements import Asked, StepResult
from capplan.progress import Progress, View
from capplan.records import NANOSECONDS, read_records
from capplan.run_directory import STEP, require_room, step_folder, step_shards, write_document
from capplan.scenario import Scenario
from capplan.shard_tail import ShardTail
from capplan.step_result import Evidence, step_result

_TICK_S = 0.5
_USERS_PER_S = 50.0
_START_WITHIN_S = 30.0
_DRAIN_WITHIN_S = 60.0
_HURRY_S = 5.0
TARGET_DOWN = "target-down"
INTERRUPTED = "interrupted"
LOST = "lost"
RATE_CAP = "rate-cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything a step needs: where it is kept, who sends and who watches, who is told."""

    folder: Path
    scenario: Scenario
    instruments: Instruments
    view: View
    total: int
    backup: Callable[[], subprocess.Popen[bytes]] | None = None


@dataclass(slots=True, kw_only=True)
class _Course:
    """How far a step has come."""

    start_ns: int = 0
    window_start_ns: int = 0
    window_end_ns: int = 0
    aborted: str = ""
    scheduled: int | None = None
    drain_s: float | None = None
    raised: BaseException | None = None


def conduct_step(bench: Bench, number: int, name: str, asked: Asked) -> StepResult:
    """Run one step and write its result.

    Raises
    ------
    Interruption, MeasurementError
        After the partial step was written, if somebody interrupted or a child was lost.
    """
    folder = step_folder(bench.folder, number, name)
    folder.mkdir(parents=True)
    require_room(bench.folder)
    began = datetime.now(UTC)  # noqa: TID251 - a run happens on a day
    course = _Course(start_ns=time.monotonic_ns())
    backup = None
    try:
        bench.instruments.mark(f"{number:03}:start")
        backup = bench.backup() if asked.backup and bench.backup is not None else None
        _load(bench, number, name, asked, folder, course)
        course.drain_s = _drain(bench, number)
    except (Interruption, MeasurementError) as error:
        course.aborted = INTERRUPTED if isinstance(error, Interruption) else LOST
        course.raised = error
        _stop_quickly(bench, asked, course)
    finally:
        if backup is not None:
            backup.kill()
            backup.wait()
    end_ns = time.monotonic_ns()
    if course.raised is None:
        end_ns = bench.instruments.mark(f"{number:03}:end")
    result = step_result(
        Evidence(
            number=number,
            name=name,
            asked=asked,
            began=began,
            start_ns=course.start_ns,
            window_start_ns=course.window_start_ns or end_ns,
            window_end_ns=min(course.window_end_ns or end_ns, end_ns),
            end_ns=end_ns,
            aborted=course.aborted,
            drain_s=course.drain_s,
            records=read_records(step_shards(folder)),
            arrivals=read_arrivals(folder),
            samples=samples_between(bench.folder, course.start_ns, end_ns),
            progress=tuple(bench.instruments.progress),
            watched={each: found.kind for each, found in bench.scenario.observe.services.items()},
            absent=bench.instruments.ready.get("sampler", {}).get("absent", {}),
            gates=bench.scenario.gates,
        )
    )
    write_document(folder / STEP, result)
    bench.view.result(result)
    if course.raised is not None:
        raise course.raised
    return result
