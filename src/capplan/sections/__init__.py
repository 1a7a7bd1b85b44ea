"""Sections of the report, one file each: from a plan or a run to a section without words. One line puts it in order."""

from collections.abc import Callable

from capplan.measurements import Measured
from capplan.message import Section
from capplan.plan import Plan
from capplan.sections import (
    actions,
    assumptions,
    balancer,
    compared,
    contradictions,
    cpu,
    derivations,
    disk,
    gpu,
    measured,
    memory,
    operations,
    project,
    proposals,
    scaling,
    servers,
    services,
    summary,
    technology,
    traffic,
    unknown,
    validity,
)

SECTIONS: tuple[Callable[[Plan], Section | None], ...] = (
    project.section,
    technology.section,
    traffic.section,
    cpu.section,
    memory.section,
    disk.section,
    gpu.section,
    balancer.section,
    scaling.section,
    operations.section,
    servers.section,
    summary.section,
    actions.section,
    contradictions.section,
    proposals.section,
    derivations.section,
    assumptions.section,
    unknown.section,
)

RUN_SECTIONS: tuple[Callable[[Measured], Section | None], ...] = (
    measured.section,
    services.section,
    compared.section,
    validity.section,
)
