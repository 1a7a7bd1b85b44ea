"""Validity: which gates failed, with what was found, and what the machine did meanwhile."""

from capplan.measurements import Gate, HostUse, Measured, StepResult
from capplan.message import (
    Block,
    Bullets,
    Measure,
    Message,
    Section,
    Series,
    Spread,
    Table,
    Value,
    paragraph,
    say,
)
from capplan.readings import aborted, amount, gate_amount, gate_name, label


def section(measured: Measured) -> Section | None:
    """Tell why steps may not be used, and whether the machine was fit to measure on."""
    if not measured.steps:
        return None
    failed = failures(measured.steps)
    blocks: list[Block] = [paragraph(say("gates-intro"))]
    blocks.append(Bullets(failed) if failed else paragraph(say("gates-all-passed")))
    if unread := _unread(measured.steps):
        blocks.append(paragraph(*unread))
    blocks += [paragraph(say("host-intro")), _host(measured.steps)]
    return Section("validity", say("validity-title"), tuple(blocks))


def failures(steps: tuple[StepResult, ...]) -> tuple[Message, ...]:
    """Return every step that ended early, and every gate that failed with what was found and its limit."""
    told = []
    for step in steps:
        if step.aborted:
            told.append(say("step-ended-early", step=label(step), reason=aborted(step.aborted)))
        told += [_failure(step, gate) for gate in step.gates if not gate.passed]
    return tuple(told)


def _failure(step: StepResult, gate: Gate) -> Message:
    return say(
        "gate-failed",
        step=label(step),
        gate=gate_name(gate),
        found=gate_amount(gate.found, gate.unit),
        limit=gate_amount(gate.limit, gate.unit),
    )


def _unread(steps: tuple[StepResult, ...]) -> list[Message]:
    """Return the gates that had nothing to look at; drift that is not significant has no number either."""
    gates = [gate for step in steps for gate in step.gates if gate.found is None and gate.code != "drift"]
    names = {(gate.code, gate.subject): gate_name(gate) for gate in gates}
    return [say("gates-unread", gates=Series(tuple(names.values())))] if names else []


def _host(steps: tuple[StepResult, ...]) -> Table:
    header = (
        "column-step", "column-busy", "column-foreign", "column-steal", "column-iowait", "column-generator",
        "column-lag", "column-sampler", "column-speed",
    )  # fmt: skip
    rows = tuple((label(step), *_row(step.host)) for step in steps)
    return Table(tuple(say(key) for key in header), rows)


def _row(host: HostUse) -> tuple[Value, ...]:
    return (
        _busy(host),
        amount(host.foreign_cores, "cores"),
        amount(host.steal_ratio, "ratio"),
        amount(host.iowait_cores, "cores"),
        amount(host.generator_busiest_cores, "cores"),
        amount(host.loop_lag_p99_s, "s"),
        amount(host.sampler_cores, "cores"),
        _speed(host),
    )


def _busy(host: HostUse) -> Value:
    if host.busy_cores is None:
        return say("reading-absent")
    return say("host-busy", busy=host.busy_cores, cores=Measure(host.cores, "cores"))


def _speed(host: HostUse) -> Value:
    if host.speed_s is None:
        return say("reading-absent")
    found = host.speed_s
    return say("reading", value=Measure(found.mid, "s"), spread=Spread(found.low, found.high, "s"))
