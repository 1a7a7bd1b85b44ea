"""report: the whole report of a plan, and of a run beside it."""

from typing import Annotated

import typer

from capplan.cli.options import Language, Output, Servers, Sets, Source
from capplan.cli.planning import plan_of, verdict
from capplan.cli.telling import render, show, write
from capplan.errors import InputError


def report(
    source: Source = None,
    *,
    changes: Sets = None,
    servers: Servers = None,
    format_: Annotated[str, typer.Option("--format", help="markdown, json or terminal.")] = "markdown",
    output: Output = None,
    lang: Language = "en",
) -> None:
    """Write the whole report of a profile or of a plan computed before."""
    from capplan.documents import find_profile, refuse_overwriting
    from capplan.outline import report_outline

    refuse_overwriting(output, source or find_profile(source)[0])
    if source is not None and source.suffix == ".json":
        from capplan.documents import read_plan

        if changes or servers:
            raise InputError(
                "--set and --server",
                found="a finished plan",
                expected="a profile",
                remedy="give the profile instead",
            )
        plan = read_plan(source)
    else:
        plan = plan_of(source, changes or [], servers or [])
    try:
        text = render(report_outline(plan), format_, lang)
    except (LookupError, StopIteration, RuntimeError) as error:
        if source is None or source.suffix != ".json":
            raise
        raise InputError(
            str(source),
            found="a plan with figures missing",
            expected="a plan as it was written",
            remedy="make it again with `capplan recommend -o plan.json`",
        ) from error
    if output is None:
        show(text)
    else:
        write(output, text)
    raise typer.Exit(verdict(plan))
