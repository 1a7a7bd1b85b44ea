"""Requirement: what one resource needs at one moment, before it is rounded up to a shape that is sold."""

from dataclasses import dataclass
from enum import StrEnum

from capplan.quantity import Quantity


class ResourceKind(StrEnum):
    """The resources a server is chosen by."""

    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Requirement:
    """The need for one resource (cores, bytes of sold memory, bytes of sold disk) and the parts it is made of."""

    kind: ResourceKind
    need: Quantity
    parts: tuple[Quantity, ...]
