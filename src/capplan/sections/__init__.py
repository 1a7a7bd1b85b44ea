"""Sections of the report, one file each: from a plan to a section without words. One line here puts it in order."""

from collections.abc import Callable

from capplan.message import Section
from capplan.plan import Plan
from capplan.sections import (
    actions,
    assumptions,
    balancer,
    contradictions,
    cpu,
    derivations,
    disk,
    gpu,
    memory,
    operations,
    project,
    proposals,
    scaling,
    servers,
    summary,
    technology,
    traffic,
    unknown,
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
