"""init: a first profile."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capplan.cli.telling import tell
from capplan.errors import InputError

_MB = 1e6

if TYPE_CHECKING:
    from capplan.starter import ServiceSketch


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
    observe: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="Take the memory of what is running: a scenario, or compose:PROJECT for containers.",
        ),
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
    if observe is not None:
        sketch = _observed(sketch, observe)
    if sys.stdin.isatty() and sys.stdout.isatty():
        sketch = _asked(sketch)
    write_whole(output, starter_profile(sketch))
    tell(f"Written: {output}. Put your own numbers in, then run `capplan recommend {output}`.")


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


def _observed(sketch: "ServiceSketch", what: str) -> "ServiceSketch":
    from capplan.loadtest.observed_memory import observe_memory
    from capplan.loadtest.watched import watched
    from capplan.starter import parse_container, with_containers

    found = observe_memory(f"--observe {what}", watched(what))
    stated = [parse_container(f"{each.name}={each.kind}:{each.memory_bytes / _MB:.0f}MB") for each in found]
    return with_containers(sketch, stated)


def _asked(sketch: "ServiceSketch") -> "ServiceSketch":
    from capplan.starter import questions, with_answers

    answers = {each.key: typer.prompt(each.prompt, default=each.default) for each in questions(sketch)}
    return with_answers(sketch, answers)
