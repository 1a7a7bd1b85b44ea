"""packages: the wheels a stack is made of, installed once for all its runs, each checked against its hash."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from capplan.errors import InputError, TargetError
from capplan.machine.unprivileged import kept_in

_TIMEOUT_S = 900.0


def installed_packages(
    requirements: Path, *, mark: Mapping[str, str], log: Path, tell: Callable[[str], None]
) -> Path:
    """Return the folder of the packages, after installing them where that has not been done.

    Parameters
    ----------
    mark : variable and value by which what is left behind by a killed installation is found.
    log : file for what pip says.

    Raises
    ------
    InputError
        If there is no pip.
    TargetError
        If a package cannot be had.
    """
    folder = _folder(requirements)
    if folder.is_dir():
        return folder
    if find_spec("pip") is None:
        raise InputError(
            sys.executable,
            found="a Python without pip",
            expected="one with pip, which installs the stack's packages once",
            remedy=f"run `{sys.executable} -m ensurepip`, or install python3-pip",
        )
    tell(f"Installing the stack's packages into {folder}, once")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_folder(folder.parent, next(iter(mark.values())))
    try:
        _install(requirements, partial, mark, log)
        with suppress(OSError):  # somebody else was quicker: the same packages
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def remove_partial(mark: str) -> None:
    """Remove what an installation left that was killed."""
    shutil.rmtree(partial_folder(_cache(), mark), ignore_errors=True)


def partial_folder(cache: Path, mark: str) -> Path:
    """Return where packages lie until all of them are there."""
    return cache / f".{mark}.partial"


def _cache() -> Path:
    return kept_in("XDG_CACHE_HOME", root="/var/cache", home=".cache") / "packages"


def _folder(requirements: Path) -> Path:
    """Name it by what decides which wheels are chosen."""
    digest = sha256(requirements.read_bytes()).hexdigest()
    return _cache() / f"{digest}-{platform.python_version()}-{platform.machine()}"


def _install(requirements: Path, target: Path, mark: Mapping[str, str], log: Path) -> None:
    command = (
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--target", str(target), "--require-hashes", "--only-binary", ":all:", "--no-deps"),
        *("--requirement", str(requirements)),
    )
    with log.open("ab") as out:
        try:
            done = subprocess.run(  # noqa: S603 - pip, with a file of ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=os.environ | mark | {"PYTHONSAFEPATH": "1"},  # no module of the folder the caller is in
                umask=0o022,
                timeout=_TIMEOUT_S,
                check=False,
            )
            failed = done.returncode != 0
        except subprocess.TimeoutExpired:
            failed = True
    if failed:
        said = [line for line in log.read_text(errors="replace").splitlines() if "ERROR" in line]
        raise TargetError(
            f"the stack's packages: pip could not install {requirements}: {said[0] if said else 'it gave no reason'}; "
            "see that the package index can be reached, then try again."
        )
