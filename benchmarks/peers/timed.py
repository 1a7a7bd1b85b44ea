"""How long a calculation takes, measured alike for ourselves and for peers, who have warmed up before."""

import time
from collections.abc import Callable
from typing import Any, TypedDict

RUNS = 7
MOST_S = 3.0


class Times(TypedDict):
    """Processor and wall time of every measured run."""

    cpu_s: list[float]
    wall_s: list[float]


def timed(prepare: Callable[[], Any], solve: Callable[[Any], Any]) -> tuple[Any, Times]:
    """Return the last answer, and the times of up to RUNS runs, fewer once they took MOST_S; preparing is not timed."""
    times = Times(cpu_s=[], wall_s=[])
    answer = None
    while len(times["cpu_s"]) < RUNS and sum(times["cpu_s"]) < MOST_S:
        model = prepare()
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        answer = solve(model)
        times["cpu_s"].append(time.process_time() - cpu_s)
        times["wall_s"].append(time.perf_counter() - wall_s)
    return answer, times
