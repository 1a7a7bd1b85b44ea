"""The load generator against a server that knows better: what was answered is what was recorded."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from capplan.loadtest.child_process import Child, listen
from tests.truth.processes import ended_within
from tests.truth.running import END, INTENDED, OUTCOME, START, read_rows
from tests.truth.servers import KNOWN_TRUTH, Server, serving


def _wait_for(child: Child, event: str) -> Any:  # noqa: ANN401 - whatever JSON says
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        for _, message in listen([child], 0.1):
            assert message["event"] not in ("failed", "refused"), message
            if message["event"] == event:
                return message
    raise AssertionError(f"the load generator never said {event}")


@contextlib.contextmanager
def _generator(folder: Path, server: Server, path: str, processes: int) -> Iterator[tuple[Child, list[int]]]:
    command = (sys.executable, "-m", "capplan.locust_child")
    child = Child("load generator", command, log=folder / "load.log", mark="truth")
    try:
        child.tell(
            {
                "base_url": server.url,
                "locustfile": None,
                "user_classes": [],
                "paths": [path],
                "headers": {},
                "timeout_s": 5,
                "verify_tls": True,
                "workers": processes,
                "allowed": [],
                "pinned": {},
                "most_users": 100,
            }
        )
        yield child, _wait_for(child, "ready")["pids"]
    finally:
        child.end(10.0)


def _start(child: Child, folder: Path, **how: object) -> None:
    folder.mkdir(parents=True)
    asked = {"mode": "closed", "users": 9, "think_time_s": 0.02, "rate_per_s": None, "only": None, "seed": 1}
    child.tell({"do": "start", "folder": str(folder), **asked, **how})
    _wait_for(child, "started")


@pytest.mark.parametrize("processes", [1, 3])
def test_what_was_answered_is_what_was_recorded(tmp_path: Path, processes: int) -> None:
    """Stopped with nine requests on their way, closed and open, the counts are equal; so are those of the intended."""
    with (
        serving(KNOWN_TRUTH) as server,
        _generator(tmp_path, server, "/sleep?ms=200", processes) as (child, pids),
    ):
        answered = 0
        for number, how in enumerate(
            ({}, {"mode": "open", "rate_per_s": 60.0, "users": 60, "think_time_s": None}), 1
        ):
            folder = tmp_path / "steps" / f"{number:03}-some"
            _start(child, folder, **how)
            time.sleep(1.1)
            child.tell({"do": "stop"})
            stopped = _wait_for(child, "stopped")
            rows = read_rows(tmp_path, number)
            total = server.truth()["total"]["answered"]["/sleep"]
            assert total - answered == len(rows) == stopped["recorded"]
            assert all(row[OUTCOME] == 0 and row[INTENDED] <= row[START] < row[END] for row in rows)
            arrivals = sum(path.stat().st_size // 8 for path in folder.glob("arrivals-*.bin"))
            assert arrivals == (len(rows) if how else 0)
            answered = total
    assert ended_within(pids, 5.0)


@pytest.mark.parametrize("processes", [pytest.param(1, marks=pytest.mark.deep), 3])
def test_what_was_answered_is_recorded_though_the_parent_is_gone(tmp_path: Path, processes: int) -> None:
    """When its input ends in the midst of a step, the generator lets requests end, records them, and ends itself."""
    with (
        serving(KNOWN_TRUTH) as server,
        _generator(tmp_path, server, "/sleep?ms=300", processes) as (child, pids),
    ):
        _start(child, tmp_path / "steps" / "001-some")
        time.sleep(1.0)
        assert child._process.stdin is not None
        child._process.stdin.close()
        assert ended_within(pids, 15.0)
        assert server.truth()["total"]["answered"]["/sleep"] == len(read_rows(tmp_path)) >= 18
