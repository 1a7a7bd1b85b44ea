"""Derivations of the needs, in the one world that sets each."""

from capplan.estimate import STATED
from capplan.message import Block, Measure, Message, Section, Table, Token, Value, paragraph, say
from capplan.phrases import GIB
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """Show how each need of the recommended tier follows, with numbers that can be checked by hand."""
    blocks: list[Block] = [paragraph(say("derivations-intro"))]
    for key in plan.tiers[1].need.keys:
        blocks += [paragraph(*headline(plan, key)), derivation(plan, key)]
    return Section("derivations", say("derivations-title"), tuple(blocks))


def headline(plan: Plan, need: str) -> tuple[Message, ...]:
    """Return the key of a need; a need of memory also in GiB, the unit in which it is sold."""
    found = plan.figures[need]
    told = (say("derivation-of", key=Token(need, code=True)),)
    if not need.endswith("memory_need_bytes"):
        return told
    value = found.deciding[need]
    return (*told, say("derivation-memory", decimal=Measure(value, "B"), binary=Measure(value / GIB, "GiB")))


def derivation(plan: Plan, need: str) -> Table:
    """Return every number that leads to a need, with formula and value in its deciding world, inputs last."""
    rows: list[tuple[Value, ...]] = []
    for key in reversed([key for key, figure in plan.figures.items() if need in figure.deciding]):
        figure = plan.figures[key]
        known = say("basis-stated") if figure.source == STATED else say(f"basis-{figure.basis}")
        how: Value = Token(figure.formula, code=True) if figure.formula else known
        rows.append(
            (
                Token(key, code=True),
                Measure(figure.deciding[need], "fine_ratio" if figure.unit == "ratio" else figure.unit),
                how,
            )
        )
    header = ("column-number", "column-value", "column-formula")
    return Table(tuple(say(key) for key in header), tuple(rows))
