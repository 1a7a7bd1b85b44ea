"""10. Security and operations."""

from capplan.message import (
    Block,
    Bullets,
    Measure,
    Message,
    Section,
    Series,
    Table,
    Token,
    Value,
    paragraph,
    say,
)
from capplan.phrases import GIB, amount, figure
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """Ports, backups, monitoring with its own cost, alert thresholds, and a limit for every container."""
    blocks: list[Block] = [
        paragraph(_ports(plan), say("operations-basics")),
        Bullets(tuple(_backups(plan))),
        paragraph(*_monitoring(plan)),
        Bullets(
            tuple(
                say(alert.code, threshold=amount(alert.threshold), key=Token(alert.key, code=True))
                for alert in plan.alerts
            )
        ),
        paragraph(say("limits-rule")),
        _limits(plan),
    ]
    return Section("operations", say("operations-title"), tuple(blocks))


def _ports(plan: Plan) -> Message:
    ports = Series(tuple(Token(str(port)) for port in plan.service.open_ports))
    return say("operations-ports", ports=ports)


def _backups(plan: Plan) -> list[Message]:
    key = "backups-off-site" if plan.service.off_site_backups else "backups-local"
    return [
        say(key, volume=figure(plan, "recommended.backup_off_site_bytes", "GB")),
        say("backups-window", window=figure(plan, "recommended.backup_window_s")),
        say("backups-point", point=figure(plan, "recommended.recovery_point_s")),
        say("backups-time", time=figure(plan, "recommended.recovery_time_s")),
    ]


def _monitoring(plan: Plan) -> list[Message]:
    if not plan.service.monitoring:
        return [say("monitoring-none")]
    return [
        say(
            "monitoring-cost",
            tools=Series(tuple(Token(name.capitalize()) for name in plan.service.monitoring)),
            memory=figure(plan, "memory_monitoring_bytes", "GiB"),
            disk=figure(plan, "disk.monitoring_bytes", "GB"),
            cores=figure(plan, "cpu_monitoring_cores"),
        ),
        say("alerts-intro"),
    ]


def _limits(plan: Plan) -> Table:
    header = ("column-container", "column-role", "column-peak", "column-memory-limit", "column-cpu-limit")
    rows: list[tuple[Value, ...]] = [
        (
            Token(each.name),
            Token(each.role),
            figure(plan, each.memory_key, "GiB"),
            Measure(each.memory_limit_bytes / GIB, "GiB"),
            Measure(each.cpu_limit_cores, "cores"),
        )
        for each in plan.service.containers
    ]
    return Table(tuple(say(key) for key in header), tuple(rows))
