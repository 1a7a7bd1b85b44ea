"""How often the simulator's 95 % intervals hold what is known exactly: ten networks, each simulated hundreds of times.

Each experiment is a simulation with a seed of its own that runs until it is as precise as asked, as anybody's does. It
counts once for each quantity: the mean response time, the throughput, and the 95th percentile where it is known. The
share of the intervals that hold the truth is told with the band in which it lies, 99 of 100 times, if each interval
holds with a chance of 0.95: by case with 99.9 of 100, for there are many of them.
"""

import os
import time
from dataclasses import dataclass, field

from scipy.stats import binom

from capplan.interval import Interval
from capplan.network import Network
from capplan.network_parts import Discipline, Operation, Source, Station
from capplan.solvers.markov_chain import solve_markov_chain
from capplan.solvers.simulation import solve_simulation
from capplan.time_law import TimeKind, TimeLaw
from tests.known_answers import case_networks
from tests.known_answers.case_networks import CASES
from tests.simulator.small_networks import groups, single

EXPERIMENTS = int(os.environ.get("CAPPLAN_EXPERIMENTS", "400"))
PROMISED = 0.95
POOLED_CERTAINTY, CASE_CERTAINTY = 0.99, 0.999
PERCENTILE = 0.95
_APART = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Case:
    """A network, how precisely it is simulated, and what is known of its last class."""

    network: Network
    precision_ratio: float
    response_s: float
    throughput_per_s: float
    late_s: float | None = None


@dataclass(slots=True)
class Count:
    """How many intervals held the truth, and how many lay above or below it."""

    held: int = 0
    above: int = 0
    below: int = 0

    @property
    def experiments(self) -> int:
        """All of them."""
        return self.held + self.above + self.below

    @property
    def ratio(self) -> float:
        """Share that held."""
        return self.held / self.experiments

    def add(self, found: Interval, truth: float) -> None:
        """Count an interval."""
        self.held += found.holds(truth)
        self.above += found.low > truth
        self.below += found.high < truth

    def joined(self, other: "Count") -> "Count":
        """Return the count of both."""
        return Count(self.held + other.held, self.above + other.above, self.below + other.below)

    def band(self, certainty: float) -> tuple[float, float]:
        """Return where the share lies with a certainty if the promise is kept."""
        low, high = binom.interval(certainty, self.experiments, PROMISED)
        return float(low) / self.experiments, float(high) / self.experiments

    def fits(self, certainty: float) -> bool:
        """Whether it lies there."""
        low, high = self.band(certainty)
        return low <= self.ratio <= high


@dataclass(slots=True)
class Counts:
    """The counts of a case, or of all together."""

    response: Count = field(default_factory=Count)
    throughput: Count = field(default_factory=Count)
    late: Count = field(default_factory=Count)

    def joined(self, other: "Counts") -> "Counts":
        """Return the counts of both."""
        return Counts(
            response=self.response.joined(other.response),
            throughput=self.throughput.joined(other.throughput),
            late=self.late.joined(other.late),
        )


def exponential(network: Network, precision_ratio: float) -> Case:
    """Return a case whose truth is that of the exact chain."""
    exact = solve_markov_chain(network)
    last = len(network.classes) - 1
    return Case(
        network=network,
        precision_ratio=precision_ratio,
        response_s=float(exact.response_time_s[last]),
        throughput_per_s=float(exact.throughput_per_s[last]),
        late_s=exact.percentile_s(last, PERCENTILE),
    )


def in_line(rate_per_s: float, law: TimeLaw, precision_ratio: float) -> Case:
    """Return M/G/1 of one-second services with the mean of Pollaczek and Khinchine."""
    wait_s = rate_per_s * (1.0 + law.variance_ratio) / 2.0 / (1.0 - rate_per_s)
    return Case(
        network=single(rate_per_s=rate_per_s, law=law),
        precision_ratio=precision_ratio,
        response_s=1.0 + wait_s,
        throughput_per_s=rate_per_s,
    )


