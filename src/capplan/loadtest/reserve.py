"""reserve: room that a run keeps on its disk from the beginning, so that it is ended properly where that is full.

It is files whose blocks are there. A document that finds no other room is written into one of them, which then takes
the document's name: it is whole or not there at all, and whoever has filled the disk cannot take the room first.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from capplan.documents import write_whole
from capplan.errors import InputError

_NAME = ".reserve-{}"
# A step's result, the next prediction, the run that announces it and the one that has ended, the checksums, one spare.
_FILES = 6
_FILE_BYTES = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


def fill_reserve(run: Path) -> None:
    """Make what is not there yet; a disk that does not know how to keep room has none, and the run goes on without."""
    for number in range(_FILES):
        file = run / _NAME.format(number)
        try:
            with file.open("ab") as kept:
                os.posix_fallocate(kept.fileno(), 0, _FILE_BYTES)
        except OSError:
            with suppress(OSError):
                file.unlink(missing_ok=True)
            return


def reserved(run: Path) -> Iterator[Path]:
    """Yield the files of a run that hold nothing."""
    return run.glob(_NAME.format("*"))


def drop_reserve(run: Path) -> None:
    """Give the room back."""
    for file in reserved(run):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def write_kept(run: Path, path: Path, text: str) -> None:
    """Write a document of a run whole; where the disk is full, into the reserve.

    Raises
    ------
    InputError
        If it cannot be written, or there is no room for it in the reserve either.
    """
    try:
        write_whole(path, text)
    except InputError as error:
        full = isinstance(error.__cause__, OSError) and error.__cause__.errno in _FULL
        if not full or not _wrote_into_reserve(run, path, text.encode()):
            raise


def _wrote_into_reserve(run: Path, path: Path, content: bytes) -> bool:
    with suppress(OSError):
        for file in reserved(run):
            if file.stat().st_size >= len(content):
                with file.open("r+b") as kept:
                    kept.write(content)
                    kept.truncate()
                    kept.flush()
                    os.fsync(kept.fileno())
                file.replace(path)
                return True
    return False
