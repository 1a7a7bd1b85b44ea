"""Measured, continued: processor and memory of every service in every step."""

from capplan.measurements import Measured, ServiceUse, StepResult
from capplan.message import (
    Block,
    Bullets,
    Measure,
    Message,
    Section,
    Series,
    Table,
    Token,
    Value,
    paragraph,
    say,
)
from capplan.readings import amount, label, reading, size


def section(measured: Measured) -> Section | None:
    """Tell what each service used, what happened to it, and what could not be read, with the reason."""
    used = [(step, name, use) for step in measured.steps for name, use in step.services.items()]
    if not used:
        return None
    header = (
        "column-step", "column-service", "column-cpu", "column-busiest", "column-cpu-request", "column-pss",
        "column-need-memory", "column-writes",
    )  # fmt: skip
    rows = tuple(_row(step, name, use) for step, name, use in used)
    blocks: list[Block] = [
        paragraph(say("services-intro")),
        Table(tuple(say(key) for key in header), rows),
    ]
    if mishaps := [told for step, name, use in used for told in _mishaps(step, name, use)]:
        blocks.append(Bullets(tuple(mishaps)))
    if reasons := absent(measured):
        blocks += [paragraph(say("absent-intro")), Bullets(reasons)]
    return Section("services", say("services-title"), tuple(blocks))


def _row(step: StepResult, name: str, use: ServiceUse) -> tuple[Value, ...]:
    per_request: Value = "" if use.cpu_s_per_request is None else Measure(use.cpu_s_per_request, "s")
    return (
        label(step),
        Token(name),
        reading(use.cpu_cores, "cores", say("reading-absent")),
        amount(use.busiest_process_cores, "cores"),
        per_request,
        size(use.pss_bytes),
        size(use.need_bytes),
        amount(use.write_bytes_per_s, "B/s"),
    )


def _mishaps(step: StepResult, name: str, use: ServiceUse) -> list[Message]:
    where, who, told = label(step), Token(name), []
    if use.throttled_ratio:
        share = Measure(use.throttled_ratio, "ratio")
        told.append(say("service-throttled", step=where, service=who, share=share))
    if use.oom_kills:
        told.append(say("service-killed", step=where, service=who, count=use.oom_kills))
    if use.restarts:
        told.append(say("service-restarted", step=where, service=who, count=use.restarts))
    return told


def absent(measured: Measured) -> tuple[Message, ...]:
    """Return every statistic that could not be read, once for each reason, with the services it was not read of."""
    found: dict[tuple[str, str], set[str]] = {}
    for step in measured.steps:
        for name, use in step.services.items():
            for statistic, reason in use.absent.items():
                found.setdefault((statistic, reason), set()).add(name)
    return tuple(
        say(
            "absent",
            services=Series(tuple(map(Token, sorted(names)))),
            statistic=Token(statistic, code=True),
            reason=Token(reason),
        )
        for (statistic, reason), names in sorted(found.items())
    )
