"""solve: a queueing network from a file, for those who know queueing theory."""

from pathlib import Path
from typing import Annotated

import typer

from capplan.cli.options import Language, Output
from capplan.cli.telling import render, show, write


def solve(
    network: Annotated[Path, typer.Argument(help="Network file (TOML or JSON).")],
    *,
    method: Annotated[
        str | None, typer.Option("--method", help="Method; default: the most trusted that can.")
    ] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Simulate it too, and show both.")] = False,
    format_: Annotated[str, typer.Option("--format", help="terminal, markdown or json.")] = "terminal",
    output: Output = None,
    lang: Language = "en",
) -> None:
    """Solve a queueing network: throughput, response times, utilization, and how far to trust them."""
    from capplan import __version__
    from capplan.documents import refuse_overwriting
    from capplan.network_file import read_network
    from capplan.network_outline import network_outline
    from capplan.solved import Solved, answer_of
    from capplan.solvers import solve as solve_network

    refuse_overwriting(output, network)
    read = read_network(network)
    methods = [method, "simulation"] if simulate and method != "simulation" else [method]
    answers = tuple(answer_of(solve_network(read, each)) for each in methods)
    solved = Solved(version=__version__, network=network.name, answers=answers)
    text = (
        solved.model_dump_json(indent=1) + "\n"
        if format_ == "json"
        else render(network_outline(solved), format_, lang)
    )
    if output is None:
        show(text)
    else:
        write(output, text)
