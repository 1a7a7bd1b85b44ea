"""Derivations of the needs, in the one world that sets each."""

from capplan.message import Block, Measure, Section, Table, Token, Value, paragraph, say
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """Show how each need of the recommended tier follows, with numbers that can be checked by hand."""
    blocks: list[Block] = [paragraph(say("derivations-intro"))]
    for key in plan.tiers[1].need.keys:
        blocks += [paragraph(say("derivation-of", key=Token(key, code=True))), derivation(plan, key)]
    return Section("derivations", say("derivations-title"), tuple(blocks))


def derivation(plan: Plan, need: str) -> Table:
    """Return every number that leads to a need, with formula and value in its deciding world, inputs last."""
    rows: list[tuple[Value, ...]] = []
    for key in reversed([key for key, figure in plan.figures.items() if need in figure.deciding]):
        figure = plan.figures[key]
        how: Value = Token(figure.formula, code=True) if figure.formula else say(f"basis-{figure.basis}")
        rows.append((Token(key, code=True), Measure(figure.deciding[need], figure.unit), how))
    header = ("column-number", "column-value", "column-formula")
    return Table(tuple(say(key) for key in header), tuple(rows))
