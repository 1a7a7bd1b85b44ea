"""2. Languages and frameworks."""

from capplan.message import Section, Series, Table, Token, Value, say
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """List the technologies as the profile names them or the roles imply them."""
    service = plan.service
    rows: list[tuple[Value, ...]] = []
    for key, names in (
        ("technology-languages", service.languages),
        ("technology-services", service.frameworks),
        ("technology-libraries", service.libraries),
    ):
        value: Value = Series(tuple(Token(name) for name in names)) if names else say("technology-unsaid")
        rows.append((say(key), value))
    containers = Series(
        tuple(say("technology-container", name=Token(c.name), role=Token(c.role)) for c in service.containers)
    )
    rows.append((say("technology-containers"), containers))
    return Section(
        "technology",
        say("technology-title"),
        (Table((say("column-item"), say("column-value")), tuple(rows)),),
    )
