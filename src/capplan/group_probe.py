"""group_probe: one service watched by its control group, whichever version, through restarts of its container."""

import os
from collections.abc import Callable
from contextlib import suppress

from capplan.machine.absence import AbsentError, reason
from capplan.machine.control_groups import Group, group_at, group_of_process
from capplan.machine.kernel_files import read_kernel_file
from capplan.machine.process_family import ProcessFamily
from capplan.machine.process_table import ProcessTable
from capplan.machine.surroundings import Surroundings
from capplan.probe import WHOLE, Absences, Readings, Statistics, gather
from capplan.scenario import Observed

_LOOK_EVERY = 5
"""Looks between two searches for a group that is gone."""


class GroupProbe:
    """Reads the counters of a control group, and looks at the processes in it.

    Parameters
    ----------
    locate : finds the group, again after a restart.
    readings : how its statistics are read in its version.
    """

    def __init__(self, by: str, locate: Callable[[], Group], readings: Readings[Group]) -> None:
        self.by = by
        self.absent: Absences = {}
        self._locate = locate
        self._readings = readings
        self._restarts = 0
        self._missed = 0
        self._family = ProcessFamily()
        self._group = locate()
        self._inode = self._group.inode()

    @property
    def identity(self) -> str:
        """Return the container, or the folder, and the number of this very group."""
        return f"{self._group.container or self._group.folder} {self._inode}"

    def count(self, processes: ProcessTable) -> Statistics:
        """Return the counters; none while the group is gone."""
        if not self._is_there():
            return {"restarts": self._restarts}
        found = gather(self._readings, self._group, self.absent)
        members = [processes.get(pid) for pid in self._pids()]
        self._family.take(processes, [each for each in members if each is not None])
        found["processes"] = self._family.processes
        found["processes_ended"] = self._family.ended
        found["restarts"] = self._restarts
        if self._family.rss_bytes:
            found["rss_bytes"] = self._family.rss_bytes
        return found

    def weigh(self) -> Statistics:
        """Return the proportional memory of the processes in the group."""
        return gather(_COSTLY, self._family, self.absent)

    def _is_there(self) -> bool:
        try:
            if self._group.inode() == self._inode:
                return True
        except OSError:
            pass
        self._missed += 1
        if self._missed % _LOOK_EVERY != 1:
            return False
        try:
            group = self._locate()
            inode = group.inode()
        except (AbsentError, OSError) as error:
            self.absent.setdefault(WHOLE, reason(error))
            return False
        self._group, self._inode, self._missed = group, inode, 0
        self._restarts += 1
        self.absent.pop(WHOLE, None)
        return True

    def _pids(self) -> list[int]:
        """Return the processes in the group and in those below it."""
        found: list[int] = []
        folders = [self._group.folder]
        while folders:
            folder = folders.pop()
            with suppress(OSError):  # it has just been removed
                found += [int(pid) for pid in read_kernel_file(f"{folder}/cgroup.procs").split()]
                folders += [each.path for each in os.scandir(folder) if each.is_dir(follow_symlinks=False)]
        return found


def _pss(family: ProcessFamily) -> tuple[float, ...]:
    return (family.proportional_bytes()[0],)


_COSTLY: Readings[ProcessFamily] = {("pss_bytes",): _pss}


def locator(name: str, watched: Observed, around: Surroundings) -> Callable[[], Group] | None:
    """Return what finds the control group of a service, or None if no group and no container is named for it."""
    if watched.cgroup is not None:
        path = watched.cgroup
        return lambda: group_at(path, root=around.root)
    if watched.container is not None:
        container = watched.container
        return lambda: _of_container(container, around)
    project = around.compose_project
    if project is not None and not (watched.pid or watched.pid_file or watched.process):
        service = watched.compose_service or name
        return lambda: _of_compose_service(project, service, around)
    return None


def _of_container(container: str, around: Surroundings) -> Group:
    if around.engine is None:
        raise AbsentError("there is no Docker engine on this machine")
    found = around.engine.container(container)
    group = group_of_process(found.pid, root=around.root)
    if found.id not in group.folder:
        raise AbsentError(
            f"process {found.pid} here is not in the container {container}: the engine runs on another kernel"
        )
    return Group(version=group.version, folders=group.folders, container=found.id)


def _of_compose_service(project: str, service: str, around: Surroundings) -> Group:
    if around.engine is None:
        raise AbsentError("there is no Docker engine on this machine")
    named = around.engine.containers(project, service)
    if len(named) != 1:
        raise AbsentError(f"{len(named)} containers run for the Compose service {service}, not one")
    return _of_container(named[0].id, around)
