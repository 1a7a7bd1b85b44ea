"""parent_pipe: lines of JSON to and from the parent; whatever else anybody prints goes to standard error."""

import json
import os
from collections.abc import Iterator

import gevent
from gevent.queue import Queue
from gevent.socket import wait_read

from capplan.locust_child.orders import Message

_CHUNK_BYTES = 65536


class ParentPipe:
    """The child's standard input and output, of which nobody else gets hold."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._messages: Queue[Message | None] = Queue()
        gevent.spawn(self._read)

    def say(self, event: str, **content: object) -> None:
        """Tell the parent; one that is gone hears nothing."""
        try:
            os.write(self._out, json.dumps({"event": event, **content}).encode() + b"\n")
        except BrokenPipeError:
            self.end()

    def messages(self) -> Iterator[Message]:
        """Yield what the parent says, until it is gone."""
        while (message := self._messages.get()) is not None:
            yield message

    def end(self) -> None:
        """Let the messages end here."""
        self._messages.put(None)

    def _read(self) -> None:
        for line in lines_of(0):
            self._messages.put(json.loads(line))
        self.end()


def lines_of(pipe: int) -> Iterator[bytes]:
    """Yield the whole lines of a pipe, while others go on, until its other end is closed."""
    buffer = b""
    while True:
        wait_read(pipe)
        read = os.read(pipe, _CHUNK_BYTES)
        if not read:
            return
        *lines, buffer = (buffer + read).split(b"\n")
        yield from (line for line in lines if line.strip())
