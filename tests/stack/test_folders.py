"""What a stack leaves in its folder is for its services alone, is found again, and goes."""

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

import capplan.stack
from capplan.errors import TargetError
from capplan.machine.process_table import ProcessReader
from capplan.machine.unprivileged import Account, Interpreter, service_account
from capplan.profile import Role
from capplan.stack import down, observed_by, start, up
from capplan.stack.layout import Layout
from capplan.stack.packages import installed_packages
from capplan.stack.state import ServiceState, StackState, read_state, stack_folder, write_state
from capplan.stack_file import StackFile, StackService

_NOT_ROOT = "only root runs services as somebody else"
_FILE = """\
base_url = "http://{{it.address}}"
requirements = "requirements.txt"
application = "app"
[[services]]
name = "it"
kind = "other"
command = ["sleep", "60"]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a small stack file, and keep states in a folder of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "app").mkdir()
    (tmp_path / "requirements.txt").touch()
    found = tmp_path / "stack.toml"
    found.write_text(_FILE, encoding="utf-8")
    return found


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.skipif(os.geteuid() != 0, reason=_NOT_ROOT)
def test_a_copy_is_given_to_the_services_and_to_nobody_else(tmp_path: Path) -> None:
    """Folders and files are theirs alone; what a link leads to stays as it was."""
    secret = tmp_path / "secret"
    secret.touch(mode=0o640)
    copy = tmp_path / "copy"
    (copy / "inner").mkdir(parents=True)
    (copy / "inner" / ".env").touch(mode=0o644)
    (copy / "link").symlink_to(secret)
    account = service_account()
    account.take(copy)
    assert [account.uid] * 4 == [
        each.lstat().st_uid for each in (copy, copy / "inner", copy / "inner" / ".env", copy / "link")
    ]
    assert (0o700, 0o700, 0o600) == tuple(_mode(copy / each) for each in ("", "inner", "inner/.env"))
    assert (0, 0o640) == (secret.stat().st_uid, _mode(secret))


def test_a_callers_own_copy_keeps_its_modes_and_can_be_removed(tmp_path: Path) -> None:
    """Where services run as the caller, no file is opened to others, and folders can be emptied."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / ".env").touch(mode=0o600)
    (tmp_path / "inner").chmod(0o500)
    Account(os.geteuid(), os.getegid()).take(tmp_path)
    assert (0o700, 0o600) == (_mode(tmp_path / "inner"), _mode(tmp_path / "inner" / ".env"))


def test_links_of_an_application_are_copied_as_links(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to a file that only the caller may read does not become a copy of it."""
    (file.parent / "secret").touch()
    (file.parent / "app" / "link").symlink_to(file.parent / "secret")
    monkeypatch.setattr("capplan.stack.layout.installed_packages", lambda *_, **__: file.parent / "app")
    copied: list[bool] = []

    def looking(layout: Layout, *_: Any) -> StackState:  # noqa: ANN401 - not looked at
        copied.append((layout.application / "link").is_symlink())
        raise TargetError("enough")

    monkeypatch.setattr(capplan.stack, "start_services", looking)
    with pytest.raises(TargetError, match="enough"):
        up(file, name="links")
    assert [True] == copied


@pytest.mark.skipif(os.geteuid() != 0, reason=_NOT_ROOT)
def test_services_come_to_their_folders_whatever_roots_umask(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a umask that closes all, the folder of a stack may be entered by others; the umask is as before."""
    modes: list[int] = []

    def looking(_file: Path, _stack: StackFile, folder: Path, *_: Any) -> Layout:  # noqa: ANN401 - not looked at
        modes.extend(_mode(each) for each in (folder, folder.parent))
        raise TargetError("enough")

    monkeypatch.setattr(capplan.stack, "lay_out", looking)
    before = os.umask(0o077)
    try:
        with pytest.raises(TargetError, match="enough"):
            up(file, name="closed")
    finally:
        kept = os.umask(before)
    assert ([0o755, 0o755], 0o077) == (modes, kept)


def test_a_file_that_cannot_be_removed_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking down ends with the name of what resists, and does not try for ever."""
    del file
    folder = stack_folder("stuck")
    (folder / "web").mkdir(parents=True)
    (folder / "web" / "kept").touch()
    monkeypatch.setattr(capplan.stack, "_REMOVED_WITHIN_S", 0.0)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    with pytest.raises(TargetError, match=f"{folder}/web/kept cannot be removed"):
        down("stuck")


def test_a_stack_of_before_the_machine_was_started_anew_is_not_watched(file: Path) -> None:
    """A state whose processes' numbers are somebody else's now is that of a stack which is not up."""
    del file
    folder = stack_folder("old")
    folder.mkdir(parents=True)
    own = ProcessReader().read().get(os.getpid())
    assert own is not None
    for start_ticks, watched in ((own.start_ticks, {"web"}), (own.start_ticks - 1, None)):
        service = ServiceState(name="web", kind=Role.OTHER, pid=own.pid, start_ticks=start_ticks, log="")
        write_state(folder, StackState(name="old", mark="m", base_url="http://it", services=(service,)))
        found = observed_by("old")
        assert watched == (found if found is None else found.keys())


def test_a_server_that_hides_its_mark_is_noted_before_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If starting is interrupted, the program by which the server is found already stands in the state."""
    program = tmp_path / "valkey-server"
    program.touch()
    monkeypatch.setenv("REDIS_BIN", str(program))
    for name in ("logs", "cache"):
        (tmp_path / name).mkdir()
    service = StackService(name="cache", kind=Role.REDIS)
    layout = Layout(
        stack=StackFile(base_url="", requirements="", application="", services=(service,)),
        source=tmp_path,
        folder=tmp_path,
        mark="m",
        account=Account(os.geteuid(), os.getegid()),
        packages=tmp_path,
        application=tmp_path,
        interpreter=Interpreter((), {}),
        values={"cache.port": "1"},
    )

    def interrupted(*_: Any, **__: Any) -> None:  # noqa: ANN401 - not looked at
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start.start_services(layout, StackState(name="it", mark="m"), lambda _: None)
    state = read_state(tmp_path)
    assert state is not None
    assert (str(program),) == state.programs


def test_pip_runs_nothing_that_lies_where_the_caller_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No module in the caller's folder is imported while packages are installed, whatever it is named."""
    here = tmp_path / "here"
    here.mkdir()
    for name in ("pip", "typing", "json"):
        (here / f"{name}.py").write_text("raise SystemExit('what lies here was run')")
    (tmp_path / "requirements.txt").write_text("# none\n")
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    log = tmp_path / "pip.log"
    installed_packages(
        tmp_path / "requirements.txt", mark={"CAPPLAN_STACK": "m"}, log=log, tell=lambda _: None
    )
    assert "what lies here was run" not in log.read_text()
