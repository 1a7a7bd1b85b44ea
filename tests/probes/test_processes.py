"""How a service is found by its processes, and that one which begins anew is noticed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessReader, ProcessTable
from capplan.machine.surroundings import Surroundings
from capplan.probe import ServiceProbe
from capplan.probes import processes
from capplan.probes.processes import watch_processes
from capplan.scenario import Observed
from tests.probes.running import RunningSubject, subject

_UNPRIVILEGED = 65534


def table() -> ProcessTable:
    """Return the processes of this moment."""
    return ProcessReader().read()


def watch(observed: Observed, *own: int) -> ServiceProbe | None:
    """Watch a service by its processes."""
    around = Surroundings(processes=table(), permission=Permission(), own=frozenset(own))
    return watch_processes("web", observed, around)


def command(running: RunningSubject) -> str:
    """Return a subject's command line."""
    return " ".join(running.arguments)


def watched(probe: ServiceProbe | None) -> set[str]:
    """Return the processes that a probe counts now."""
    assert probe is not None
    return set(probe.count(table())["processes"])


def test_a_service_is_found_by_number_file_or_command_line(tmp_path: Path) -> None:
    """Three ways of naming a process lead to the same one, and to its children."""
    with subject(str(tmp_path)) as running:
        running.do("keep", 2, 0)
        file = tmp_path / "web.pid"
        file.write_text(f"{running.pid}\n")
        by_number = watched(watch(Observed(pid=running.pid)))
        assert str(running.pid) in by_number
        assert len(by_number) == 3
        assert by_number == watched(watch(Observed(pid_file=str(file))))
        assert by_number == watched(watch(Observed(process=command(running))))


def test_all_processes_with_one_command_line_are_one_service(tmp_path: Path) -> None:
    """Two processes whose command lines begin alike are watched together, a third is not."""
    with subject(str(tmp_path), "a") as one, subject(str(tmp_path), "ab") as two, subject("other"):
        assert {str(one.pid), str(two.pid)} == watched(watch(Observed(process=command(one))))


def test_capplan_itself_is_no_service(tmp_path: Path) -> None:
    """A process of capplan is not found by its command line."""
    with (
        subject(str(tmp_path)) as running,
        pytest.raises(AbsentError, match="no process has a command line"),
    ):
        watch(Observed(process=command(running)), running.pid)


@pytest.mark.parametrize(
    ("observed", "says"),
    [
        (Observed(pid=4194304), "there is no process 4194304"),
        (Observed(pid_file="/nowhere/web.pid"), "/nowhere/web.pid names no process that runs"),
        (Observed(process="/nowhere/web"), "no process has a command line that begins with '/nowhere/web'"),
    ],
)
def test_a_service_that_does_not_run_says_so(observed: Observed, says: str) -> None:
    """Where nothing is found, the reason says what was looked for."""
    with pytest.raises(AbsentError, match=says):
        watch(observed)


def test_a_service_that_is_not_named_by_processes_is_left_to_others() -> None:
    """Without number, file and command line nothing is watched, and nothing is wrong."""
    assert watch(Observed(container="web")) is None


def test_beginning_anew_is_a_restart_and_loses_no_time(tmp_path: Path) -> None:
    """A second process under the same command line counts as one restart, and the first one's time is kept."""
    with subject(str(tmp_path)) as first:
        first.do("burn", 0.2)
        probe = watch(Observed(process=command(first)))
        assert probe is not None
        before, identity = probe.count(table()), probe.identity
        first.end()
        gone = probe.count(table())
        assert (0, {}) == (gone["restarts"], gone["processes"])
        with subject(str(tmp_path)) as second:
            second.do("burn", 0.1)
            after = probe.count(table())
            assert 1 == after["restarts"]
            assert [str(second.pid)] == list(after["processes"])
            assert before["cpu_s"] + 0.1 <= after["cpu_s"]
            assert identity != probe.identity


def test_beginning_anew_is_a_restart_while_the_first_is_still_a_zombie(tmp_path: Path) -> None:
    """A parent that takes no notice of the death of what it started does not hide the restart, or lose time."""
    with subject(str(tmp_path)) as first:
        first.do("burn", 0.2)
        probe = watch(Observed(process=command(first)))
        assert probe is not None
        before = probe.count(table())
        _kill_unreaped(first)
        assert 0 == probe.count(table())["restarts"]
        with subject(str(tmp_path)) as second:
            second.do("burn", 0.1)
            after = probe.count(table())
            assert 1 == after["restarts"]
            assert str(second.pid) in after["processes"]
            assert before["cpu_s"] + 0.1 <= after["cpu_s"]
            assert 1 == probe.count(table())["restarts"]
            assert str(second.pid) == probe.identity.partition("@")[0]


