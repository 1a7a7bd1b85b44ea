"""outline: a plan as a report, a first screen, or the derivation of one number, all without words or format."""

from datetime import date
from difflib import get_close_matches

from capplan.errors import InputError
from capplan.measurements import Measured
from capplan.message import Block, Bullets, Measure, Outline, Section, Table, Token, Value, paragraph, say
from capplan.phrases import assumption, bounds, breaking, broken, coded, figure, missed, server, until
from capplan.plan import ONE_WORLD, SIMULATED, Break, Figure, Finding, Holding, Plan, ServerVerdict
from capplan.sections import RUN_SECTIONS, SECTIONS, cpu
from capplan.sections.derivations import derivation, headline
from capplan.sections.servers import need

_NEAREST = 3
_NEVER = date.max


def report_outline(plan: Plan, run: Measured | None = None) -> Outline:
    """Return the whole report, with a run at its end if there is one; the plan's numbers are the same either way."""
    told = plan if run is None else plan.model_copy(update={"unknowns": _with_a_run(plan.unknowns)})
    found = [section(told) for section in SECTIONS]
    if run is not None:
        found += [section(run) for section in RUN_SECTIONS]
    return Outline(
        title=say("report-title", service=Token(plan.service.name)),
        sections=(_preface(plan, run), *(section for section in found if section is not None)),
    )


