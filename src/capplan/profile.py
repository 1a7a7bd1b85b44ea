"""ServiceProfile: what the person says about the service, as written in a TOML file.

Only traffic, containers and data are required; each field left out is taken from the assumptions.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from capplan.given import (
    AtLeastOne,
    Availability,
    Bytes,
    BytesPerSecond,
    Count,
    Months,
    Number,
    Percentile,
    Positive,
    PositiveShare,
    Seconds,
    Share,
)
from capplan.part import Name, Part, Port, Title
from capplan.proposal import Proposal


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


class Traffic(Part):
    """The busiest hour. Users, requests per second and think time are tied by Little's law: two are enough.

    Requests per second alone describe an open system, whose clients do not wait for one another.
    """

    concurrent_users: Positive | None = None
    """Users at work in the busiest hour, each waiting for a reply before the next request."""
    requests_per_s: Positive | None = None
    """Requests per second in the busiest hour."""
    think_time: Seconds | None = None
    """Mean time between a reply and the same user's next request."""
    peak_to_mean_ratio: AtLeastOne | None = None
    """Busiest hour over daily mean; turns requests per second into daily volume."""
    response_size: Bytes | None = None
    """Mean size of a reply, for the network port."""


class Container(Part):
    """One container: its role, memory without page cache, limits, processes and connections."""

    role: Role
    """What runs in it."""
    memory: Bytes | None = None
    """Memory in use by all its processes together, without page cache."""
    memory_per_process: Bytes | None = None
    """Memory of one process, where memory is not given."""
    memory_limit: Bytes | None = None
    """The limit set for the container."""
    cpu_limit_cores: Positive | None = None
    """The processor limit set for the container."""
    processes: Count | None = None
    """Worker processes (Gunicorn, Celery, ASGI, Nginx)."""
    threads: Count | None = None
    """Threads of each Gunicorn process."""
    max_connections: Count | None = None
    """Connections accepted (PostgreSQL, Nginx per process)."""
    connection_pool: Count | None = None
    """Connections that all workers share in front of PostgreSQL."""
    memory_per_connection: Bytes | None = None
    """Memory of one database connection, where memory is not given."""
    shared_buffers: Bytes | None = None
    """PostgreSQL's shared_buffers."""
    published_ports: tuple[Port, ...] = ()
    """Ports published on the host's outer address."""


class RequestClass(Part):
    """Requests with the same demands: share of the traffic, processor time and calls per container, other waits."""

    share: PositiveShare
    """Share of all requests; the shares of all classes add up to 1."""
    container: Name | None = None
    """The container that answers; left out: the first that can."""
    cpu: dict[Name, Seconds] = {}
    """Processor time per call, by container."""
    calls: dict[Name, Number] = {}
    """Calls per request, by container; left out: 1."""
    waits: Seconds | None = None
    """Waits of a request that are not processor time, such as a call to another service."""
    response_time: Seconds | None = None
    """Its own objective for the response time."""


class Job(Part):
    """Background work of one kind: how often, where, and what it costs."""

    container: Name | None = None
    """The container that runs it; left out: the first Celery worker."""
    per_request_ratio: Number | None = None
    """Jobs that one request enqueues on average."""
    per_hour: Number | None = None
    """Jobs per hour that do not depend on requests."""
    cpu: dict[Name, Seconds] = {}
    """Processor time per job, by container."""
    waits: Seconds | None = None
    """Waits of a job that are not processor time."""

    @model_validator(mode="after")
    def _one_rate(self) -> "Job":
        if (self.per_request_ratio is None) == (self.per_hour is None):
            raise ValueError("exactly one of per_request_ratio and per_hour")
        return self


class WebSockets(Part):
    """Connections that stay open in the busiest hour."""

    connections: Number
    """Connections open in the busiest hour."""
    container: Name | None = None
    """The container that holds them; left out: the first ASGI server."""
    memory_per_connection: Bytes | None = None
    """Memory of one connection."""
    messages_per_connection_per_s: Number | None = None
    """Messages per second and connection."""
    cpu_per_message: Seconds | None = None
    """Processor time of one message."""


class Data(Part):
    """What lies on disk today and how much is added over which time."""

    database: Bytes
    """Size of the database today."""
    media: Bytes
    """Size of uploaded files today."""
    growth: Bytes
    """What is added to database and media together, in proportion to their sizes."""
    growth_over: Months
    """The time in which it is added."""
    bloat_ratio: AtLeastOne | None = None
    """Size with dead rows over size without."""
    wal: Bytes | None = None
    """Room for the write-ahead log."""
    hot_ratio: Share | None = None
    """Share of the database that is read again and again."""
    page_reads_per_request: Number | None = None
    """Pages of the database that a request reads."""
    commits_per_request: Number | None = None
    """Transactions that a request commits."""
    per_image: Bytes | None = None
    """Size of one container image."""
    system: Bytes | None = None
    """Operating system and Docker on disk."""


