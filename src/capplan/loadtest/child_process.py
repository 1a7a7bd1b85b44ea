"""child_process: a process of our own that we talk to in lines of JSON, and that ends when we do."""

import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from capplan.errors import MeasurementError

Message = dict[str, Any]
RUN_MARK = "CAPPLAN_RUN"
"""Variable in the environment of every process a run starts, so that none is ever lost."""
_CHUNK_BYTES = 65536
_KILL_AFTER_S = 3.0
_NICENESS = -10


class Child:
    """A child process in a session of its own: a Ctrl-C of the terminal reaches only its parent.

    It reads commands from its standard input and ends by itself at the end of file, so it does not outlive the parent
    even where that is killed.
    """

    def __init__(self, name: str, arguments: Sequence[str], *, log: Path, mark: str) -> None:
        self.name = name
        self._buffer = b""
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env=os.environ | {RUN_MARK: mark, "PYTHONSAFEPATH": "1"},  # a json.py lying here is not ours
            )
        os.set_blocking(self._out, False)
        _put_first(self._process.pid)

    @property
    def _out(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def fileno(self) -> int:
        """Return what ``select`` waits for."""
        return self._out

    def tell(self, message: Message) -> None:
        """Send a command.

        Raises
        ------
        MeasurementError
            If the child has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise self._lost() from error

    def heard(self) -> list[Message]:
        """Return the messages that have arrived.

        Raises
        ------
        MeasurementError
            If the child has ended without being asked to.
        """
        ended = False
        while True:
            try:
                read = os.read(self._out, _CHUNK_BYTES)
            except BlockingIOError:
                break
            if not read:
                ended = True
                break
            self._buffer += read
        *lines, self._buffer = self._buffer.split(b"\n")
        messages = [json.loads(line) for line in lines if line.strip()]
        if ended and not messages:
            raise self._lost()
        return messages

    def kill(self) -> None:
        """Kill the child and everything in its session, from a signal's handler, too.

        Its pipes stay open: whoever listens to it, or waits for its end, hears of it at once.
        """
        self._signal(signal.SIGKILL)

    def end(self, timeout_s: float) -> None:
        """Ask the child to end; after the timeout end it and everything in its session."""
        if self._process.poll() is None:
            with suppress(MeasurementError, OSError):
                self.tell({"do": "quit"})
                if self._process.stdin is not None:
                    self._process.stdin.close()
            self._await(timeout_s)
            self._signal(signal.SIGTERM)
            self._await(_KILL_AFTER_S)
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _await(self, timeout_s: float) -> None:
        """Wait for the end while reading on: a child that cannot write cannot end."""
        deadline = time.monotonic() + timeout_s
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(MeasurementError, ValueError):
                self.heard()
            time.sleep(0.01)

    def _signal(self, number: signal.Signals) -> None:
        """Signal the child's whole session: its group lives on while any of its own children does."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _lost(self) -> MeasurementError:
        try:
            how = f"with code {self._process.wait(_KILL_AFTER_S)}"
        except subprocess.TimeoutExpired:
            how = "without a word"
        return MeasurementError(
            f"the {self.name}: it ended {how}, expected it to go on until the run is over; see the run's logs."
        )


def _put_first(pid: int) -> None:
    """Let a child run before what it measures, where we may: a generator that waits for a core measures itself.

    Linux weighs sessions against each other before it looks at the processes in them (autogroup, sched(7)).
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(_NICENESS), encoding="ascii")


def listen(children: Sequence[Child], timeout_s: float) -> Iterator[tuple[Child, Message]]:
    """Yield what children say within the timeout, until it is over or something was said whole."""
    until = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        for child in children:
            selector.register(child, selectors.EVENT_READ, child)
        said = False
        while not said:
            left_s = until - time.monotonic()
            for key, _ in selector.select(max(left_s, 0.0)):
                child = key.data
                for message in child.heard():
                    said = True
                    yield child, message
            if left_s <= 0:
                return
