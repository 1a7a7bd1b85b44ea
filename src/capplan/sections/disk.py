"""6. Storage."""

from capplan.message import Block, Measure, Section, Table, Token, Value, paragraph, say
from capplan.phrases import GB, figure, parts
from capplan.plan import Plan

_WHOLE = "recommended.disk_occupied_bytes"


def section(plan: Plan) -> Section:
    """Give kind and size of the disk per tier and the parts the recommended tier is made of."""
    rows: list[tuple[Value, ...]] = [
        (
            say(f"tier-{tier.name}"),
            Measure(tier.need.disk_bytes / GB, "GB"),
            Measure(tier.server.disk_gb, "GB"),
            Token(tier.server.disk_kind),
            figure(plan, tier.need.keys[2], "GB"),
        )
        for tier in plan.tiers
    ]
    header = ("column-tier", "column-raw-need", "column-server", "column-kind", "column-need-interval")
    recommended = plan.tiers[1]
    answer = say(
        "disk-answer",
        minimum=Measure(plan.tiers[0].server.disk_gb, "GB"),
        recommended=Measure(recommended.server.disk_gb, "GB"),
        kind=Token(recommended.server.disk_kind),
    )
    blocks: list[Block] = [
        paragraph(answer, say("disk-rule")),
        Table(tuple(say(key) for key in header), tuple(rows)),
        paragraph(say("disk-parts")),
        parts(plan, _WHOLE, "GB"),
    ]
    if "recommended.iops_per_s" in plan.figures:
        iops = figure(plan, "recommended.iops_per_s")
        share = figure(plan, "recommended.commit_busy_ratio")
        blocks.append(
            paragraph(say("disk-kind", iops=iops, ssd=figure(plan, "disk_ssd_iops_per_s"), share=share))
        )
    return Section("disk", say("disk-title"), tuple(blocks))
