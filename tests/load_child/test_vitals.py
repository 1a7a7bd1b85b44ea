"""How late a generator's event loop is, as the generator itself tells it."""

import subprocess
import sys

_STOOD_STILL = """
import time, gevent
from capplan.locust_child.vitals import Vitals
vitals = Vitals()
gevent.sleep(0.4)
early = vitals.take()
time.sleep(0.5)
gevent.sleep(0.4)
late = vitals.take()
print(early["loop_lag_p99_s"], late["loop_lag_p99_s"], late["loop_lag_s"])
"""


def test_a_loop_that_stood_still_was_late_all_the_while() -> None:
    """Half a second without a turn is told in the 99th percentile, not as one late turn among many."""
    told = subprocess.run([sys.executable, "-c", _STOOD_STILL], capture_output=True, text=True, check=True)
    early, late, worst = map(float, told.stdout.split())
    assert early < 0.2
    assert 0.4 < late <= worst < 1.5
