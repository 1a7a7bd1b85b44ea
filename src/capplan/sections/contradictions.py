"""Contradictions within the profile."""

from capplan.message import Bullets, Section, paragraph, say
from capplan.phrases import coded
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """List the settings that cannot all be true."""
    title = say("contradictions-title")
    if not plan.findings:
        return Section("contradictions", title, (paragraph(say("contradictions-none")),))
    return Section("contradictions", title, (Bullets(tuple(coded(each) for each in plan.findings)),))
