"""backup_job: pg_dump of a watched database, again and again, for as long as a step wants to be disturbed by it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from capplan.errors import InputError
from capplan.loadtest.child_process import RUN_MARK
from capplan.machine.absence import AbsentError
from capplan.machine.docker_engine import container_addresses
from capplan.machine.permission import Permission
from capplan.machine.server_url import read_server_url

_PORTS = {"postgresql": 5432, "postgres": 5432}
_END_WITHIN_S = 5.0
# Ends at the end of its input, which comes when its parent is gone, or with a dump that failed.
_LOOP = """
import select, subprocess, sys
while True:
    dump = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while dump.poll() is None:
        if select.select([sys.stdin], [], [], 0.1)[0]:
            dump.kill()
            dump.wait()
            sys.exit(0)
    if dump.returncode:
        sys.exit(1)
"""


class BackupJob:
    """A backup that goes on until it is ended."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _LOOP, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                env=os.environ | environment | {"PYTHONSAFEPATH": "1"},
            )

    @property
    def has_failed(self) -> bool:
        """Whether a dump failed: then there is no backup running any more."""
        return self._process.poll() is not None

    def end(self) -> None:
        """End it, in the middle of a dump."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_WITHIN_S)
        self._process.kill()
        self._process.wait()


def backup_starter(
    url: str | None, program: str | None, allowed: Collection[str], log: Path, mark: str
) -> Callable[[], BackupJob]:
    """Return what starts a backup.

    Parameters
    ----------
    url : of the watched PostgreSQL, its secrets resolved.
    program : pg_dump of the stack; None: the one on PATH.
    allowed : addresses beyond loopback and local containers that may be asked.

    Raises
    ------
    InputError
        If no PostgreSQL is watched, it may not be asked, or there is no pg_dump.
    """
    found = program or shutil.which("pg_dump")
    if url is None or found is None:
        raise InputError(
            "steps: backup",
            found="no url of a watched postgresql" if url is None else "no pg_dump on PATH",
            expected="both",
            remedy="add observe.services.NAME.url, or install PostgreSQL's client programs",
        )
    try:
        read = read_server_url(url, _PORTS)
        host = Permission(frozenset(allowed), container_addresses).address(read.host, read.port)
    except AbsentError as error:
        raise InputError(
            "steps: backup",
            found=str(error),
            expected="a PostgreSQL that may be asked",
            remedy="correct its url",
        ) from error
    user = read.user or "postgres"
    command = [found, "--no-password", "--host", host, "--port", str(read.port), "--username", user]
    command += ["--dbname", read.path.strip("/") or user]
    environment = {RUN_MARK: mark} | ({"PGPASSWORD": read.password} if read.password else {})
    return lambda: BackupJob(command, environment, log)
