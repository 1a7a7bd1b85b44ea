"""contradictions: settings of a profile that cannot all be true, as findings with stable codes.

A rule is a function that yields findings; one line in ``SERVICE_RULES`` adds it.
"""

from collections.abc import Callable, Iterator
from math import log

from capplan.backups import backup_figures
from capplan.growth import moment
from capplan.inputs import Inputs
from capplan.plan import Amount, Finding, counted, in_bytes
from capplan.profile import Role
from capplan.quantity import total
from capplan.response import percentile_ratio
from capplan.sizing.memory import database_connections
from capplan.workload import Workload
from capplan.worlds import median

ServiceRule = Callable[[Inputs, Workload], Iterator[Finding]]

_GRAFANA_PORT = 3000
_WITH_PROCESSES = {Role.GUNICORN, Role.CELERY, Role.ASGI}
_DATA_PORTS = {5432: Role.POSTGRESQL, 6379: Role.REDIS}


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
                values={"container": name, "need": in_bytes(need), "limit": in_bytes(median(limit.values))},
            )


def connections_exceed_maximum(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """All workers together open more connections than the database accepts."""
    for name in inputs.profile.of_role(Role.POSTGRESQL):
        most = median(inputs.fixed(f"containers.{name}.max_connections", "postgresql_max_connections").values)
        held = median(database_connections(inputs).values)
        if held > most:
            values: dict[str, Amount | str] = {
                "container": name,
                "held": counted(held, "connections"),
                "most": counted(most, "connections"),
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
                    "buffers": in_bytes(median(buffers.values)),
                    "room": in_bytes(median(room.values)),
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
                "promised": counted(median(promised.values), "s"),
                "interval": counted(median(interval.values), "s"),
            },
        )


def recovery_slower_than_promised(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """The promise to be back within so long is shorter than fetching, restoring and checking take."""
    promised = inputs.given("objectives.recovery_time", "s")
    if promised is None:
        return
    horizon = moment("return", inputs.get("growth.horizon", "plan_horizon_months"))
    takes = median(backup_figures(inputs, horizon).recovery_time_s.values)
    if median(promised.values) < takes:
        yield Finding(
            code="recovery-slower-than-promised",
            severity="error",
            values={"promised": counted(median(promised.values), "s"), "takes": counted(takes, "s")},
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
            values={"processes": counted(sum(processes), "processes")},
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
                    "objective": counted(median(stream.objective_s.values), "s"),
                    "alone": counted(alone, "s"),
                    "share": counted(share, "ratio"),
                    "slow": counted(slow, "s"),
                },
            )


def logs_without_rotation(inputs: Inputs, workload: Workload) -> Iterator[Finding]:
    """Logs that are never rotated fill the disk; a retention said beside it cannot be true."""
    if not inputs.profile.logs.rotated:
        yield Finding(code="logs-without-rotation", severity="warning")


SERVICE_RULES: tuple[ServiceRule, ...] = (
    dashboard_unreachable,
    data_port_open,
    container_exceeds_limit,
    connections_exceed_maximum,
    buffers_exceed_container,
    backups_on_the_host,
    recovery_point_before_backup,
    recovery_slower_than_promised,
    memory_channel_layer,
    objective_below_service,
    logs_without_rotation,
)


def service_findings(inputs: Inputs, workload: Workload) -> tuple[Finding, ...]:
    """Return what contradicts itself in the profile."""
    return tuple(finding for rule in SERVICE_RULES for finding in rule(inputs, workload))
