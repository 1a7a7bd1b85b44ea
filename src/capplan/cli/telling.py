"""telling: how a command speaks: results to standard output, everything else to standard error."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from capplan.errors import InputError

if TYPE_CHECKING:
    from capplan.message import Outline


def render(outline: "Outline", format_: str, lang: str) -> str:
    """Return an outline in a format and a language."""
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


def show(text: str) -> None:
    """Write a result."""
    sys.stdout.write(text)
    sys.stdout.flush()


def tell(text: str) -> None:
    """Say something beside the result."""
    sys.stderr.write(f"{text}\n")


def write(path: Path, text: str) -> None:
    """Write a result to a file, whole or not at all, and say so."""
    from capplan.documents import write_whole

    write_whole(path, text)
    tell(f"Written: {path}")
