"""stack: bring a scenario's stack up, see how it is, take it down."""

from pathlib import Path
from typing import Annotated

import typer

from capplan.cli.telling import show, tell
from capplan.errors import EXIT_TARGET_UNAVAILABLE, InputError

stack = typer.Typer(help="Bring a scenario's stack up, see how it is, take it down.", no_args_is_help=True)
Scenario = Annotated[
    Path | None, typer.Argument(help="Scenario (TOML) or its folder; default: the reference stack.")
]


@stack.command()
def up(scenario: Scenario = None) -> None:
    """Start every service on free ports of loopback, and say where each is and which version it says it is."""
    from capplan.loadtest.interruption import interruptible
    from capplan.stack import up as bring_up

    with interruptible(_go_on):
        state = bring_up(_stack_file(scenario), name=_name(scenario), tell=tell)
    lines = [f"{each.name}\t{each.version}\t{each.address}" for each in state.versions()]
    show("\n".join([*lines, f"base_url\t{state.base_url}"]).expandtabs(24) + "\n")


@stack.command()
def status(scenario: Scenario = None) -> None:
    """Say which services run; exit code 4 if the stack is not up or one of them has ended."""
    from capplan.stack import status as look

    found = look(_name(scenario))
    if found is None:
        tell("Not up.")
        raise typer.Exit(EXIT_TARGET_UNAVAILABLE)
    show("".join(f"{name}\t{'runs' if runs else 'ENDED'}\n" for name, runs in found.items()).expandtabs(24))
    raise typer.Exit(0 if all(found.values()) else EXIT_TARGET_UNAVAILABLE)


@stack.command()
def down(scenario: Scenario = None) -> None:
    """End every service and remove everything it left."""
    from capplan.stack import down as take_down

    take_down(_name(scenario), tell=tell)


def _go_on() -> None:
    """Do nothing at a second signal: what the first one has left half up is being taken down."""


def _stack_file(scenario: Path | None) -> Path:
    from capplan.documents import shipped_scenario
    from capplan.scenario_file import read_scenario

    path = scenario or shipped_scenario()
    found = read_scenario(path)
    if found.stack is None:
        raise InputError(
            f"{path}: stack", found="nothing", expected="a stack file", remedy="name a scenario that has one"
        )
    return Path(found.stack)


def _name(scenario: Path | None) -> str:
    from capplan.documents import shipped_scenario
    from capplan.scenario_file import read_scenario

    return read_scenario(scenario or shipped_scenario()).name
