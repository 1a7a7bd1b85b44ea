"""log_tail: the lines that are added to a file, wherever it is moved and whatever replaces it."""

import os
from pathlib import Path
from typing import BinaryIO

from capplan.machine.absence import AbsentError

_CHUNK_BYTES = 1 << 20


class LogTail:
    """Reads on from the end of a file, or from its beginning if it is not there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rest = b""
        self._file: BinaryIO | None = None
        if path.exists():
            self._file = path.open("rb")
            self._file.seek(0, os.SEEK_END)

    def lines(self) -> list[bytes]:
        """Return the whole lines since the last look.

        Raises
        ------
        AbsentError
            If there is no such file yet.
        """
        # Opened first: if that fails, what was read of the one before would be lost.
        successor = self._path.open("rb") if self._is_replaced() else None
        found = self._read_on()
        if successor is not None:
            self.close()
            self._file, self._rest = successor, b""
            found += self._read_on()
        if self._file is None:
            raise AbsentError(f"there is no file {self._path}")
        return found

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _read_on(self) -> list[bytes]:
        if self._file is None:
            return []
        if os.fstat(self._file.fileno()).st_size < self._file.tell():  # truncated in place
            self._file.seek(0)
            self._rest = b""
        found: list[bytes] = []
        while chunk := self._file.read(_CHUNK_BYTES):
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            found += lines
        return found

    def _is_replaced(self) -> bool:
        try:
            now = self._path.stat()
        except OSError:
            return False
        if self._file is None:
            return True
        before = os.fstat(self._file.fileno())
        return (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino)