def one_server(rate_per_s: float) -> Case:
    """Return M/M/1."""
    return exponential(single(rate_per_s=rate_per_s), 0.05)


def closed() -> Network:
    """Ten users who think for three seconds, a shared processor and a disk."""
    return Network(
        stations=(Station(name="disk", discipline=Discipline.FIRST_COME), Station(name="cpu")),
        operations=(
            Operation(name="job", station="disk", service_s=0.4, calls={"work": 1.0}),
            Operation(name="work", station="cpu", service_s=0.2),
        ),
        sources=(Source(name="users", mix={"job": 1.0}, population=10, think_time_s=3.0),),
    )


def cases() -> dict[str, Case]:
    """Return all cases by name."""
    pools = {name: case_networks.pool(CASES[f"capplan-pool-{name}"]["inputs"]) for name in (1, 2)}
    deterministic = TimeLaw(kind=TimeKind.DETERMINISTIC, variance_ratio=0.0)
    hyperexponential = TimeLaw(kind=TimeKind.HYPEREXPONENTIAL, variance_ratio=4.0)
    return {
        "M/M/1, 0.5 busy": one_server(0.5),
        "M/M/1, 0.8 busy": one_server(0.8),
        "M/M/1, 0.9 busy": one_server(0.9),
        "M/M/4, 0.9 busy": exponential(single(rate_per_s=3.6, servers=4), 0.05),
        "M/D/1, 0.8 busy": in_line(0.8, deterministic, 0.05),
        "M/H2/1, 0.7 busy": in_line(0.7, hyperexponential, 0.05),
        "closed, thinking": exponential(closed(), 0.02),
        "workers over cores": exponential(pools[1], 0.02),
        "pool in a pool": exponential(pools[2], 0.02),
        "three classes": exponential(groups(), 0.03),
    }


def count(case: Case, seed: int, counts: Counts) -> None:
    """Simulate a case once."""
    last = len(case.network.classes) - 1
    found = solve_simulation(case.network, seed=seed, precision_ratio=case.precision_ratio)
    assert found.intervals is not None
    counts.response.add(found.intervals.response_time_s[last], case.response_s)
    counts.throughput.add(found.intervals.throughput_per_s[last], case.throughput_per_s)
    late = found.percentile_interval(last, PERCENTILE)
    if case.late_s is not None and late is not None:
        counts.late.add(late, case.late_s)


def counted(number: int, case: Case, experiments: int) -> Counts:
    """Simulate a case as often as said, with seeds that no other case has: sources of one name have the same draws."""
    counts = Counts()
    for seed in range(1, experiments + 1):
        count(case, number * _APART + seed, counts)
    return counts


def line(found: Count, certainty: float) -> str:
    """Return a count as words."""
    if found.experiments == 0:
        return "not known"
    low, high = found.band(certainty)
    verdict = "" if found.fits(certainty) else ", OUTSIDE"
    return (
        f"{found.ratio:.1%} of {found.experiments:,} ({found.above} above, {found.below} below; "
        f"{low:.1%} to {high:.1%}{verdict})"
    )


def main() -> None:
    """Print how often intervals held, by case and together."""
    together = Counts()
    for number, (name, case) in enumerate(cases().items()):
        begin_s = time.process_time()
        counts = counted(number, case, EXPERIMENTS)
        each_s = (time.process_time() - begin_s) / EXPERIMENTS
        print(f"{name} (to {case.precision_ratio:.0%}; {each_s:.2f} s of processor each)")
        print(f"  mean response time: {line(counts.response, CASE_CERTAINTY)}")
        print(f"  throughput: {line(counts.throughput, CASE_CERTAINTY)}")
        print(f"  95th percentile: {line(counts.late, CASE_CERTAINTY)}", flush=True)
        together = together.joined(counts)
    print("all together")
    print(f"  mean response time: {line(together.response, POOLED_CERTAINTY)}")
    print(f"  throughput: {line(together.throughput, POOLED_CERTAINTY)}")
    print(f"  95th percentile: {line(together.late, POOLED_CERTAINTY)}")


if __name__ == "__main__":
    main()
