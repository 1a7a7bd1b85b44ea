"""How long the commands take, as ratios to importing the libraries they stand on; pairs in turn, median and spread.

The machine's speed may change from one second to the next, so each run of a command is paired with a run of the
yardstick beside it, and only ratios are told.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

YARDSTICK = [sys.executable, "-c", "import numpy, scipy.optimize, pydantic"]
CAPPLAN = [sys.executable, "-m", "capplan"]
COMMANDS = {
    "capplan --help": ([*CAPPLAN, "--help"], 1.0),
    "capplan recommend": ([*CAPPLAN, "recommend"], 2.5),
}
PAIRS = int(os.environ.get("CAPPLAN_PAIRS", "15"))


def seconds(command: list[str], folder: Path) -> float:
    """Return the wall time of one run."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print median, minimum and maximum ratio of every command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label, (command, aim) in COMMANDS.items():
            seconds(command, folder)
            seconds(YARDSTICK, folder)
            ratios = [seconds(command, folder) / seconds(YARDSTICK, folder) for _ in range(PAIRS)]
            low, high = min(ratios), max(ratios)
            middle = statistics.median(ratios)
            sys.stdout.write(
                f"{label}: median {middle:.2f} of the yardstick ({low:.2f} to {high:.2f}, {PAIRS} pairs); aim {aim}\n"
            )


if __name__ == "__main__":
    main()
