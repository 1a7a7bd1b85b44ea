"""interruption: Ctrl-C and termination as one exception with its exit code; a second one kills the children."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from capplan.errors import EXIT_INTERRUPTED, EXIT_TERMINATED

_CODES = {signal.SIGINT: EXIT_INTERRUPTED, signal.SIGTERM: EXIT_TERMINATED}


class Interruption(BaseException):
    """Somebody wants the run to end now; what was measured is kept."""

    def __init__(self, number: int) -> None:
        self.exit_code = _CODES[signal.Signals(number)]
        super().__init__(signal.Signals(number).name)


@contextmanager
def interruptible(hurry: Callable[[], None]) -> Iterator[None]:
    """Raise ``Interruption`` at the first signal; at any later one call ``hurry`` instead, for cleaning up goes on.

    After an interruption signals are ignored: the process is about to end, and its exit code is the first one's.
    """
    begun = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal begun
        del frame
        if begun:
            hurry()
            return
        begun = True
        raise Interruption(number)

    before = {number: signal.signal(number, handle) for number in _CODES}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if begun else handler)
