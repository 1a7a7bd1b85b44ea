"""backup_job: pg_dump of a watched database, again and again, for as long as a step wants to be disturbed by it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from capplan.errors import InputError
from capplan.loadtest.child_process import RUN_MARK

_LOOP = """
import subprocess, sys
while subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode == 0:
    pass
"""


class BackupJob:
    """A backup that goes on until it is ended."""

    def __init__(self, program: str, url: str, log: Path, mark: str) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _LOOP, program, url],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                env=os.environ | {RUN_MARK: mark},
            )

    def end(self) -> None:
        """End it, in the middle of a dump."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def backup_starter(url: str | None, program: str | None, log: Path, mark: str) -> Callable[[], BackupJob]:
    """Return what starts a backup.

    Raises
    ------
    InputError
        If no PostgreSQL is watched, or there is no pg_dump.
    """
    found = program or shutil.which("pg_dump")
    if url is None or found is None:
        raise InputError(
            "steps: backup",
            found="no url of a watched postgresql" if url is None else "no pg_dump on PATH",
            expected="both",
            remedy="add observe.services.NAME.url, or install PostgreSQL's client programs",
        )
    return lambda: BackupJob(found, url, log, mark)
