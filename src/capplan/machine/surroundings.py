"""surroundings: what a probe needs to find what it watches: who else runs here, and where it may ask."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from capplan.machine.docker_engine import Engine
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessTable
from capplan.scenario import Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The machine as the sampler found it."""

    processes: ProcessTable
    permission: Permission
    engine: Engine | None = None
    compose_project: str | None = None
    prometheus: str | None = None
    services: Mapping[str, Observed] = field(default_factory=dict)
    """All services, because some are asked through another, such as a task queue through its broker."""
    own: frozenset[int] = frozenset({os.getpid()})
    """Processes of capplan itself, which belong to no service."""
    root: Path = Path("/")
    """Where the files of control groups begin; elsewhere in tests only."""
