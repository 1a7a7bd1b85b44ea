"""The sampler as its parent sees it: lines in, lines out, a file of samples, and an end that leaves nothing behind."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.probes.running import RunningSampler, sampler, subject

_F_SETPIPE_SZ = 1031
_SECOND_NS = 1_000_000_000


def _services(**services: dict[str, object]) -> dict[str, object]:
    return {"services": services, "interval_s": 0.1, "memory_interval_s": 0.5}


def _wait_for_samples(running: RunningSampler, count: int) -> list[dict[str, Any]]:
    while len(running.samples()) < count:
        running.await_event("sample")
    return running.samples()


def test_it_says_what_it_watches_how_and_what_it_cannot(tmp_path: Path) -> None:
    """Ready names each service's way and identity, and each absence with its reason, the machine's included."""
    with subject() as running:
        services = _services(web={"pid": running.pid}, gone={"pid": 4194304}, nowhere={})
        with sampler(tmp_path, **services) as watching:
            ready = watching.await_event("ready")
            assert {"web"} == ready["services"].keys()
            assert "processes" == ready["services"]["web"]["by"]
            assert ready["services"]["web"]["identity"].startswith(f"{running.pid}@")
            assert {"all": "there is no process 4194304"} == ready["absent"]["gone"]
            assert {"all": "nothing in the scenario says where it runs"} == ready["absent"]["nowhere"]
            assert [] == ready["servers"]


def test_a_sample_agrees_with_the_clocks_of_those_it_watches(tmp_path: Path) -> None:
    """Between two marks the service's processor time rises by what its own clock says, within 1 %."""
    with subject() as running, sampler(tmp_path, **_services(web={"pid": running.pid})) as watching:
        before = running.do("burn", 0)
        watching.await_event("ready")
        first = watching.mark("001:start")
        after = running.do("burn", 0.4)
        last = watching.mark("001:end")
        used_s = last["services"]["web"]["cpu_s"] - first["services"]["web"]["cpu_s"]
        assert after["own_s"] - before["own_s"] == pytest.approx(used_s, rel=0.01, abs=0.0005)
        assert str(running.pid) in last["services"]["web"]["processes"]
        assert last["host"]["busy_s"] >= first["host"]["busy_s"]
        assert last["sampler_cpu_s"] > first["sampler_cpu_s"]
        assert last["speed_s"] > 0


def test_a_mark_is_a_full_sample_now(tmp_path: Path) -> None:
    """A mark brings proportional memory although its time has not come, and lies between asking and answer."""
    services = _services(me={"pid": os.getpid()}) | {"interval_s": 60, "memory_interval_s": 600}
    with sampler(tmp_path, **services) as watching:
        watching.await_event("sample")
        asked_ns = time.monotonic_ns()
        sample = watching.mark("a")
        assert asked_ns < sample["at_ns"] < time.monotonic_ns()
        assert watching.heard[-1]["at_ns"] == sample["at_ns"]
        assert sample["services"]["me"]["pss_bytes"] > 0


def test_proportional_memory_is_read_seldom(tmp_path: Path) -> None:
    """Between its own intervals no sample has it; every other statistic is in every sample."""
    with sampler(tmp_path, **_services(me={"pid": os.getpid()})) as watching:
        samples = _wait_for_samples(watching, 12)
    found = ["pss_bytes" in sample["services"]["me"] for sample in samples]
    assert found[0]
    assert 2 <= sum(found) < len(found) / 2
    assert all("cpu_s" in sample["services"]["me"] for sample in samples)


