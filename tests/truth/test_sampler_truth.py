"""The sampler against a server that knows better: processor time, processes and memory are what they were."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from capplan.loadtest.child_process import Child, listen
from tests.truth.servers import KNOWN_TRUTH, Server, asked_together, serving


class _Sampler:
    """A sampler of one service, asked for samples."""

    def __init__(self, child: Child, file: Path) -> None:
        self._child = child
        self._file = file

    def mark(self, label: str) -> Any:  # noqa: ANN401 - whatever JSON says
        """Have a full sample taken, and return what it says of the service."""
        self._child.tell({"do": "mark", "label": label})
        self.wait_for("marked")
        samples = [json.loads(line) for line in self._file.read_text("utf-8").splitlines()]
        return next(each for each in samples if each.get("label") == label)["services"]["target"]

    def wait_for(self, event: str) -> None:
        """Wait for a word of the sampler."""
        for _ in range(200):
            for _, message in listen([self._child], 0.1):
                assert message["event"] != "failed", message
                if message["event"] == event:
                    return
        raise AssertionError(f"the sampler never said {event}")


@contextmanager
def _sampling(folder: Path, server: Server) -> Iterator[_Sampler]:
    command = (sys.executable, "-m", "capplan.sampler")
    child = Child("sampler", command, log=folder / "sampler.log", mark="truth")
    try:
        child.tell(
            {
                "file": str(folder / "samples.jsonl"),
                "interval_s": 0.25,
                "memory_interval_s": 10,
                "services": {"target": {"kind": "other", "pid": server.pid}},
                "prometheus": None,
                "compose_project": None,
                "generator_pids": [],
            }
        )
        sampler = _Sampler(child, folder / "samples.jsonl")
        sampler.wait_for("ready")
        yield sampler
    finally:
        child.end(5.0)


def test_processor_time_is_that_of_the_processes_own_clocks(tmp_path: Path) -> None:
    """Over 1.6 s of burning in three processes, the sampler is within 1 % of what the clocks of the server say."""
    with serving(KNOWN_TRUTH, "--processes", "3") as server, _sampling(tmp_path, server) as sampler:
        asked_together(server, "/burn?ms=1", clients=2, times=2)
        before, sampled_before = server.truth(), sampler.mark("before")
        asked_together(server, "/burn?ms=8", clients=4, times=50)
        sampled_after, after = sampler.mark("after"), server.truth()
    true_s = after["total"]["cpu_s"] - before["total"]["cpu_s"]
    sampled_s = sampled_after["cpu_s"] - sampled_before["cpu_s"]
    assert true_s > 1.6
    assert abs(sampled_s - true_s) < 0.01 * true_s
    spent_s = {str(each["pid"]): each["cpu_s"] for each in after["processes"]}
    for each in before["processes"]:
        spent_s[str(each["pid"])] -= each["cpu_s"]
    found_s = {
        pid: at_s - sampled_before["processes"][pid] for pid, at_s in sampled_after["processes"].items()
    }
    assert spent_s.keys() == found_s.keys()
    assert all(abs(found_s[pid] - spent_s[pid]) < 0.01 * true_s for pid in spent_s)


def test_memory_grows_by_what_was_allocated(tmp_path: Path) -> None:
    """After 100 MB were allocated in two processes, every kind of memory has grown by that within 2 %, then shrinks."""
    with serving(KNOWN_TRUTH, "--processes", "2") as server, _sampling(tmp_path, server) as sampler:
        asked_together(server, "/allocate?mb=0.1", clients=4, times=2)
        before, known_before = sampler.mark("before"), server.truth()["total"]["allocated_bytes"]
        asked_together(server, "/allocate?mb=25", clients=4, times=1)
        after, known_after = sampler.mark("after"), server.truth()["total"]["allocated_bytes"]
        server.ask("/free")
        freed = sampler.mark("freed")
    grown = known_after - known_before
    kinds = [kind for kind in ("pss_bytes", "rss_bytes", "need_bytes", "working_set_bytes") if kind in before]
    assert "pss_bytes" in kinds
    for kind in kinds:
        assert abs(after[kind] - before[kind] - grown) < 0.02 * grown, kind
        assert abs(freed[kind] - before[kind]) < 0.02 * grown, kind
