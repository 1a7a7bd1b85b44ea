"""contradictions: settings and claims that cannot all be true, as findings with stable codes.

A rule is a function that yields findings; ``SERVICE_RULES`` look at the profile alone, ``PROPOSAL_RULES`` at what a
person or an earlier report claims about it.
"""

from collections.abc import Callable, Iterator
from math import log

from capplan.growth import moment
from capplan.inputs import Inputs
from capplan.plan import Amount, Finding
from capplan.profile import Role
from capplan.proposal import Proposal
from capplan.quantity import total
from capplan.response import percentile_ratio
from capplan.scaling import obstacles
from capplan.sizing.disk import disk_parts
from capplan.sizing.memory import database_connections
from capplan.workload import Workload
from capplan.worlds import median

ServiceRule = Callable[[Inputs, Workload], Iterator[Finding]]
ProposalRule = Callable[[Inputs, Workload, Proposal], Iterator[Finding]]

_GRAFANA_PORT = 3000
_WITH_PROCESSES = {Role.GUNICORN, Role.CELERY, Role.ASGI}
_DATA_PORTS = {5432: Role.POSTGRESQL, 6379: Role.REDIS}


def _bytes(value: float) -> Amount:
    return Amount(value=value, unit="B")


def _count(value: float, unit: str) -> Amount:
    return Amount(value=value, unit=unit)


