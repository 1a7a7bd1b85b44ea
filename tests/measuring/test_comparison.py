"""Predicted beside measured, for the report and as CSV."""

import csv
import io

import pytest

from capplan.comparison import Comparison, compared, prediction_of
from capplan.export_csv import steps_csv
from capplan.judging.step_result import step_result
from capplan.measurements import Interval, Predictions, ServicePrediction, StepPrediction, StepResult
from tests.measuring.evidence import asked, closed_users, evidence, samples

_PREDICTION = StepPrediction(
    name="step",
    throughput_per_s=Interval(low=4.0, mid=6.0, high=7.0),
    mean_s=Interval(low=0.01, mid=0.1, high=0.15),
    services={
        "web": ServicePrediction(
            cpu_cores=Interval(low=0.2, mid=0.6, high=0.9), memory_bytes=Interval(low=1e8, mid=2e8, high=3e8)
        ),
        "db": ServicePrediction(cpu_cores=Interval(low=0.1, mid=0.2, high=0.3)),
    },
)


def _step() -> StepResult:
    read = samples(75, web={"cpu_s": 0.5, "pss_bytes": 1.6e8, "working_set_bytes": 9e8})
    for sample in read:
        sample["host"] = {"cores": 2}
    users = closed_users(5, response_s=0.2, think_s=0.8, until_s=75, apart_s=0.17)
    return step_result(evidence(asked(users=5), users, samples=read))


def _rows() -> dict[tuple[str, str], Comparison]:
    return {(each.metric, each.subject): each for each in compared(_step(), _PREDICTION)}


def test_the_error_is_relative_to_what_was_measured() -> None:
    """6/s predicted and 5/s measured is +20 %; 0.1 s predicted and 0.2 s measured is -50 %."""
    rows = _rows()
    assert rows["throughput", ""].error_ratio == pytest.approx(0.2, abs=0.005)
    assert rows["mean", ""].error_ratio == pytest.approx(-0.5)


def test_inside_means_that_the_predicted_interval_holds_the_measured_value() -> None:
    """5/s lies in 4..7, and 0.2 s does not lie in 0.01..0.15."""
    rows = _rows()
    assert rows["throughput", ""].inside
    assert not rows["mean", ""].inside


def test_only_what_was_predicted_and_measured_is_compared() -> None:
    """The percentiles were not predicted and the database not measured: neither is compared."""
    assert {("throughput", ""), ("mean", ""), ("cpu", "web"), ("memory", "web")} == set(_rows())


def test_memory_is_compared_without_page_cache() -> None:
    """Proportional memory stands beside the prediction, not the working set with its file cache."""
    assert _rows()["memory", "web"].measured.mid == 1.6e8
    assert _rows()["memory", "web"].error_ratio == pytest.approx(0.25)


def test_nothing_measured_has_no_relative_error() -> None:
    """A service that used no processor time at all has no relative error, and no division by zero."""
    still = samples(75, web={"cpu_s": 0.0})
    found = compared(step_result(evidence(asked("idle", "none"), samples=still)), _PREDICTION)
    assert [None] == [each.error_ratio for each in found if each.metric == "cpu"]


def test_a_repeat_finds_the_prediction_of_its_step() -> None:
    """A prediction is found by the step's name."""
    told = Predictions(profile="p", profile_sha256="", cores=2, steps={"step": _PREDICTION})
    assert prediction_of(told, _step()) == _PREDICTION
    assert prediction_of(told, _step().model_copy(update={"name": "other"})) is None


def test_csv_has_a_row_for_every_number_and_the_same_errors() -> None:
    """Every number is one row, whether measured, predicted or both, and the errors are those of the comparison."""
    told = Predictions(profile="p", profile_sha256="", cores=2, steps={"step": _PREDICTION})
    rows = list(csv.DictReader(io.StringIO(steps_csv([_step()], told))))
    found = {(row["metric"], row["subject"]): row for row in rows}
    assert len(found) == len(rows)
    assert {("p99", ""), ("cpu", "db"), ("utilization", "")} <= set(found)
    for key, row in _rows().items():
        assert float(found[key]["error_ratio"]) == pytest.approx(row.error_ratio, rel=1e-5)
        assert float(found[key]["measured"]) == pytest.approx(row.measured.mid)
        assert float(found[key]["predicted_high"]) == pytest.approx(row.predicted.high)
        assert found[key]["unit"] == row.unit
    assert found["cpu", "db"]["measured"] == ""
    assert found["p99", ""]["predicted"] == found["p99", ""]["error_ratio"] == ""
    assert float(found["utilization", ""]["measured"]) == pytest.approx(0.25)


def test_csv_without_predictions_has_the_measurements() -> None:
    """A run without a profile is exported all the same, its cells of predictions empty, with CRLF as RFC 4180 says."""
    text = steps_csv([_step()])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {""} == {row["predicted"] for row in rows}
    assert {"yes"} == {row["valid"] for row in rows}
    assert text.count("\r\n") == len(rows) + 1
