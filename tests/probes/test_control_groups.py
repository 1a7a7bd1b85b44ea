"""Counters of control groups: version 2 from trees made by hand, version 1 from this machine's kernel where it may."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from capplan.machine.absence import AbsentError
from capplan.machine.control_groups import group_at, group_of_process
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessReader, ProcessTable
from capplan.machine.surroundings import Surroundings
from capplan.probe import ServiceProbe
from capplan.probes.cgroup_v1 import watch_cgroup_v1
from capplan.probes.cgroup_v2 import watch_cgroup_v2
from capplan.scenario import Observed
from tests.probes.running import subject

DATA = Path(__file__).with_name("data")
CONTAINER = "4f1a9c0e7d2b5836a1c4e7f0928b3d5c6e7f8091a2b3c4d5e6f708192a3b4c5d"
SCOPE = f"system.slice/docker-{CONTAINER}.scope"
_MIB = 1 << 20
_MOUNT = Path("/sys/fs/cgroup")
_CONTROLLERS = ("cpuacct", "cpu", "memory", "blkio")


def around(tree: Path) -> Surroundings:
    """Return a machine whose control groups are a tree of files."""
    return Surroundings(processes=ProcessTable({}), permission=Permission(), root=tree)


def counted(probe: ServiceProbe | None) -> dict[str, float]:
    """Return what a probe counts on a machine without processes."""
    assert probe is not None
    return probe.count(ProcessTable({}))


def test_version_2_counts_seconds_and_bytes() -> None:
    """Every statistic of a container under version 2 comes in seconds and bytes, from the right field."""
    probe = watch_cgroup_v2("web", Observed(cgroup=f"/{SCOPE}"), around(DATA / "cgroup-v2"))
    found = counted(probe)
    assert probe is not None
    assert "cgroup v2" == probe.by
    assert found == {
        "cpu_s": 81.234567,
        "user_s": 61.234567,
        "system_s": 20.0,
        "periods": 1200,
        "throttled_periods": 36,
        "throttled_s": 1.5,
        "need_bytes": 157286400 + 41943040 + 20971520 - 12582912,
        "working_set_bytes": 314572800 - 62914560,
        "peak_bytes": 400000000,
        "oom_kills": 2,
        "memory_limit_bytes": 536870912,
        "read_bytes": 1048576 + 4096,
        "write_bytes": 2097152,
        "processes": {},
        "processes_ended": 0,
        "restarts": 0,
    }
    assert {} == probe.absent


def test_version_2_without_controllers_says_what_is_absent() -> None:
    """Where the kernel is older and controllers are off, the rest is read, and each absence has its reason."""
    probe = watch_cgroup_v2(
        "web", Observed(cgroup="system.slice/shop.service"), around(DATA / "cgroup-v2-bare")
    )
    found = counted(probe)
    assert probe is not None
    assert 5.0 == found["cpu_s"]
    assert 52428800 + 524288 + 1048576 + 32768 + 1048576 == found["need_bytes"]
    assert {
        "periods",
        "throttled_periods",
        "throttled_s",
        "peak_bytes",
        "memory_limit_bytes",
        "read_bytes",
        "write_bytes",
    } == probe.absent.keys()
    assert "the kernel does not say nr_periods" == probe.absent["throttled_periods"]
    assert "no limit is set" == probe.absent["memory_limit_bytes"]
    assert not probe.absent.keys() & found.keys()


def test_a_version_2_that_governs_nothing_is_not_chosen() -> None:
    """On a machine that mounts both, the one that governs processor and memory counts; its times are nanoseconds."""
    watched, place = Observed(cgroup=f"docker/{CONTAINER}"), around(DATA / "cgroup-hybrid")
    assert watch_cgroup_v2("web", watched, place) is None
    probe = watch_cgroup_v1("web", watched, place)
    found = counted(probe)
    assert probe is not None
    assert {
        "cpu_s": 81.23456789,
        "periods": 616,
        "throttled_periods": 83,
        "throttled_s": 4.1,
        "need_bytes": 157286400 + 41943040,
        "working_set_bytes": 314572800 - 62914560,
        "oom_kills": 1,
    }.items() <= found.items()
    assert "no limit is set" == probe.absent["memory_limit_bytes"]
    assert "it has no control group of blkio" == probe.absent["read_bytes"]


@pytest.mark.parametrize(
    "path",
    [
        f"/docker/{CONTAINER}",
        f"docker/{CONTAINER}/",
        f"/sys/fs/cgroup/memory/docker/{CONTAINER}",
        f"/sys/fs/cgroup/cpu,cpuacct/docker/{CONTAINER}",
    ],
)
def test_a_group_may_be_named_by_its_folder_or_below_the_mount(path: str) -> None:
    """Both ways of naming a group lead to its folder under every controller."""
    group = group_at(path, root=DATA / "cgroup-hybrid")
    assert {"cpu", "cpuacct", "memory"} == group.folders.keys()
    assert all(folder.endswith(f"/docker/{CONTAINER}") for folder in group.folders.values())


def test_the_group_of_a_process_is_found() -> None:
    """The group of a process is its own under version 2 and under version 1, and never the whole machine's."""
    assert group_at(SCOPE, root=DATA / "cgroup-v2") == group_of_process(4242, root=DATA / "cgroup-v2")
    hybrid = group_of_process(4242, root=DATA / "cgroup-hybrid")
    assert 1 == hybrid.version
    assert "blkio" not in hybrid.folders