class Growth(Part):
    """How traffic grows, and until when the plan must hold."""

    traffic_per_year_ratio: Number | None = None
    """Growth of traffic per year: 0.2 is 20 %, compounded."""
    horizon: Months | None = None
    """Until when the recommended server must do."""


class Logs(Part):
    """What every request writes to logs and how long it is kept."""

    per_request: Bytes | None = None
    """Bytes that all logs together write per request."""
    retention: Seconds | None = None
    """How long logs are kept."""
    rotated: bool = True
    """Whether logs are rotated at all."""


class Backups(Part):
    """How the data is copied away."""

    interval: Seconds | None = None
    """Time between two backups."""
    kept_days: Number | None = None
    """Days a backup is kept."""
    off_site: bool = True
    """Whether backups leave the machine."""
    wal_archiving: bool = False
    """Whether the write-ahead log is archived between backups."""
    daily_change_ratio: Share | None = None
    """Share of the data that is new or changed in a day."""
    dump_copies: Number | None = None
    """Dumps that lie on the machine at once."""
    dump_speed: BytesPerSecond | None = None
    """Speed of reading the database."""
    upload_speed: BytesPerSecond | None = None
    """Speed of sending away."""
    restore_speed: BytesPerSecond | None = None
    """Speed of restoring the database."""


class Objectives(Part):
    """What the service promises. Without a recovery or availability objective none is invented."""

    response_time: Seconds | None = None
    """Longest response time that the percentile may have."""
    percentile_ratio: Percentile | None = None
    """Share of requests of each class that must be faster."""
    utilization_limit_ratio: PositiveShare | None = None
    """Ceiling of processor utilization in the busiest hour, bursts included."""
    availability_ratio: Availability | None = None
    """Share of time in which the service must be up."""
    recovery_point: Seconds | None = None
    """Longest time whose data may be lost."""
    recovery_time: Seconds | None = None
    """Longest time until the service is back after a disaster."""


class Host(Part):
    """What is known of the machine: its speed against the one on which processor times were taken, and its port."""

    cpu_speed_ratio: Positive | None = None
    """Speed of a core over the one on which processor times were taken."""
    network_port: BytesPerSecond | None = None
    """Speed of the network port."""
    background_bursts: Number | None = None
    """Background jobs that may each keep a core busy in the busiest hour."""


class Operations(Part):
    """Facts that decide how the service can be run and scaled."""

    open_ports: tuple[Port, ...] = (22, 80, 443)
    """Ports open to the outside."""
    monitoring: tuple[Literal["prometheus", "grafana"], ...] = ("prometheus", "grafana")
    """Monitoring that runs on the same host."""
    dashboard_port: Port | None = None
    """Port of the dashboard; left out: Grafana's 3000."""
    media_storage: Literal["local", "object"] = "local"
    """Where uploaded files lie."""
    channel_layer: Literal["redis", "memory", "none"] = "none"
    """What carries WebSocket messages between processes."""


class Stack(Part):
    """What the service is built with: for the description and the GPU verdict."""

    languages: tuple[str, ...] = ()
    """Programming languages."""
    libraries: tuple[str, ...] = ()
    """Frameworks and libraries."""


class ServiceProfile(Part):
    """The whole profile."""

    name: Title = "service"
    """A name for the service."""
    as_of: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))] | None = None
    """The day the profile describes; left out: today."""
    traffic: Traffic
    """The busiest hour."""
    containers: dict[Name, Container] = Field(min_length=1)
    """Containers by name."""
    data: Data
    """Data on disk."""
    classes: dict[Name, RequestClass] = {}
    """Request classes by name."""
    jobs: dict[Name, Job] = {}
    """Background jobs by name."""
    websockets: WebSockets | None = None
    """WebSocket connections."""
    growth: Growth = Growth()
    """Growth and horizon."""
    logs: Logs = Logs()
    """Logs."""
    backups: Backups = Backups()
    """Backups."""
    objectives: Objectives = Objectives()
    """Objectives."""
    host: Host = Host()
    """The machine."""
    operations: Operations = Operations()
    """Operations."""
    stack: Stack = Stack()
    """What it is built with."""
    assume: dict[str, Number] = {}
    """Assumptions to replace, by key, in the unit of the list."""
    proposal: Proposal | None = None
    """Servers somebody has in mind."""

    def of_role(self, *roles: Role) -> list[str]:
        """Return the names of the containers with one of these roles, in the order of the file."""
        return [name for name, container in self.containers.items() if container.role in roles]
