"""export_csv: a run's steps as CSV, one row for every number, predicted beside measured."""

import csv
import io
from collections.abc import Iterable

from capplan.comparison import UNITS, Key, compared, measured_numbers, predicted_numbers, prediction_of
from capplan.measurements import Interval, Predictions, StepResult

_HEADER = (
    *("step", "name", "mode", "repeat", "valid", "subject", "metric", "unit"),
    *("measured_low", "measured", "measured_high"),
    *("predicted_low", "predicted", "predicted_high", "error_ratio"),
)


def steps_csv(steps: Iterable[StepResult], predictions: Predictions | None = None) -> str:
    """Return the steps as CSV: RFC 4180, base units, an empty cell for what is not known."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    for step in steps:
        writer.writerows(_rows(step, predictions))
    return text.getvalue()


def _rows(step: StepResult, predictions: Predictions | None) -> Iterable[tuple[object, ...]]:
    told = prediction_of(predictions, step) if predictions is not None else None
    predicted = predicted_numbers(told) if told is not None else {}
    found = compared(step, told) if told is not None and step.valid else ()
    errors = {(each.metric, each.subject): each.error_ratio for each in found}
    measured = measured_numbers(step)
    head = (step.number, step.name, step.asked.mode, step.asked.repeat, "yes" if step.valid else "no")
    for key in _ordered(measured, predicted):
        metric, subject = key
        error = errors.get(key)
        row = (
            *_cells(measured.get(key)),
            *_cells(predicted.get(key)),
            "" if error is None else f"{error:.6g}",
        )
        yield (*head, subject, metric, UNITS[metric], *row)


def _ordered(measured: dict[Key, Interval], predicted: dict[Key, Interval]) -> list[Key]:
    metrics = list(UNITS)
    keys = dict.fromkeys([*measured, *predicted])
    return sorted(keys, key=lambda key: metrics.index(key[0]))


def _cells(found: Interval | None) -> tuple[str, str, str]:
    if found is None:
        return "", "", ""
    return f"{found.low:.9g}", f"{found.mid:.9g}", f"{found.high:.9g}"
