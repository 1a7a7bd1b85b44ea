"""What the machine does as a whole, and how fast it is."""

import os
import time
from pathlib import Path

import pytest

from capplan.probes import host
from capplan.probes.host import HostProbe
from capplan.probes.speed import speed_s
from tests.probes.running import subject


def test_the_machine_is_at_least_as_busy_as_one_of_its_processes() -> None:
    """Busy seconds rise by what a process uses, and all kinds of time add up to cores times seconds."""
    probe = HostProbe()
    kinds = ("busy_s", "idle_s", "iowait_s", "steal_s")
    with subject() as running:
        before, began = probe.count(), time.monotonic()
        used_s = running.do("burn", 0.5)["own_s"]
        time.sleep(0.5)
        after, passed_s = probe.count(), time.monotonic() - began
    assert after["busy_s"] - before["busy_s"] > used_s - 0.1
    total_s = sum(after[kind] - before[kind] for kind in kinds)
    assert passed_s * after["cores"] == pytest.approx(total_s, rel=0.15)
    assert after["busy_s"] == pytest.approx(after["user_s"] + after["system_s"])
    assert os.cpu_count() == after["cores"]


def test_what_is_written_to_a_disk_shows(tmp_path: Path) -> None:
    """Bytes of a file that was forced to the disk are among those written."""
    probe = HostProbe()
    before = probe.count()
    if "write_bytes" not in before:
        pytest.skip(probe.absent["write_bytes"])
    with subject() as running:
        running.do("write", tmp_path / "written", 8)
    written = probe.count()["write_bytes"] - before["write_bytes"]
    if written == 0:
        pytest.skip("this folder is on no disk")
    assert written > 7 * (1 << 20)


def test_a_machine_whose_kernel_lists_no_disks_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without /sys/block, as in some sandboxes, what disks do is absent with its reason, and the rest is read."""
    monkeypatch.setattr(host, "_BLOCK", tmp_path / "none")
    probe = HostProbe()
    assert "busy_s" in probe.count()
    assert "the kernel lists no disks" == probe.absent["write_bytes"]


def test_the_same_work_takes_its_time_on_the_clock_of_its_thread_only() -> None:
    """Waiting does not count, and the work is the same each time: the quickest tries are alike."""
    found = sorted(speed_s() for _ in range(20))
    assert 0.0002 < found[0] < 0.05
    assert found[3] < 1.5 * found[0]
