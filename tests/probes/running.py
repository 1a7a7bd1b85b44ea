"""running: the processes of this folder's tests: subjects that obey, and the sampler as its parent sees it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SUBJECT = Path(__file__).with_name("subject.py")
_PATIENCE_S = 20.0


class RunningSubject:
    """A process that obeys."""

    def __init__(self, *words: str) -> None:
        self.arguments = [sys.executable, str(SUBJECT), *words]
        self._process = subprocess.Popen(
            self.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.pid = self._process.pid

    def tell(self, *words: object) -> None:
        """Give a command and do not wait."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()

    def told(self) -> dict[str, float]:
        """Wait for the reply to a command."""
        assert self._process.stdout is not None
        found: dict[str, float] = json.loads(self._process.stdout.readline())
        return found

    def do(self, *words: object) -> dict[str, float]:
        """Give a command and wait until it is done."""
        self.tell(*words)
        return self.told()

    def end(self) -> None:
        """Kill it and everything it has begotten."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()


@contextmanager
def subject(*words: str) -> Iterator[RunningSubject]:
    """Run a subject for a while."""
    running = RunningSubject(*words)
    try:
        yield running
    finally:
        running.end()


class RunningSampler:
    """The sampler, told and telling over pipes."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.file = folder / "samples.jsonl"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "capplan.sampler"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.heard: list[dict[str, Any]] = []
        self.tell(**({"file": str(self.file)} | settings))

    def tell(self, **message: object) -> None:
        """Send a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def await_event(self, event: str) -> dict[str, Any]:
        """Wait until it says this, and return what it said."""
        assert self.process.stdout is not None
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            line = self.process.stdout.readline()
            assert line, f"it ended without saying {event}: {self.heard[-3:]}"
            self.heard.append(json.loads(line))
            if self.heard[-1]["event"] == event:
                return self.heard[-1]
        raise AssertionError(f"it did not say {event}")

    def mark(self, label: str) -> dict[str, Any]:
        """Have a full sample taken, and return the line that was written."""
        self.tell(do="mark", label=label)
        marked = self.await_event("marked")
        assert label == marked["label"]
        return next(sample for sample in self.samples() if sample.get("label") == label)

    def samples(self) -> list[dict[str, Any]]:
        """Return the lines written so far, without one that is just being written."""
        written = self.file.read_text() if self.file.exists() else ""
        return [json.loads(line) for line in written.split("\n")[:-1]]

    def end(self) -> int:
        """Close its input and return its exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.heard += [json.loads(line) for line in self.process.stdout]
        self.process.stdout.close()
        return self.process.wait(_PATIENCE_S)


@contextmanager
def sampler(folder: Path, **settings: object) -> Iterator[RunningSampler]:
    """Run a sampler for a while."""
    running = RunningSampler(folder, **settings)
    try:
        yield running
        if running.process.poll() is None:
            running.end()
    finally:
        running.process.kill()
        running.process.wait()
        for pipe in (running.process.stdin, running.process.stdout):
            assert pipe is not None
            pipe.close()
