"""vitals: whether a generator process keeps up: how late its event loop is, and how much of a core it uses."""

import time

import gevent

_NAP_S = 0.02
_MOST_NAPS = 1000
_TAIL = 0.99


class Vitals:
    """Watches the process it is made in; ``take`` returns what happened since it was last asked."""

    def __init__(self) -> None:
        self._lags: list[float] = []
        self._taken_s = time.monotonic()
        self._cpu_s = time.process_time()
        self._watch: gevent.Greenlet | None = gevent.spawn(self._nap)

    def take(self) -> dict[str, float]:
        """Return the worst and the 99th percentile of the delay of the event loop, and the cores used."""
        now_s, cpu_s = time.monotonic(), time.process_time()
        lags, self._lags = sorted(self._lags) or [0.0], []
        cores = (cpu_s - self._cpu_s) / max(now_s - self._taken_s, 1e-6)
        self._taken_s, self._cpu_s = now_s, cpu_s
        return {"loop_lag_s": lags[-1], "loop_lag_p99_s": lags[int(_TAIL * (len(lags) - 1))], "cores": cores}

    def _nap(self) -> None:
        while True:
            due_s = time.monotonic() + _NAP_S
            gevent.sleep(_NAP_S)
            self._note(max(0.0, time.monotonic() - due_s))

    def _note(self, lag_s: float) -> None:
        """Note a delay, and those of the naps that it left no room for, each later by one nap and late by so much less.

        Left out, they would make a loop that stands still for a second look as if it had been late once.
        """
        while lag_s >= 0.0 and len(self._lags) < _MOST_NAPS:
            self._lags.append(lag_s)
            lag_s -= _NAP_S
