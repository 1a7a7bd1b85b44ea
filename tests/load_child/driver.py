"""driver: the parent's side of the protocol, and a target, each in a process of its own."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from capplan.records import Records, read_records

TARGET = Path(__file__).with_name("target_server.py")
Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A running target: its URL, and a foreign address that it would answer at too."""

    url: str
    ask: str
    foreign: str

    def told(self) -> Message:
        """Return what came so far."""
        with urllib.request.urlopen(f"{self.ask}/told", timeout=10) as reply:  # noqa: S310 - our own server
            found: Message = json.load(reply)
        return found

    def total(self) -> int:
        """Return how many requests came."""
        return sum(self.told()["counts"].values())

    def freeze(self, milliseconds: int) -> None:
        """Let everything stand still for a while from now."""
        urllib.request.urlopen(f"{self.ask}/freeze/{milliseconds}", timeout=10).close()  # noqa: S310 - as above


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Target]:
    """Run a target for a while."""
    words = [sys.executable, str(TARGET), *([] if certificate is None else [str(certificate)])]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            scheme = "http" if certificate is None else "https"
            yield Target(
                url=f"{scheme}://127.0.0.1:{told['port']}",
                ask=f"http://127.0.0.1:{told['ask']}",
                foreign=told["foreign"],
            )
        finally:
            process.kill()


class LoadChild:
    """A load child that obeys; what it says is kept in order."""

    def __init__(self, folder: Path, settings: Message) -> None:
        self.folder = folder
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "capplan.locust_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in, self._out = self.process.stdin, self.process.stdout
        self._buffer = b""
        self.heard: list[Message] = []
        self._steps = 0
        self.tell(settings)
        self.greeting = self.hear("ready", "refused")

    def tell(self, message: Message) -> None:
        """Send a line."""
        self._in.write(json.dumps(message).encode() + b"\n")
        self._in.flush()

    def hear(self, *events: str, within_s: float = 40.0) -> Message:
        """Wait for one of these events and return it."""
        until_s = time.monotonic() + within_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            while selector.select(max(0.0, until_s - time.monotonic())):
                read = os.read(self._out.fileno(), 65536)
                assert read, f"ended with {self.process.wait()}: {self.log.read_text()[-3000:]}"
                *lines, self._buffer = (self._buffer + read).split(b"\n")
                new = [json.loads(line) for line in lines]
                self.heard += new
                for message in new:
                    if message["event"] in events:
                        found: Message = message
                        return found
        raise AssertionError(f"heard no {events}: {self.heard}, {self.log.read_text()[-3000:]}")

    def begin(self, **order: Any) -> Path:  # noqa: ANN401 - as in the protocol
        """Start a step and return its folder once all users run."""
        folder = self.begin_only(**order)
        self.hear("started")
        return folder

    def begin_only(self, **order: Any) -> Path:  # noqa: ANN401 - as in the protocol
        """Start a step and return its folder at once."""
        self._steps += 1
        folder = self.folder / f"{self._steps:03}"
        folder.mkdir(exist_ok=True)
        self.tell({"do": "start", "folder": str(folder), "mode": "closed", "users": 1, "seed": 1} | order)
        return folder

    def stop(self, **how: float) -> Message:
        """Stop the step and return what was recorded."""
        self.tell({"do": "stop", **how})
        return self.hear("stopped")

    def run(self, seconds: float, **order: Any) -> Records:  # noqa: ANN401 - as in the protocol
        """Run a step for a time and return its records."""
        folder = self.begin(**order)
        time.sleep(seconds)
        self.stop()
        return records(folder)

    def end(self) -> int:
        """Ask it to quit and return its exit code."""
        self.tell({"do": "quit"})
        return self.process.wait(20)


@contextmanager
def load(folder: Path, target: Target | str, **settings: Any) -> Iterator[LoadChild]:  # noqa: ANN401 - as in the protocol
    """Run a load child for a while; at the end it has to quit in order, and to leave nothing behind."""
    url = target if isinstance(target, str) else target.url
    child = LoadChild(folder, {"base_url": url, "timeout_s": 5, **settings})
    try:
        yield child
        if child.process.poll() is None:
            assert child.end() == 0, child.log.read_text()[-3000:]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        child.process.stdin.close()  # type: ignore[union-attr]
        child.process.stdout.close()  # type: ignore[union-attr]


def records(folder: Path) -> Records:
    """Return what a step recorded."""
    return read_records(sorted(folder.glob("requests-*.bin")))


def arrivals(folder: Path) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return when the arrivals of a step were due."""
    found = [np.fromfile(each, "<i8") for each in folder.glob("arrivals-*.bin")]
    return np.sort(np.concatenate(found))


def users(folder: Path) -> list[Message]:
    """Return the users of a step, by their number."""
    lines = [line for each in folder.glob("users-*.jsonl") for line in each.read_text().splitlines()]
    return sorted(map(json.loads, lines), key=lambda user: int(user["user"]))


def locustfile(folder: Path, text: str) -> str:
    """Write a locustfile and return its path."""
    path = folder / "locustfile.py"
    path.write_text(text)
    return str(path)
