"""The command line: each command reads documents, calls one or two functions, renders, and ends with an exit code.

One file per command, one line here.
"""

import os
import sys
from typing import Annotated, NoReturn

import typer

from capplan.cli.init import init
from capplan.cli.loadtest import loadtest
from capplan.cli.recommend import recommend
from capplan.cli.report import report
from capplan.cli.schema import schema
from capplan.cli.solve import solve
from capplan.cli.stack import stack
from capplan.cli.telling import bear_silence, show, tell
from capplan.errors import EXIT_BAD_INPUT, EXIT_BUG, EXIT_INTERRUPTED, CapplanError
from capplan.loadtest.interruption import Interruption

app = typer.Typer(
    help="What machine a web service needs, how long it will do, and how sure we are.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (recommend, loadtest, report, solve, init, schema):
    app.command()(command)
app.add_typer(stack, name="stack")


def _tell_version(wanted: bool) -> None:
    if wanted:
        from capplan import __version__

        show(f"capplan {__version__}\n")
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


def main() -> NoReturn:
    """Run the command line; every deliberate error is one sentence and its exit code, never a traceback."""
    bear_silence()
    try:
        app()
    except CapplanError as error:
        tell(f"capplan: {error}")
        sys.exit(error.exit_code)
    except Interruption as error:
        tell(f"capplan: interrupted ({error}).")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except OSError as error:
        found = (error.strerror or "an error").lower()
        tell(f"capplan: the output: found {found}, expected room to write; free some.")
        sys.exit(EXIT_BAD_INPUT)
    except Exception as error:  # the last line of defence: a bug is told in one sentence
        if os.environ.get("CAPPLAN_DEBUG"):
            raise
        tell(
            f"capplan: a bug of ours: {type(error).__name__}: {error}. Set CAPPLAN_DEBUG=1 for the traceback."
        )
        sys.exit(EXIT_BUG)
    sys.exit(0)
