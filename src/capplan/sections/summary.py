"""Summary table: one line per section."""

from datetime import date

from capplan.message import Measure, Section, Series, Table, Token, Value, say
from capplan.phrases import server, until
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """Repeat the answers in one table."""
    minimum, recommended, _ = plan.tiers
    service = plan.service
    servers = plan.availability.by_availability or plan.availability.by_capacity
    answers: list[tuple[str, Value]] = [
        ("project", say("summary-project", containers=Measure(len(service.containers), "containers"))),
        ("technology", Series(tuple(Token(name) for name in (*service.languages, *service.frameworks)))),
        ("traffic", say(f"class-{plan.traffic_class.replace('_', '-')}")),
        ("cpu", _pair(Measure(minimum.server.cores, "cores"), Measure(recommended.server.cores, "cores"))),
        (
            "memory",
            _pair(Measure(minimum.server.memory_gib, "GiB"), Measure(recommended.server.memory_gib, "GiB")),
        ),
        ("disk", _pair(Measure(minimum.server.disk_gb, "GB"), Measure(recommended.server.disk_gb, "GB"))),
        ("gpu", say("summary-gpu-maybe" if service.gpu_libraries else "summary-gpu-no")),
        ("balancer", say("summary-servers", servers=Measure(servers, "servers"))),
        ("scaling", say("summary-scaling", obstacles=len(plan.obstacles))),
        ("operations", say("summary-operations")),
        ("servers", server(recommended.server)),
    ]
    soonest = min(recommended.holdings, key=lambda each: str(each.until.earliest or date.max))
    answers += [("fits", Measure(recommended.fits_ratio, "ratio")), ("until", until(soonest.until))]
    rows = tuple((say(f"{name}-title"), value) for name, value in answers)
    return Section("summary", say("summary-title"), (Table((say("column-item"), say("column-value")), rows),))


def _pair(minimum: Measure, recommended: Measure) -> Value:
    return say("summary-pair", minimum=minimum, recommended=recommended)
