"""network_outline: a solved network on one screen."""

from capplan.message import (
    Bullets,
    Measure,
    Message,
    Outline,
    Section,
    Spread,
    Table,
    Token,
    Value,
    say,
)
from capplan.solution import Standing
from capplan.solved import PERCENTILES, Answer, ClassAnswer, ClassIntervals, Ends, Solved


def network_outline(solved: Solved) -> Outline:
    """Return what was found, by class, station and pool, and by which method; other answers stand beside the first."""
    title = say("network-title", name=Token(solved.network))
    first = solved.answers[0]
    methods = Bullets(tuple(_method(each) for each in solved.answers))
    means, percentiles = _classes(solved.answers)
    sections = [Section("classes", title, (methods, means))]
    if percentiles.rows:
        sections.append(Section("percentiles", say("network-percentiles-title"), (percentiles,)))
    sections.append(Section("stations", say("network-stations-title"), (_stations(first),)))
    if first.pools:
        sections.append(Section("pools", say("network-pools-title"), (_pools(first),)))
    if notes := _notes(solved):
        sections.append(Section("notes", say("network-notes-title"), (Bullets(notes),)))
    return Outline(title=title, sections=tuple(sections))


def _method(answer: Answer) -> Message:
    """Return how an answer was found and how far it is to be trusted."""
    return say(
        f"network-{answer.standing}",
        method=Token(answer.method, code=True),
        error=Measure(answer.error_ratio, "ratio"),
    )


def _classes(answers: tuple[Answer, ...]) -> tuple[Table, Table]:
    """Return means and percentiles: with their intervals they are too wide for one table on a terminal."""
    means: list[tuple[Value, ...]] = []
    late: list[tuple[Value, ...]] = []
    for index in range(len(answers[0].classes)):
        for answer in answers:
            found = answer.classes[index]
            begin = (Token(found.name), Token(answer.method, code=True))
            means.append((*begin, *_mean_cells(found)))
            if found.percentiles_s:
                by = Token(answer.percentiles_method, code=True)
                late.append(
                    (
                        Token(found.name),
                        by,
                        *(Measure(found.percentiles_s[f"{q:g}"], "s") for q in PERCENTILES),
                    )
                )
            if (near := found.intervals) is not None:
                begin_near = (Token(found.name), _off_by(answer))
                means.append((*begin_near, *_mean_ends(near)))
                if near.percentiles_s:
                    ends = (near.percentiles_s.get(f"{q:g}") for q in PERCENTILES)
                    late.append((*begin_near, *(_spread(each, "s") for each in ends)))
    header = ("column-class", "column-method")
    of_means = ("column-throughput", "column-short-mean", "column-lost")
    of_late = ("column-p50", "column-p90", "column-p95", "column-p99")
    return (
        Table(tuple(say(key) for key in (*header, *of_means)), tuple(means)),
        Table(tuple(say(key) for key in (*header, *of_late)), tuple(late)),
    )


def _mean_cells(found: ClassAnswer) -> tuple[Value, ...]:
    return (
        Measure(found.throughput_per_s, "1/s"),
        Measure(found.mean_response_s, "s"),
        Measure(found.lost_ratio, "ratio"),
    )


def _mean_ends(found: ClassIntervals) -> tuple[Value, ...]:
    return (
        _spread(found.throughput_per_s, "1/s"),
        _spread(found.mean_response_s, "s"),
        _spread(found.lost_ratio, "ratio"),
    )


def _off_by(answer: Answer) -> Message:
    """Return what stands before the ends between which the numbers of the row above lie."""
    return say("network-interval" if answer.standing is Standing.SIMULATED else "network-error")


def _spread(ends: Ends | None, unit: str) -> Value:
    return "" if ends is None else Spread(*ends, unit)


def _stations(answer: Answer) -> Table:
    header = ("column-station", "column-busy-servers", "column-busy-share", "column-queue-length")
    rows: list[tuple[Value, ...]] = []
    for each in answer.stations:
        delay = not each.utilization_ratio
        share = say("station-delay") if delay else Measure(each.utilization_ratio, "ratio")
        rows.append((Token(each.name), each.busy_servers, share, each.queue_length))
        if (found := each.intervals) is not None:
            rows.append(
                (
                    say("network-interval-of", name=Token(each.name)),
                    _spread(found.busy_servers, "number"),
                    "" if delay else _spread(found.utilization_ratio, "ratio"),
                    _spread(found.queue_length, "number"),
                )
            )
    return Table(tuple(say(key) for key in header), tuple(rows))


def _pools(answer: Answer) -> Table:
    header = ("column-pool", "column-busy-members", "column-mean-wait")
    rows: list[tuple[Value, ...]] = []
    for each in answer.pools:
        rows.append((Token(each.name), each.busy_members, Measure(each.mean_wait_s, "s")))
        if (found := each.intervals) is not None:
            rows.append(
                (
                    say("network-interval-of", name=Token(each.name)),
                    _spread(found.busy_members, "number"),
                    _spread(found.mean_wait_s, "s"),
                )
            )
    return Table(tuple(say(key) for key in header), tuple(rows))


def _notes(solved: Solved) -> tuple[Message, ...]:
    first = solved.answers[0]
    notes = [say("network-passed-over", reason=Token(reason)) for reason in first.passed_over]
    if first.without_percentiles:
        notes.append(say("network-no-percentiles", reason=Token(first.without_percentiles)))
    return tuple(notes)
