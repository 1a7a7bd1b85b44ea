"""sample_file: the samples of a run, a line each, written at once, and what happens when there is no room."""

import json
import os
from collections.abc import Mapping


class SampleFile:
    """Appends lines. A line that was cut off, by a full disk or an earlier crash, ends before the next one begins."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._torn = os.fstat(self._file).st_size > 0

    def append(self, sample: Mapping[str, object]) -> None:
        """Write a sample.

        Raises
        ------
        OSError
            If it could not be written whole.
        """
        line = (b"\n" if self._torn else b"") + json.dumps(sample, separators=(",", ":")).encode() + b"\n"
        self._torn = True
        while line:
            line = line[os.write(self._file, line) :]
        self._torn = False
