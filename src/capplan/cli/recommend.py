"""recommend: a plan on one screen."""

from typing import Annotated

import typer

from capplan.cli.options import Language, Output, Profile, Servers, Sets, Simulate
from capplan.cli.planning import plan_of, verdict
from capplan.cli.telling import render, show, write


def recommend(
    profile: Profile = None,
    *,
    changes: Sets = None,
    servers: Servers = None,
    simulate: Simulate = False,
    explain: Annotated[str, typer.Option(metavar="KEY", help="Derive one number of the plan.")] = "",
    output: Output = None,
    lang: Language = "en",
) -> None:
    """Compute a plan: three servers, what breaks first, until when they will do, and why."""
    from capplan.documents import find_profile, refuse_overwriting
    from capplan.outline import explanation, first_screen

    refuse_overwriting(output, find_profile(profile)[0])
    plan = plan_of(profile, changes or [], servers or [], simulate=simulate)
    outline = explanation(plan, explain) if explain else first_screen(plan)
    text = render(outline, "terminal", lang)
    if output is not None:
        write(output, plan.model_dump_json(indent=1) + "\n")
    show(text)
    raise typer.Exit(verdict(plan))
