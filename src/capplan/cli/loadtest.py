"""loadtest: load a stack step by step, watch it, and set what was predicted beside what was measured."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capplan.cli.options import Language
from capplan.cli.telling import render, show, tell
from capplan.errors import (
    EXIT_BAD_ANSWER,
    EXIT_FINE,
    EXIT_INVALID_MEASUREMENT,
    InputError,
    MeasurementError,
    TargetError,
)
from capplan.loadtest.interruption import Interruption

if TYPE_CHECKING:
    from capplan.loadtest.wishes import Wishes
    from capplan.measurements import Measured


def loadtest(
    scenario: Annotated[
        Path | None,
        typer.Argument(
            help="Scenario (TOML) or its folder; default: the reference stack, brought up and taken down."
        ),
    ] = None,
    *,
    url: Annotated[str | None, typer.Option(help="Load this address, without a scenario.")] = None,
    users: Annotated[
        int | None, typer.Option(min=1, help="Closed: so many users, each waiting for its reply.")
    ] = None,
    rps: Annotated[
        float | None,
        typer.Option(
            min=0.001, help="With --users: the rate they make together. Alone, open: arrivals per second."
        ),
    ] = None,
    think_time: Annotated[
        str | None, typer.Option(metavar="TIME", help='Closed: mean think time, e.g. "5 s".')
    ] = None,
    path: Annotated[
        list[str] | None, typer.Option("--path", help="Path to ask for; may be repeated.")
    ] = None,
    duration: Annotated[str | None, typer.Option(metavar="TIME", help="Length of each measurement.")] = None,
    settle: Annotated[
        str | None, typer.Option(metavar="TIME", help="Time before it that is not used.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, max=100, help="How often each step is run.")] = 1,
    ladder: Annotated[
        bool,
        typer.Option(
            "--ladder", help="Climb to the saturation, as the profile's model predicts it and beyond."
        ),
    ] = False,
    find_capacity: Annotated[
        bool, typer.Option("--find-capacity", help="Search the largest load that meets the objective.")
    ] = False,
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Profile whose predictions stand beside the figures.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes of the load generator.")] = 1,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of users, choices, arrivals and the order of steps.")
    ] = 1,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="HOST", help="Confirm a host that the scenario names."),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder of the run.")] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Go on with a run at the first step that is not whole.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show nothing while it goes on.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    lang: Language = "en",
) -> None:
    """Load a stack, watch every service of it, and show prediction beside measurement."""
    from capplan.loadtest.carry_out import carry_out
    from capplan.loadtest.live_view import watching
    from capplan.loadtest.order import order_of, order_of_run
    from capplan.loadtest.run_directory import read_measured
    from capplan.loadtest.wishes import Wishes

    wishes = Wishes(
        scenario=scenario,
        url=url,
        users=users,
        rate_per_s=rps,
        think_time=think_time,
        paths=tuple(path or ()),
        duration=duration,
        settle=settle,
        repeats=repeats,
        ladder=ladder,
        find_capacity=find_capacity,
        profile=profile,
        workers=workers,
        seed=seed,
        confirmed_hosts=tuple(allow_host or ()),
        folder=output,
    )
    if resume is not None:
        _refuse_wishes(wishes)
    order = order_of_run(resume, wishes.confirmed_hosts) if resume is not None else order_of(wishes)
    tell(f"Run: {order.folder}")
    try:
        with watching(sys.stderr, quiet=quiet) as view:
            carry_out(order, view, resume=resume is not None)
    except (Interruption, MeasurementError, TargetError):
        if order.folder.exists():
            tell(f"What was measured is kept; go on with: capplan loadtest --resume {order.folder}")
        raise
    measured = read_measured(order.folder)
    if json_:
        show(measured.model_dump_json(indent=1) + "\n")
    else:
        from capplan.run_outline import run_outline

        show(render(run_outline(measured), "terminal", lang))
    raise typer.Exit(_verdict(measured))


def _refuse_wishes(wishes: "Wishes") -> None:
    """Refuse to change a run that is only to go on."""
    from capplan.loadtest.wishes import Wishes

    if wishes != Wishes(confirmed_hosts=wishes.confirmed_hosts):
        raise InputError(
            "--resume",
            found="other options that say what to run",
            expected="the run as it was begun",
            remedy="leave them out, or start a new run",
        )


def _verdict(measured: "Measured") -> int:
    """Return 3 where a step may not be used, or a search has no answer; 1 where no load met the objective.

    A search tries loads beyond the knee, where nothing is steady: that they may not be used is its finding.
    """
    search = measured.run.search
    if search is None:
        return EXIT_FINE if all(step.valid for step in measured.steps) else EXIT_INVALID_MEASUREMENT
    match search.verdict:
        case "found" | "at-cap":
            return EXIT_FINE
        case "never":
            return EXIT_BAD_ANSWER
        case _:
            return EXIT_INVALID_MEASUREMENT