def test_the_part_that_a_container_sees_of_the_tree_is_enough() -> None:
    """Inside a container only its part of the tree is mounted, while processes still say their whole path."""
    group = group_of_process(7, root=DATA / "cgroup-v1-inside")
    assert group.folder.endswith("/sys/fs/cgroup/cpuacct/worker")


def test_a_group_that_does_not_exist_says_so() -> None:
    """A wrong path and a process that has ended are told apart."""
    with pytest.raises(AbsentError, match="there is no such control group"):
        group_at("/docker/none", root=DATA / "cgroup-v2")
    with pytest.raises(AbsentError, match="there is no process 1"):
        group_of_process(1, root=DATA / "cgroup-v2")


def test_a_group_made_anew_is_a_restart(tmp_path: Path) -> None:
    """A group under the same name with another inode is a restart, and its counters are its own."""
    tree = tmp_path / "machine"
    shutil.copytree(DATA / "cgroup-v2", tree)
    folder = tree / "sys/fs/cgroup" / SCOPE
    probe = watch_cgroup_v2("web", Observed(cgroup=SCOPE), around(tree))
    assert probe is not None
    identity = probe.identity
    assert 0 == counted(probe)["restarts"]
    kept = folder.rename(tmp_path / "before")
    assert {"restarts": 0} == counted(probe)
    assert {"all": "there is no such control group"} == probe.absent
    shutil.copytree(kept, folder)
    (folder / "cpu.stat").write_text("usage_usec 1000\nuser_usec 1000\nsystem_usec 0\n")
    found = [counted(probe) for _ in range(6)][-1]
    assert 1 == found["restarts"]
    assert 0.001 == found["cpu_s"]
    assert "all" not in probe.absent
    assert identity != probe.identity


@pytest.fixture
def group() -> Iterator[str]:
    """Make a control group of version 1 on this machine for a while."""
    name = f"capplan-test-{os.getpid()}"
    if not (_MOUNT / "cpuacct").is_dir():
        pytest.skip("this machine keeps no control groups of version 1")
    folders = [(_MOUNT / controller / name).resolve() for controller in _CONTROLLERS]
    try:
        for folder in folders:
            folder.mkdir(exist_ok=True)
    except OSError as error:
        pytest.skip(f"control groups may not be made here: {error}")
    yield name
    for folder in folders:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a group once the last process has left it."""
    until = time.monotonic() + 5
    while folder.exists():
        try:
            folder.rmdir()
        except OSError:
            assert time.monotonic() < until, f"{folder} is still busy"
            time.sleep(0.02)


def _join(name: str, pid: int) -> None:
    for controller in _CONTROLLERS:
        (_MOUNT / controller / name / "cgroup.procs").write_text(str(pid))


def test_a_real_group_counts_time_within_1_percent_and_memory_within_2(group: str) -> None:
    """The kernel's counters of a group agree with what its only process says it used."""
    with subject() as running:
        _join(group, running.pid)
        place = Surroundings(processes=ProcessReader().read(), permission=Permission())
        before = running.do("burn", 0)
        probe = watch_cgroup_v1("web", Observed(cgroup=group), place)
        assert probe is not None
        first = probe.count(ProcessReader().read()) | probe.weigh()
        assert {str(running.pid)} == first["processes"].keys()
        after = running.do("burn", 0.4)
        running.do("allocate", 96)
        then = probe.count(ProcessReader().read()) | probe.weigh()
        spent = running.do("burn", 0)
        assert after["own_s"] - before["own_s"] <= then["cpu_s"] - first["cpu_s"]
        assert spent["own_s"] - before["own_s"] == pytest.approx(then["cpu_s"] - first["cpu_s"], rel=0.01)
        assert 96 * _MIB == pytest.approx(then["need_bytes"] - first["need_bytes"], rel=0.02)
        assert 96 * _MIB == pytest.approx(then["pss_bytes"] - first["pss_bytes"], rel=0.02)


def test_a_real_group_that_is_held_back_says_so(group: str) -> None:
    """A process that wants a whole core and gets a tenth of one is throttled in most periods."""
    (_MOUNT / "cpu" / group / "cpu.cfs_quota_us").write_text("10000")
    with subject() as running:
        _join(group, running.pid)
        place = Surroundings(processes=ProcessReader().read(), permission=Permission())
        probe = watch_cgroup_v1("web", Observed(cgroup=group), place)
        assert probe is not None
        before_ns = time.monotonic_ns()
        running.do("burn", 0.08)
        passed_s = (time.monotonic_ns() - before_ns) / 1e9
        found = probe.count(ProcessReader().read())
        assert 0.5 < found["throttled_periods"] / found["periods"] <= 1
        assert 0.2 < found["throttled_s"] < passed_s


def test_a_real_group_made_anew_is_a_restart(group: str) -> None:
    """A group that the kernel has removed and made again counts from zero, and as a restart."""
    place = Surroundings(processes=ProcessReader().read(), permission=Permission())
    probe = watch_cgroup_v1("web", Observed(cgroup=group), place)
    assert probe is not None
    with subject() as running:
        _join(group, running.pid)
        running.do("burn", 0.2)
        assert probe.count(ProcessReader().read())["cpu_s"] > 0.2
    _remove(_MOUNT / "cpuacct" / group)
    (_MOUNT / "cpuacct" / group).mkdir()
    found = probe.count(ProcessReader().read())
    assert 1 == found["restarts"]
    assert found["cpu_s"] < 0.2
