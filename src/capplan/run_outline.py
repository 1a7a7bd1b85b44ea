"""run_outline: a run on one screen: what each step found, what had been predicted, and what may not be used."""

from collections.abc import Mapping

from capplan.comparison import Comparison, Key, compared, prediction_of, resident
from capplan.measurements import Interval, Measured, ServiceUse, StepResult
from capplan.message import Block, Bullets, Measure, Outline, Section, Table, Token, Value, paragraph, say
from capplan.readings import extremes, failed_share, label, reading, signed, size
from capplan.sections.compared import meaning, metric
from capplan.sections.measured import state
from capplan.sections.services import absent
from capplan.sections.validity import failures


def run_outline(measured: Measured) -> Outline:
    """Return a run without the plan: steps, services, predictions beside measurements, failed gates."""
    title = say("run-title", name=Token(measured.run.name))
    blocks: list[Block] = [paragraph(*state(measured))]
    if measured.steps:
        blocks += [paragraph(say("screen-steps")), _steps(measured.steps)]
    sections = [Section("measured", title, tuple(blocks)), _services(measured), _compared(measured)]
    if failed := failures(measured.steps):
        told = (paragraph(say("gates-intro")), Bullets(failed))
        sections.append(Section("validity", say("validity-title"), told))
    return Outline(title=title, sections=tuple(section for section in sections if section is not None))


def _steps(steps: tuple[StepResult, ...]) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            label(step),
            reading(step.throughput_per_s, "1/s"),
            *_times(step),
            failed_share(step),
            say("step-valid" if step.valid else "step-not-valid"),
        )
        for step in steps
    ]
    header = (
        "column-step", "column-throughput", "column-short-mean", "column-percentiles", "column-short-errors",
        "column-short-usable",
    )  # fmt: skip
    return Table(tuple(say(key) for key in header), tuple(rows))


def _times(step: StepResult) -> tuple[Value, Value]:
    times = step.response
    if times is None:
        return "", ""
    p50, p95, p99 = (Measure(each.mid, "s") for each in (times.p50_s, times.p95_s, times.p99_s))
    return Measure(times.mean_s.mid, "s"), say("percentiles", p50=p50, p95=p95, p99=p99)


def _services(measured: Measured) -> Section | None:
    rows: list[tuple[Value, ...]] = []
    for step in measured.steps:
        predicted = _predicted(measured, step)
        rows += [(label(step), *_service(name, use, predicted, step)) for name, use in step.services.items()]
    if not rows:
        return None
    header = (
        "column-step", "column-service", "column-cpu", "column-predicted-error", "column-memory",
        "column-predicted-error",
    )  # fmt: skip
    blocks: list[Block] = [Table(tuple(say(key) for key in header), tuple(rows))]
    if count := len(absent(measured)):
        blocks.append(paragraph(say("screen-absent", count=count)))
    return Section("services", say("services-title"), tuple(blocks))


def _service(
    name: str, use: ServiceUse, predicted: Mapping[Key, Comparison], step: StepResult
) -> tuple[Value, ...]:
    memory_found = resident(use)
    cores, memory = predicted.get(("cpu", name)), predicted.get(("memory", name))
    return (
        Token(name),
        say("reading-absent") if use.cpu_cores is None else Measure(use.cpu_cores.mid, "cores"),
        "" if cores is None else _error(Measure(cores.predicted.mid, "cores"), cores, step),
        size(None if memory_found is None else _middle(memory_found)),
        "" if memory is None else _error(size(memory.predicted), memory, step),
    )


def _middle(found: Interval) -> Interval:
    return Interval(low=found.mid, mid=found.mid, high=found.mid)


def _compared(measured: Measured) -> Section:
    rows: list[tuple[Value, ...]] = [
        (
            label(step),
            metric(each.metric, each.subject),
            extremes(each.measured, each.unit),
            _error(extremes(each.predicted, each.unit), each, step),
        )
        for step in measured.steps
        for each in _predicted(measured, step).values()
        if not each.subject
    ]
    blocks: list[Block] = [paragraph(*meaning(measured))]
    if rows:
        header = ("column-step", "column-measure", "column-measured", "column-predicted-error")
        blocks.insert(0, Table(tuple(say(key) for key in header), tuple(rows)))
    return Section("compared", say("compared-title"), tuple(blocks))


def _predicted(measured: Measured, step: StepResult) -> dict[Key, Comparison]:
    """Return what was predicted of a step and measured in it, by metric and service."""
    prediction = None if measured.predictions is None else prediction_of(measured.predictions, step)
    found = () if prediction is None else compared(step, prediction)
    return {(each.metric, each.subject): each for each in found}


def _error(predicted: Value, found: Comparison, step: StepResult) -> Value:
    """Return what was predicted with its error, or without one for a step that may not be used."""
    return (
        say("predicted-error", predicted=predicted, error=signed(found.error_ratio))
        if step.valid
        else predicted
    )
