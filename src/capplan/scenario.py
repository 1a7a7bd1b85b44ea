"""Scenario: what to load, how, and how to watch it, as written in a TOML file."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from capplan.part import IN_THE_CLEAR, Name, Part, Title, read_time
from capplan.profile import Role

PERCENTILES = (0.5, 0.9, 0.95, 0.99)
"""Which percentiles of the response time a step reports."""
_LONGEST_STEP_S = 4 * 3600.0
_SECRET = re.compile("authorization|cookie|token|secret|key|password", re.IGNORECASE)
_ENVIRONMENT = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}")


def _without_password(url: str) -> str:
    if "@" in url:
        raise PydanticCustomError(
            IN_THE_CLEAR, "an address without user and password: these belong into headers"
        )
    return url


def _password_by_reference(url: str) -> str:
    """Refuse a password in the clear; the message does not repeat it."""
    credentials = url.rpartition("@")[0].rpartition("//")[2]
    password = credentials.partition(":")[2]
    if password and not _ENVIRONMENT.fullmatch(password):
        raise PydanticCustomError(
            IN_THE_CLEAR, "a password only as ${{NAME}} of the environment, in capitals"
        )
    return url


def _secrets_by_reference(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if _SECRET.search(name) and not _ENVIRONMENT.search(value):
            raise PydanticCustomError(
                IN_THE_CLEAR, "a header of this name only with ${{NAME}} of the environment, in capitals"
            )
    return headers


def _reported(percentile: float) -> float:
    if percentile not in PERCENTILES:
        raise ValueError(f"one of {', '.join(map(str, PERCENTILES))}")
    return percentile


Duration = Annotated[
    float,
    BeforeValidator(lambda raw: read_time(raw, "60 s")),
    Field(ge=0, le=_LONGEST_STEP_S),
    PlainSerializer(lambda seconds: f"{seconds!r} s", return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"const": 0}], "examples": ["60 s"]}),
]
"""Seconds, written with a unit."""


class Observed(Part):
    """How one service is found. Its name is that of the container in the profile it is compared with."""

    kind: Role = Role.OTHER
    """What runs there."""
    container: str | None = None
    """Name or id of a running container."""
    compose_service: str | None = None
    """Service of the Compose project that is watched; left out: the name of this table."""
    cgroup: str | None = None
    """Folder of a control group, or its path below the mount."""
    pid: Annotated[int, Field(ge=2)] | None = None
    """A process; its children are watched with it."""
    pid_file: str | None = None
    """File with the number of a process."""
    process: str | None = None
    """Start of a command line; all processes of this user that begin so, with their children."""
    url: Annotated[str, AfterValidator(_password_by_reference)] | None = None
    """Where the server answers about itself, e.g. postgresql://user@127.0.0.1:5432/shop; a password only as ${NAME}."""
    access_log: str | None = None
    """Nginx: file of its access log, written with $request_time and $upstream_response_time."""
    queue: str = "celery"
    """Celery: name of the queue in Redis."""


class Observe(Part):
    """How the target is watched; everything left out means: not at all."""

    compose_project: str | None = None
    """Project of Docker Compose; its services are found by their labels."""
    prometheus: Annotated[str, AfterValidator(_without_password)] | None = None
    """Base URL of a Prometheus that already watches the target."""
    interval: Duration = 1.0
    """Time between two samples."""
    memory_interval: Duration = 10.0
    """Time between two readings of proportional memory, which are costly."""
    services: dict[Name, Observed] = {}
    """Services by name."""


class Load(Part):
    """Who sends requests."""

    locustfile: str | None = None
    """A locustfile, used as it is, beside this file."""
    user_classes: tuple[str, ...] = ()
    """Its user classes to run; left out: all."""
    paths: tuple[str, ...] = ("/",)
    """Without a locustfile: paths that every user asks for in turn."""
    think_time: Duration | None = None
    """Mean think time of closed users, exponential; left out: what the locustfile says, else that of the profile."""
    headers: Annotated[dict[str, str], AfterValidator(_secrets_by_reference)] = {}
    """Headers of every request; a secret only as ${NAME} of the environment."""
    timeout: Duration = 30.0
    """Longest time a request may take."""
    most_requests_per_s: Annotated[float, Field(gt=0, le=20000)] = 2000.0
    """Cap on the offered rate."""
    most_users: Annotated[int, Field(ge=1, le=20000)] = 5000
    """Cap on the number of users."""
    verify_tls: bool = True
    """Whether certificates are checked."""


