"""progress: what a run tells while it goes on, and who listens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from capplan.loadtest.shard_tail import Lately
from capplan.measurements import StepResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One moment of a step. ``services`` gives busy cores and bytes of memory by name, None where unknown."""

    number: int
    total: int
    """Steps planned; 0 where nobody knows, as in a search."""
    name: str
    phase: str
    left_s: float
    users: int
    lately: Lately
    services: Mapping[str, tuple[float | None, float | None]]
    host_cores: float | None


class View(Protocol):
    """Somebody who watches a run."""

    def phase(self, text: str) -> None:
        """Hear what is being done between steps."""

    def progress(self, progress: Progress) -> None:
        """Hear how the step goes on; called about once a second."""

    def result(self, result: StepResult) -> None:
        """Hear how the step ended."""
