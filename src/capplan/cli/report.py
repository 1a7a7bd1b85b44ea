"""report: the whole report of a plan, with a run beside it where one is given."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capplan.cli.options import Language, Output, Servers, Sets, Simulate, Source
from capplan.cli.planning import plan_of, verdict
from capplan.cli.telling import render, show, write
from capplan.errors import InputError

if TYPE_CHECKING:
    from capplan.measurements import Measured
    from capplan.plan import Plan

CSV = "csv"
_PROFILE = "profile.toml"


def report(
    source: Source = None,
    *,
    run: Annotated[
        Path | None,
        typer.Option(
            "--run", metavar="RUN", help="Folder of a load run to show beside the plan of its profile."
        ),
    ] = None,
    changes: Sets = None,
    servers: Servers = None,
    simulate: Simulate = False,
    format_: Annotated[str, typer.Option("--format", help="markdown, json or terminal.")] = "markdown",
    export: Annotated[
        str | None, typer.Option("--export", metavar="csv", help="The steps of the run as rows instead.")
    ] = None,
    output: Output = None,
    lang: Language = "en",
) -> None:
    """Write the whole report of a profile or of a plan computed before, with a load run beside it."""
    from capplan.documents import refuse_overwriting
    from capplan.loadtest.run_directory import read_measured

    measured = read_measured(run) if run is not None else None
    if export is not None:
        _deliver(_rows(measured, export), output)
        return
    if source is None and run is not None:
        if not (run / _PROFILE).exists():
            _deliver(_run_alone(measured, format_, lang), output)
            return
        source = run / _PROFILE
    refuse_overwriting(output, source or _default())
    plan = _plan(source, changes or [], servers or [], simulate=simulate)
    _deliver(_text(plan, measured, source, format_, lang), output)
    raise typer.Exit(verdict(plan))


def _run_alone(measured: "Measured | None", format_: str, lang: str) -> str:
    """Return the report of a run of which no profile is known: no plan of another service stands beside it."""
    from capplan.run_outline import run_outline

    assert measured is not None  # noqa: S101 - there is a folder of it
    return render(run_outline(measured), format_, lang)


def _default() -> Path:
    from capplan.documents import find_profile

    return find_profile(None)[0]


def _rows(measured: "Measured | None", export: str) -> str:
    from capplan.export_csv import steps_csv

    if measured is None or export != CSV:
        raise InputError(
            "--export",
            found=repr(export) if export != CSV else "no run",
            expected="csv, together with --run",
            remedy="write --run RUN --export csv",
        )
    return steps_csv(measured.steps, measured.predictions)


def _plan(source: Path | None, changes: list[str], servers: list[str], *, simulate: bool) -> "Plan":
    if source is None or source.suffix != ".json":
        return plan_of(source, changes, servers, simulate=simulate)
    from capplan.documents import read_plan

    if changes or servers or simulate:
        raise InputError(
            "--set, --server and --simulate",
            found="a finished plan",
            expected="a profile",
            remedy="give the profile instead",
        )
    return read_plan(source)


def _text(plan: "Plan", measured: "Measured | None", source: Path | None, format_: str, lang: str) -> str:
    from capplan.outline import report_outline

    try:
        return render(report_outline(plan, measured), format_, lang)
    except (LookupError, StopIteration, RuntimeError) as error:
        if source is None or source.suffix != ".json":
            raise
        raise InputError(
            str(source),
            found="a plan with figures missing",
            expected="a plan as it was written",
            remedy="make it again with `capplan recommend -o plan.json`",
        ) from error


def _deliver(text: str, output: Path | None) -> None:
    if output is None:
        show(text)
    else:
        write(output, text)