def dashboard_unreachable(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """Monitoring has a dashboard, but no open port leads to it."""
    operations = inputs.profile.operations
    said = {"monitoring", "open_ports"} <= operations.model_fields_set
    if "grafana" not in operations.monitoring or not said:
        return
    port = operations.dashboard_port or _GRAFANA_PORT
    if port not in operations.open_ports:
        ports = ", ".join(str(each) for each in operations.open_ports)
        yield Finding(
            code="dashboard-unreachable", severity="warning", values={"ports": ports, "port": str(port)}
        )


def data_port_open(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """A database or store is published past the firewall: Docker's published ports bypass ufw."""
    for name, container in inputs.profile.containers.items():
        for port in container.published_ports:
            exposed = port in _DATA_PORTS or container.role in _DATA_PORTS.values()
            if exposed:
                values: dict[str, Amount | str] = {"container": name, "port": str(port)}
                yield Finding(code="data-port-published", severity="error", values=values)


def container_exceeds_limit(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """A container needs more memory than its limit: what it is seen to use, or what its processes are known to."""
    for name, container in inputs.profile.containers.items():
        limit = inputs.given(f"containers.{name}.memory_limit", "B")
        if limit is None:
            continue
        stated = inputs.given(f"containers.{name}.memory", "B")
        need = median(stated.values) if stated is not None else 0.0
        if stated is None and container.role in _WITH_PROCESSES:
            each = inputs.get(f"containers.{name}.memory_per_process", "memory_per_process_bytes")
            count = inputs.fixed(f"containers.{name}.processes", f"{container.role}_processes")
            need = median((count * each).values)
        if need > median(limit.values):
            yield Finding(
                code="container-exceeds-limit",
                severity="error",
                values={"container": name, "need": _bytes(need), "limit": _bytes(median(limit.values))},
            )


def connections_exceed_maximum(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """All workers together open more connections than the database accepts."""
    for name in inputs.profile.of_role(Role.POSTGRESQL):
        most = median(inputs.fixed(f"containers.{name}.max_connections", "postgresql_max_connections").values)
        held = median(database_connections(inputs).values)
        if held > most:
            values: dict[str, Amount | str] = {
                "container": name,
                "held": _count(held, "connections"),
                "most": _count(most, "connections"),
            }
            yield Finding(code="connections-exceed-maximum", severity="error", values=values)


def buffers_exceed_container(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """PostgreSQL's shared_buffers were tuned for the host, not for the container that holds it."""
    for name in inputs.profile.of_role(Role.POSTGRESQL):
        buffers = inputs.given(f"containers.{name}.shared_buffers", "B")
        limit = inputs.given(f"containers.{name}.memory_limit", "B")
        room = limit if limit is not None else inputs.given(f"containers.{name}.memory", "B")
        if buffers is not None and room is not None and median(buffers.values) > 0.5 * median(room.values):
            yield Finding(
                code="buffers-exceed-container",
                severity="error",
                values={
                    "container": name,
                    "buffers": _bytes(median(buffers.values)),
                    "room": _bytes(median(room.values)),
                },
            )


def backups_on_the_host(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """Backups that stay on the machine are lost with it."""
    if not inputs.profile.backups.off_site:
        yield Finding(code="backups-on-host", severity="error")


def recovery_point_before_backup(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """The promise to lose at most so much is shorter than the time between backups."""
    promised = inputs.given("objectives.recovery_point", "s")
    interval = inputs.get("backups.interval", "backup_interval_s")
    if (
        promised is not None
        and not inputs.profile.backups.wal_archiving
        and median(promised.values) < median(interval.values)
    ):
        yield Finding(
            code="recovery-point-before-backup",
            severity="error",
            values={
                "promised": _count(median(promised.values), "s"),
                "interval": _count(median(interval.values), "s"),
            },
        )


def memory_channel_layer(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """An in-memory channel layer does not cross processes, yet several are configured."""
    if inputs.profile.operations.channel_layer != "memory":
        return
    processes = [
        median(inputs.fixed(f"containers.{n}.processes", "asgi_processes").values)
        for n in inputs.profile.of_role(Role.ASGI)
    ]
    if sum(processes) > 1:
        yield Finding(
            code="channel-layer-per-process",
            severity="error",
            values={"processes": _count(sum(processes), "processes")},
        )


def objective_below_service(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """A response time objective is missed by a request that meets nobody: no server, no worker can mend it."""
    share = median(percentile_ratio(inputs).values)
    for stream in workload.requests:
        alone = median((total(stream.cpu_s.values()) + stream.waits_s).values)
        slow = -alone * log(1 - share)
        if median(stream.objective_s.values) <= slow:
            yield Finding(
                code="objective-below-service-time",
                severity="error",
                values={
                    "request_class": stream.name,
                    "objective": _count(median(stream.objective_s.values), "s"),
                    "alone": _count(alone, "s"),
                    "share": _count(share, "ratio"),
                    "slow": _count(slow, "s"),
                },
            )


def logs_without_rotation(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """Logs that are never rotated fill the disk; a retention said beside it cannot be true."""
    if not inputs.profile.logs.rotated:
        yield Finding(code="logs-without-rotation", severity="warning")


def memory_floor_above_server(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The claim asks for at least so much memory, and proposes a server with less."""
    yield from _floor(proposal, "memory", "proposal-memory-below-own-floor")


def disk_floor_above_server(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The claim asks for at least so much disk, and proposes a server with less."""
    yield from _floor(proposal, "disk", "proposal-disk-below-own-floor")


def _floor(proposal: Proposal, resource: str, code: str) -> Iterator[Finding]:
    floor = proposal.memory_at_least if resource == "memory" else proposal.disk_at_least
    for server in proposal.servers:
        has = (server.memory if resource == "memory" else server.disk).mid
        if floor is not None and has < floor.mid:
            yield Finding(
                code=code,
                severity="error",
                values={"floor": _bytes(floor.mid), "server": server.name, "has": _bytes(has)},
            )


def disk_kind_varies(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The same claim names several kinds of disk."""
    kinds = tuple(dict.fromkeys([*proposal.disk_kinds, *(server.disk_kind for server in proposal.servers)]))
    if len(kinds) > 1:
        yield Finding(
            code="proposal-disk-kind-varies", severity="warning", values={"kinds": " / ".join(kinds)}
        )


def no_reserve_at_horizon(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The disk that is asked for is fuller than its limit once its own growth has arrived."""
    if proposal.disk_at_least is None:
        return
    at = moment("proposal", inputs.number("data.growth_over"))
    occupied = median(total(disk_parts(inputs, workload, at)).values)
    usable = proposal.disk_at_least.mid * (1 - median(inputs.assumed("disk_filesystem_share_ratio").values))
    limit = median(inputs.assumed("disk_use_limit_ratio").values)
    if occupied > limit * usable:
        yield Finding(
            code="proposal-no-free-reserve",
            severity="error",
            values={
                "disk": _bytes(proposal.disk_at_least.mid),
                "occupied": _bytes(occupied),
                "usable": _bytes(usable),
                "full": _count(occupied / usable, "ratio"),
                "limit": _count(limit, "ratio"),
            },
        )


def managed_yet_more_memory(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """A server grows in memory in the very step that takes database or store off it."""
    for before, after in zip(proposal.servers, proposal.servers[1:], strict=False):
        if set(after.managed) - set(before.managed) and after.memory.mid > before.memory.mid:
            yield Finding(
                code="proposal-managed-yet-more-memory",
                severity="warning",
                values={
                    "server": after.name,
                    "before": _bytes(before.memory.mid),
                    "after": _bytes(after.memory.mid),
                    "services": ", ".join(after.managed),
                },
            )


def balancer_without_second_database(
    inputs: Inputs, workload: Workload, proposal: Proposal
) -> Iterator[Finding]:
    """A load balancer is called high availability although a single database stands behind it."""
    databases = inputs.profile.of_role(Role.POSTGRESQL)
    if proposal.load_balancer_for_availability and len(databases) == 1:
        yield Finding(
            code="proposal-balancer-one-database", severity="error", values={"container": databases[0]}
        )


def horizontal_not_ready(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The service is called ready for more servers although something ties it to one."""
    codes = [finding.code for finding in obstacles(inputs)]
    if proposal.horizontal_ready and codes:
        yield Finding(
            code="proposal-not-ready-for-servers", severity="error", values={"obstacles": ",".join(codes)}
        )


def tier_not_dominating(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """A higher tier has less of something than the one below it."""
    for before, after in zip(proposal.servers, proposal.servers[1:], strict=False):
        less = (
            after.cores < before.cores
            or after.memory.mid < before.memory.mid
            or after.disk.mid < before.disk.mid
        )
        if less:
            yield Finding(
                code="proposal-tier-not-dominating",
                severity="error",
                values={"server": after.name, "below": before.name},
            )


SERVICE_RULES: tuple[ServiceRule, ...] = (
    dashboard_unreachable,
    data_port_open,
    container_exceeds_limit,
    connections_exceed_maximum,
    buffers_exceed_container,
    backups_on_the_host,
    recovery_point_before_backup,
    memory_channel_layer,
    objective_below_service,
    logs_without_rotation,
)
PROPOSAL_RULES: tuple[ProposalRule, ...] = (
    memory_floor_above_server,
    disk_floor_above_server,
    disk_kind_varies,
    no_reserve_at_horizon,
    managed_yet_more_memory,
    balancer_without_second_database,
    horizontal_not_ready,
    tier_not_dominating,
)


def service_findings(inputs: Inputs, workload: Workload) -> tuple[Finding, ...]:
    """Return what contradicts itself in the profile."""
    return tuple(finding for rule in SERVICE_RULES for finding in rule(inputs, workload))


def proposal_findings(inputs: Inputs, workload: Workload, proposal: Proposal) -> tuple[Finding, ...]:
    """Return what contradicts itself, or the profile, in a proposal."""
    return tuple(finding for rule in PROPOSAL_RULES for finding in rule(inputs, workload, proposal))
