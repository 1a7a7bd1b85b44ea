"""A run as it is told: letter by letter in both languages, beside a plan, and on one screen."""

import json
import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from capplan import predict
from capplan.judging import validity
from capplan.loadtest import conduct
from capplan.measurements import Measured, Search, Status
from capplan.message import Measure, Outline, Section, Table, Value, say
from capplan.outline import report_outline
from capplan.readings import ABORTED, GATES, OUTCOMES, UNPREDICTED
from capplan.records import Outcome
from capplan.report import RENDERERS, terminal
from capplan.run_outline import run_outline
from capplan.sections import RUN_SECTIONS, compared
from capplan.words import LANGUAGES, Words
from tests.fabricated_run import measured
from tests.planning import SMALL, plan_of

GOLDEN = Path(__file__).parents[1] / "golden"
EN = Words("en")
_RUN = measured()


def _sections(run: Measured) -> tuple[Section, ...]:
    return tuple(found for found in (section(run) for section in RUN_SECTIONS) if found is not None)


def _markdown(run: Measured, language: str) -> str:
    outline = Outline(say("run-title", name=run.run.name), _sections(run))
    return RENDERERS["markdown"](outline, Words(language))


def _changed(**changes: object) -> Measured:
    """Return the run with other values in its state."""
    return _RUN.model_copy(update={"run": _RUN.run.model_copy(update=changes)})


@pytest.mark.parametrize("language", LANGUAGES)
def test_run_is_told_as_approved(language: str) -> None:
    """A run with every kind of step is told as it was read and approved; ``CAPPLAN_GOLDEN=write`` writes it anew."""
    assert _golden(f"run.{language}.md", text := _markdown(_RUN, language)) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_screen_is_the_approved_one(language: str) -> None:
    """A run's first screen at 80 columns is the one that was read and approved."""
    text = terminal.render(run_outline(_RUN), Words(language), width=80)
    assert _golden(f"run-screen.{language}.txt", text) == text


def _golden(name: str, text: str) -> str:
    golden = GOLDEN / name
    if os.environ.get("CAPPLAN_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    return golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_first_screen_fits(language: str, width: int) -> None:
    """No line of a run's first screen is wider than the terminal, and no name of a step is cut off."""
    text = terminal.render(run_outline(_RUN), Words(language), width=width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "…" not in text
    assert [] == [step.name for step in _RUN.steps if f"{step.number:03}-" not in text]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("format_", RENDERERS)
def test_every_format_tells_a_run(format_: str, language: str) -> None:
    """Every format of a report can show a run, alone and beside a plan."""
    words = Words(language)
    for outline in (run_outline(_RUN), report_outline(plan_of(SMALL), _RUN)):
        assert "users-20" in RENDERERS[format_](outline, words)


def test_json_keeps_the_numbers() -> None:
    """A run as JSON carries each measured number with its unit and interval, not only its text."""
    found = json.loads(RENDERERS["json"](run_outline(_RUN), EN))
    table = next(block for block in found["sections"][0]["blocks"] if block["kind"] == "table")
    throughput = table["rows"][2][1]["values"]
    assert {"value": 2.06, "unit": "1/s"} == throughput["value"]
    assert ("1/s", 2.0188) == (throughput["spread"]["unit"], throughput["spread"]["low"])


# ── beside a plan ────────────────────────────────────────────────────────────────────────────────


def test_report_with_a_run_adds_and_changes_no_number() -> None:
    """Beside a run, the plan's sections say the same but for what is said of measuring; the run follows them."""
    plan = plan_of(SMALL)
    alone, beside = report_outline(plan).sections, report_outline(plan, _RUN).sections
    assert [each.name for each in _sections(_RUN)] == [each.name for each in beside[len(alone) :]]
    differing = {before.name for before, after in zip(alone, beside, strict=False) if before != after}
    assert {"preface", "unknown"} == differing


def test_report_never_says_that_nothing_was_measured_beside_a_run() -> None:
    """Without a run the report says that nothing was measured; with one it says that nothing is calibrated."""
    plan = plan_of(SMALL)
    alone, beside = (RENDERERS["markdown"](report_outline(plan, run), EN) for run in (None, _RUN))
    for sentence in ("Nothing here was measured", "no load run has checked the plan"):
        assert sentence in alone
        assert sentence not in beside
    assert "Nothing is calibrated yet" in beside
    assert "calibrated" not in alone


# ── what is said of a run ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("finished", "carried out to its end"),
        ("running", "was killed"),
        ("interrupted", "was interrupted"),
        ("target-down", "the target stopped answering"),
        ("failed", "the measuring itself failed"),
    ],
)
def test_state_is_said(status: Status, sentence: str) -> None:
    """A run says in which state it ended, and one that ended early how many of its steps have a result."""
    text = _markdown(_changed(status=status), "en")
    assert sentence in text
    assert "Of 7 steps that were planned, 6 steps came to a result." in text


