"""11. Servers: three tiers, why not the next smaller, what breaks first, until when."""

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
from capplan.phrases import GB, GIB, breaking, broken, server, until
from capplan.plan import Holding, Plan, RawNeed, ServerVerdict, Tier

_UNIT = {"cpu": (1.0, "cores"), "memory": (GIB, "GiB"), "disk": (GB, "GB")}


def section(plan: Plan) -> Section:
    """Tell every tier, the placement with managed services, and the servers that were asked about."""
    blocks: list[Block] = [paragraph(say("servers-policy"))]
    for tier in plan.tiers:
        blocks += [paragraph(_headline(tier)), Bullets(tuple(_points(tier)))]
    if plan.placement is not None:
        placement = plan.placement
        memory = sum(placement.service_memory_bytes.values())
        disk = sum(placement.service_disk_bytes.values())
        blocks.append(
            paragraph(
                say(
                    "placement",
                    services=Series(tuple(Token(name) for name in placement.services)),
                    host=server(placement.host),
                    need=need(placement.host_need),
                    memory=Measure(memory / GIB, "GiB"),
                    disk=Measure(disk / GB, "GB"),
                ),
                say("placement-when"),
            )
        )
    if plan.servers:
        blocks += [paragraph(say("servers-asked")), verdicts(plan.servers)]
    return Section("servers", say("servers-title"), tuple(blocks))


def need(raw: RawNeed) -> Message:
    """Return a raw need in one phrase."""
    return say(
        "raw-need",
        cores=Measure(raw.cores, "cores"),
        memory=Measure(raw.memory_bytes / GIB, "GiB"),
        disk=Measure(raw.disk_bytes / GB, "GB"),
    )


def _headline(tier: Tier) -> Message:
    return say(
        "tier-headline",
        tier=say(f"tier-{tier.name}"),
        need=need(tier.need),
        server=server(tier.server),
        fits=Measure(tier.fits_ratio, "ratio"),
    )


def _points(tier: Tier) -> list[Message]:
    points = [
        say(
            "tier-meaning" if tier.multiplier_ratio == 1 else "tier-meaning-more",
            months=Measure(tier.months, "months"),
            multiplier=Measure(tier.multiplier_ratio, "x"),
            share=Measure(tier.quantile_ratio, "ratio"),
        )
    ]
    for refusal in tier.smaller:
        scale, unit = _UNIT[refusal.resource]
        points.append(
            say(
                "tier-smaller",
                server=server(refusal.server),
                resource=say(f"resource-{refusal.resource}"),
                need=Measure(refusal.need / scale, unit),
                has=Measure(refusal.has / scale, unit),
                fits=Measure(refusal.fits_ratio, "ratio"),
            )
        )
    if tier.breaks:
        points.append(say("tier-breaks", what=breaking(tier.breaks[0])))
        points.append(say("cores-help" if tier.breaks[0].more_cores_help else "cores-do-not-help"))
    points += [_until(holding) for holding in tier.holdings]
    falling = [each for each in tier.breaks if each.resource != "cpu" and each.until.earliest is not None]
    points += [say("holding", resource=broken(each), when=until(each.until)) for each in falling]
    return points


def _until(holding: Holding) -> Message:
    return say("holding", resource=say(f"resource-{holding.resource}"), when=until(holding.until))


def verdicts(found: tuple[ServerVerdict, ...]) -> Table:
    """Return a table of verdicts: one row per server and resource."""
    header = ("column-server", "column-resource", "column-fits-now", "column-fits-horizon", "column-until")
    rows: list[tuple[Value, ...]] = []
    for verdict in found:
        name = say("server-named", name=Token(verdict.name), server=server(verdict.server))
        rows.append(
            (
                name,
                say("resource-all"),
                Measure(verdict.now_ratio, "ratio"),
                Measure(verdict.horizon_ratio, "ratio"),
                "",
            )
        )
        rows += [
            (
                Token(verdict.name),
                say(f"resource-{holding.resource}"),
                Measure(holding.now_ratio, "ratio"),
                Measure(holding.horizon_ratio, "ratio"),
                until(holding.until),
            )
            for holding in verdict.holdings
        ]
    return Table(tuple(say(key) for key in header), tuple(rows))
