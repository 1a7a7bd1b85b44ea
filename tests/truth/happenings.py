"""happenings: what happens to a load test, where it happens, and what must hold afterwards."""

import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from tests.truth.fault import INVALID, Act, Scene, failed, received
from tests.truth.running import loadtest, read_steps
from tests.truth.scenarios import NOISE
from tests.truth.servers import KNOWN_TRUTH

_SETTLED_S = 2.0
_USERS = 5
_NOTED_S = 1000.0
_LATE_S = 4.5
TARGET_WORDS = ("--pid-file", "{folder}/target.pid")
TARGET = " ".join([sys.executable, str(KNOWN_TRUTH), *TARGET_WORDS])
"""The start of the command by which the server that is restarted is known."""
_OUTCOMES = ("ok", "client_error", "too_many", "server_error", "connection", "timeout", "foreign", "failed")


# ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────


def kill_target_in_second_step(scene: Scene) -> None:
    """Kill the server once the second step has begun."""
    scene.running.wait_for_rows(20, step=2)
    scene.server.kill()


def restart_target(scene: Scene) -> None:
    """Kill the server, and start another with the same command on the same port."""
    _restart(scene)


def restart_unreaped_target(scene: Scene) -> None:
    """Restart the server by a parent that has not yet taken notice of the death: a zombie stays behind."""
    _restart(scene, reaped=False)


def _restart(scene: Scene, *, reaped: bool = True) -> None:
    scene.running.wait_for_rows(300)
    scene.server.kill(reaped=reaped)
    again = subprocess.Popen(
        [*TARGET.format(folder=scene.folder).split(), "--port", str(scene.server.port)],
        stdout=subprocess.DEVNULL,
    )
    try:
        scene.running.end()
    finally:
        again.kill()
        again.wait()


def measuring(number: signal.Signals, *words: str) -> Act:
    """Signal the load test, or the process of it whose command has these words, in the midst of measuring."""

    def act(scene: Scene) -> None:
        scene.running.wait_for_rows(20)
        time.sleep(_SETTLED_S)
        scene.signal(number, scene.running.child(*words) if words else None)

    return act


def in_bring_up(scene: Scene) -> None:
    """Interrupt while the children are being started."""
    scene.running.wait_until(scene.running.document)
    scene.signal(signal.SIGINT)


def in_bring_up_of_stack(scene: Scene) -> None:
    """Interrupt while the stack's only service gets ready."""
    scene.running.wait_until(lambda: "Starting truth" in scene.running.told(), 120.0)
    time.sleep(0.5)
    scene.signal(signal.SIGINT)


def settling(scene: Scene) -> None:
    """Interrupt at the first requests, which are in the settling time."""
    scene.running.wait_for_rows(10)
    scene.signal(signal.SIGINT)


def stopping(scene: Scene) -> None:
    """Signal when the window is over and five requests of three seconds are still on their way."""
    scene.running.wait_until(lambda: received(scene.server) >= _USERS)
    time.sleep(2.2)
    scene.signal(signal.SIGINT)


def twice(scene: Scene) -> None:
    """Interrupt while stopping, and once more."""
    stopping(scene)
    time.sleep(0.1)
    scene.signal(signal.SIGINT)


def freeze_load(scene: Scene) -> None:
    """Stop the load generator for a while, as a starved machine would, where no rule takes it for warming up."""
    scene.running.wait_for_rows(20)
    time.sleep(_LATE_S)
    pid = scene.running.child("capplan.locust_child")
    scene.signal(signal.SIGSTOP, pid)
    time.sleep(2.5)
    scene.signal(signal.SIGCONT, pid)


def freeze_sampler(scene: Scene) -> None:
    """Stop the sampler likewise, for longer than a gap may be."""
    scene.running.wait_for_rows(20)
    time.sleep(_LATE_S)
    pid = scene.running.child("capplan.sampler")
    scene.signal(signal.SIGSTOP, pid)
    time.sleep(2.5)
    scene.signal(signal.SIGCONT, pid)


def fill_disk(scene: Scene) -> None:
    """Write until there is not even room for a row."""
    scene.running.wait_for_rows(20)
    with (scene.running.folder / "filler").open("wb", buffering=0) as filler:
        for size in (1 << 20, 4096, 16):
            with suppress(OSError):
                while filler.write(b"\0" * size) == size:
                    pass


