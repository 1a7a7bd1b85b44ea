"""voice: what a child process tells its parent, in lines of JSON, without ever waiting for one that does not listen."""

import json
import os
from contextlib import suppress

_OPEN_PIPE_BYTES = 1 << 20


class Voice:
    """Writes lines to a file descriptor. What does not fit into the pipe now is written with the next line.

    Nothing is raised where nobody reads any more: the end of its own input tells a child that its parent is gone.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._waiting = b""
        os.set_blocking(file, False)

    def say(self, **message: object) -> None:
        """Tell what the parent waits for; it is never dropped, until a megabyte of it waits."""
        if len(self._waiting) < _OPEN_PIPE_BYTES:
            self._waiting += json.dumps(message).encode() + b"\n"
        self._write()

    def mention(self, **message: object) -> None:
        """Tell what is worth hearing only now; it is dropped while something else still waits."""
        self._write()
        if not self._waiting:
            self.say(**message)

    def _write(self) -> None:
        with suppress(BlockingIOError):
            while self._waiting:
                try:
                    written = os.write(self._file, self._waiting)
                except BrokenPipeError:
                    written = len(self._waiting)
                self._waiting = self._waiting[written:]
