"""running: `capplan loadtest` as a person runs it, seen from outside: its files, its processes, how it ended."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tests.truth.processes import is_alive, marked

CAPPLAN = Path(sys.executable).with_name("capplan")
ROW = struct.Struct("<qqqIHHBBHI")
"""A row of a shard as docs/reference says it, read here without the code under test."""
Row = tuple[int, int, int, int, int, int, int, int, int, int]
INTENDED, START, END, USER, NAME, STATUS, OUTCOME = range(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A load test that goes on: the process, and the folder of its run."""

    process: subprocess.Popen[bytes]
    folder: Path
    log: Path
    mark: re.Pattern[bytes]
    reader: BinaryIO
    """The other end of the stream that nobody reads."""

    def rows(self, step: int | None = None) -> list[Row]:
        """Return the whole rows recorded so far, of one step or of all."""
        return read_rows(self.folder, step)

    def document(self) -> dict[str, Any]:
        """Return run.json as it is now, empty before there is one."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "run.json").read_text("utf-8"))
        except OSError:
            return {}
        return found

    def wait_until(self, condition: Callable[[], object], within_s: float = 60.0) -> None:
        """Wait for something to come true while the load test goes on."""
        until_s = time.monotonic() + within_s
        while not condition():
            assert self.process.poll() is None, f"ended with {self.process.poll()}: {self.told()}"
            assert time.monotonic() < until_s, f"did not come true: {self.told()}"
            time.sleep(0.02)

    def wait_for_rows(self, count: int, step: int = 1) -> None:
        """Wait until so many requests of a step are recorded."""
        self.wait_until(lambda: len(self.rows(step)) >= count)

    def children(self) -> dict[int, str]:
        """Return all processes of the run but the load test itself."""
        return {pid: command for pid, command in marked(self.mark).items() if pid != self.process.pid}

    def child(self, *words: str) -> int:
        """Return the process of the run whose command has all these words; of several the oldest."""
        found = [pid for pid, command in self.children().items() if all(word in command for word in words)]
        assert found, f"no process with {words} among {self.children()}"
        return min(found)

    def told(self) -> str:
        """Return what was said beside the result."""
        return self.log.read_text("utf-8", errors="replace")[-2000:]

    def stop_reading(self) -> None:
        """Leave the stream that somebody has read so far."""
        self.reader.close()

    def end(self, within_s: float = 60.0) -> int:
        """Wait for the end and return the exit code; minus the signal's number where one ended it."""
        return self.process.wait(within_s)

    def orphans(self, within_s: float) -> dict[int, str]:
        """Return what still runs of the run after this time."""
        until_s = time.monotonic() + within_s
        while (left := self.children()) and time.monotonic() < until_s:
            time.sleep(0.05)
        return left


@contextmanager
def loadtest(
    folder: Path,
    *words: str,
    env: Mapping[str, str] | None = None,
    unheard: str = "",
    heard_first: bool = False,
) -> Iterator[Running]:
    """Run a load test; whatever is left of it at the end is killed.

    Of ``unheard``, stdout or stderr, nobody reads; ``heard_first``: until somebody stops reading, it can be written.
    """
    name, log = uuid.uuid4().hex, folder / "told.log"
    run = folder / "run"
    with log.open("ab") as errors, _pipe(has_reader=heard_first) as (reader, pipe):
        process = subprocess.Popen(
            [str(CAPPLAN), "loadtest", *words, *(() if "--resume" in words else ("--output", str(run)))],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=pipe if unheard == "stdout" else subprocess.DEVNULL,
            stderr=pipe if unheard == "stderr" else errors,
            env=os.environ | {"CAPPLAN_TEST": name, "NO_COLOR": "1", "COLUMNS": "120"} | dict(env or {}),
            start_new_session=True,
        )
    pid = process.pid
    mark = re.compile(
        rb"CAPPLAN_TEST=%b|CAPPLAN_RUN=.*-%d|.*/stacks/[^/]*-%d(/.*)?" % (name.encode(), pid, pid)
    )
    running = Running(process=process, folder=run, log=log, mark=mark, reader=reader)
    try:
        yield running
    finally:
        for pid in (*running.children(), process.pid):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        reader.close()


@contextmanager
def _pipe(*, has_reader: bool) -> Iterator[tuple[BinaryIO, int]]:
    """Make a pipe whose writing end is to be inherited now, and whose reading end stays, or is closed already."""
    reading, writer = os.pipe()
    reader = os.fdopen(reading, "rb")
    if not has_reader:
        reader.close()
    try:
        yield reader, writer
    finally:
        os.close(writer)


def read_rows(run: Path, step: int | None = None) -> list[Row]:
    """Read the whole rows of a run, or of one step, in the order of their end."""
    found: list[Row] = []
    number = "*" if step is None else f"{step:03}-*"
    for shard in run.glob(f"steps/{number}/requests-*.bin"):
        content = shard.read_bytes()
        found.extend(ROW.iter_unpack(content[: len(content) // ROW.size * ROW.size]))
    return sorted(found, key=lambda row: row[END])


def read_steps(run: Path) -> list[dict[str, Any]]:
    """Read the results of the steps, in their order."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(run.glob("steps/*/step.json"))]
