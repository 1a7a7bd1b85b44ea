"""Assumptions used."""

from capplan.message import Section, Table, Token, Value, paragraph, say
from capplan.phrases import bounds
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """List exactly the assumptions that entered the plan, with value, how they are known, since when and source."""
    rows: list[tuple[Value, ...]] = [
        (
            Token(each.key, code=True),
            bounds(plan.figures[each.key]),
            say(f"how-{each.how}"),
            each.as_of,
            Token(plan.figures[each.key].source),
        )
        for each in plan.assumptions
    ]
    header = ("column-assumption", "column-value", "column-how", "column-since", "column-source")
    return Section(
        "assumptions",
        say("assumptions-title"),
        (
            paragraph(say("assumptions-intro", count=len(rows))),
            Table(tuple(say(key) for key in header), tuple(rows)),
        ),
    )
