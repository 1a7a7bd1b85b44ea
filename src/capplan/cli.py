"""The command line: each command reads documents, calls one or two functions, renders, and ends with an exit code."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from capplan.errors import (
    EXIT_BAD_ANSWER,
    EXIT_BAD_INPUT,
    EXIT_BUG,
    EXIT_INTERRUPTED,
    CapplanError,
    InputError,
)

if TYPE_CHECKING:
    from capplan.message import Outline
    from capplan.plan import Plan
    from capplan.starter import ServiceSketch

app = typer.Typer(
    help="What machine a web service needs, how long it will do, and how sure we are.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Profile = Annotated[
    Path | None, typer.Argument(help="Service profile (TOML); default: ./capplan.toml, else the reference.")
]
Source = Annotated[Path | None, typer.Argument(help="Service profile (TOML) or plan (JSON).")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the profile.")
]
Servers = Annotated[
    list[str] | None,
    typer.Option("--server", metavar="CORES:RAM:DISK", help="Judge a server, e.g. 2:4GB:80GB."),
]
Language = Annotated[str, typer.Option("--lang", help="Language: en or fa.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="File to write.")]


@app.command()
def recommend(
    profile: Profile = None,
    *,
    changes: Sets = None,
    servers: Servers = None,
    explain: Annotated[str, typer.Option(metavar="KEY", help="Derive one number of the plan.")] = "",
    output: Output = None,
    lang: Language = "en",
) -> None:
    """Compute a plan: three servers, what breaks first, until when they will do, and why."""
    from capplan.documents import find_profile, refuse_overwriting
    from capplan.outline import explanation, first_screen

    refuse_overwriting(output, find_profile(profile)[0])
    plan = _plan(profile, changes or [], servers or [])
    outline = explanation(plan, explain) if explain else first_screen(plan)
    text = _render(outline, "terminal", lang)
    if output is not None:
        _write(output, plan.model_dump_json(indent=1) + "\n")
    _print(text)
    raise typer.Exit(_verdict(plan))


@app.command()
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
        plan = _plan(source, changes or [], servers or [])
    try:
        text = _render(report_outline(plan), format_, lang)
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
        _print(text)
    else:
        _write(output, text)
    raise typer.Exit(_verdict(plan))


@app.command()
def init(
    *,
    users: Annotated[str | None, typer.Option(help="Concurrent users in the busiest hour.")] = None,
    rps: Annotated[str | None, typer.Option(help="Requests per second in the busiest hour.")] = None,
    container: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=ROLE[:MEMORY]", help="A container, e.g. web=gunicorn:900MB."),
    ] = None,
    compose: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take the containers of a Compose file.")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")] = Path("capplan.toml"),
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Write a first profile: what is required filled in, what is assumed commented out."""
    from capplan.documents import write_whole
    from capplan.starter import starter_profile

    if output.exists() and not force:
        raise InputError(
            str(output),
            found="a file that exists",
            expected="a new file",
            remedy="name another, or add --force",
        )
    sketch = _sketch(users, rps, container or [], compose)
    if sys.stdin.isatty() and sys.stdout.isatty():
        sketch = _asked(sketch)
    write_whole(output, starter_profile(sketch))
    _tell(f"Written: {output}. Put your own numbers in, then run `capplan recommend {output}`.")


@app.command()
def schema(*, output: Output = None) -> None:
    """Print the JSON Schema of a service profile."""
    from capplan.profile_schema import schema_text

    if output is None:
        _print(schema_text())
    else:
        _write(output, schema_text())


def _tell_version(wanted: bool) -> None:
    if wanted:
        from capplan import __version__

        _print(f"capplan {__version__}\n")
        raise typer.Exit


@app.callback()
def _capplan(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and leave.", callback=_tell_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that belong to no command."""


def _plan(profile: Path | None, changes: list[str], servers: list[str]) -> "Plan":
    from datetime import date

    from capplan.catalog import parse_shape
    from capplan.documents import digest, find_profile
    from capplan.profile_file import read_profile
    from capplan.recommend import recommend as compute

    shapes = [parse_shape(text) for text in servers]
    path, shipped = find_profile(profile)
    if shipped:
        _tell("No profile given: this is capplan's reference profile. Write your own with `capplan init`.")
    name = "capplan's reference profile" if shipped else str(path)
    read = read_profile(path, changes)
    today = date.today()  # noqa: DTZ011,TID251 - the one clock: a plan without as_of describes the day it is made
    return compute(read, as_of=today, name=name, digest=digest(path, changes), servers=shapes)


def _sketch(
    users: str | None, rps: str | None, containers: list[str], compose: Path | None
) -> "ServiceSketch":
    from dataclasses import replace

    from capplan.compose_file import read_compose
    from capplan.starter import ServiceSketch, parse_container, sketch_of_compose, with_containers

    known = sketch_of_compose(read_compose(compose)) if compose else ServiceSketch()
    stated = [parse_container(text) for text in containers]
    return (
        with_containers(replace(known, users=users, rps=rps), stated)
        if stated
        else replace(known, users=users, rps=rps)
    )


def _asked(sketch: "ServiceSketch") -> "ServiceSketch":
    from capplan.starter import questions, with_answers

    answers = {each.key: typer.prompt(each.prompt, default=each.default) for each in questions(sketch)}
    return with_answers(sketch, answers)


def _render(outline: "Outline", format_: str, lang: str) -> str:
    from capplan.report import RENDERERS, terminal
    from capplan.words import LANGUAGES, Words

    if format_ not in RENDERERS:
        known = ", ".join(RENDERERS)
        raise InputError(
            "--format", found=repr(format_), expected=f"one of {known}", remedy="name one of them"
        )
    if lang not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise InputError("--lang", found=repr(lang), expected=f"one of {known}", remedy="name one of them")
    if format_ == "terminal":
        return terminal.render(outline, Words(lang), width=_width(), color=_colors())
    return RENDERERS[format_](outline, Words(lang))


def _width() -> int:
    return max(60, min(160, shutil.get_terminal_size((100, 24)).columns))


def _colors() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _verdict(plan: "Plan") -> int:
    """Return 1 where an objective is missed on the recommended server, or a server asked about is too small now."""
    minimum, recommended, _ = plan.tiers
    missed = any(row.met_ratio < recommended.quantile_ratio for row in recommended.responses)
    refused = any(server.now_ratio < minimum.quantile_ratio for server in plan.servers)
    return EXIT_BAD_ANSWER if missed or refused else 0


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _write(path: Path, text: str) -> None:
    from capplan.documents import write_whole

    write_whole(path, text)
    _tell(f"Written: {path}")


def main() -> NoReturn:
    """Run the command line; every deliberate error is one sentence and its exit code, never a traceback."""
    try:
        app()
    except CapplanError as error:
        _tell(f"capplan: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            found = (error.strerror or "an error").lower()
            _tell(f"capplan: the output: found {found}, expected room to write; free some.")
            sys.exit(EXIT_BAD_INPUT)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # the last line of defence: a bug is told in one sentence
        if os.environ.get("CAPPLAN_DEBUG"):
            raise
        _tell(
            f"capplan: a bug of ours: {type(error).__name__}: {error}. Set CAPPLAN_DEBUG=1 for the traceback."
        )
        sys.exit(EXIT_BUG)
    sys.exit(0)
