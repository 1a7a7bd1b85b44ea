"""Growth: what to do when."""

from capplan.message import Section, Table, Token, Value, paragraph, say
from capplan.phrases import amount, server, until
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """List the steps in the order in which they fall due on the recommended server."""
    rows: list[tuple[Value, ...]] = [
        (
            until(action.when),
            say(f"metric-{action.metric}"),
            amount(action.threshold),
            say(action.code, subject=Token(str(action.values.get("subject", "")))),
        )
        for action in plan.actions
    ]
    header = ("column-when", "column-metric", "column-threshold", "column-action")
    if not rows:
        return Section("actions", say("actions-title"), (paragraph(say("actions-none")),))
    return Section(
        "actions",
        say("actions-title"),
        (
            paragraph(say("actions-intro", server=server(plan.tiers[1].server))),
            Table(tuple(say(key) for key in header), tuple(rows)),
        ),
    )
