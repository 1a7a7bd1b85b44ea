"""control_groups: where the kernel keeps the counters of a container or a unit: version 1 or 2, and which folders."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from capplan.machine.absence import AbsentError

_V1, _V2 = "cgroup", "cgroup2"
_UNIFIED = ""
_CONTROLLERS = ("cpuacct", "cpu", "memory", "blkio")
"""Those of version 1 that count something; the first is the one that a service cannot be watched without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A control group: one folder for each controller in version 1, one for all (named "") in version 2."""

    version: int
    folders: Mapping[str, str]
    container: str = ""

    def file(self, controller: str, name: str) -> str:
        """Return the path of one of its files.

        Raises
        ------
        AbsentError
            If it is in no group of this controller, but in that of the whole machine.
        """
        folder = self.folders.get(_UNIFIED) or self.folders.get(controller)
        if folder is None:
            raise AbsentError(f"it has no control group of {controller}")
        return f"{folder}/{name}"

    @property
    def folder(self) -> str:
        """Return the folder whose change of identity is a restart."""
        return next(self.folders[each] for each in (_UNIFIED, *_CONTROLLERS) if each in self.folders)

    def inode(self) -> int:
        """Return the number of its folder, which no later group has.

        Raises
        ------
        OSError
            If the group is gone.
        """
        return Path(self.folder).stat().st_ino


@dataclass(frozen=True, slots=True)
class _Mount:
    kind: str
    point: str
    base: str
    """What of the hierarchy is mounted there: not all of it inside a container."""
    controllers: tuple[str, ...]


def group_of_process(pid: int, *, root: Path = Path("/")) -> Group:
    """Return the control group of a process.

    Raises
    ------
    AbsentError
        If it has none that can be read.
    """
    try:
        lines = (root / f"proc/{pid}/cgroup").read_text().splitlines()
    except OSError as error:
        raise AbsentError(f"there is no process {pid}") from error
    paths: dict[str, str] = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if path != "/" or not controllers:  # the first group of version 1 is the whole machine
            paths.update(dict.fromkeys(controllers.split(","), path))
    return _group(paths.get, root)


def group_at(path: str, *, root: Path = Path("/")) -> Group:
    """Return the control group of a folder, or of a path below the mount.

    Raises
    ------
    AbsentError
        If there is none.
    """
    below = path
    for mount in _mounts(root):
        if path.startswith(f"{mount.point}/"):
            below = path.removeprefix(mount.point)
    return _group(lambda _: f"/{below.strip('/')}", root)


def _group(path_of: Callable[[str], str | None], root: Path) -> Group:
    mounts = list(_mounts(root))
    unified = next((mount for mount in mounts if mount.kind == _V2 and _governs(mount, root)), None)
    if unified is not None:
        found = {_UNIFIED: _folder(unified, path_of(_UNIFIED), root)}
    else:
        found = {
            controller: _folder(mount, path_of(controller), root)
            for mount in mounts
            if mount.kind == _V1
            for controller in mount.controllers
        }
    folders = {controller: folder for controller, folder in found.items() if folder is not None}
    if not folders:
        raise AbsentError("there is no such control group")
    return Group(version=2 if unified else 1, folders=folders)


def _folder(mount: _Mount, path: str | None, root: Path) -> str | None:
    if path is None:
        return None
    below = path.removeprefix(mount.base) if mount.base != "/" else path
    folder = root / f"{mount.point}/{below}".replace("//", "/").strip("/")
    return str(folder) if folder.is_dir() else None


def _governs(mount: _Mount, root: Path) -> bool:
    """Say whether version 2 counts what matters: machines with both versions mount it empty, or nearly so."""
    try:
        controllers = (root / mount.point.strip("/") / "cgroup.controllers").read_text().split()
    except OSError:
        return False
    return not {"cpu", "memory"}.isdisjoint(controllers)


def _mounts(root: Path) -> Iterator[_Mount]:
    """Read /proc/self/mountinfo; see proc(5) for its fields."""
    try:
        lines = (root / "proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if kind in (_V1, _V2):
            base, point = before.split(" ")[3:5]
            controllers = tuple(each for each in _CONTROLLERS if each in options.split(","))
            yield _Mount(kind, point, base, controllers)
