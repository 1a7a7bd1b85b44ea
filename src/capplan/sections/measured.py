"""Measured: what was loaded, when and where, and what each step found."""

from capplan.measurements import Measured, Run, StepResult
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
from capplan.readings import asked, errors, label, reading, verdict

_CLOCK_MOVED_S = 0.05
_AT_ONCE_S = 0.1


def section(measured: Measured) -> Section:
    """Tell the run and its steps; what ended early says so first."""
    run, steps = measured.run, measured.steps
    blocks: list[Block] = [paragraph(*state(measured)), Bullets(tuple(_circumstances(run)))]
    modes = [mode for mode in ("closed", "open") if any(step.asked.mode == mode for step in steps)]
    if modes:
        blocks.append(Bullets(tuple(say(f"mode-{mode}") for mode in modes)))
    if steps:
        blocks += [paragraph(say("steps-intro")), _table(steps)]
    if notes := [note for step in steps for note in _notes(step)]:
        blocks.append(Bullets(tuple(notes)))
    return Section("measured", say("measured-title"), tuple(blocks))


def state(measured: Measured) -> list[Message]:
    """Return what was run and how it ended, a search's answer included."""
    run, steps = measured.run, measured.steps
    done = Measure(len(steps), "steps")
    told = [
        say(
            "run-what",
            name=Token(run.name),
            url=Token(run.base_url, code=True),
            date=run.began.date(),
            time=Token(f"{run.began:%H:%M} UTC"),
            version=Token(run.capplan_version),
        ),
        say(f"status-{run.status}"),
    ]
    if run.reason:
        told.append(say("status-reason", reason=Token(run.reason)))
    if len(steps) < len(run.planned):
        told.append(say("run-partial", done=done, planned=Measure(len(run.planned), "steps")))
    valid = Measure(sum(step.valid for step in steps), "steps")
    told.append(say("run-valid", valid=valid, done=done))
    return [*told, *_search(run)]


def _search(run: Run) -> list[Message]:
    """Return what was searched for, what was found, and how sure that is."""
    search = run.search
    if search is None:
        return []
    told = [
        say(
            "search-for",
            percentile=Measure(search.percentile_ratio, "ratio"),
            time=Measure(search.response_time_s, "s"),
        )
    ]
    if search.capacity_per_s is not None:
        rate = Measure(search.capacity_per_s, "1/s")
        users = search.capacity_users
        told.append(
            say("search-rate", rate=rate)
            if users is None
            else say("search-users", rate=rate, users=Measure(users, "users"))
        )
    if search.missed_per_s is not None:
        told.append(say("search-missed", load=Measure(search.missed_per_s, "1/s")))
    if search.missed_users is not None:
        told.append(say("search-missed", load=Measure(search.missed_users, "users")))
    return [*told, say(f"search-{search.verdict}" if search.verdict else "search-unended")]


def _circumstances(run: Run) -> list[Message]:
    told = []
    if run.machine:
        told.append(say("run-machine", machine=Series(tuple(_machine(run)))))
    if run.servers:
        told.append(say("run-servers", servers=Series(tuple(_version(run)))))
    told.append(say("run-generator", processes=Measure(run.workers, "processes"), seed=Token(str(run.seed))))
    if run.prediction_sha256:
        told.append(say("run-frozen", digest=Token(run.prediction_sha256[:12], code=True)))
    if abs(run.clock_offset_drift_s) > _CLOCK_MOVED_S:
        told.append(say("run-clock", moved=Measure(abs(run.clock_offset_drift_s), "s")))
    return told


def _machine(run: Run) -> list[Value]:
    units = {"cores": "cores", "memory_gib": "GiB"}
    return [
        Measure(float(value), units[name]) if name in units else Token(f"{name} {value}")
        for name, value in run.machine.items()
    ]


def _version(run: Run) -> list[Value]:
    return [Token(f"{server.name} {server.version}") for server in run.servers]


def _table(steps: tuple[StepResult, ...]) -> Table:
    header = (
        "column-step", "column-asked", "column-throughput", "column-mean", "column-p50", "column-p95", "column-p99",
        "column-errors", "column-usable",
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for step in steps:
        times = step.response
        found = (times.mean_s, times.p50_s, times.p95_s, times.p99_s) if times else (None,) * 4
        rows.append(
            (
                label(step),
                asked(step.asked),
                reading(step.throughput_per_s, "1/s"),
                *(reading(each, "s") for each in found),
                errors(step),
                verdict(step),
            )
        )
    return Table(tuple(say(key) for key in header), tuple(rows))


def _notes(step: StepResult) -> list[Message]:
    """Return what a table cannot say: how arrivals waited, users thought, times drifted, jobs drained and data grew."""
    name, told = label(step), []
    if step.asked.mode == "open" and step.response is not None:
        sent = Measure(step.response.uncorrected_p95_s, "s")
        told.append(
            say("note-uncorrected", step=name, intended=Measure(step.response.p95_s.mid, "s"), sent=sent)
        )
    if step.achieved_think_time_s is not None and step.asked.think_time_s is None:
        told.append(say("note-think", step=name, think=Measure(step.achieved_think_time_s, "s")))
    if step.steady is not None and step.steady.response_drift_ratio is not None:
        key = "note-rising" if step.steady.response_drift_ratio > 0 else "note-falling"
        told.append(say(key, step=name, drift=Measure(abs(step.steady.response_drift_ratio), "ratio")))
    if step.drain_s and step.drain_s >= _AT_ONCE_S:
        told.append(say("note-drain", step=name, time=Measure(step.drain_s, "s")))
    told += [
        say("note-growth", step=name, what=Token(what), grown=Measure(grown, "B"))
        for what, grown in step.growth_bytes.items()
        if grown > 0
    ]
    return told
