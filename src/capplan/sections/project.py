"""1. Kind of project."""

from capplan.message import Measure, Section, paragraph, say
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """Say what kind of service this is, and what its containers share."""
    databases = [c for c in plan.service.containers if c.role == "postgresql"]
    shared = "project-shared-database" if len(databases) == 1 else "project-databases"
    return Section(
        "project",
        say("project-title"),
        (
            paragraph(
                say("project-kind", containers=Measure(len(plan.service.containers), "containers")),
                say(shared, databases=Measure(len(databases), "databases")),
                say("project-basis"),
            ),
        ),
    )
