"""Plan: what is recommended and why, as the document ``plan.json``; a report is made from it alone."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION: Literal[1] = 1
SIMULATED = "simulated"
"""Basis of a figure that the plan's model was tried out for; its interval is of chance alone."""
ONE_WORLD = "one world of the plan"
"""Source of a figure that is the value of one world, and no range over all."""
TierName = Literal["minimum", "recommended", "optimal"]
Severity = Literal["info", "warning", "error"]


class Document(BaseModel):
    """Base of every part of a plan: closed and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class Figure(Document):
    """A number with interval, unit, basis and derivation.

    A given or assumed number has the bounds and the most likely value it was given with; a derived one the 5 %,
    50 % and 95 % quantiles over the worlds; a simulated one its 95 % interval. ``deciding`` holds its value in the one
    world that sets a tier's need, by the key of that need: in that world the formula can be checked by hand.
    """

    low: float
    mid: float
    high: float
    unit: str
    basis: str
    source: str
    formula: str = ""
    inputs: tuple[str, ...] = ()
    deciding: dict[str, float] = {}


class Amount(Document):
    """A number inside a finding, with its unit."""

    value: float
    unit: str


def in_bytes(value: float) -> Amount:
    """Return an amount of bytes."""
    return Amount(value=value, unit="B")


def counted(value: float, unit: str) -> Amount:
    """Return an amount of anything else."""
    return Amount(value=value, unit=unit)


class Finding(Document):
    """Something a reader must know, as data: a stable code, how grave it is, and the values of its sentence."""

    code: str
    severity: Severity
    values: dict[str, Amount | str] = {}


class Server(Document):
    """A server as it is sold: cores, GiB of memory ("GB" on the price list), 10^9 bytes of disk, kind of disk."""

    cores: int
    memory_gib: float
    disk_gb: float
    disk_kind: str


class RawNeed(Document):
    """The need before rounding up to what is sold, with the keys of the figures it was read from."""

    cores: float
    memory_bytes: float
    disk_bytes: float
    keys: tuple[str, str, str]


class Period(Document):
    """When something happens: 5 %, 50 % and 95 % date; None is later than the plan looks."""

    earliest: date | None
    middle: date | None
    latest: date | None


class Break(Document):
    """What gives way when traffic grows: resource, container, traffic over today's (None: never), and when that is."""

    key: str
    resource: str
    subject: str
    low: float | None
    mid: float | None
    high: float | None
    more_cores_help: bool
    until: Period


class Refusal(Document):
    """A server one step smaller in one resource, and the share of worlds in which it would do."""

    resource: str
    server: Server
    fits_ratio: float
    need: float
    has: float


class Response(Document):
    """Response time of one request class on a server at the tier's traffic: figure keys, objective, share of worlds."""

    request_class: str
    mean_key: str
    percentile_key: str
    objective_s: float
    percentile_ratio: float
    met_ratio: float


class Trial(Document):
    """A response time of one class, computed and simulated: keys of figures; the error is of what was computed.

    ``missed_s`` is the objective where the simulated percentile is surely beyond it and the computed one is not.
    """

    request_class: str
    statistic: Literal["mean", "percentile"]
    computed_key: str
    simulated_key: str
    error_key: str
    missed_s: float | None = None


class TriedWorld(Document):
    """A container's network in one world: simulated, still drifting when the budget was spent, or not at all.

    ``rare`` are the classes of which too few requests were seen to tell anything.
    """

    container: str
    world: Literal["central", "unfavorable"]
    state: Literal["settled", "drifting", "none"]
    trials: tuple[Trial, ...]
    rare: tuple[str, ...] = ()


class Crosscheck(Document):
    """The chosen tier's response times simulated in single worlds, beside what the plan computes there."""

    tier: TierName
    percentile_ratio: float
    quantile_ratio: float
    seed: int
    events: int
    worlds: tuple[TriedWorld, ...]


class Holding(Document):
    """How long a server will do: per resource the share of worlds now and at the horizon, and when it runs out."""

    resource: str
    now_ratio: float
    horizon_ratio: float
    until: Period


class Tier(Document):
    """One tier: what it is for, its raw need, the shape, how sure that is, and what breaks first."""

    name: TierName
    months: float
    multiplier_ratio: float
    quantile_ratio: float
    need: RawNeed
    server: Server
    fits_ratio: float
    smaller: tuple[Refusal, ...]
    holdings: tuple[Holding, ...]
    breaks: tuple[Break, ...]
    responses: tuple[Response, ...]
    workers_wanted: int | None
    utilization_key: str


class Placement(Document):
    """The optimal tier with database and store run by the provider: the host that remains, and the services."""

    services: tuple[str, ...]
    host_need: RawNeed
    host: Server
    service_memory_bytes: dict[str, float]
    service_disk_bytes: dict[str, float]


class ServerVerdict(Document):
    """What becomes of a server somebody has in mind."""

    name: str
    server: Server
    managed: tuple[str, ...]
    now_ratio: float
    horizon_ratio: float
    holdings: tuple[Holding, ...]


class ContainerFacts(Document):
    """One container: role, and the limits the plan gives it."""

    name: str
    role: str
    memory_key: str
    memory_limit_bytes: float
    cores_key: str | None
    cpu_limit_cores: float
    image_kind: str


class ServiceFacts(Document):
    """What the profile says of the service that is told but not computed with."""

    name: str
    languages: tuple[str, ...]
    frameworks: tuple[str, ...]
    libraries: tuple[str, ...]
    containers: tuple[ContainerFacts, ...]
    open_ports: tuple[int, ...]
    published_ports: dict[str, tuple[int, ...]]
    monitoring: tuple[str, ...]
    media_storage: str
    channel_layer: str
    off_site_backups: bool
    wal_archiving: bool
    gpu_libraries: tuple[str, ...]
    closed: bool
    pool: str


class Action(Document):
    """Something to do at a date: the metric to watch, its threshold, and the finding code that names the step."""

    code: str
    when: Period
    metric: str
    threshold: Amount
    values: dict[str, Amount | str] = {}


class Alert(Document):
    """A threshold to set in monitoring, with the figure it follows from."""

    code: str
    threshold: Amount
    key: str


class Influence(Document):
    """An assumption and the share of the spread of a need that it explains over the worlds."""

    key: str
    resource: str
    explained_ratio: float


class AssumptionUsed(Document):
    """An assumption that entered the plan: key of its figure, how its source was used, and since when it stands."""

    key: str
    how: str
    as_of: date


class Availability(Document):
    """Servers asked for by capacity and by availability, separately; None where no objective was stated."""

    by_capacity: int
    by_availability: int | None
    single_server_key: str
    objective_ratio: float | None


class Proposals(Document):
    """Everything said about servers somebody has in mind; nothing outside this part depends on them."""

    source: str
    servers: tuple[ServerVerdict, ...]
    findings: tuple[Finding, ...]


class Plan(Document):
    """The whole plan."""

    schema_version: Literal[1] = SCHEMA_VERSION
    capplan_version: str
    profile: str
    profile_sha256: str
    as_of: date
    horizon_months: float
    service: ServiceFacts
    traffic_class: str
    tiers: tuple[Tier, ...]
    crosscheck: Crosscheck | None = None
    placement: Placement | None
    servers: tuple[ServerVerdict, ...]
    availability: Availability
    obstacles: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    actions: tuple[Action, ...]
    alerts: tuple[Alert, ...]
    influences: tuple[Influence, ...]
    unknowns: tuple[Finding, ...]
    proposals: Proposals | None
    assumptions: tuple[AssumptionUsed, ...]
    figures: dict[str, Figure]
