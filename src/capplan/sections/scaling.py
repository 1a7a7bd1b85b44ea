"""9. Scaling strategy."""

from capplan.message import Block, Bullets, Section, paragraph, say
from capplan.phrases import breaking, finding, server
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """Say how far one machine goes, and what stands in the way of more."""
    optimal = plan.tiers[2]
    blocks: list[Block] = [paragraph(say("scaling-vertical", server=server(optimal.server)))]
    if optimal.breaks:
        blocks.append(paragraph(say("scaling-breaks")))
        blocks.append(Bullets(tuple(breaking(each) for each in optimal.breaks)))
    if plan.obstacles:
        blocks.append(paragraph(say("scaling-obstacles")))
        blocks.append(Bullets(tuple(finding(each) for each in plan.obstacles)))
    else:
        blocks.append(paragraph(say("scaling-ready")))
    return Section("scaling", say("scaling-title"), tuple(blocks))