def reader_leaves(scene: Scene) -> None:
    """Stop reading what the load test says, in the midst of measuring."""
    scene.running.wait_for_rows(20)
    scene.running.stop_reading()


def jump(scene: Scene) -> None:
    """Set the wall clock of the run an hour ahead, then half an hour behind."""
    scene.running.wait_for_rows(20)
    for offset_s in (3600.0, -1800.0):
        (scene.folder / "offset").write_bytes(struct.pack("d", offset_s))
        time.sleep(1.0)


# ── where it happens ─────────────────────────────────────────────────────────────────────────────────────────


def disk_of(size: str) -> Callable[[Path], AbstractContextManager[None]]:
    """Return what makes a folder a disk of its own of this size."""

    @contextmanager
    def small_disk(folder: Path) -> Iterator[None]:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)

    return small_disk


@contextmanager
def movable_clock(folder: Path) -> Iterator[None]:
    """Make a wall clock that can be moved, to be preloaded into every process of the run."""
    source, made = Path(__file__).with_name("wall_clock.c"), folder / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(made), str(source), "-ldl"], check=True)
    (folder / "offset").write_bytes(struct.pack("d", 0.0))
    yield


@contextmanager
def misleading_names(folder: Path) -> Iterator[None]:
    """Let the working folder hold files that are named like modules of Python, and must not be taken for them."""
    for name in ("grp", "random", "json"):
        (folder / f"{name}.py").write_text("raise SystemExit('the wrong module')\n", encoding="utf-8")
    yield


def is_root() -> bool:
    """Return whether disks can be mounted."""
    return os.geteuid() == 0


def has_compiler() -> bool:
    """Return whether the movable clock can be made."""
    return shutil.which("cc") is not None


# ── what else must hold ──────────────────────────────────────────────────────────────────────────────────────


def stack_is_gone(scene: Scene) -> str:
    """Of a stack that the run brought up, not even a folder is left."""
    places = (Path("/var/lib/capplan/stacks"), Path.home() / ".local/state/capplan/stacks")
    left = [folder for place in places for folder in place.glob(f"*-{scene.running.process.pid}")]
    return f"left behind: {left}" if left else ""


def nobody_came_elsewhere(scene: Scene) -> str:
    """Nothing may have reached the address that is not the target's."""
    came = scene.server.ask("/told").get("came to own address", 0)
    return f"{came} requests left the target" if came else ""


def outcomes(**wanted: int) -> Callable[[Scene], str]:
    """Return a check that all recorded requests of these outcomes, by least number, are there."""

    def check(scene: Scene) -> str:
        found = [row[6] for row in scene.running.rows()]
        missing = [name for name, least in wanted.items() if found.count(_OUTCOMES.index(name)) < least]
        counts = {name: found.count(index) for index, name in enumerate(_OUTCOMES) if index in found}
        return f"outcomes {counts}, expected {wanted}" if missing else ""

    return check


def clock_drift_noted(scene: Scene) -> str:
    """The drift of the wall clock is written down, and no duration knows of it."""
    drift_s = scene.running.document()["clock_offset_drift_s"]
    longest_s = max((row[2] - row[1]) / 1e9 for row in scene.running.rows())
    return "" if abs(drift_s) > _NOTED_S and longest_s < 1.0 else f"drift {drift_s} s, longest {longest_s} s"


def first_step_kept(scene: Scene) -> str:
    """The step before the one that went wrong is whole."""
    first = next(iter(read_steps(scene.running.folder)), None)
    return "" if first is not None and not first["aborted"] and first["recorded"] else f"first step: {first}"


def every_answer_kept(scene: Scene) -> str:
    """Whatever the server answered is recorded, though nobody was left to ask for it."""
    answered = scene.server.truth()["total"]["answered"].get("/sleep", 0)
    kept = sum(row[6] == 0 for row in scene.running.rows())
    return "" if kept == answered else f"{kept} kept of {answered} answered"


def resumes(scene: Scene) -> str:
    """The run can be taken up, and then ends as if nothing had been."""
    kept = every_answer_kept(scene)
    with loadtest(scene.folder, "--resume", str(scene.running.folder)) as again:
        code = again.end(120.0)
        told = again.told()
    fine = code == 0 or (
        code == INVALID and all(failed(step) <= NOISE for step in read_steps(scene.running.folder))
    )
    return kept if fine else f"{kept} resumed with {code}: {told}"
