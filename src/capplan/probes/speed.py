"""speed: how long a fixed piece of pure Python takes now, on the clock of the thread that runs it.

The clock stands still while somebody else has the core, so that only a slower core makes it longer: a frequency that
changes, a neighbor on the other thread of the same core, a hypervisor that moves the machine.
"""

import time

_STEPS = 25_000


def speed_s() -> float:
    """Return the processor time of the piece, about 2 ms."""
    before = time.thread_time()
    _work(_STEPS)
    return time.thread_time() - before


def _work(steps: int) -> int:
    state = 1
    for step in range(steps):
        state = (state * 5 + step) & 0xFFFF
    return state
