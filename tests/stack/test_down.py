"""down leaves nothing: no process, no folder, no shared memory, whatever happened before."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from capplan.errors import InputError, TargetError
from capplan.stack import down, status, up
from capplan.stack.state import read_state, stack_folder
from tests.stack.running import SCENARIO, STACK_FILE, own_name, pids, segments, within
from tests.truth.running import CAPPLAN

pytestmark = pytest.mark.xdist_group("stack")


def test_nothing_is_left_after_servers_were_killed() -> None:
    """After SIGKILL of PostgreSQL and of a Gunicorn worker, down leaves nothing; a second down is fine."""
    name = own_name("killed")
    try:
        state = up(STACK_FILE, name=name)
        found = pids(state.mark)
        services = {each.name: each.pid for each in state.services}
        assert 1 == len(segments({services["db"]}))
        children = Path(f"/proc/{services['web']}/task/{services['web']}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        os.kill(services["db"], signal.SIGKILL)
        assert within(10, lambda: status(name) is not None and not (status(name) or {})["db"])
    finally:
        down(name)
    down(name)
    assert set() == {pid for pid in found if Path(f"/proc/{pid}").exists() and pid in pids(state.mark)}
    assert set() == pids(state.mark)
    assert [] == segments({services["db"]})
    assert not stack_folder(name).exists()
    assert status(name) is None


def test_nothing_is_left_of_a_stack_that_was_killed_while_it_came_up() -> None:
    """After SIGKILL of what brings a stack up, down ends what had been started, and removes it."""
    name = own_name("half")
    program = (
        "import sys; from pathlib import Path; from capplan.stack import up; "
        "up(Path(sys.argv[1]), name=sys.argv[2])"
    )
    folder = stack_folder(name)
    child = subprocess.Popen([sys.executable, "-c", program, str(STACK_FILE), name])
    try:
        assert within(120, lambda: len(_started(folder)) >= 2)
    finally:
        child.kill()
        child.wait()
    state = read_state(folder)
    assert state is not None
    assert "" == state.base_url
    assert pids(state.mark)
    down(name)
    assert set() == pids(state.mark)
    assert [] == segments({state.services[0].pid})
    assert not folder.exists()


def test_nothing_is_left_of_a_stack_whose_start_was_terminated(tmp_path: Path) -> None:
    """After SIGTERM, and a second one, `capplan stack up` takes down what it had started and ends with 143."""
    file = tmp_path / "scenario.toml"
    name = own_name("terminated")
    file.write_text(f'name = "{name}"\nstack = "{SCENARIO}/stack.toml"\n', encoding="utf-8")
    folder = stack_folder(name)
    with (tmp_path / "told").open("wb") as told:
        child = subprocess.Popen([CAPPLAN, "stack", "up", str(file)], stdout=told, stderr=told)
    try:
        assert within(120, lambda: len(_started(folder)) >= 2)
        state = read_state(folder)
        assert state is not None
        child.terminate()
        assert within(30, lambda: "Taking the stack down" in (tmp_path / "told").read_text())
        child.terminate()
        assert 143 == child.wait(60), (tmp_path / "told").read_text()
    finally:
        child.kill()
        child.wait()
        down(name)
    assert "interrupted (SIGTERM)" in (tmp_path / "told").read_text()
    assert set() == pids(state.mark)
    assert [] == segments({state.services[0].pid})


def test_a_service_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    """A stack whose server cannot start is taken down again, and the reason it gave is in the sentence."""
    name = own_name("wrong")
    shutil.copytree(SCENARIO, tmp_path / "wrong")
    file = tmp_path / "wrong" / "stack.toml"
    file.write_text(file.read_text().replace("maxmemory-policy", "no-such-setting"))
    with pytest.raises(TargetError, match=r"service redis: it ended.*no-such-setting"):
        up(file, name=name)
    assert not stack_folder(name).exists()


def test_a_placeholder_nobody_knows_is_refused(tmp_path: Path) -> None:
    """A placeholder for a service that is not there is named, and nothing is left."""
    name = own_name("placeholder")
    shutil.copytree(SCENARIO, tmp_path / "wrong")
    file = tmp_path / "wrong" / "stack.toml"
    file.write_text(file.read_text().replace("{{redis.address}}", "{{cache.address}}"))
    with pytest.raises(InputError, match=r"cache\.address"):
        up(file, name=name)
    assert not stack_folder(name).exists()


def _started(folder: Path) -> tuple[object, ...]:
    state = read_state(folder) if folder.exists() else None
    return () if state is None else state.services
