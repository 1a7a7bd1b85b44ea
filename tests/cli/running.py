"""Runs capplan as a person does: the installed command, in a folder of its own, without a terminal."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROFILE = """\
name = "shop"
[traffic]
concurrent_users = 20
requests_per_s = 2
[containers]
web = { role = "gunicorn", memory = "900 MB" }
db = { role = "postgresql", memory = "1 GB" }
[data]
database = "20 GB"
media = "20 GB"
growth = "60 GB"
growth_over = "24 months"
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


def capplan(*words: str, folder: Path) -> Run:
    """Run ``capplan`` with these words in a folder."""
    command = Path(sys.executable).with_name("capplan")
    done = subprocess.run(
        [str(command), *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1"},
        timeout=120,
        encoding="utf-8",
    )
    return Run(code=done.returncode, out=done.stdout, err=done.stderr)
