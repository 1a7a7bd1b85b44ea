"""M/M/4 at 0.8 in SimPy: events per CPU second, one event being an arrival or an end of service."""

import json
import random  # noqa: TID251 - SimPy leaves draws to its users, and this is how they do it
import sys
import time
from collections.abc import Generator

import simpy


def main(until_s: float) -> None:
    """Run to a time and print what it took."""
    draws = random.Random(1)  # noqa: S311 - no secret is drawn
    station = simpy.Environment()
    servers = simpy.Resource(station, capacity=4)
    responses: list[float] = []

    def request() -> Generator[simpy.Event, None, None]:
        came_s = station.now
        with servers.request() as mine:
            yield mine
            yield station.timeout(draws.expovariate(1.0))
        responses.append(station.now - came_s)

    def arrivals() -> Generator[simpy.Event, None, None]:
        while True:
            yield station.timeout(draws.expovariate(3.2))
            station.process(request())

    station.process(arrivals())
    start = time.process_time()
    station.run(until=until_s)
    taken_s = time.process_time() - start
    print(
        json.dumps(
            {"events": 2 * len(responses), "cpu_s": taken_s, "mean_s": sum(responses) / len(responses)}
        )
    )


if __name__ == "__main__":
    main(float(sys.argv[1]))
