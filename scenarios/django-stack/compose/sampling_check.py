"""sampling_check: capplan's sampler against the kernel's own files, moment by moment.

The kernel is read, the sampler takes a sample, and the kernel is read again. What only rises has to lie between the two
readings, with no tolerance, and a limit has to be the same. Memory may rise and fall meanwhile, so there the median of
how far a service's samples lie outside has to be less than a hundredth.
"""

import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from kernel import Use, read_use

_EXACT = ("cpu_s", "periods", "throttled_periods", "limit_bytes")
_LEVELS = ("need_bytes", "pss_bytes")
_OUTSIDE_RATIO = 0.01


@dataclass(slots=True)
class Verdict:
    """What the comparison found so far."""

    compared: int = 0
    lies: list[str] = field(default_factory=list)
    """Counters and limits that were not as the kernel says."""
    outside: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """How far levels of memory lay outside the two readings, as a ratio."""
    first: dict[str, tuple[float, float]] = field(default_factory=dict)
    last: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Processor seconds of each service, as sampled and as the middle of the two readings."""

    def judge(self, name: str, before: Use, sample: Mapping[str, float], after: Use) -> None:
        """Judge one sample of one service."""
        for each in (*_EXACT, *_LEVELS):
            read = [getattr(use, each) for use in (before, after)]
            found = sample.get("memory_limit_bytes" if each == "limit_bytes" else each, -1)
            if read == [None, None] and found == -1:  # neither side can read it
                continue
            low, high = sorted(value or 0 for value in read)
            self.compared += 1
            if each in _LEVELS:
                self.outside[f"{name}.{each}"].append(max(low - found, found - high, 0) / max(high, 1))
            elif not low <= found <= high:
                self.lies.append(f"{name}.{each} is {found}, not {low} to {high}")
        both = (sample.get("cpu_s", 0.0), (before.cpu_s + after.cpu_s) / 2)
        self.first.setdefault(name, both)
        self.last[name] = both

    def figures(self) -> dict[str, Any]:
        """Return the verdict: what was wrong, and processor time as sampled over that of the kernel."""
        sampled, kernel = (
            sum(self.last[name][which] - self.first[name][which] for name in self.last) for which in (0, 1)
        )
        outside = {name: statistics.median(ratios) for name, ratios in self.outside.items()}
        wrong = [f"{name} lies {by:.1%} outside" for name, by in outside.items() if by > _OUTSIDE_RATIO]
        return {"compared": self.compared, "wrong": self.lies + wrong, "cpu_ratio": sampled / kernel}


class Check:
    """Watches a Compose project by its name, as a run does, and compares whenever it is told to."""

    def __init__(self, project: str, services: Mapping[str, Mapping[str, str]], file: Path) -> None:
        self.verdict = Verdict()
        self._settings = {"file": str(file), "compose_project": project, "services": services}
        self._file = file
        self._labels = count()
        words = [sys.executable, "-P", "-m", "capplan.sampler"]
        self._sampler = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._to, self._from = cast("IO[str]", self._sampler.stdin), cast("IO[str]", self._sampler.stdout)

    def __enter__(self) -> Self:
        self._file.unlink(missing_ok=True)
        self._tell(self._settings)
        self.introduction = self._hear("ready")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._sampler.communicate()

    def compare(self, pids: Mapping[str, int]) -> dict[str, Use]:
        """Compare once, and return what the kernel said."""
        label = str(next(self._labels))
        before = {name: read_use(pid) for name, pid in pids.items()}
        self._tell({"do": "mark", "label": label})
        self._hear("marked")
        after = {name: read_use(pid) for name, pid in pids.items()}
        lines = (json.loads(line) for line in self._file.read_text().splitlines())
        services = next(line for line in lines if line.get("label") == label)["services"]
        for name in pids:
            self.verdict.judge(name, before[name], services.get(name, {}), after[name])
        return after

    def _tell(self, what: Mapping[str, object]) -> None:
        self._to.write(json.dumps(what) + "\n")
        self._to.flush()

    def _hear(self, event: str) -> dict[str, Any]:
        for line in self._from:
            said: dict[str, Any] = json.loads(line)
            if said["event"] == event:
                return said
        raise RuntimeError(f"the sampler ended before it said {event!r}")
