"""7. GPU."""

from capplan.message import Section, Series, Token, paragraph, say
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """Say whether a GPU is needed, and on what that rests."""
    found = plan.service.gpu_libraries
    if found:
        verdict = say("gpu-maybe", libraries=Series(tuple(Token(name) for name in found)))
    elif plan.service.libraries:
        verdict = say("gpu-no", libraries=Series(tuple(Token(name) for name in plan.service.libraries)))
    else:
        verdict = say("gpu-unsaid")
    return Section("gpu", say("gpu-title"), (paragraph(verdict),))
