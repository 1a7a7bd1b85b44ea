"""figures: what a run of the stack under Compose took and used, as values and as text."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine import output
from kernel import Use

_TIMES = ("mean_s", "p50_s", "p95_s")
_METRIC = re.compile(r"\b(?:up\b|[a-z]+(?:_[A-Za-z0-9]+)+)")
_LABELS_OF_FUNCTIONS = re.compile(r"\{[^}]*\}|\bby \([^)]*\)|\[[^]]*\]")


class Clock:
    """Times the stages of a run."""

    def __init__(self) -> None:
        self.stages_s: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done within."""
        print(f"{name} …", end="", flush=True)
        began_s = time.monotonic()
        try:
            yield
        finally:
            self.stages_s[name] = time.monotonic() - began_s
            print(f" {self.stages_s[name]:.1f} s", flush=True)


class Spell:
    """What containers used between two readings of the kernel."""

    def __init__(self, first: Mapping[str, Use]) -> None:
        self._first, self._last = first, first
        self._began_s = self._ended_s = time.monotonic()

    def end(self, last: Mapping[str, Use]) -> None:
        """Take the second reading."""
        self._last, self._ended_s = last, time.monotonic()

    def figures(self) -> dict[str, dict[str, float | None]]:
        """Return cores and memory of each service."""
        length_s = self._ended_s - self._began_s
        return {
            name: memory(last) | {"cores": (last.cpu_s - self._first[name].cpu_s) / length_s}
            for name, last in self._last.items()
        }


def memory(use: Use) -> dict[str, float | None]:
    """Return the three ways to say how much memory it is."""
    return {"need_bytes": use.need_bytes, "pss_bytes": use.pss_bytes, "charged_bytes": use.charged_bytes}


def step(file: Path, last: Mapping[str, Use]) -> dict[str, Any]:
    """Return what counts of a step's result, with the memory at its end."""
    result = json.loads(file.read_text())
    times = result["response"] or {}
    services = {
        name: memory(use) | {"cores": result["services"][name]["cpu_cores"]["mid"]}
        for name, use in last.items()
    }
    return {
        "users": result["asked"]["users"],
        "throughput_per_s": result["throughput_per_s"]["mid"],
        **{name: times[name]["mid"] for name in _TIMES if name in times},
        "failed": sum(count for outcome, count in result["outcomes"].items() if outcome != "ok"),
        "services": services,
        "busy_cores": result["host"]["busy_cores"],
        "foreign_cores": result["host"]["foreign_cores"],
        "gates_failed": [gate["code"] for gate in result["gates"] if not gate["passed"]],
    }


def image_bytes(containers: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return the size of every image in use, what they share included."""
    names = sorted({each["Config"]["Image"] for each in containers.values()})
    return {name: int(output("docker", "image", "inspect", "--format", "{{.Size}}", name)) for name in names}


def metrics(dashboard: Mapping[str, Any]) -> list[str]:
    """Return the metrics that the panels of a dashboard of Grafana ask for."""
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [name for each in asked for name in _METRIC.findall(_LABELS_OF_FUNCTIONS.sub("", each))]


def text(found: Mapping[str, Any]) -> str:
    """Return the figures for a terminal."""
    lines = ["", "Versions: " + ", ".join(f"{name} {version}" for name, version in found["versions"].items())]
    lines += [f"Image {name}: {size / 1e6:.0f} MB" for name, size in found["image_bytes"].items()]
    lines += _table("Idle", found["idle"])
    for each in found["steps"]:
        lines += _table(_title(each), each["services"])
    sampling = found["sampling"]
    counted = f"{sampling['compared']} comparisons, {len(sampling['wrong'])} wrong"
    lines += [
        "",
        f"Sampler against the kernel's files: {counted}; processor time {sampling['cpu_ratio']:.4f} of the kernel's.",
        *sampling["wrong"],
        f"Metrics of the dashboard that Prometheus does not have: {', '.join(found['metrics_missing']) or 'none'}.",
        f"Left of the project: {', '.join(found['left']) or 'nothing'}.",
    ]
    return "\n".join(lines)


def _title(each: Mapping[str, Any]) -> str:
    times = ", ".join(
        f"{name.removesuffix('_s')} {1e3 * each[name]:.0f} ms" for name in _TIMES if name in each
    )
    gates = ", ".join(each["gates_failed"]) or "none"
    return (
        f"{each['users']} users: {each['throughput_per_s']:.2f}/s, {times}, failed {each['failed']}, "
        f"foreign {each['foreign_cores']:.3f} cores, gates failed: {gates}"
    )


def _table(title: str, services: Mapping[str, Mapping[str, Any]]) -> list[str]:
    head = f"{'':18}{'cores':>8}{'need':>9}{'PSS':>9}{'charged':>9}   (MiB)"
    rows = [
        f"{name:18}{each['cores']:8.4f}"
        + "".join(
            f"{'-' if each[which] is None else format(each[which] / 2**20, '.1f'):>9}"
            for which in ("need_bytes", "pss_bytes", "charged_bytes")
        )
        for name, each in sorted(services.items())
    ]
    return ["", title, head, *rows]
