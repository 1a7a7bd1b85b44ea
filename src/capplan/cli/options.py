"""options: the arguments that several commands take."""

from pathlib import Path
from typing import Annotated, Literal

import typer

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
Language = Annotated[Literal["en", "fa"], typer.Option("--lang", help="Language.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="File to write.")]
Simulate = Annotated[
    bool, typer.Option("--simulate", help="Simulate the recommended tier beside what is computed of it.")
]
