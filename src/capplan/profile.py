"""ServiceProfile: what the person says about the service, as written in a TOML file.

Only traffic, containers and data are required; each field left out is taken from the assumptions.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from capplan.given import (
    AtLeastOne,
    Bytes,
    BytesPerSecond,
    Count,
    Months,
    Number,
    Positive,
    PositiveShare,
    Seconds,
    Share,
)

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,40}$")]


class Role(StrEnum):
    """What a container does; decides the assumptions that stand in for it."""

    NGINX = "nginx"
    GUNICORN = "gunicorn"
    ASGI = "asgi"
    CELERY = "celery"
    BEAT = "beat"
    POSTGRESQL = "postgresql"
    REDIS = "redis"
    OTHER = "other"


class Part(BaseModel):
    """Base of every table of a profile: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Traffic(Part):
    """The busiest hour. Users, requests per second and think time are tied by Little's law: two are enough.

    Requests per second alone describe an open system, whose clients do not wait for one another.
    """

    concurrent_users: Positive | None = None
    requests_per_s: Positive | None = None
    think_time: Seconds | None = None
    peak_to_mean_ratio: AtLeastOne | None = None
    response_size: Bytes | None = None


class Container(Part):
    """One container: its role, memory without page cache, limits, processes and connections."""

    role: Role
    memory: Bytes | None = None
    memory_per_process: Bytes | None = None
    memory_limit: Bytes | None = None
    cpu_limit_cores: Positive | None = None
    processes: Count | None = None
    threads: Count | None = None
    max_connections: Count | None = None
    connection_pool: Count | None = None
    memory_per_connection: Bytes | None = None
    shared_buffers: Bytes | None = None
    published_ports: tuple[int, ...] = ()


class RequestClass(Part):
    """Requests with the same demands: share of the traffic, processor time and calls per container, other waits."""

    share: PositiveShare
    container: Name | None = None
    cpu: dict[Name, Seconds] = {}
    calls: dict[Name, Number] = {}
    waits: Seconds | None = None
    response_time: Seconds | None = None


class Job(Part):
    """Background work of one kind: how often, where, and what it costs."""

    container: Name | None = None
    per_request_ratio: Number | None = None
    per_hour: Number | None = None
    cpu: dict[Name, Seconds] = {}
    waits: Seconds | None = None

    @model_validator(mode="after")
    def _one_rate(self) -> "Job":
        if (self.per_request_ratio is None) == (self.per_hour is None):
            raise ValueError("exactly one of per_request_ratio and per_hour")
        return self


class WebSockets(Part):
    """Connections that stay open in the busiest hour."""

    connections: Number
    container: Name | None = None
    memory_per_connection: Bytes | None = None
    messages_per_connection_per_s: Number | None = None
    cpu_per_message: Seconds | None = None


class Data(Part):
    """What lies on disk today and how much is added over which time."""

    database: Bytes
    media: Bytes
    growth: Bytes
    growth_over: Months
    bloat_ratio: AtLeastOne | None = None
    wal: Bytes | None = None
    hot_ratio: Share | None = None
    page_reads_per_request: Number | None = None
    commits_per_request: Number | None = None
    per_image: Bytes | None = None
    system: Bytes | None = None


class Growth(Part):
    """How traffic grows, and until when the plan must hold."""

    traffic_per_year_ratio: Number | None = None
    horizon: Months | None = None


class Logs(Part):
    """What every request writes to logs and how long it is kept."""

    per_request: Bytes | None = None
    retention: Seconds | None = None
    rotated: bool = True


class Backups(Part):
    """How the data is copied away."""

    interval: Seconds | None = None
    kept_days: Number | None = None
    off_site: bool = True
    wal_archiving: bool = False
    daily_change_ratio: Share | None = None
    dump_copies: Number | None = None
    dump_speed: BytesPerSecond | None = None
    upload_speed: BytesPerSecond | None = None
    restore_speed: BytesPerSecond | None = None


class Objectives(Part):
    """What the service promises. Without a recovery or availability objective none is invented."""

    response_time: Seconds | None = None
    percentile_ratio: PositiveShare | None = None
    utilization_limit_ratio: PositiveShare | None = None
    availability_ratio: PositiveShare | None = None
    recovery_point: Seconds | None = None
    recovery_time: Seconds | None = None


class Host(Part):
    """What is known of the machine: its speed against the one on which processor times were taken, and its port."""

    cpu_speed_ratio: Positive | None = None
    network_port: BytesPerSecond | None = None
    background_bursts: Number | None = None


class Operations(Part):
    """Facts that decide how the service can be run and scaled."""

    open_ports: tuple[int, ...] = (22, 80, 443)
    monitoring: tuple[Literal["prometheus", "grafana"], ...] = ("prometheus", "grafana")
    dashboard_port: int | None = None
    media_storage: Literal["local", "object"] = "local"
    channel_layer: Literal["redis", "memory", "none"] = "none"


class Stack(Part):
    """What the service is built with: for the description and the GPU verdict."""

    languages: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


class ProposedServer(Part):
    """A server somebody has in mind."""

    name: Name
    cores: Annotated[int, Field(ge=1, le=1024)]
    memory: Bytes
    disk: Bytes
    disk_kind: str = "SSD"
    managed: tuple[Literal["postgresql", "redis"], ...] = ()


class Proposal(Part):
    """What a person or an earlier report claims; judged beside the plan, never used in it."""

    source: str = ""
    memory_at_least: Bytes | None = None
    disk_at_least: Bytes | None = None
    cores_at_least: Number | None = None
    disk_kinds: tuple[str, ...] = ()
    horizontal_ready: bool = False
    load_balancer_for_availability: bool = False
    servers: tuple[ProposedServer, ...] = ()


class ServiceProfile(Part):
    """The whole profile."""

    name: Name = "service"
    as_of: date | None = None
    traffic: Traffic
    containers: dict[Name, Container] = Field(min_length=1)
    data: Data
    classes: dict[Name, RequestClass] = {}
    jobs: dict[Name, Job] = {}
    websockets: WebSockets | None = None
    growth: Growth = Growth()
    logs: Logs = Logs()
    backups: Backups = Backups()
    objectives: Objectives = Objectives()
    host: Host = Host()
    operations: Operations = Operations()
    stack: Stack = Stack()
    assume: dict[str, Number] = {}
    proposal: Proposal | None = None

    def of_role(self, *roles: Role) -> list[str]:
        """Return the names of the containers with one of these roles, in the order of the file."""
        return [name for name, container in self.containers.items() if container.role in roles]
