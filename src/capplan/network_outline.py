"""network_outline: a solved network on one screen."""

from capplan.message import (
    Block,
    Bullets,
    Measure,
    Message,
    Outline,
    Section,
    Table,
    Token,
    Value,
    say,
)
from capplan.solved import PERCENTILES, Answer, Solved


def network_outline(solved: Solved) -> Outline:
    """Return what was found, by class, station and pool, and by which method; other answers stand beside the first."""
    title = say("network-title", name=Token(solved.network))
    first = solved.answers[0]
    blocks: list[Block] = [Bullets(tuple(_method(each) for each in solved.answers)), _classes(solved.answers)]
    sections = [
        Section("classes", title, tuple(blocks)),
        Section("stations", say("network-stations-title"), (_stations(first),)),
    ]
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


def _classes(answers: tuple[Answer, ...]) -> Table:
    rows: list[tuple[Value, ...]] = []
    for index, each in enumerate(answers[0].classes):
        for answer in answers:
            found = answer.classes[index]
            times = [
                Measure(found.percentiles_s[f"{q:g}"], "s") if f"{q:g}" in found.percentiles_s else ""
                for q in PERCENTILES
            ]
            rows.append(
                (
                    Token(each.name),
                    Token(answer.method, code=True),
                    Measure(found.throughput_per_s, "1/s"),
                    Measure(found.mean_response_s, "s"),
                    *times,
                    Measure(found.lost_ratio, "ratio"),
                )
            )
    header = (
        "column-class", "column-method", "column-throughput", "column-short-mean", "column-p50", "column-p90",
        "column-p95", "column-p99", "column-lost",
    )  # fmt: skip
    return Table(tuple(say(key) for key in header), tuple(rows))


def _stations(answer: Answer) -> Table:
    header = ("column-station", "column-busy-servers", "column-busy-share", "column-queue-length")
    rows = tuple(
        (
            Token(each.name),
            each.busy_servers,
            Measure(each.utilization_ratio, "ratio") if each.utilization_ratio else say("station-delay"),
            each.queue_length,
        )
        for each in answer.stations
    )
    return Table(tuple(say(key) for key in header), rows)


def _pools(answer: Answer) -> Table:
    header = ("column-pool", "column-busy-members", "column-mean-wait")
    rows = tuple(
        (Token(each.name), each.busy_members, Measure(each.mean_wait_s, "s")) for each in answer.pools
    )
    return Table(tuple(say(key) for key in header), rows)


def _notes(solved: Solved) -> tuple[Message, ...]:
    first = solved.answers[0]
    notes = [say("network-passed-over", reason=Token(reason)) for reason in first.passed_over]
    if first.without_percentiles:
        notes.append(say("network-no-percentiles", reason=Token(first.without_percentiles)))
    return tuple(notes)
