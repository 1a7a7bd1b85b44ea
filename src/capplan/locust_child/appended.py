"""appended: a file that only grows, in bounded memory, and says so once when it cannot."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_MOST_BYTES = 1 << 16


class Appended:
    """A buffered file of records of one size; after a failure to write it ends with a whole one and stays so."""

    def __init__(self, path: Path, failed: Callable[[OSError], None], *, record_bytes: int = 1) -> None:
        self._failed = failed
        self._record_bytes = record_bytes
        self._buffer = bytearray()
        self._written_bytes = 0
        self._file: int | None = None
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            failed(error)

    @property
    def records(self) -> int:
        """Return how many whole records stand in the file."""
        return self._written_bytes // self._record_bytes

    def append(self, content: bytes) -> None:
        """Take in a record."""
        self._buffer += content
        if len(self._buffer) >= _MOST_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what was taken in."""
        if self._file is None:
            self._buffer.clear()
            return
        try:
            while self._buffer:
                written = os.write(self._file, self._buffer)
                self._written_bytes += written
                del self._buffer[:written]
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Write what was taken in and close the file."""
        self.flush()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _give_up(self, error: OSError) -> None:
        assert self._file is not None  # noqa: S101 - it was just written to
        with suppress(OSError):
            os.ftruncate(self._file, self.records * self._record_bytes)
        with suppress(OSError):
            os.close(self._file)
        self._file = None
        self._buffer.clear()
        self._failed(error)