def test_a_zombie_is_no_service(tmp_path: Path) -> None:
    """Neither its number nor a file with it finds a process that has ended and waits to be taken notice of."""
    with subject(str(tmp_path)) as running:
        file = tmp_path / "web.pid"
        file.write_text(f"{running.pid}\n")
        _kill_unreaped(running)
        with pytest.raises(AbsentError, match="there is no process"):
            watch(Observed(pid=running.pid))
        with pytest.raises(AbsentError, match="names no process that runs"):
            watch(Observed(pid_file=str(file)))


def test_children_that_end_are_no_restart(tmp_path: Path) -> None:
    """A worker that ends is counted as a process that ended; the service goes on."""
    with subject(str(tmp_path)) as running:
        running.do("keep", 2, 0)
        probe = watch(Observed(pid=running.pid))
        assert probe is not None
        probe.count(table())
        running.do("release")
        after = probe.count(table())
        assert (0, 2) == (after["restarts"], after["processes_ended"])


def test_a_forked_worker_is_not_what_the_service_begins_with(tmp_path: Path) -> None:
    """Workers that share their parent's command line may come and go: no restart, and the identity stays."""
    with subject(str(tmp_path)) as running:
        running.do("keep", 2, 0)
        probe = watch(Observed(process=command(running)))
        assert probe is not None
        assert 3 == len(probe.count(table())["processes"])
        identity = probe.identity
        assert [str(running.pid)] == [each.partition("@")[0] for each in identity.split()]
        running.do("release")
        running.do("keep", 1, 0)
        after = probe.count(table())
        assert (0, 2, identity) == (after["restarts"], after["processes_ended"], probe.identity)


def test_one_of_several_that_ends_is_sought_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Command lines are not read at each look while one is missing; its successor is found all the same."""
    sought: list[int] = []
    really = processes._with_command

    def counting(*words: Any) -> list[int]:  # noqa: ANN401 - passed on
        sought.append(1)
        return really(*words)

    monkeypatch.setattr(processes, "_with_command", counting)
    with subject(str(tmp_path)) as stays:
        with subject(str(tmp_path)) as ends:
            probe = watch(Observed(process=command(ends)))
            assert probe is not None
        sought.clear()
        for _ in range(10):
            probe.count(table())
        assert 2 == len(sought)
        with subject(str(tmp_path)) as successor:
            successor.do("burn", 0)  # it has its own command line from now on
            found = [probe.count(table()) for _ in range(5)][-1]
            assert 1 == found["restarts"]
            assert {str(stays.pid), str(successor.pid)} == found["processes"].keys()


def test_what_another_user_hides_is_absent_with_its_reason() -> None:
    """Who may not look into a process still sees its processor time; memory and disk are absent, and say why."""
    program = (
        "import json, os, sys\n"
        "from capplan.machine.permission import Permission\n"
        "from capplan.probes.processes import watch_processes\n"
        "from capplan.machine.process_table import ProcessReader\n"
        "from capplan.scenario import Observed\n"
        "from capplan.machine.surroundings import Surroundings\n"
        "if os.getuid() == 0: os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))\n"
        "table = ProcessReader().read()\n"
        "around = Surroundings(processes=table, permission=Permission())\n"
        "probe = watch_processes('web', Observed(pid=int(sys.argv[2])), around)\n"
        "print(json.dumps([probe.count(table) | probe.weigh(), probe.absent]))\n"
    )
    with subject() as running:
        running.do("burn", 0.1)
        # Nobody but root may look into root's processes; anybody else finds one of root's as number 1's child.
        pid = running.pid if os.getuid() == 0 else _hidden()
        done = subprocess.run(
            [sys.executable, "-c", program, str(_UNPRIVILEGED), str(pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        found, absent = json.loads(done.stdout)
        assert found["cpu_s"] > 0
        assert found["rss_bytes"] > 0
        assert not {"pss_bytes", "read_bytes"} & found.keys()
        assert "permission denied" in absent["pss_bytes"]
        assert "permission denied" in absent["read_bytes"]


def _kill_unreaped(running: RunningSubject) -> None:
    """Kill a subject and let it stay a zombie."""
    os.kill(running.pid, signal.SIGKILL)
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)


def _hidden() -> int:
    """Return a process of root that has memory of its own."""
    for pid in table().pids():
        if Path(f"/proc/{pid}").stat().st_uid == 0 and not os.access(f"/proc/{pid}/smaps_rollup", os.R_OK):
            return pid
    pytest.skip("every process here may be looked into")
