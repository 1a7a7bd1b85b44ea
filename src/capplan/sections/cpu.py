"""4. Processor."""

from capplan.message import Bullets, Measure, Message, Section, Table, Token, Value, paragraph, say
from capplan.phrases import breaking, figure, missed, objective
from capplan.plan import Plan, Tier


def section(plan: Plan) -> Section:
    """Give the cores per tier, the work they do, the response times, and what another core would buy."""
    header = ("column-tier", "column-raw-need", "column-server", "column-need-interval", "column-utilization")
    rows: list[tuple[Value, ...]] = [
        (
            say(f"tier-{tier.name}"),
            Measure(tier.need.cores, "cores"),
            Measure(tier.server.cores, "cores"),
            figure(plan, tier.need.keys[0]),
            figure(plan, tier.utilization_key),
        )
        for tier in plan.tiers
    ]
    recommended = plan.tiers[1]
    reasons = [
        say("cpu-busy", busy=figure(plan, "recommended.cpu_busy_cores")),
        say("cpu-bursts", bursts=figure(plan, _bursts(plan))),
        say("cpu-rule"),
    ]
    return Section(
        "cpu",
        say("cpu-title"),
        (
            paragraph(
                say(
                    "cpu-answer",
                    minimum=Measure(plan.tiers[0].server.cores, "cores"),
                    recommended=Measure(recommended.server.cores, "cores"),
                )
            ),
            Table(tuple(say(key) for key in header), tuple(rows)),
            Bullets(tuple(reasons)),
            _responses(plan, recommended),
            paragraph(say("cpu-percentiles"), *_help(recommended)),
        ),
    )


def _bursts(plan: Plan) -> str:
    return next(key for key in ("host.background_bursts", "cpu_burst_count") if key in plan.figures)


def _responses(plan: Plan, tier: Tier) -> Table:
    header = ("column-class", "column-mean", "column-percentile", "column-objective", "column-met")
    rows: list[tuple[Value, ...]] = [
        (
            Token(row.request_class),
            figure(plan, row.mean_key),
            figure(plan, row.percentile_key),
            objective(row),
            Measure(row.met_ratio, "ratio"),
        )
        for row in tier.responses
    ]
    return Table(tuple(say(key) for key in header), tuple(rows))


def _help(tier: Tier) -> list[Message]:
    if not tier.breaks:
        return [*missed(tier), say("breaks-nothing")]
    first = tier.breaks[0]
    return [
        *missed(tier),
        say("cpu-first", what=breaking(first)),
        say("cores-help" if first.more_cores_help else "cores-do-not-help"),
    ]
