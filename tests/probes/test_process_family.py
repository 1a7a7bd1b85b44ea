"""What processes use: their time, that of those that have ended, and memory that is shared."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from capplan.machine import process_family
from capplan.machine.process_family import ProcessFamily
from capplan.machine.process_table import Process, ProcessReader, ProcessTable, process_cpu_s
from tests.probes.running import RunningSubject, subject

_MIB = 1 << 20
_TICKS_S = 2 / os.sysconf("SC_CLK_TCK")


class Look:
    """A family that is looked at with a fresh table each time."""

    def __init__(self, *roots: RunningSubject) -> None:
        self.family = ProcessFamily()
        self._roots = [root.pid for root in roots]
        self._reader = ProcessReader()

    def used_s(self) -> float:
        """Look, and return the time of all."""
        self.family.follow(self._reader.read(), self._roots)
        return self.family.used_s

    def proportional_bytes(self) -> tuple[int, int]:
        """Look, and return the memory of all."""
        self.used_s()
        return self.family.proportional_bytes()


def test_a_process_used_what_its_own_clock_says() -> None:
    """Processor time seen from outside equals that seen from inside within 1 %."""
    with subject() as running:
        before = running.do("burn", 0)
        look = Look(running)
        first_s = look.used_s()
        after = running.do("burn", 0.3)
        assert after["own_s"] - before["own_s"] == pytest.approx(look.used_s() - first_s, rel=0.01)


def test_threads_that_have_ended_count() -> None:
    """The clock is that of the process, not of its first thread, which sleeps meanwhile."""
    program = (
        "import threading, time\n"
        "def burn():\n"
        "    end = time.thread_time() + 0.2\n"
        "    while time.thread_time() < end: pass\n"
        "for _ in range(2):\n"
        "    thread = threading.Thread(target=burn); thread.start(); thread.join()\n"
        "print(time.process_time(), flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        own_s = float(running.stdout.readline())
        assert own_s == pytest.approx(process_cpu_s(running.pid), rel=0.01)
        assert own_s > 0.4
        running.communicate("\n")


def test_children_nobody_saw_are_not_lost() -> None:
    """Children that began and ended between two looks count, within 1 % and the two ticks of the kernel's sum."""
    with subject() as running:
        look = Look(running)
        look.used_s()
        after = running.do("fork_and_wait", 8, 0.06)
        assert after["children_s"] > 0.45
        assert look.family.ended == 0
        assert after["own_s"] + after["children_s"] == pytest.approx(look.used_s(), rel=0.01, abs=_TICKS_S)


def test_children_are_not_counted_twice_however_often_one_looks() -> None:
    """Looking all the time at children that come and go gives the same sum, and it never falls."""
    with subject() as running:
        running.do("burn", 0)
        look = Look(running)
        seen = [look.used_s()]
        running.tell("fork_and_wait", 10, 0.05)
        until = time.monotonic() + 0.8
        while time.monotonic() < until:
            seen.append(look.used_s())
        after = running.told()
        seen.append(look.used_s())
        assert seen == sorted(seen)
        assert 10 >= look.family.ended > 0
        assert after["own_s"] + after["children_s"] == pytest.approx(seen[-1], rel=0.01, abs=_TICKS_S)


def test_children_that_the_kernel_forgets_are_remembered() -> None:
    """A parent that ignores its children's end has none of their time; what was last seen of them stays."""
    with subject() as running:
        running.do("ignore_children")
        running.do("keep", 2, 0.15)
        look = Look(running)
        before_s = look.used_s()
        released = running.do("release")
        assert released["children_s"] == 0
        assert before_s > 0.3
        look.used_s()
        burned = running.do("burn", 0.2)
        spent_s = burned["own_s"] - released["own_s"]
        assert before_s + spent_s == pytest.approx(look.used_s(), rel=0.01, abs=0.01)
        assert list(look.family.processes) == [str(running.pid)]


def test_an_orphan_stays_in_the_family() -> None:
    """What a child uses after its parent has ended counts, and so does what the parent had used."""
    with subject() as running:
        running.do("burn", 0.1)
        running.do("leave", 0.3)
        look = Look(running)
        before_s = look.used_s()
        os.kill(running.pid, signal.SIGKILL)
        os.waitpid(running.pid, 0)
        until = time.monotonic() + 10
        while look.used_s() < before_s + 0.3 and time.monotonic() < until:
            time.sleep(0.05)
        assert before_s + 0.3 == pytest.approx(look.used_s(), abs=0.05)
        assert look.family.ended == 1
        assert str(running.pid) not in look.family.processes


@pytest.mark.parametrize("first", range(1, 40))
def test_a_parent_and_its_child_that_end_together_count_once(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their numbers, what both left to the grandparent is counted there, and nowhere else."""
    monkeypatch.setattr(process_family, "process_cpu_s", lambda _pid: 1.0)
    pids = (first, 3 * first + 1, 5 * first + 2)
    parents = (0, *pids)
    alive = [Process(pid, parents[i], 10 + i, "S", 1.0, 0.0, 0) for i, pid in enumerate(pids)]
    family = ProcessFamily()
    family.take(_table(alive), alive)
    assert 3.0 == family.used_s
    left = [alive[0]._replace(reaped_s=2.0)]
    family.take(_table(left), left)
    assert 3.0 == family.used_s


def _table(processes: list[Process]) -> ProcessTable:
    return ProcessTable({each.pid: each for each in processes})


def test_memory_is_what_was_allocated() -> None:
    """Memory that a process has written to shows within 2 %, as proportional and as needed memory."""
    with subject() as running:
        running.do("burn", 0)
        look = Look(running)
        whole, needed = look.proportional_bytes()
        running.do("allocate", 96)
        now_whole, now_needed = look.proportional_bytes()
        assert 96 * _MIB == pytest.approx(now_whole - whole, rel=0.02)
        assert 96 * _MIB == pytest.approx(now_needed - needed, rel=0.02)


def test_memory_that_forked_processes_share_counts_once() -> None:
    """Four processes that all write to the same 96 MiB need 96 MiB within 2 %; resident pages say four times that."""
    with subject() as running:
        running.do("map_shared", 96)
        running.do("keep", 3, 0)
        look = Look(running)
        whole, needed = look.proportional_bytes()
        resident = look.family.rss_bytes
        running.do("touch_all")
        now_whole, now_needed = look.proportional_bytes()
        assert 96 * _MIB == pytest.approx(now_whole - whole, rel=0.02)
        assert 96 * _MIB == pytest.approx(now_needed - needed, rel=0.02)
        assert 4 * 96 * _MIB == pytest.approx(look.family.rss_bytes - resident, rel=0.05)


def test_what_a_child_wrote_is_kept(tmp_path: Path) -> None:
    """Bytes written by a child that has ended stay in the family's sum, once."""
    with subject() as running:
        running.do("burn", 0)
        look = Look(running)
        look.used_s()
        _, before = look.family.io_bytes()
        running.do("write", tmp_path / "written", 4)
        look.used_s()
        _, after = look.family.io_bytes()
        if after == before:
            pytest.skip("this folder's file system writes to no disk")
        assert 4 * _MIB == pytest.approx(after - before, rel=0.1)
