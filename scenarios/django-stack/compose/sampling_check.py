"""sampling_check: capplan's sampler against the kernel's own files, moment by moment.

The kernel is read, the sampler takes a sample, and the kernel is read again. What only rises has to lie between the two
readings, with no tolerance; memory, which may fall meanwhile, within a hundredth of them; a limit has to be the same.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from kernel import Use, read_use

_COUNTERS = ("cpu_s", "periods", "throttled_periods")
_LEVELS = ("need_bytes", "pss_bytes")
_SLACK_RATIO, _SLACK_BYTES = 0.01, 1 << 20


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What the comparison found so far."""

    compared: int = 0
    wrong: list[str] = field(default_factory=list)
    first: dict[str, tuple[float, float]] = field(default_factory=dict)
    last: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Processor seconds of each service, as sampled and as the middle of the two readings."""

    def cpu_ratio(self) -> float:
        """Return processor time as sampled over that of the kernel, from the first comparison to the last."""
        sampled, kernel = (
            sum(self.last[name][which] - self.first[name][which] for name in self.last) for which in (0, 1)
        )
        return sampled / kernel


class Check:
    """Watches a Compose project by its name, as a run does, and compares whenever it is told to."""

    def __init__(self, project: str, services: Mapping[str, Mapping[str, str]], file: Path) -> None:
        self.verdict = Verdict()
        self._settings = {"file": str(file), "compose_project": project, "services": services}
        self._file = file

    def __enter__(self) -> "Check":
        self._file.unlink(missing_ok=True)
        words = [sys.executable, "-m", "capplan.sampler"]
        self._sampler = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._tell(self._settings)
        self.introduction = self._hear("ready")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._sampler.communicate()

    def compare(self, pids: Mapping[str, int]) -> dict[str, Use]:
        """Compare once, and return what the kernel said."""
        label = f"{self.verdict.compared}"
        before = {name: read_use(pid) for name, pid in pids.items()}
        self._tell({"do": "mark", "label": label})
        self._hear("marked")
        after = {name: read_use(pid) for name, pid in pids.items()}
        lines = (json.loads(line) for line in self._file.read_text().splitlines())
        services = next(line for line in lines if line.get("label") == label)["services"]
        for name in pids:
            self._judge(name, before[name], services.get(name, {}), after[name])
        return after

    def _judge(self, name: str, before: Use, sample: Mapping[str, float], after: Use) -> None:
        verdict = self.verdict
        for each in (*_COUNTERS, *_LEVELS, "limit_bytes"):
            low, high = sorted((getattr(before, each) or 0, getattr(after, each) or 0))
            slack = _SLACK_RATIO * high + _SLACK_BYTES if each in _LEVELS else 0
            found = sample.get("memory_limit_bytes" if each == "limit_bytes" else each)
            verdict.compared += 1
            if found is None or not low - slack <= found <= high + slack:
                verdict.wrong.append(f"{name}.{each}: {found}, not {low} to {high}")
        both = (sample.get("cpu_s", 0.0), (before.cpu_s + after.cpu_s) / 2)
        verdict.first.setdefault(name, both)
        verdict.last[name] = both

    def _tell(self, what: Mapping[str, object]) -> None:
        self._sampler.stdin.write(json.dumps(what) + "\n")
        self._sampler.stdin.flush()

    def _hear(self, event: str) -> dict:
        for line in self._sampler.stdout:
            said = json.loads(line)
            if said["event"] == event:
                return said
        raise RuntimeError(f"the sampler ended before it said {event!r}")
