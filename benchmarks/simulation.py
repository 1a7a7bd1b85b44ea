"""How many events the simulator's compiled kernel does in a CPU second, beside a loop that can do one station only.

An event is the end of a service, an arrival, or the end of a thought. The bare loop is the limit: M/M/4 with a heap of
departures and the time of the next arrival, the same draws, and nothing recorded but the mean number present. The
machine's speed may change from one second to the next, so that each run is paired with one of the bare loop beside it.
Peers run M/M/4 in an environment of their own; where pip cannot make it, they are left out. ``python -m
benchmarks.simulation`` prints it.
"""

import os
import statistics
import time
from collections.abc import Callable
from math import log

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.peers.environment import LINE, PeerError, peer_environment
from capplan.network import Network
from capplan.network_layout import places_of
from capplan.network_parts import Discipline, Operation, Pool, Source, Station
from capplan.simulator import streams
from capplan.simulator.compiled import CompiledRun
from capplan.simulator.tables import model_of

PAIRS = int(os.environ.get("CAPPLAN_PAIRS", "15"))
EVENTS = 2_000_000
SERVERS = 4
ARRIVALS_PER_S = 3.2
PEERS = {
    "SimPy": ("simpy", "simpy_station.py", 30_000.0),
    "Ciw": ("ciw", "ciw_station.py", 30_000.0),
    "LINE's LDES": (LINE, "line_station.py", 1_500_000.0),
}
"""What pip has to install, the script, and the time it simulates."""


@njit(cache=True, error_model="numpy")
def bare_loop(events: int, state: NDArray[np.uint64], present: NDArray[np.float64]) -> float:
    """Run M/M/4 for so many events; return the mean number present."""
    draws = state[0]
    departures = np.empty(SERVERS)
    busy, waiting, now_s, area = 0, 0, 0.0, 0.0
    draws = streams.following(draws)
    arrival_s = -log(streams.unit(draws)) / ARRIVALS_PER_S
    for _ in range(events):
        before_s = now_s
        inside = busy + waiting
        if busy == 0 or arrival_s <= departures[0]:
            now_s = arrival_s
            draws = streams.following(draws)
            arrival_s = now_s - log(streams.unit(draws)) / ARRIVALS_PER_S
            if busy == SERVERS:
                waiting += 1
            else:
                draws = streams.following(draws)
                rise(departures, busy, now_s - log(streams.unit(draws)))
                busy += 1
        else:
            now_s = departures[0]
            if waiting > 0:
                waiting -= 1
                draws = streams.following(draws)
                sink(departures, busy, now_s - log(streams.unit(draws)))
            else:
                busy -= 1
                sink(departures, busy, departures[busy])
        area += inside * (now_s - before_s)
    state[0] = draws
    present[0] = area / now_s
    return now_s


@njit(error_model="numpy")
def rise(heap: NDArray[np.float64], size: int, due_s: float) -> None:
    """Add to a heap."""
    hole = size
    while hole > 0 and heap[(hole - 1) >> 1] > due_s:
        heap[hole] = heap[(hole - 1) >> 1]
        hole = (hole - 1) >> 1
    heap[hole] = due_s


@njit(error_model="numpy")
def sink(heap: NDArray[np.float64], size: int, due_s: float) -> None:
    """Put something in the stead of a heap's first."""
    hole, below = 0, 1
    while below < size:
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= due_s:
            break
        heap[hole] = heap[below]
        hole, below = below, 2 * below + 1
    heap[hole] = due_s


def station(discipline: Discipline) -> Network:
    """M/M/4, 0.8 busy."""
    return Network(
        stations=(Station(name="station", discipline=discipline, server_count=SERVERS),),
        operations=(Operation(name="job", station="station", service_s=1.0),),
        sources=(Source(name="all", mix={"job": 1.0}, arrival_rate_per_s=ARRIVALS_PER_S),),
    )


def pool() -> Network:
    """Twenty users, four workers, one connection, two cores: ``capplan-pool-2`` of the known answers."""
    return Network(
        stations=(Station(name="cpu", server_count=2),),
        pools=(Pool(name="workers", size=4), Pool(name="connections", size=1)),
        operations=(
            Operation(name="page", station="cpu", service_s=0.06, pool="workers", calls={"query": 3.0}),
            Operation(name="query", station="cpu", service_s=0.01, pool="connections"),
        ),
        sources=(Source(name="users", mix={"page": 1.0}, population=20, think_time_s=1.0),),
    )


def events_per_s(run: Callable[[], object]) -> float:
    """Return the events of one run over the CPU seconds it took."""
    start = time.process_time()
    run()
    return EVENTS / (time.process_time() - start)


def compare(label: str, run: Callable[[], object], bare: Callable[[], object]) -> float:
    """Print the median, least and greatest events a second, and their ratios to the bare loop's; return the median."""
    run()
    found, ratios = [], []
    for _ in range(PAIRS):
        ours, limit = events_per_s(run), events_per_s(bare)
        found.append(ours)
        ratios.append(ours / limit)
    middle = statistics.median(found)
    print(
        f"{label}: median {middle / 1e6:.1f} million events per CPU second "
        f"({min(found) / 1e6:.1f} to {max(found) / 1e6:.1f}, {PAIRS} pairs); "
        f"{statistics.median(ratios):.0%} of the bare loop ({min(ratios):.0%} to {max(ratios):.0%})"
    )
    return middle


def kernel(network: Network) -> Callable[[], object]:
    """Return a run of the compiled kernel that goes on each time; what it records is taken away, as in a simulation.

    Of so long a run one response time in 32 is kept.
    """
    run = CompiledRun(model_of(places_of(network)), seed=1)
    run.strides = run.strides * 32

    def go_on() -> None:
        run.advance(most_events=EVENTS)
        run.taken()

    return go_on


def peers(ours: float) -> None:
    """Print how many times as many events the kernel does as each peer, where it can be had."""
    with peer_environment() as environment:
        for name, (requirement, script, until_s) in PEERS.items():
            try:
                found = environment.tell(requirement, script, str(until_s))
            except PeerError as error:
                print(f"{name}: left out, {error}")
                continue
            speed = found["events"] / found["cpu_s"]
            print(f"{name}: {speed:,.0f} events per CPU second, mean response {found['mean_s']:.3f} s")
            print(f"{name}: the compiled kernel does {ours / speed:,.1f} times as many")
    print("LINE's LDES: no pool over a pool, as only its Java program, which pip does not bring, does layers")


def main() -> None:
    """Print events per CPU second, alone and beside the limit, and beside peers."""
    state, present = np.array([streams.start(1, 0, "bare")], dtype=np.uint64), np.zeros(1)

    def bare() -> None:
        bare_loop(EVENTS, state, present)

    bare()
    print(f"bare loop: {present[0]:.3f} present on average, 5.586 expected")
    first_come = compare("M/M/4, first come, first served", kernel(station(Discipline.FIRST_COME)), bare)
    compare("M/M/4, shared", kernel(station(Discipline.SHARED)), bare)
    compare("a pool over a pool (capplan-pool-2)", kernel(pool()), bare)
    print("aims: half of the bare loop for M/M/4; 2 million events per CPU second for the pool")
    peers(first_come)


if __name__ == "__main__":
    main()
