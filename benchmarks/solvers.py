"""Speed and error of the solvers beside LINE's, as Markdown tables, and how many variants are solved in a second.

The networks are known answers: five stations with 1,000 users, six with 25 users in each of four classes, and pools
over pools. Both sides are given the same network, have warmed up, and are measured the same way; building the model is
not part of it. LINE runs in an environment of its own; where it gives no answer, the table says why. ``python -m
benchmarks.solvers`` prints it all.
"""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from benchmarks.accuracy import NETWORKS, known
from benchmarks.layers import layers_of
from benchmarks.peers.environment import LINE, PeerEnvironment, PeerError, peer_environment
from benchmarks.peers.timed import Times, timed
from capplan.network import Network
from capplan.pooled import solve_pooled
from capplan.pooled.network import ConnectionPool, PooledNetwork, PooledStation, WorkerPool
from capplan.solvers import solve
from tests.known_answers.case_networks import CASES

CLOSED = {
    "closed-n1000": ("default", "exact", "pfqn_mva"),
    "closed-4x25x6": ("default", "lin", "exact"),
}
"""The closed networks, and the methods of LINE's mean value analysis that each is given to."""
POOLS = [name for name, case in CASES.items() if case["kind"] == "layered_pool"]
LAYERED = ("default", "srvn.cs", "moment3", "nlp")
"""The methods of LINE's layered solver."""
SLOW = {"capplan-pool-1": ("flat.cs", "flat.ph")}
"""Two more that take up to half a minute each, and the one network that they are given to."""
PATIENCE_S = 600.0
WORLDS = (256, 4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one solver made of one network: its worst relative error, and how long it took."""

    case: str
    solver: str
    error_ratio: float
    times: Times

    @property
    def cpu_s(self) -> float:
        """Median processor time."""
        return statistics.median(self.times["cpu_s"])

    def __str__(self) -> str:
        """Return the row of the table."""
        cpu_s, wall_s = self.times["cpu_s"], statistics.median(self.times["wall_s"])
        spread = f"{min(cpu_s) * 1e3:,.1f} to {max(cpu_s) * 1e3:,.1f}, {len(cpu_s)} runs"
        return (
            f"| {self.case} | {self.solver} | {self.error_ratio:+.3%} "
            f"| {self.cpu_s * 1e3:,.1f} ms ({spread}) | {wall_s * 1e3:,.1f} ms |"
        )


def worst(found: Sequence[float], answer: Sequence[float]) -> float:
    """Return the relative error furthest from 0."""
    errors = np.array(found) / np.array(answer) - 1.0
    return float(errors[np.argmax(np.abs(errors))])


def network_of(case: str) -> Network:
    """Return a known network."""
    return NETWORKS[CASES[case]["kind"]](CASES[case]["inputs"])


def ours(case: str, method: str | None, quantity: str) -> Row:
    """Solve a known network: its throughputs (X) or mean response times (R)."""
    network = network_of(case)
    solve(network, method)
    solution, times = timed(lambda: network, lambda model: solve(model, method))
    found = solution.throughput_per_s if quantity == "X" else solution.response_time_s
    error_ratio = worst(found, known(CASES[case])[quantity])
    return Row(case=case, solver=solution.method, error_ratio=error_ratio, times=times)


def closed_by_line(peers: PeerEnvironment, case: str, method: str) -> Row:
    """Have LINE solve a closed network: its throughputs."""
    inputs = CASES[case]["inputs"]
    single = isinstance(inputs["N"], int)
    order = {
        "population": [inputs["N"]] if single else inputs["N"],
        "think_time_s": [inputs["Z"]] if single else inputs["Z"],
        "demand_s": [inputs["D"]] if single else inputs["D"],
    }
    told = peers.tell(LINE, "line_closed.py", json.dumps(order), method, patience_s=PATIENCE_S)
    error_ratio = worst(told["throughput_per_s"], known(CASES[case])["X"])
    return Row(case=case, solver=f"LINE {method}", error_ratio=error_ratio, times=told)


def pool_by_line(peers: PeerEnvironment, case: str, method: str) -> Row:
    """Have LINE solve a layered network: its mean response times."""
    order = json.dumps(layers_of(network_of(case)))
    told = peers.tell(LINE, "line_layered.py", order, method, patience_s=PATIENCE_S)
    error_ratio = worst(told["response_s"], known(CASES[case])["R"])
    return Row(case=case, solver=f"LINE {method}", error_ratio=error_ratio, times=told)


def compared(
    case: str,
    quantity: str,
    our_methods: Sequence[str | None],
    line: Callable[[str], Row],
    line_methods: Sequence[str],
) -> list[Row]:
    """Print what either side made of a network as it comes, and return what has an answer."""
    found = []
    for method in our_methods:
        found.append(ours(case, method, quantity))
        print(found[-1], flush=True)
    for method in line_methods:
        try:
            found.append(line(method))
        except PeerError as error:
            print(f"| {case} | LINE {method} | no answer: {error} | | |", flush=True)
        else:
            print(found[-1], flush=True)
    return found


def heading(title: str, error: str) -> None:
    """Print the top of a table."""
    print(f"\n{title}\n\n| network | solver | {error} off by, at worst | processor time | wall time |")
    print("|---|---|---|---|---|", flush=True)


def summary(found: list[Row]) -> None:
    """Print what each solver did with all networks that it answered, over the first one's time."""
    print("\n| solver | networks | median error | worst error | median processor time | over ours |")
    print("|---|---|---|---|---|---|")
    of_solver: dict[str, list[Row]] = {}
    for row in found:
        of_solver.setdefault(row.solver, []).append(row)
    first = {row.case: row.cpu_s for row in next(iter(of_solver.values()))}
    for solver, each in of_solver.items():
        errors = [abs(row.error_ratio) for row in each]
        ratios = [row.cpu_s / first[row.case] for row in each]
        print(
            f"| {solver} | {len(each)} | {statistics.median(errors):.2%} | {max(errors):.2%} "
            f"| {statistics.median(row.cpu_s for row in each) * 1e3:,.1f} ms "
            f"| {statistics.median(ratios):,.1f} ({min(ratios):,.1f} to {max(ratios):,.1f}) |"
        )


def variants(worlds: int) -> dict[str, PooledNetwork]:
    """Networks of 20 users who think for a second, with other demands in every world."""
    spread = np.random.default_rng(1).lognormal(0.0, 0.3, (worlds, 1, 3))
    one = np.ones(worlds)

    def network(demand_s: Sequence[float], servers: int) -> PooledNetwork:
        return PooledNetwork(
            stations=tuple(
                PooledStation(name=f"s{k}", kind="queueing", server_count=servers * one)
                for k in range(len(demand_s))
            ),
            class_names=("request",),
            class_shares=np.ones((worlds, 1)),
            service_demand_s=np.array(demand_s) * spread[:, :, : len(demand_s)],
            population=20 * one,
            think_time_s=one,
        )

    processor = network([0.09], 2)
    scarce = ConnectionPool(
        name="connections",
        connection_count=1,
        calls_per_request=3 * one,
        held_demand_s=processor.chain_demand_s[:, 0] / 3.0,
    )
    return {
        "closed, 3 stations": network([0.01, 0.02, 0.04], 1),
        "4 workers on 2 cores": replace(processor, pool=WorkerPool(name="workers", worker_count=4)),
        "the same over 1 connection": replace(
            processor, pool=WorkerPool(name="workers", worker_count=4, connections=scarce)
        ),
    }


def variants_row(name: str, network: PooledNetwork) -> str:
    """Solve all variants of a network together; return the row of the table."""
    solve_pooled(network)
    _, times = timed(lambda: network, solve_pooled)
    middle, fastest, slowest = (f(times["cpu_s"]) for f in (statistics.median, min, max))
    spread = f"{fastest * 1e3:,.1f} to {slowest * 1e3:,.1f}, {len(times['cpu_s'])} runs"
    return f"| {name} | {network.worlds:,} | {middle * 1e3:,.1f} ms ({spread}) | {network.worlds / middle:,.0f} |"


def main() -> None:
    """Print closed networks, pools and variants."""
    pools = []
    with peer_environment() as peers:
        heading("Closed networks", "throughput")
        for case, methods in CLOSED.items():
            compared(case, "X", (None, "linearizer"), partial(closed_by_line, peers, case), methods)
        heading("Pools over pools", "mean response time")
        for case in POOLS:
            layered = LAYERED + SLOW.get(case, ())
            pools += compared(
                case, "R", (None, "flow_equivalent"), partial(pool_by_line, peers, case), layered
            )
    summary(pools)
    print("\naims: median of ours at most 10 ms, LINE's at least 100 times as much")
    print("\nVariants of a network with 20 users, solved together; aim: 10,000 closed networks a second\n")
    print("| network | variants | processor time | variants per CPU second |\n|---|---|---|---|")
    for worlds in WORLDS:
        for name, network in variants(worlds).items():
            print(variants_row(name, network), flush=True)


if __name__ == "__main__":
    main()