class Step(Part):
    """One step of a run."""

    kind: Literal["idle", "burst", "users", "rate"]
    """idle: nothing is sent; burst: one user without think time; users: closed, N users and think time; rate: open,
    Poisson arrivals."""
    users: Annotated[int, Field(ge=1)] | None = None
    """Users of a closed step; of an open one, how many may be busy at once."""
    rate: Annotated[float, Field(gt=0)] | None = None
    """Arrivals per second of an open step."""
    only: str | None = None
    """Run this task of the locustfile only (its function's name)."""
    think_time: Duration | None = None
    """Think time of this step."""
    duration: Duration = 60.0
    """Length of the measurement window."""
    settle: Duration = 10.0
    """Time before it that is never used."""
    repeats: Annotated[int, Field(ge=1, le=100)] = 1
    """How often the step is run; repeats are shuffled among all steps, with the run's seed."""
    backup: bool = False
    """Run pg_dump of the watched PostgreSQL meanwhile."""
    climbing: bool = False
    """Come after all others, and only while the target still keeps up: left out once the users of an earlier step
    waited longer than a quarter of their think time, or an open step carried less than nine tenths of its rate."""

    @model_validator(mode="after")
    def _whole(self) -> "Step":
        if self.kind == "users" and self.users is None:
            raise ValueError("users, for a step of kind users")
        if self.kind == "rate" and self.rate is None:
            raise ValueError("rate, for a step of kind rate")
        if self.kind in ("idle", "burst") and (self.users or self.rate):
            raise ValueError(f"neither users nor rate for a step of kind {self.kind}")
        return self


class Gates(Part):
    """Limits of validity: beyond them a step is kept, and never used."""

    little_ratio: Annotated[float, Field(gt=0, le=1)] = 0.03
    """|N - X (R + Z)| / N of a closed step."""
    achieved_ratio: Annotated[float, Field(gt=0, le=1)] = 0.98
    """Requests sent over requests intended, of an open step."""
    error_ratio: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Requests that failed."""
    generator_cores_ratio: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Busiest process of the generator, of one core."""
    loop_lag: Duration = 0.005
    """99th percentile of the delay of the generator's event loop."""
    throttled_ratio: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Periods in which a container was throttled."""
    sampler_gap: Duration = 3.0
    """Longest time between two samples."""
    foreign_cores: Annotated[float, Field(ge=0)] = 0.15
    """Processor time per second used by nobody in the run."""
    steal_ratio: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Processor time that the hypervisor gave to others."""
    speed_drift_ratio: Annotated[float, Field(gt=0)] = 0.25
    """Change of the processor's speed during a step."""


class Objective(Part):
    """What --find-capacity holds a load against."""

    percentile: Annotated[
        float, AfterValidator(_reported), Field(json_schema_extra={"enum": [*PERCENTILES]})
    ] = 0.95
    """Share of the requests that it is about: one of those that a step reports."""
    response_time: Duration = 1.0
    """Within which time they are answered."""


class Scenario(Part):
    """The whole scenario."""

    name: Title = "scenario"
    """A name for the scenario."""
    base_url: Annotated[str, AfterValidator(_without_password)] | None = None
    """Where the target answers; left out where the scenario brings its own stack."""
    stack: str | None = None
    """File that says how to bring up the stack, beside this file."""
    profile: str | None = None
    """Profile whose predictions stand beside the measurements, beside this file."""
    hosts: tuple[str, ...] = ()
    """Hosts beyond loopback and local containers that may be loaded, if --allow-host names them too."""
    load: Load = Load()
    """Who sends requests."""
    observe: Observe = Observe()
    """How the target is watched."""
    steps: tuple[Step, ...] = ()
    """Steps in order; left out: nothing at all, then the profile's own point, closed and open."""
    gates: Gates = Gates()
    """Limits of validity."""
    objective: Objective = Objective()
    """Objective of --find-capacity."""

    @model_validator(mode="after")
    def _target(self) -> "Scenario":
        if self.base_url is None and self.stack is None:
            raise ValueError("base_url or stack")
        return self


def secret_names(text: str) -> list[str]:
    """Return the names of the environment's variables that a text refers to."""
    return _ENVIRONMENT.findall(text)
