"""Predicted beside measured: signed errors of a plan that nothing has calibrated, and how far repeats lie apart."""

from collections.abc import Iterable

from capplan.comparison import Comparison, compared, prediction_of
from capplan.measurements import Interval, Measured, StepResult
from capplan.message import (
    Block,
    Bullets,
    Measure,
    Message,
    Section,
    Spread,
    Table,
    Token,
    Value,
    paragraph,
    say,
)
from capplan.readings import extremes, label, signed, size, unpredicted

METRICS = {
    "throughput": "measure-throughput",
    "mean": "measure-mean",
    "p50": "measure-p50",
    "p95": "measure-p95",
    "utilization": "measure-utilization",
    "cpu": "measure-cpu",
    "memory": "measure-memory",
}


def section(measured: Measured) -> Section:
    """Set what the model said of each step beside what was measured, and the noise of repeats beside both."""
    predictions = measured.predictions
    blocks: list[Block] = [paragraph(*meaning(measured))]
    rows = comparison_rows(measured)
    if predictions is not None and rows:
        told = say(
            "compared-source", profile=Token(predictions.profile), cores=Measure(predictions.cores, "cores")
        )
        blocks += [paragraph(told, say("compared-intervals")), comparison_table(rows)]
    if missing := _unpredicted(measured):
        blocks.append(Bullets(missing))
    blocks += _repeats(measured.steps)
    return Section("compared", say("compared-title"), tuple(blocks))


def meaning(measured: Measured) -> tuple[Message, ...]:
    """Return what errors beside a measurement mean as long as nothing is calibrated."""
    if measured.predictions is None:
        return (say("compared-nothing"),)
    return say("compared-uncalibrated"), say("compared-meaning")


def comparison_table(rows: Iterable[tuple[Value, ...]]) -> Table:
    """Return the table of predictions and measurements."""
    header = (
        "column-step",
        "column-measure",
        "column-predicted",
        "column-measured",
        "column-error",
        "column-inside",
    )
    return Table(tuple(say(key) for key in header), tuple(rows))


def comparison_rows(measured: Measured) -> list[tuple[Value, ...]]:
    """Return one row for every number that was both predicted and measured."""
    if measured.predictions is None:
        return []
    rows: list[tuple[Value, ...]] = []
    for step in measured.steps:
        prediction = prediction_of(measured.predictions, step)
        if prediction is not None:
            rows += [_row(step, each) for each in compared(step, prediction)]
    return rows


def _row(step: StepResult, found: Comparison) -> tuple[Value, ...]:
    inside = say("inside-yes" if found.inside else "inside-no")
    return (
        label(step),
        metric(found.metric, found.subject),
        _shown(found.predicted, found.unit),
        _shown(found.measured, found.unit),
        signed(found.error_ratio) if step.valid else say("error-unusable"),
        inside if step.valid else "",
    )


def _shown(found: Interval, unit: str) -> Value:
    return size(found) if unit == "B" else extremes(found, unit)


def metric(code: str, subject: str) -> Value:
    """Return what a number measures, and of which service."""
    name: Value = Message(METRICS[code]) if code in METRICS else Token(code, code=True)
    return say("measure-of", measure=name, subject=Token(subject)) if subject else name


def _unpredicted(measured: Measured) -> tuple[Message, ...]:
    if measured.predictions is None:
        return ()
    return tuple(
        say("compared-without", step=Token(name), reason=unpredicted(prediction.note))
        for name, prediction in measured.predictions.steps.items()
        if prediction.note
    )


def _repeats(steps: tuple[StepResult, ...]) -> list[Block]:
    """Tell between which values the valid repeats of one step lie: no prediction can be judged finer than that."""
    groups: dict[str, list[StepResult]] = {}
    for step in steps:
        if step.valid:
            same = step.asked.model_copy(update={"seed": 0, "repeat": 0})
            groups.setdefault(same.model_dump_json(), []).append(step)
    rows: list[tuple[Value, ...]] = []
    for group in groups.values():
        if len(group) > 1:
            times = [each.response for each in group if each.response is not None]
            rates = [each.throughput_per_s for each in group if each.throughput_per_s is not None]
            rows.append(
                (
                    Token(group[0].name),
                    len(group),
                    _between(rates, "1/s"),
                    _between([each.mean_s for each in times], "s"),
                    _between([each.p50_s for each in times], "s"),
                    _between([each.p95_s for each in times], "s"),
                )
            )
    if not rows:
        return [paragraph(say("repeats-none"))]
    header = ("column-step", "column-repeats", "column-throughput", "column-mean", "column-p50", "column-p95")
    return [paragraph(say("repeats-intro")), Table(tuple(say(key) for key in header), tuple(rows))]


def _between(found: list[Interval], unit: str) -> Value:
    """Return the least and the largest of the estimates of repeats."""
    mids = sorted(each.mid for each in found)
    return Spread(mids[0], mids[-1], unit) if mids else ""
