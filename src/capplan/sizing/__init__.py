"""Sizers: from a workload and a moment to what one resource needs. One file each, one line here."""

from collections.abc import Callable

from capplan.growth import Moment
from capplan.inputs import Inputs
from capplan.requirement import Requirement, ResourceKind
from capplan.sizing import cpu, disk, memory
from capplan.workload import Workload

SIZERS: dict[ResourceKind, Callable[[Inputs, Workload, Moment], Requirement]] = {
    ResourceKind.CPU: cpu.size,
    ResourceKind.MEMORY: memory.size,
    ResourceKind.DISK: disk.size,
}
