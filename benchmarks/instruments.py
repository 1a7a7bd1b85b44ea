"""What the instruments cost: the load generator with and without recording, beside plain Locust and wrk; the sampler.

Rates are compared in pairs, one run after the other, because the machine's speed may change from one second to the
next. The target answers a constant from one Nginx process, so that it is never the limit of what is compared.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from capplan.stack import down, up

NULL_SERVER = Path(__file__).with_name("null-server") / "stack.toml"
PAIRS = int(os.environ.get("CAPPLAN_PAIRS", "10"))
SECONDS = float(os.environ.get("CAPPLAN_SECONDS", "5"))
WATCHED_S = 60.0
USERS, SERVICES, PROCESSES = 20, 8, 4
_LOCUSTFILE = """\
from locust import FastHttpUser, constant, task
class Visitor(FastHttpUser):
    wait_time = constant(0)
    @task
    def look(self):
        self.client.get("/")
"""
# The same child, whose listener counts and does nothing else.
_UNRECORDED = """\
import locust
from capplan.locust_child import generator, recorder
begin = generator.Generator._begin
def anew(self, *words, **named):
    generator.counted = 0
    begin(self, *words, **named)
def count(self, *_words, **_named):
    generator.counted += 1
generator.counted = 0
generator.Generator._begin, generator.Generator._on_request = anew, count
recorder.Recorder.recorded = property(lambda self: generator.counted)
from capplan.locust_child.child import main
main()
"""
_WATCHED = """\
import os, time
memory = bytearray(40_000_000)
for start in range(0, len(memory), 4096):
    memory[start] = 1
for _ in range({children}):
    if os.fork() == 0:
        break
while True:
    time.sleep(0.1)
"""


def main() -> None:
    """Print every figure with its median and spread."""
    with tempfile.TemporaryDirectory() as name, _null_server() as url:
        folder = Path(name)
        (folder / "locustfile.py").write_text(_LOCUSTFILE, encoding="utf-8")
        recorded = Child(folder, url, "-m", "capplan.locust_child")
        unrecorded = Child(folder, url, "-c", _UNRECORDED)
        _compare("generator, recording over not recording", recorded.rate, unrecorded.rate, aim=0.95)
        _compare("generator over plain Locust", recorded.rate, lambda: _plain_locust(folder, url))
        recorded.end()
        unrecorded.end()
        if shutil.which("wrk"):
            _tell("wrk with one thread, requests per second", [_wrk(url) for _ in range(PAIRS)])
    with tempfile.TemporaryDirectory() as name:
        costs = [_watching(Path(name) / str(number)) for number in range(3)]
    watched = f"watching {SERVICES} services of {PROCESSES} processes each, percent of a core"
    _tell(watched, [100 * cost for cost in costs], aim=2.0)


class Child:
    """A load child that runs one step after the other."""

    def __init__(self, folder: Path, url: str, *how: str) -> None:
        self._folder = folder / how[0].strip("-")
        self._folder.mkdir()
        self._steps = 0
        self._process = subprocess.Popen(
            [sys.executable, *how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._tell(base_url=url, timeout_s=5, locustfile=str(folder / "locustfile.py"))
        self._hear("ready")

    def rate(self) -> float:
        """Run one step and return its requests per second."""
        self._steps += 1
        folder = self._folder / str(self._steps)
        folder.mkdir()
        self._tell(do="start", folder=str(folder), mode="closed", users=USERS, seed=self._steps)
        began = self._hear("started")
        time.sleep(SECONDS)
        self._tell(do="stop")
        ended = self._hear("stopped")
        recorded: float = ended["recorded"] / (ended["at_ns"] - began["at_ns"]) * 1e9
        return recorded

    def end(self) -> None:
        """Have it quit."""
        self._tell(do="quit")
        self._process.wait(20)

    def _tell(self, **message: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _hear(self, event: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said: dict[str, Any] = json.loads(line)
            if said["event"] == event:
                return said
        raise RuntimeError(f"the load generator ended before it said {event}")


@contextmanager
def _null_server() -> Iterator[str]:
    name = f"null-server-{os.getpid()}"
    try:
        yield up(NULL_SERVER, name=name).base_url
    finally:
        down(name)


def _plain_locust(folder: Path, url: str) -> float:
    """Return the requests per second of Locust alone, as it tells them itself."""
    words = ["-f", str(folder / "locustfile.py"), "--host", url, "--headless", "--users", str(USERS)]
    words += ["--spawn-rate", "1000", "--run-time", f"{SECONDS:.0f}s", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "locust", *words], check=True, capture_output=True, text=True, cwd=folder
    )
    (found,) = json.loads(done.stdout)
    rate: float = found["num_requests"] / (found["last_request_timestamp"] - found["start_time"])
    return rate


def _wrk(url: str) -> float:
    done = subprocess.run(
        ["wrk", "-t1", f"-c{USERS}", f"-d{SECONDS:.0f}s", url], check=True, capture_output=True, text=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("Requests/sec"))
    return float(line.split()[1])


def _watching(folder: Path) -> float:
    """Return the cores that the sampler uses while it watches: once a second, memory every ten."""
    folder.mkdir()
    with ExitStack() as opened:
        parents = [opened.enter_context(_watched()) for _ in range(SERVICES)]
        services = {f"service-{number}": {"pid": pid} for number, pid in enumerate(parents)}
        settings = {"file": str(folder / "samples.jsonl"), "services": services}
        sampler = subprocess.Popen(
            [sys.executable, "-m", "capplan.sampler"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        assert sampler.stdin is not None
        sampler.stdin.write(json.dumps(settings).encode() + b"\n")
        sampler.stdin.flush()
        time.sleep(WATCHED_S + 2)
        sampler.stdin.close()
        sampler.wait(20)
    samples = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    assert all(len(each["processes"]) == PROCESSES for each in samples[-1]["services"].values())
    first, last = samples[1], samples[-2]
    used_s: float = last["sampler_cpu_s"] - first["sampler_cpu_s"]
    return used_s / (last["at_ns"] - first["at_ns"]) * 1e9


@contextmanager
def _watched() -> Iterator[int]:
    program = _WATCHED.format(children=PROCESSES - 1)
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    try:
        yield process.pid
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def _compare(
    what: str, one: Callable[[], float], other: Callable[[], float], aim: float | None = None
) -> None:
    one(), other()
    pairs = [(one(), other()) for _ in range(PAIRS)]
    _tell(what, [mine / theirs for mine, theirs in pairs], aim)
    for label, rates in zip(("  the first", "  the second"), zip(*pairs, strict=True), strict=True):
        _tell(f"{label}, requests per second", list(rates))


def _tell(what: str, found: list[float], aim: float | None = None) -> None:
    middle, low, high = statistics.median(found), min(found), max(found)
    aimed = "" if aim is None else f"; aim {aim:g}"
    sys.stdout.write(f"{what}: median {middle:.4g} ({low:.4g} to {high:.4g}, {len(found)} runs){aimed}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