def test_the_schedule_does_not_drift_and_missed_moments_are_not_made_up(tmp_path: Path) -> None:
    """A sampler that was stopped leaves a gap that can be seen; before and after, samples keep to one schedule."""
    with sampler(tmp_path, **_services()) as watching:
        ready = watching.await_event("ready")
        _wait_for_samples(watching, 4)
        watching.process.send_signal(signal.SIGSTOP)
        time.sleep(0.65)
        watching.process.send_signal(signal.SIGCONT)
        samples = _wait_for_samples(watching, len(watching.samples()) + 6)
    moments = [(sample["at_ns"] - ready["at_ns"]) / (_SECOND_NS / 10) for sample in samples[:-1]]
    numbers = [int(moment) for moment in moments]
    assert len(numbers) == len(set(numbers)), "two samples for one moment"
    assert max(later - earlier for earlier, later in pairwise(moments)) > 6
    late = sorted(moment - number for moment, number in zip(moments, numbers, strict=True))
    assert late[len(late) // 2] < 0.5


def test_the_load_generator_is_watched_from_when_it_is_named(tmp_path: Path) -> None:
    """Its processes stand in the samples after they were told, with their own clock."""
    with subject() as running, sampler(tmp_path, **_services()) as watching:
        watching.await_event("ready")
        assert {} == watching.mark("before")["generator"]
        watching.tell(do="generator", pids=[running.pid, 4194304])
        truth = running.do("burn", 0.2)
        found = watching.mark("after")["generator"]
        assert [str(running.pid)] == list(found)
        assert truth["own_s"] == pytest.approx(found[str(running.pid)], rel=0.01)


def test_the_live_view_hears_of_busy_cores(tmp_path: Path) -> None:
    """While a process burns a core, unasked samples show it as busy, and its size from the last reading."""
    with subject() as running, sampler(tmp_path, **_services(web={"pid": running.pid})) as watching:
        watching.await_event("ready")
        running.tell("burn", 2)
        until = time.monotonic() + 10
        seen = watching.await_event("sample")["services"]["web"]
        while (seen["cores"] or 0.0) < 0.2 and time.monotonic() < until:
            seen = watching.await_event("sample")["services"]["web"]
    assert 0.2 <= seen["cores"] < 1.1
    assert seen["bytes"] > 0


@pytest.mark.parametrize("how", ["quit", "end of input", "SIGTERM"])
def test_every_way_of_ending_takes_a_last_sample_and_exits_with_0(tmp_path: Path, how: str) -> None:
    """A command, the end of input (a parent that died) and a signal all end in a full sample and code 0."""
    with sampler(tmp_path, **(_services(me={"pid": os.getpid()}) | {"interval_s": 60})) as watching:
        watching.await_event("sample")
        before = len(watching.samples())
        if how == "quit":
            watching.tell(do="quit")
        elif how == "SIGTERM":
            watching.process.terminate()
        else:
            assert watching.process.stdin is not None
            watching.process.stdin.close()
        assert 0 == watching.process.wait(10)
        assert before + 1 == len(watching.samples())
        assert "pss_bytes" in watching.samples()[-1]["services"]["me"]


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Let children heed SIGINT, which the jobs of a shell's background are born deaf to."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_is_the_parents_business(tmp_path: Path) -> None:
    """SIGINT, which a terminal sends to everybody, does not end the watching."""
    with sampler(tmp_path, **_services()) as watching:
        watching.await_event("ready")
        watching.process.send_signal(signal.SIGINT)
        assert watching.mark("after")["at_ns"] > 0


def test_a_full_disk_is_told_once_and_marks_are_answered(tmp_path: Path) -> None:
    """Where nothing can be written, one failure is told, with its reason; the sampler goes on answering."""
    with sampler(tmp_path, **(_services() | {"file": "/dev/full"})) as watching:
        failed = watching.await_event("failed")
        assert "no space left on device" in failed["reason"]
        for label in ("a", "b"):
            watching.tell(do="mark", label=label)
            assert label == watching.await_event("marked")["label"]
        assert 1 == [each["event"] for each in watching.heard].count("failed")
        assert 0 == watching.end()


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    """After a crash in the middle of a line, the next sample begins a line of its own."""
    file = tmp_path / "samples.jsonl"
    file.write_text('{"at_ns": 12')
    with sampler(tmp_path, **_services()) as watching:
        watching.await_event("sample")
    lines = file.read_text().splitlines()
    assert '{"at_ns": 12' == lines[0]
    assert lines[1].startswith('{"at_ns":')


def test_a_parent_that_does_not_listen_stops_nothing(tmp_path: Path) -> None:
    """With a full pipe samples go on; the mark is still told when somebody listens again."""
    with sampler(tmp_path, **_services(me={"pid": os.getpid()}) | {"interval_s": 0.02}) as watching:
        assert watching.process.stdout is not None
        fcntl.fcntl(watching.process.stdout.fileno(), _F_SETPIPE_SZ, 4096)
        watching.await_event("ready")
        before = len(watching.samples())
        until = time.monotonic() + 15
        while len(watching.samples()) < before + 80 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(watching.samples()) >= before + 80
        watching.tell(do="mark", label="heard")
        assert "heard" == watching.await_event("marked")["label"]


def test_a_server_that_never_answers_delays_no_sample(tmp_path: Path) -> None:
    """A Redis that accepts and says nothing is absent with its reason; samples keep their interval."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        with sampler(tmp_path, **_services(cache={"kind": "redis", "url": url})) as watching:
            ready = watching.await_event("ready")
            assert "timed out" in ready["absent"]["cache"]["INFO"]
            samples = _wait_for_samples(watching, 8)
    assert all({} == sample["servers"] for sample in samples)
    gaps = sorted(later["at_ns"] - earlier["at_ns"] for earlier, later in pairwise(samples))
    assert gaps[len(gaps) // 2] < 0.3 * _SECOND_NS


def test_what_turns_out_to_be_absent_later_is_told_once(tmp_path: Path) -> None:
    """A server that goes away during the run is told as absent, with the reason, when it is noticed."""
    silent = socket.create_server(("127.0.0.1", 0))
    log = tmp_path / "access.log"
    log.touch()
    with sampler(tmp_path, **_services(front={"kind": "nginx", "access_log": str(log)})) as watching:
        silent.close()
        ready = watching.await_event("ready")
        assert "access log" not in ready["absent"]["front"]
        assert 0 == watching.mark("a")["servers"]["front"]["requests"]
        log.write_text("something else\n")
        told = watching.await_event("absent")
        assert "do not begin with $msec" in told["absent"]["front"]["access log"]


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"interval": 1}, "observe.interval"),
        ({"services": {"web": {"kind": "oracle"}}}, "observe.services.web.kind"),
        ({"file": "/nowhere/samples.jsonl"}, "/nowhere/samples.jsonl"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(
    tmp_path: Path, settings: dict[str, object], place: str
) -> None:
    """An unknown key, an unknown kind and a file that cannot be written name their place; the code is 2."""
    with sampler(tmp_path, **settings) as watching:
        refused = watching.await_event("refused")
        assert place == refused["place"]
        assert {"event", "place", "found", "expected", "remedy"} == refused.keys()
        assert 2 == watching.end()


def test_an_unknown_command_is_said_to_be_one(tmp_path: Path) -> None:
    """What is not understood is told, and nothing ends."""
    with sampler(tmp_path, **_services()) as watching:
        watching.await_event("ready")
        for line in ('{"do": "dance"}', "dance", "[]"):
            assert watching.process.stdin is not None
            watching.process.stdin.write(f"{line}\n")
            watching.process.stdin.flush()
            assert line == watching.await_event("misunderstood")["line"]
        watching.mark("after")


def test_nobody_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    """After SIGKILL of the parent the sampler ends by itself, with its last sample."""
    program = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'capplan.sampler'], stdin=subprocess.PIPE,\n"
        "                         stdout=subprocess.PIPE, text=True)\n"
        'child.stdin.write(\'{"file": "%s"}\\n\' % sys.argv[1]); child.stdin.flush()\n'
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    file = tmp_path / "samples.jsonl"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()
    assert "host" in file.read_text().splitlines()[-1]
