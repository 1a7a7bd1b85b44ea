"""telling: how a command speaks: results to standard output, everything else to standard error."""

import errno
import io
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from capplan.errors import InputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from capplan.message import Outline


class _Stream(io.FileIO):
    """A standard stream that drops what cannot be written for a reason that is to be borne.

    Any other reason is raised once: what is still buffered would raise it again at the end of the process.
    """

    def __init__(self, file: int, borne: type[OSError]) -> None:
        super().__init__(file, "w", closefd=False)
        self._borne = borne
        self._has_raised = False

    def write(self, content: "ReadableBuffer", /) -> int:
        """Write, or drop it."""
        try:
            written: int | None = super().write(content)
            if written is None:  # it does not wait for a reader who does not keep up
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        except OSError as error:
            if not (self._has_raised or isinstance(error, self._borne)):
                self._has_raised = True
                raise
            return memoryview(content).nbytes
        return written


def bear_silence() -> None:
    """Have a command do its work, and end with its own exit code, where nobody reads what it says.

    Python raises at the first write to a pipe whose reader has left, in the midst of a run as well, and Typer ends
    any command with 1 then. A result that finds no room is an error all the same; what is said beside it never is.
    """
    sys.stdout = _bearing(sys.stdout, 1, BrokenPipeError)
    sys.stderr = _bearing(sys.stderr, 2, OSError)


def _bearing(stream: TextIO | None, file: int, borne: type[OSError]) -> TextIO:
    """Return a stream in the place of another; one that was closed gets its number, lest a file of ours has it."""
    if stream is None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), file)
    return io.TextIOWrapper(
        io.BufferedWriter(_Stream(file, borne)),
        encoding=None if stream is None else stream.encoding,
        errors="backslashreplace" if stream is None else stream.errors,
        line_buffering=stream is not None and bool(stream.line_buffering),
    )


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
