"""fault_table: every fault that `capplan loadtest` has to survive, tried one by one.

``python -m tests.truth.fault_table`` tries them all and prints what came of each; names as arguments choose some.
"""

import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.truth import happenings as happens
from tests.truth.fault import LONG, Fault, Found, differences, tried
from tests.truth.scenarios import users_step
from tests.truth.servers import KNOWN_TRUTH

_ABSOLUTE = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def leave(self):
        self.client.get("/")
        self.client.get("OWN/")
"""


_WELL = Fault(name="", code=0, status="finished", step="valid", program=KNOWN_TRUTH, paths=("/sleep?ms=20",))
"""A server that is well."""
_DOWN = Fault(name="", code=4, status="target-down", step="aborted: target-down", steps=(LONG,))
"""A server that amounts to none from some moment on."""
_ERRORS = Fault(name="", code=3, status="finished", step="invalid: errors")
"""A server whose faults make a step worthless, but not the run."""
_BEFORE = Fault(name="", code=4, status="target-down", step="none", kept=False)
"""A run that must not begin."""
_INTERRUPTED = replace(
    _WELL, code=130, status="interrupted", step="aborted: interrupted", steps=(LONG,), ends_within_s=10.0
)
_STOPPING = replace(
    _INTERRUPTED, paths=("/sleep?ms=3000",), timeout_s=10.0, steps=(users_step(duration_s=1.0),)
)
_LOST = replace(_WELL, code=3, status="failed", step="aborted: lost", steps=(LONG,))
"""A run that loses one of its processes."""
_RESTARTED = replace(
    _WELL,
    code=3,
    step="invalid: restart",
    words=happens.TARGET_WORDS,
    observed=f'process = "{happens.TARGET}"',
    steps=(users_step(duration_s=8.0),),
)


def _words(kind: str, *more: str) -> tuple[str, ...]:
    return ("--fault", kind, *(more or ("--from", "2")))


_FOR_A_SECOND = ("--from", "3", "--for", "1")
"""Late in the window, where no rule takes it for warming up."""

FAULTS: tuple[Fault, ...] = (
    # the target
    replace(
        _DOWN,
        name="target killed in the second of two steps",
        program=KNOWN_TRUTH,
        paths=("/sleep?ms=20",),
        steps=(users_step(duration_s=1.0), LONG),
        act=happens.kill_target_in_second_step,
        check=happens.first_step_kept,
        is_quick=True,
    ),
    replace(_DOWN, name="target dies after 100 requests", words=_words("die", "--after", "100")),
    replace(
        _DOWN,
        name="target accepts and never answers (half-open)",
        words=_words("half-open"),
        check=happens.outcomes(timeout=5),
    ),
    replace(
        _DOWN,
        name="target resets every connection",
        words=_words("rst"),
        check=happens.outcomes(connection=5),
    ),
    replace(
        _DOWN,
        name="bodies slower than the time limit",
        words=_words("slow-body"),
        check=happens.outcomes(timeout=5),
    ),
    replace(_DOWN, name="endless bodies", words=_words("endless"), check=happens.outcomes(timeout=5)),
    replace(
        _DOWN,
        name="bodies cut off within a chunk",
        words=_words("truncated-chunk"),
        check=happens.outcomes(connection=5),
    ),
    replace(
        _DOWN,
        name="bodies shorter than said",
        words=_words("short-body"),
        check=happens.outcomes(connection=5),
    ),
    replace(
        _DOWN, name="replies that are no HTTP", words=_words("garbage"), check=happens.outcomes(connection=5)
    ),
    replace(
        _ERRORS,
        name="resets for one second",
        words=_words("rst", *_FOR_A_SECOND),
        check=happens.outcomes(ok=20, connection=5),
    ),
    replace(
        _ERRORS,
        name="a storm of 503",
        words=_words("storm", *_FOR_A_SECOND),
        check=happens.outcomes(ok=20, server_error=5),
        is_quick=True,
    ),
    replace(
        _ERRORS,
        name="429 with Retry-After",
        words=_words("too-many", *_FOR_A_SECOND),
        check=happens.outcomes(ok=20, too_many=5),
    ),
    Fault(
        name="connections closed though said to stay open",
        code=0,
        status="finished",
        step="valid",
        words=("--fault", "keepalive-race"),
    ),
    Fault(
        name="redirects within the target",
        code=0,
        status="finished",
        step="valid",
        words=("--fault", "redirect-self"),
    ),
    replace(
        _ERRORS,
        name="redirects to a foreign address",
        words=("--fault", "redirect-foreign"),
        check=happens.outcomes(foreign=20),
    ),
    replace(
        _ERRORS,
        name="redirects to this machine beyond loopback",
        words=("--fault", "redirect-own-address"),
        check=happens.nobody_came_elsewhere,
        is_quick=True,
    ),
    replace(
        _ERRORS,
        name="a locustfile that asks for a foreign absolute URL",
        locustfile=_ABSOLUTE,
        check=happens.nobody_came_elsewhere,
    ),
    replace(_RESTARTED, name="service restarted under the same name", act=happens.restart_target),
    replace(
        _RESTARTED, name="service restarted, its zombie still there", act=happens.restart_unreaped_target
    ),
    # before anything is sent
    replace(
        _BEFORE,
        name="host whose name cannot be resolved",
        url="http://no-such-host.invalid:8000",
    ),
    replace(_BEFORE, name="nobody listens", url="http://127.0.0.1:1"),
    replace(
        _BEFORE,
        name="host that nobody allowed",
        code=5,
        status="failed",
        url="http://192.0.2.1:8000",
    ),
    replace(
        _BEFORE,
        name="locustfile that cannot be read",
        code=2,
        status="failed",
        locustfile="class Visitor(",
    ),
    # the machine
    replace(
        _WELL,
        name="disk nearly full before the run",
        code=2,
        status="",
        step="none",
        place=happens.disk_of("50m"),
        kept=False,
        sealed=False,
        possible=happens.is_root,
    ),
    replace(
        _WELL,
        name="disk full in the midst of measuring",
        code=3,
        status="failed",
        step="aborted: lost",
        place=happens.disk_of("230m"),
        steps=(LONG,),
        act=happens.fill_disk,
        possible=happens.is_root,
    ),
    replace(
        _WELL,
        name="wall clock set by an hour and back",
        place=happens.movable_clock,
        act=happens.jump,
        check=happens.clock_drift_noted,
        possible=happens.has_compiler,
        env={"LD_PRELOAD": "{folder}/clock.so", "WALL_CLOCK_OFFSET": "{folder}/offset"},
    ),
    replace(
        _WELL,
        name="files named like Python's modules in the folder",
        place=happens.misleading_names,
        is_quick=True,
    ),
    replace(_WELL, name="nobody reads standard output", unheard="stdout"),
    replace(_WELL, name="nobody reads standard error", unheard="stderr"),
    replace(
        _WELL,
        name="whoever read standard error has left",
        unheard="stderr",
        heard_first=True,
        steps=(users_step(duration_s=8.0),),  # so long that a line of progress is due
        act=happens.reader_leaves,
    ),
    # whoever runs it
    replace(_INTERRUPTED, name="SIGINT while starting", act=happens.in_bring_up, step="none", kept=False),
    replace(
        _INTERRUPTED,
        name="SIGINT while its own stack comes up",
        step="none",
        kept=False,
        bring_up_s=20.0,
        act=happens.in_bring_up_of_stack,
        check=happens.stack_is_gone,
    ),
    replace(
        _INTERRUPTED,
        name="SIGTERM while measuring its own stack",
        code=143,
        bring_up_s=0.0,
        act=happens.measuring(signal.SIGTERM),
        check=happens.stack_is_gone,
    ),
    replace(
        _INTERRUPTED, name="SIGINT while settling", act=happens.settling, steps=(users_step(settle_s=10.0),)
    ),
    replace(_INTERRUPTED, name="SIGINT while measuring", act=happens.measuring(signal.SIGINT), is_quick=True),
    replace(_STOPPING, name="SIGINT while stopping", act=happens.stopping),
    replace(_STOPPING, name="SIGINT twice while stopping", act=happens.twice, kept=False, ends_within_s=5.0),
    replace(_INTERRUPTED, name="SIGTERM while measuring", act=happens.measuring(signal.SIGTERM), code=143),
    replace(
        _WELL,
        name="SIGKILL of the load test, then resumed",
        code=-9,
        status="running",
        step="none",
        sealed=False,
        steps=(users_step(duration_s=4.0),),
        act=happens.measuring(signal.SIGKILL),
        check=happens.resumes,
        is_quick=True,
    ),
    replace(
        _WELL,
        name="SIGKILL of the load test with its own stack",
        code=-9,
        status="running",
        step="none",
        sealed=False,
        bring_up_s=0.0,
        steps=(LONG,),
        act=happens.measuring(signal.SIGKILL),
        check=happens.stack_is_gone,
    ),
    # its processes
    replace(
        _LOST,
        name="SIGKILL of the load generator",
        act=happens.measuring(signal.SIGKILL, "capplan.locust_child"),
    ),
    replace(
        _LOST,
        name="SIGKILL of a Locust worker, of three",
        act=happens.measuring(signal.SIGKILL, "--worker"),
        more=("--workers", "3"),
    ),
    replace(_LOST, name="SIGKILL of the sampler", act=happens.measuring(signal.SIGKILL, "capplan.sampler")),
    replace(
        _WELL,
        name="load generator stopped for 2.5 s",
        code=3,
        step="invalid: loop-lag",
        steps=(users_step(duration_s=8.0),),
        act=happens.freeze_load,
        limits={"loop_lag": '"100 ms"'},
    ),
    replace(
        _WELL,
        name="sampler stopped for 2.5 s",
        code=3,
        step="invalid: sampler-gap",
        steps=(users_step(duration_s=8.0),),
        act=happens.freeze_sampler,
        limits={"sampler_gap": '"2 s"'},
    ),
)
"""Every fault, in the order of the table."""


def row(fault: Fault, found: Found) -> str:
    """Return a fault as a line of the table."""
    wrong = "; ".join(differences(fault, found)) or "as it has to be"
    server = "gone" if found.received < 0 else str(found.received)
    return (
        f"| {fault.name} | {found.code} | {found.status or 'not begun'} | {found.step} | {found.kept} of {server} "
        f"| {len(found.orphans)} | {found.seconds:.0f} s | {wrong} |"
    )


def main() -> None:
    """Try the faults and print a line for each as soon as it is known."""
    names = sys.argv[1:]
    write = sys.stdout.write
    write(
        "| fault | exit code | run | last step | requests kept, of those that came | orphans | took | judgment |\n"
    )
    write("|---|---|---|---|---|---|---|---|\n")
    for fault in FAULTS:
        if (names and not any(name in fault.name for name in names)) or not fault.possible():
            continue
        with tempfile.TemporaryDirectory() as folder:
            write(row(fault, tried(fault, Path(folder))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
