"""A backup that runs beside a step: it goes on, it is noticed when it fails, and it outlives nobody."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from capplan.errors import InputError
from capplan.loadtest.backup_job import BackupJob, backup_starter
from tests.truth.processes import ended_within, is_alive

_SIGNS = "p@ss/word"
_URL = "postgresql://reader:p%40ss%2Fword@127.0.0.1:5432/shop"


def _program(folder: Path, text: str) -> str:
    file = folder / "pg_dump"
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)
    return str(file)


def _started(folder: Path, text: str) -> BackupJob:
    return backup_starter(_URL, _program(folder, text), (), folder / "log", "test")()


def _within(seconds: float, folder: Path) -> list[int]:
    """Wait until a dump has said its number, and return all that were said."""
    until_s = time.monotonic() + seconds
    while not (said := folder / "pids").exists() and time.monotonic() < until_s:
        time.sleep(0.02)
    time.sleep(0.1)
    return [int(line) for line in said.read_text().split()]


def test_a_dump_follows_the_other_until_it_is_ended(tmp_path: Path) -> None:
    """Dumps that end well are repeated; at the end the one under way is ended too."""
    job = _started(tmp_path, f"echo $$ >>{tmp_path}/pids; sleep 0.2")
    time.sleep(1.5)
    assert not job.has_failed
    job.end()
    pids = _within(5, tmp_path)
    assert len(pids) >= 3
    assert ended_within(pids, 5.0)


def test_a_dump_that_fails_is_noticed(tmp_path: Path) -> None:
    """After a dump that ends with an error no other follows, and the job says that it has failed."""
    job = _started(tmp_path, f"echo $$ >>{tmp_path}/pids; exit 1")
    until_s = time.monotonic() + 20
    while not job.has_failed and time.monotonic() < until_s:
        time.sleep(0.02)
    assert job.has_failed
    assert 1 == len(_within(5, tmp_path))
    job.end()


def test_a_password_is_in_no_command_line(tmp_path: Path) -> None:
    """The dump gets host, port, user and database as words, and the password in its environment alone."""
    job = _started(tmp_path, f'echo "$@" >{tmp_path}/words; echo "$PGPASSWORD" >{tmp_path}/secret; sleep 5')
    until_s = time.monotonic() + 20
    while not (tmp_path / "secret").exists() and time.monotonic() < until_s:
        time.sleep(0.02)
    time.sleep(0.1)
    job.end()
    words = (tmp_path / "words").read_text().split()
    assert {"127.0.0.1", "5432", "reader", "shop"} <= set(words)
    assert _SIGNS not in " ".join(words)
    assert _SIGNS == (tmp_path / "secret").read_text().strip()


def test_a_backup_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """After SIGKILL of its parent neither the loop nor the dump goes on."""
    program = _program(tmp_path, f"echo $$ >>{tmp_path}/pids; sleep 60")
    code = (
        "import sys, time; from pathlib import Path; from capplan.loadtest.backup_job import backup_starter; "
        "job = backup_starter(sys.argv[1], sys.argv[2], (), Path(sys.argv[3]), 'test')(); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, _URL, program, str(tmp_path / "log")])
    pids = _within(20, tmp_path)
    assert is_alive(pids[0])
    parent.kill()
    parent.wait()
    assert ended_within(pids, 5.0)


@pytest.mark.parametrize("url", [None, "postgresql://reader@192.0.2.1/shop"])
def test_what_may_not_be_asked_is_not_dumped(tmp_path: Path, url: str | None) -> None:
    """Without a URL, and with one of a host that is neither here nor allowed, there is no backup."""
    with pytest.raises(InputError, match="steps: backup"):
        backup_starter(url, _program(tmp_path, "exit 0"), (), Path(os.devnull), "test")
