"""5. Memory."""

from capplan.message import Measure, Paragraph, Section, Table, Value, paragraph, say
from capplan.phrases import GIB, figure, parts
from capplan.plan import Plan

_WHOLE = "recommended.memory_resident_bytes"


def section(plan: Plan) -> Section:
    """Give the memory per tier and the parts the recommended tier is made of."""
    rows: list[tuple[Value, ...]] = [
        (
            say(f"tier-{tier.name}"),
            Measure(tier.need.memory_bytes / GIB, "GiB"),
            Measure(tier.server.memory_gib, "GiB"),
            figure(plan, tier.need.keys[1], "GiB"),
        )
        for tier in plan.tiers
    ]
    header = ("column-tier", "column-raw-need", "column-server", "column-need-interval")
    return Section(
        "memory",
        say("memory-title"),
        (
            paragraph(
                say(
                    "memory-answer",
                    minimum=Measure(plan.tiers[0].server.memory_gib, "GiB"),
                    recommended=Measure(plan.tiers[1].server.memory_gib, "GiB"),
                ),
                say("memory-rule"),
            ),
            Table(tuple(say(key) for key in header), tuple(rows)),
            paragraph(say("memory-parts")),
            parts(plan, _WHOLE, "GiB"),
            *_hot(plan),
        ),
    )


def _hot(plan: Plan) -> list[Paragraph]:
    if "recommended.miss_ratio" not in plan.figures:
        return []
    hot, missed = figure(plan, "recommended.hot_data_bytes", "GiB"), figure(plan, "recommended.miss_ratio")
    return [paragraph(say("memory-hot", hot=hot, missed=missed))]
