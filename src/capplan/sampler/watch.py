"""watch: samples at fixed moments and at marks, told and telling in lines of JSON."""

import json
import os
import selectors
import signal
import socket
import sys
import time
from typing import Any

from pydantic import ValidationError

from capplan.errors import EXIT_BAD_INPUT, EXIT_FINE
from capplan.machine.absence import reason
from capplan.sampler.live_sample import LiveSample
from capplan.sampler.sample_file import SampleFile
from capplan.sampler.sampling import Sampling, Settings
from capplan.sampler.voice import Voice

_NANOSECONDS = 1_000_000_000
_CHUNK_BYTES = 1 << 16
_MARK_ANSWERS_WITHIN_S = 2.0
_ANSWERS_WITHIN_RATIO = 0.5
"""The part of an interval in which servers have to answer."""


class Sampler:
    """Samples on a schedule that never drifts, and whenever it is told to."""

    def __init__(self, settings: Settings, voice: Voice) -> None:
        self._file = SampleFile(settings.file)
        self._sampling = Sampling(settings, own=(os.getpid(), os.getppid()))
        self._voice = voice
        self._live = LiveSample()
        self._absent = self._sampling.absent
        self._failed = False
        self._interval_ns = int(settings.interval_s * _NANOSECONDS)
        self._memory_interval_ns = int(settings.memory_interval_s * _NANOSECONDS)
        self._start_ns = self._next_ns = self._next_full_ns = time.monotonic_ns()

    def introduce(self) -> None:
        """Tell what is watched and how, and what is not and why."""
        self._voice.say(
            event="ready",
            at_ns=self._start_ns,
            services=self._sampling.services,
            absent=self._absent,
            servers=self._sampling.servers,
        )

    @property
    def wait_s(self) -> float:
        """Return how long it is until the next sample."""
        return max(0.0, (self._next_ns - time.monotonic_ns()) / _NANOSECONDS)

    def keep_time(self) -> None:
        """Take the sample whose time has come; moments that were missed are left out, not made up for."""
        now_ns = time.monotonic_ns()
        if now_ns < self._next_ns:
            return
        full = now_ns >= self._next_full_ns
        if full:
            self._next_full_ns = _next(self._start_ns, self._memory_interval_ns, now_ns)
        self._next_ns = _next(self._start_ns, self._interval_ns, now_ns)
        self._sample(full=full, answers_within_s=_ANSWERS_WITHIN_RATIO * self._interval_ns / _NANOSECONDS)

    def obey(self, line: bytes) -> bool:
        """Do what is asked, and return whether to go on."""
        command = _command(line)
        match command.get("do"):
            case "mark":
                label = str(command.get("label", ""))
                at_ns = self._sample(full=True, answers_within_s=_MARK_ANSWERS_WITHIN_S, label=label)
                self._voice.say(event="marked", label=label, at_ns=at_ns)
            case "generator":
                self._sampling.generator = tuple(command.get("pids", ()))
            case "quit":
                return False
            case _:
                self._voice.say(event="misunderstood", line=line.decode(errors="replace"))
        return True

    def finish(self) -> None:
        """Take the last sample."""
        self._sample(full=True, answers_within_s=_MARK_ANSWERS_WITHIN_S)

    def _sample(self, *, full: bool, answers_within_s: float, label: str | None = None) -> int:
        sample = self._sampling.sample(full=full, answers_within_s=answers_within_s)
        at_ns: int = sample["at_ns"]
        try:
            self._file.append(sample if label is None else {"at_ns": at_ns, "label": label} | sample)
        except OSError as error:
            if not self._failed:
                self._voice.say(event="failed", reason=f"{self._file.path}: {reason(error)}")
            self._failed = True
        self._voice.mention(event="sample", **self._live.since_last(sample))
        self._tell_absent()
        return at_ns

    def _tell_absent(self) -> None:
        absent = self._sampling.absent
        if absent != self._absent:
            self._absent = absent
            self._voice.say(event="absent", absent=absent)


def main() -> int:
    """Watch until the input ends, and return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    woken, waker = socket.socketpair()
    os.set_blocking(waker.fileno(), False)
    signal.set_wakeup_fd(waker.fileno())
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    voice = Voice(sys.stdout.fileno())
    try:
        settings = Settings.model_validate_json(sys.stdin.buffer.readline())
        sampler = Sampler(settings, voice)
    except (ValidationError, OSError) as error:
        voice.say(event="refused", **_refusal(error))
        return EXIT_BAD_INPUT
    sampler.introduce()
    _watch(sampler, woken)
    sampler.finish()
    return EXIT_FINE


def _watch(sampler: Sampler, woken: socket.socket) -> None:
    """Sample and obey until the input ends, or a signal or a command ends it."""
    commands = sys.stdin.fileno()
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(commands, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = [key.fd for key, _ in selector.select(sampler.wait_s)]
            if woken.fileno() in ready:
                return
            if commands in ready:
                read = os.read(commands, _CHUNK_BYTES)
                *lines, rest = (rest + read).split(b"\n")
                if not all(sampler.obey(line) for line in lines if line.strip()) or not read:
                    return
            sampler.keep_time()


def _command(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _next(start_ns: int, interval_ns: int, now_ns: int) -> int:
    """Return the first moment of a schedule after now."""
    return start_ns + ((now_ns - start_ns) // interval_ns + 1) * interval_ns


def _refusal(error: ValidationError | OSError) -> dict[str, str]:
    if isinstance(error, OSError):
        return {
            "place": str(error.filename),
            "found": reason(error),
            "expected": "a file that can be written",
            "remedy": "make room or choose another folder",
        }
    first = error.errors()[0]
    return {
        "place": "observe." + ".".join(str(part) for part in first["loc"]),
        "found": repr(first["input"]),
        "expected": first["msg"],
        "remedy": "correct it",
    }
