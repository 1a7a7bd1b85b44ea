"""unprivileged: as whom services run when root calls, and how that user comes to what it cannot reach."""

import os
import pwd
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capplan.errors import InputError

_USER = "nobody"
_NOT_NEEDED = (
    "site-packages",
    "dist-packages",
    "test",
    "idlelib",
    "turtledemo",
    "tkinter",
    "lib2to3",
    "ensurepip",
    "config-*",
)
_READABLE = 0o444


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine."""

    uid: int
    gid: int

    def spawning(self) -> dict[str, Any]:
        """Return what ``subprocess`` needs to run something as this user."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def make_folder(self, path: Path) -> Path:
        """Make a folder that only this user, and root, may enter."""
        path.mkdir(mode=0o700)
        if os.geteuid() != self.uid:
            os.chown(path, self.uid, self.gid)
        return path

    def take(self, folder: Path) -> None:
        """Give this user, and nobody else, a folder and all in it; of a caller's own only have it removable."""
        for here, folders, files in os.walk(folder):
            if os.geteuid() == self.uid:
                Path(here).chmod(stat.S_IMODE(Path(here).stat().st_mode) | stat.S_IRWXU)
                continue
            os.lchown(here, self.uid, self.gid)
            Path(here).chmod(0o700)
            for path in (Path(here) / name for name in (*folders, *files)):
                os.lchown(path, self.uid, self.gid)
                if path.is_file() and not path.is_symlink():
                    path.chmod(0o600)

    def reaches(self, path: Path) -> bool:
        """Tell whether this user can read a file or folder: enter every folder above it, and it."""
        if os.geteuid() == self.uid:
            return os.access(path, os.R_OK)
        whole = path.resolve()
        needed = stat.S_IROTH | stat.S_IXOTH if whole.is_dir() else stat.S_IROTH
        return self._may(whole, needed) and all(self._may(each, stat.S_IXOTH) for each in whole.parents)

    def _may(self, path: Path, needed: int) -> bool:
        found = path.stat()
        if found.st_uid == self.uid:
            needed <<= 6
        elif found.st_gid == self.gid:
            needed <<= 3
        return found.st_mode & needed == needed


@contextmanager
def opened_to_services() -> Iterator[None]:
    """Make folders meanwhile that others may enter where root calls, whatever its umask: services are others."""
    if os.geteuid() != 0:
        yield
        return
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def service_account() -> Account:
    """Return as whom services run: the caller, or ``nobody`` where that is root.

    Raises
    ------
    InputError
        If root calls and there is no such user.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        found = pwd.getpwnam(_USER)
    except KeyError as error:
        raise InputError(
            "stack",
            found=f"root as the caller, and no user {_USER!r}",
            expected="a user without privileges, for no service runs as root",
            remedy="call capplan as another user",
        ) from error
    return Account(found.pw_uid, found.pw_gid)


def kept_in(variable: str, *, root: str, home: str) -> Path:
    """Return a folder for files of capplan: where the variable says, or below the caller's home.

    That of root lies where other users may come, for no service runs as root.
    """
    given = os.environ.get(variable)
    if given:
        return Path(given).absolute() / "capplan"
    return (Path(root) if os.geteuid() == 0 else Path.home() / home) / "capplan"


def within_reach(account: Account, source: Path, target: Path) -> Path:
    """Return a folder where the account can read it: where it lies, or else linked into the target."""
    if account.reaches(source):
        return source
    return link_tree(source, target)


def link_tree(source: Path, target: Path, *, without: tuple[str, ...] = ()) -> Path:
    """Make the same tree elsewhere: folders that all may enter, files linked where they can be and else copied."""
    shutil.copytree(source, target, copy_function=_linked, ignore=shutil.ignore_patterns(*without))
    for folder, _, _ in os.walk(target):
        Path(folder).chmod(0o755)
    return target


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python without any package, and what its processes need in their environment."""

    command: tuple[str, ...]
    environment: dict[str, str]


def interpreter_within_reach(account: Account, target: Path) -> Interpreter:
    """Return the running interpreter, outside of its virtual environment, or a copy that the account can reach."""
    program = Path(sys.executable).resolve()
    library = Path(os.__file__).resolve().parent
    if account.reaches(program) and account.reaches(library / "os.py"):
        return Interpreter((str(program), "-S"), {})
    base = Path(sys.base_prefix).resolve()
    there = target / library.relative_to(base)
    there.parent.mkdir(parents=True)
    link_tree(library, there, without=_NOT_NEEDED)
    for shared in base.glob("lib/libpython*"):
        _linked(str(shared.resolve()), str(target / "lib" / shared.name))
    (target / "bin").mkdir()
    copy = target / "bin" / program.name
    _linked(str(program), str(copy))
    return Interpreter((str(copy), "-S"), {"LD_LIBRARY_PATH": str(target / "lib")})


def _linked(source: str, target: str) -> str:
    """Link a file that everybody may read; copy any other, and any that cannot be linked."""
    if os.stat(source).st_mode & _READABLE == _READABLE:  # noqa: PTH116 - a tree has ten thousand of them
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return target
    shutil.copy2(source, target)
    Path(target).chmod(Path(target).stat().st_mode | _READABLE)
    return target