def test_whole_run_is_not_called_partial() -> None:
    """A run that carried out every step does not say that steps are missing."""
    whole = _changed(status="finished", reason="", planned=_RUN.run.planned[:-1])
    assert "were planned" not in _markdown(whole, "en")


_OBJECTIVE = "the largest load at which 95 % of the requests are answered within 1 s."
_FOUND = "The largest one found: 40 users (closed), which make 4.1/s."
_MISSED = "The smallest one found that misses it: 42 users."


@pytest.mark.parametrize(
    ("search", "sentences"),
    [
        ({"verdict": "never", "missed_users": 1}, ["misses it: 1 user.", "Not even the smallest load"]),
        ({"verdict": "unknown"}, ["ended without an answer"]),
        ({"verdict": "at-cap", "capacity_per_s": 12.5}, ["makes 12.5/s (open).", "the limit lies above"]),
        (
            {"verdict": "found", "capacity_per_s": 4.1, "capacity_users": 40, "missed_users": 42},
            [_FOUND, _MISSED, "5 % apart at most"],
        ),
    ],
)
def test_search_is_answered(search: dict[str, object], sentences: list[str]) -> None:
    """A search says its objective, what it found with unit and mode, what missed it, and how it ended."""
    sought = {"percentile_ratio": 0.95, "response_time_s": 1.0, "first": _RUN.steps[0].asked}
    text = _markdown(_changed(search=Search.model_validate(sought | search)), "en")
    assert _OBJECTIVE in text
    assert [] == [sentence for sentence in sentences if sentence not in text]


def test_no_profile() -> None:
    """A run without predictions says so, and shows no table of errors."""
    text = _markdown(_RUN.model_copy(update={"predictions": None}), "en")
    assert "nothing was predicted" in text
    assert "| Predicted |" not in text


def test_invalid_steps_have_no_error() -> None:
    """A step that may not be used shows prediction and measurement, and no error that somebody could quote."""
    rows = compared.comparison_rows(_RUN)
    stormy, calm = (
        {EN.text(row[4]) for row in rows if EN.text(row[0]) == step}
        for step in ("004-rate-12", "003-users-20")
    )
    assert {"step not valid"} == stormy
    assert "−1.9 %" in calm
    assert "step not valid" not in calm


def test_signs_of_errors() -> None:
    """An error has the sign of predicted less measured: 2.02 against 2.06 is negative, 90 ms against 41 positive."""
    errors = {(EN.text(row[0]), EN.text(row[1])): EN.text(row[4]) for row in compared.comparison_rows(_RUN)}
    assert "−1.9 %" == errors["003-users-20", "throughput"]
    assert "+120 %" == errors["003-users-20", "mean response time"]


def test_spread_of_repeats() -> None:
    """Repeats stand in one row with the least and the largest estimate; a step run once has none."""
    table = _tables(compared.section(_RUN))[-1]
    told = [[EN.text(cell) for cell in row] for row in table.rows]
    assert [["users-20", "2", "2.06–2.11/s", "41–44 ms", "28.7–30.8 ms", "123–132 ms"]] == told


def test_invalid_repeats_do_not_count() -> None:
    """A repeat that failed a gate enters no spread."""
    spoilt = tuple(
        step.model_copy(update={"valid": step.valid and not step.asked.repeat}) for step in _RUN.steps
    )
    tables = _tables(compared.section(_RUN.model_copy(update={"steps": spoilt})))
    assert 1 == len(tables)


def _tables(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def test_memory_is_told_in_binary_units() -> None:
    """Memory of a service stands in the unit in which memory is sold, measured and predicted alike."""
    rows = [row for row in compared.comparison_rows(_RUN) if EN.text(row[1]) == "memory of web"]
    assert ("858 MiB", "400 MiB (390–420 MiB)") == (EN.text(rows[0][2]), EN.text(rows[0][3]))


# ── every code has words ─────────────────────────────────────────────────────────────────────────


def test_every_code_has_words() -> None:
    """What gates, aborted steps, failed requests and missing predictions are called by code has words."""
    assert set(validity.GATES) == GATES
    assert {
        conduct.TARGET_DOWN,
        conduct.INTERRUPTED,
        conduct.LOST,
        conduct.RATE_CAP,
        conduct.NO_BACKUP,
    } == ABORTED
    assert {each.name.lower().replace("_", "-") for each in Outcome} - {"ok"} == OUTCOMES
    notes = {predict.NO_CLASS, predict.NO_THINK_TIME, predict.SATURATED, predict.SATURATED_SOMEWHERE}
    assert notes == UNPREDICTED


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_gate_can_be_told(language: str) -> None:
    """Every gate that there is can fail and be told in every language, with found value and limit."""
    words = Words(language)
    codes: list[tuple[str, frozenset[str]]] = [
        ("gate", GATES), ("aborted", ABORTED), ("outcome", OUTCOMES), ("unpredicted", UNPREDICTED),
    ]  # fmt: skip
    told: list[Value] = [say(f"{kind}-{code}") for kind, known in codes for code in known]
    assert all(words.text(each) for each in told)
    assert words.text(Measure(7, "steps"))