def _with_a_run(unknowns: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return what is not known where steps were measured: not that nothing was, but that nothing is calibrated."""
    return tuple(
        each.model_copy(update={"code": "unknown-nothing-calibrated"})
        if each.code == "unknown-nothing-measured"
        else each
        for each in unknowns
    )


def _preface(plan: Plan, run: Measured | None) -> Section:
    return Section(
        "preface",
        say("preface-title"),
        (
            paragraph(
                say(
                    "preface-source",
                    profile=Token(plan.profile),
                    date=plan.as_of,
                    version=Token(plan.capplan_version),
                ),
                say("preface-intervals"),
                say("preface-not-measured")
                if run is None
                else say("preface-measured", name=Token(run.run.name)),
            ),
        ),
    )


def first_screen(plan: Plan) -> Outline:
    """Return what fits on one screen: tiers, what breaks first, until when, assumptions, contradictions."""
    sections = [_tiers(plan), _assumptions(plan)]
    if plan.crosscheck is not None:
        sections.append(Section("simulated", say("simulated-title"), tuple(cpu.simulated(plan))))
    if plan.servers:
        sections.append(Section("asked", say("servers-asked"), (_short_verdicts(plan.servers),)))
    sections.append(_contradictions("contradictions", plan.findings))
    if plan.proposals is not None:
        found = plan.proposals
        judged = (_short_verdicts(found.servers),) if found.servers else ()
        listed = _contradictions("proposals", found.findings)
        sections.append(Section("proposals", listed.title, (*judged, *listed.blocks)))
    return Outline(title=say("report-title", service=Token(plan.service.name)), sections=tuple(sections))


def _tiers(plan: Plan) -> Section:
    rows: list[tuple[Value, ...]] = [
        (
            say(f"tier-{tier.name}"),
            need(tier.need),
            server(tier.server),
            Measure(tier.fits_ratio, "ratio"),
            breaking(tier.breaks[0]) if tier.breaks else say("breaks-nothing"),
            _first_to_run_out(tier.holdings, tier.breaks),
        )
        for tier in plan.tiers
    ]
    header = (
        "column-tier",
        "column-raw-need",
        "column-server",
        "column-fits",
        "column-breaks",
        "column-until",
    )
    blocks: list[Block] = [Table(tuple(say(key) for key in header), tuple(rows))]
    first = next(iter(plan.tiers[1].breaks), None)
    if first is not None:
        blocks.append(
            paragraph(say("screen-cores-help" if first.more_cores_help else "screen-cores-do-not-help"))
        )
    if told := missed(plan.tiers[1]):
        blocks.append(Bullets(told))
    title = say("screen-title", service=Token(plan.service.name), date=plan.as_of)
    return Section("tiers", title, tuple(blocks))


def _first_to_run_out(holdings: tuple[Holding, ...], breaks: tuple[Break, ...] = ()) -> Value:
    """Return what runs out or gives way first, and when; cores are among both and told once."""
    ends = [(each.until, say(f"resource-{each.resource}")) for each in holdings]
    ends += [(each.until, broken(each)) for each in breaks if each.resource != "cpu"]
    first, what = min(ends, key=lambda end: (str(end[0].earliest or _NEVER), str(end[0].latest or _NEVER)))
    if first.earliest is None:
        return say("until-beyond")
    return say("until-resource", resource=what, when=until(first))


def _short_verdicts(found: tuple[ServerVerdict, ...]) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            say("server-named", name=Token(each.name), server=server(each.server)),
            Measure(each.now_ratio, "ratio"),
            Measure(each.horizon_ratio, "ratio"),
            _first_to_run_out(each.holdings),
        )
        for each in found
    ]
    header = ("column-server", "column-fits-now", "column-fits-horizon", "column-until")
    return Table(tuple(say(key) for key in header), tuple(rows))


def _assumptions(plan: Plan) -> Section:
    points = tuple(
        say(
            "influence",
            key=assumption(each.key),
            value=bounds(plan.figures[each.key]),
            share=Measure(each.explained_ratio, "ratio"),
            resource=say(f"resource-{each.resource}"),
        )
        for each in plan.influences
    )
    return Section("influences", say("influences-title"), (Bullets(points),))


def _contradictions(name: str, findings: tuple[Finding, ...]) -> Section:
    found = tuple(coded(each) for each in findings)
    blocks = (Bullets(found),) if found else (paragraph(say("contradictions-none")),)
    return Section(name, say(f"{name}-title"), blocks)


def explanation(plan: Plan, key: str) -> Outline:
    """Return the derivation of one number: its value, its formula, and everything it was computed from.

    Raises
    ------
    InputError
        If the plan has no number with this key.
    """
    if key not in plan.figures:
        holding = sorted(
            (known for known in plan.figures if key in known), key=lambda known: "need" not in known
        )
        near = list(dict.fromkeys([*holding, *get_close_matches(key, plan.figures, n=3, cutoff=0.6)]))[
            :_NEAREST
        ]
        raise InputError(
            f"--explain {key}",
            found="no such number in the plan",
            expected="the key of a figure",
            remedy=f"try {', '.join(near)}" if near else "see the keys in the report's derivations",
        )
    found = plan.figures[key]
    points = [say(_meaning(found), value=figure(plan, key))]
    points.append(
        say("explain-formula", formula=Token(found.formula, code=True))
        if found.formula
        else say("explain-source", source=Token(found.source))
    )
    blocks: list[Block] = [Bullets(tuple(points)), *([_ancestry(plan, key)] if found.inputs else [])]
    if key in found.deciding:
        blocks += [paragraph(*headline(plan, key)), derivation(plan, key)]
    section = Section("explanation", say("explain-title", key=Token(key, code=True)), tuple(blocks))
    return Outline(title=say("explain-title", key=Token(key, code=True)), sections=(section,))


def _meaning(found: Figure) -> str:
    """Return the key of the sentence that says what the interval of a figure is."""
    if found.basis == SIMULATED:
        return "explain-value-simulated"
    return "explain-value-one-world" if found.source == ONE_WORLD else "explain-value"


def _ancestry(plan: Plan, key: str) -> Table:
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        for part in plan.figures[name].inputs:
            if part not in order:
                order[part] = None
                visit(part)

    visit(key)
    rows: list[tuple[Value, ...]] = []
    for name in order:
        found = plan.figures[name]
        how: Value = Token(found.formula, code=True) if found.formula else Token(found.source)
        rows.append((Token(name, code=True), figure(plan, name), how))
    header = ("column-number", "column-value", "column-formula")
    return Table(tuple(say(each) for each in header), tuple(rows))
