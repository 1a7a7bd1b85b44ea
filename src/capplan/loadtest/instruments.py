"""instruments: the load generator and the sampler of a run, each in its own process, asked and listened to together."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from capplan.errors import InputError, MeasurementError
from capplan.loadtest.child_process import Child, Message, listen
from capplan.loadtest.run_directory import SAMPLES

_READY_WITHIN_S = 60.0
_MARK_WITHIN_S = 15.0
_GRACE_S = 10.0
_TAIL_BYTES = 1 << 16


class Instruments:
    """Both children of a run. What they say unasked is kept until it is taken."""

    def __init__(self, folder: Path, mark: str, timeout_s: float) -> None:
        self._folder = folder
        self._mark = mark
        self._timeout_s = timeout_s
        self._children: dict[str, Child] = {}
        self.ready: dict[str, Message] = {}
        self.progress: list[Message] = []
        self.sample: Message = {}
        self.absent: dict[str, dict[str, str]] = {}
        """Why a statistic cannot be read, by service, as far as the sampler has found out."""
        self.has_queue = False
        """Whether a queue of jobs was ever seen."""

    def open_sampler(self, settings: Message) -> None:
        """Start the sampler and wait until it samples."""
        samples = str(self._folder / SAMPLES)
        self._open("sampler", "capplan.sampler", settings | {"file": samples})
        self.absent = self.ready["sampler"].get("absent", {})

    def open_load(self, settings: Message) -> None:
        """Start the load generator and wait until it could begin; the sampler then watches its processes too."""
        self._open("load generator", "capplan.locust_child", settings)
        pids = self.ready["load generator"].get("pids", [])
        self._children["sampler"].tell({"do": "generator", "pids": pids})

    @property
    def kinds(self) -> dict[str, str]:
        """Return what kind each service is that the sampler watches."""
        services = self.ready.get("sampler", {}).get("services", {})
        return {name: found["kind"] for name, found in services.items()}

    def mark(self, label: str) -> dict[str, Any]:
        """Have a full sample taken now and return it."""
        self._children["sampler"].tell({"do": "mark", "label": label})
        told = self._await("sampler", "marked", _MARK_WITHIN_S)
        sample = {"at_ns": told["at_ns"]} | self._last_sample(label)
        self.has_queue = self.has_queue or bool(queued_jobs(sample))
        return sample

    def start(self, command: Message, within_s: float) -> int:
        """Start the load of a step and return when all users ran."""
        self.progress.clear()
        self._children["load generator"].tell({"do": "start", **command})
        return int(self._await("load generator", "started", within_s)["at_ns"])

    def stop(self, within_s: float | None = None) -> Message:
        """Stop the load; requests on their way end first, but for those that do not end within the time given."""
        hurry = {} if within_s is None else {"within_s": within_s}
        self._children["load generator"].tell({"do": "stop"} | hurry)
        longest_s = self._timeout_s if within_s is None else within_s
        return self._await("load generator", "stopped", longest_s + _GRACE_S)

    def listen(self, seconds: float) -> None:
        """Take in what the children say for a while.

        Raises
        ------
        MeasurementError
            If one of them failed or ended.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for _ in self._heard(left):
                pass

    def _last_sample(self, label: str) -> dict[str, Any]:
        """Return the sample that a mark has written."""
        with (self._folder / SAMPLES).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            lines = file.read().splitlines()
        for line in reversed(lines):
            try:
                found: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            if found.get("label") == label:
                return found
        return {}

    def close(self, within_s: float = _GRACE_S) -> None:
        """End both children, the load first, so that it is watched to the end.

        Each can be killed until it has ended: somebody may lose patience meanwhile.
        """
        for name in ("load generator", "sampler"):
            child = self._children.get(name)
            if child is not None:
                child.end(within_s)
                del self._children[name]

    def kill(self) -> None:
        """Kill both children, in the midst of whatever is done with them: that fails, or ends, at once."""
        for child in self._children.values():
            child.kill()

    def _open(self, name: str, module: str, settings: Message) -> None:
        log = self._folder / "logs" / f"{name.replace(' ', '-')}.log"
        self._children[name] = Child(name, (sys.executable, "-m", module), log=log, mark=self._mark)
        self._children[name].tell(settings)
        self.ready[name] = self._await(name, "ready", _READY_WITHIN_S)

    def _await(self, name: str, event: str, within_s: float) -> Message:
        until = time.monotonic() + within_s
        while (left := until - time.monotonic()) > 0:
            for child, message in self._heard(left):
                if child.name == name and message.get("event") == event:
                    return message
        raise MeasurementError(
            f"the {name}: it did not say {event!r} within {within_s:.0f} s, expected it to; see the run's logs."
        )

    def _heard(self, seconds: float) -> Iterator[tuple[Child, Message]]:
        for child, message in listen(list(self._children.values()), seconds):
            match message.get("event"):
                case "progress":
                    self.progress.append(message)
                case "sample":
                    self.sample = message
                case "absent":
                    self.absent = message["absent"]
                case "refused":
                    raise InputError(
                        message["place"],
                        found=message["found"],
                        expected=message["expected"],
                        remedy=message["remedy"],
                    )
                case "failed":
                    raise MeasurementError(_failure(child.name, message))
            yield child, message


def queued_jobs(sample: Message) -> list[float]:
    """Return how many jobs wait, or were handed out and are not done, in each queue of a sample."""
    told = sample.get("servers", {}).values()
    return [found["queue_length"] + found.get("unacked", 0) for found in told if "queue_length" in found]


def _failure(name: str, message: Message) -> str:
    reason, detail = message.get("reason", "failed"), message.get("detail", "")
    return f"the {name}: {reason}{f' ({detail})' if detail else ''}; what was recorded until then is kept."
