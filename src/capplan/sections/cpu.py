"""4. Processor."""

from collections.abc import Iterator

from capplan.message import (
    Block,
    Bullets,
    Measure,
    Message,
    Section,
    Series,
    Spread,
    Table,
    Token,
    Value,
    paragraph,
    say,
)
from capplan.phrases import breaking, figure, missed, objective
from capplan.plan import Plan, Tier, Trial, TriedWorld
from capplan.readings import signed


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
            *simulated(plan),
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


def simulated(plan: Plan) -> list[Block]:
    """Set what a simulation found beside what was computed in the same worlds, or say that there was none."""
    found = plan.crosscheck
    if found is None:
        return [paragraph(say("simulated-not", option=Token("--simulate", code=True)))]
    intro = say(
        "simulated-intro",
        tier=say(f"tier-{found.tier}"),
        events=Measure(found.events, "events"),
        share=Measure(found.quantile_ratio, "ratio"),
    )
    header = (
        "column-class", "column-world", "column-number", "column-computed", "column-simulated",
        "column-computed-error",
    )  # fmt: skip
    rows = [_trial(plan, world, trial) for world in found.worlds for trial in world.trials]
    told = tuple(message for each in found.worlds for message in _beside(each))
    table = Table(tuple(say(key) for key in header), tuple(rows))
    blocks: list[Block] = [paragraph(intro, say("simulated-meaning")), table] if rows else []
    return [*blocks, Bullets(told)] if told else blocks


def _beside(world: TriedWorld) -> Iterator[Message]:
    """Yield what is to be known of a world that was tried: that it had not settled, or whom it does not tell of."""
    container, where = Token(world.container), say(f"world-{world.world}")
    if world.state != "settled":
        yield say(f"simulated-{world.state}", container=container, world=where)
    if world.rare:
        classes = Series(tuple(Token(each) for each in world.rare))
        yield say("simulated-rare", container=container, world=where, classes=classes)


def _trial(plan: Plan, world: TriedWorld, trial: Trial) -> tuple[Value, ...]:
    computed, found, error = (
        plan.figures[key] for key in (trial.computed_key, trial.simulated_key, trial.error_key)
    )
    share = Measure(plan.crosscheck.percentile_ratio, "ratio") if plan.crosscheck is not None else ""
    return (
        Token(trial.request_class),
        say(f"world-{world.world}"),
        say(f"simulated-{trial.statistic}", share=share),
        Measure(computed.mid, computed.unit),
        say(
            "simulated-value",
            value=Measure(found.mid, found.unit),
            spread=Spread(found.low, found.high, found.unit),
        ),
        say("simulated-error", low=signed(error.low), mid=signed(error.mid), high=signed(error.high)),
    )
