"""What becomes of the servers somebody had in mind; the rest of the report does not depend on them."""

from capplan.message import Block, Bullets, Section, Token, paragraph, say
from capplan.phrases import coded
from capplan.plan import Plan
from capplan.sections.servers import verdicts


def section(plan: Plan) -> Section | None:
    """Judge every proposed server, and list where the proposal contradicts itself or the profile."""
    found = plan.proposals
    if found is None:
        return None
    blocks: list[Block] = [paragraph(say("proposals-intro", source=Token(found.source or plan.profile)))]
    if found.servers:
        blocks.append(verdicts(found.servers))
    if found.findings:
        blocks += [
            paragraph(say("proposals-findings")),
            Bullets(tuple(coded(each) for each in found.findings)),
        ]
    return Section("proposals", say("proposals-title"), tuple(blocks))
