"""guardian: takes a run's own stack down when the run has ended without doing so, however it ended.

Run as ``python -m capplan.loadtest.guardian NAME``: it waits for the end of its standard input, which comes when its
parent is gone. A parent that has taken the stack down itself says so first.
"""

import signal
import sys

from capplan.stack import down


def main() -> None:
    """Wait for a word or the end of input."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdout.write('{"event": "ready"}\n')
    sys.stdout.flush()
    for line in sys.stdin:
        if '"quit"' in line:
            return
    down(sys.argv[1])


if __name__ == "__main__":
    main()
