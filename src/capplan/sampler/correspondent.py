"""correspondent: asks one server in a thread of its own, so that one that answers late or never delays nobody."""

import threading
import time

from capplan.machine.absence import reason
from capplan.probe import AskedProbe, Statistics

_RETRY_AFTER_S = 10.0


class Correspondent:
    """Asks a probe when told to, and keeps its answer until it is fetched.

    After a failure the connection is given up, and nobody is asked for ten seconds.

    Parameters
    ----------
    every_s : least time between two questions that are not full; between them there is no answer.
    """

    def __init__(self, probe: AskedProbe, *, every_s: float = 0.0) -> None:
        self.probe = probe
        self._every_s = every_s
        self._next_s = 0.0
        self._rests_until_s = 0.0
        self._question = threading.Event()
        self._answered = threading.Event()
        self._answered.set()
        self._full = False
        self._current = False
        self._answer: Statistics = {}
        threading.Thread(target=self._correspond, daemon=True).start()

    def ask(self, *, full: bool) -> None:
        """Put a question, unless the last one is still open or it is too early for another."""
        now_s = time.monotonic()
        early = now_s < self._rests_until_s or (now_s < self._next_s and not full)
        self._current = self._answered.is_set() and not early
        if self._current:
            self._next_s = now_s + self._every_s
            self._full = full
            self._answered.clear()
            self._question.set()

    def answer(self, until_s: float) -> Statistics:
        """Return the answer to the question just put if it comes in time, else nothing: a late one is dropped."""
        if not self._current or not self._answered.wait(max(0.0, until_s - time.monotonic())):
            return {}
        return self._answer

    def _correspond(self) -> None:
        while True:
            self._question.wait()
            self._question.clear()
            try:
                self._answer = self.probe.ask(full=self._full)
            except Exception as error:  # noqa: BLE001 - whatever a server says must not end the watching
                self._answer = {}
                self._rests_until_s = time.monotonic() + _RETRY_AFTER_S
                self.probe.absent.setdefault(self.probe.by, reason(error))
                self.probe.close()
            self._answered.set()
