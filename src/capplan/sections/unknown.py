"""What is not known."""

from capplan.message import Bullets, Section, say
from capplan.phrases import finding
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """Say what the plan does not know, the gravest first."""
    return Section(
        "unknown", say("unknown-title"), (Bullets(tuple(finding(each) for each in plan.unknowns)),)
    )
