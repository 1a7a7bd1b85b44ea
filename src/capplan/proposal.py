"""proposal: the servers somebody has in mind and what is claimed of them, as written in a profile."""

from typing import Annotated, Literal

from pydantic import Field

from capplan.given import Number, Size
from capplan.part import Name, Part


class ProposedServer(Part):
    """A server somebody has in mind."""

    name: Name
    """A name for the server."""
    cores: Annotated[int, Field(ge=1, le=1024)]
    """Its vCPU."""
    memory: Size
    """Its memory as it is sold: "8 GB" has 8 GiB."""
    disk: Size
    """Its disk."""
    disk_kind: str = "SSD"
    """Its kind of disk."""
    managed: tuple[Literal["postgresql", "redis"], ...] = ()
    """Services the provider runs beside it."""


class Proposal(Part):
    """What a person or an earlier report claims; judged beside the plan, never used in it."""

    source: str = ""
    """Where the claims come from."""
    services_memory: Size | None = None
    """What it estimates all services together to hold in memory."""
    memory_at_least: Size | None = None
    """The memory it asks for at least."""
    disk_at_least: Size | None = None
    """The disk it asks for at least."""
    cores_at_least: Number | None = None
    """The cores it asks for at least."""
    disk_kinds: tuple[str, ...] = ()
    """The kinds of disk it names."""
    horizontal_ready: bool = False
    """Whether it calls the service ready for more servers."""
    load_balancer_for_availability: bool = False
    """Whether it calls a load balancer high availability."""
    servers: tuple[ProposedServer, ...] = ()
    """The servers it proposes, smallest first."""
