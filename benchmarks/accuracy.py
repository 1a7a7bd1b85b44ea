"""Every known case through every method that covers it: error and processor time, as a Markdown table.

``python -m benchmarks.accuracy`` prints it; the results recorded stand in docs/explanation/the-solvers.md.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from capplan.errors import CapplanError
from capplan.network import Network
from capplan.solvers import SOLVERS
from tests.known_answers import case_networks as cases

Case = dict[str, Any]
NETWORKS: dict[str, Callable[[Case], Network]] = {
    "mmc": cases.multi_server,
    "finite": cases.in_order,
    "open_network": cases.open_classes,
    "open_multiclass": cases.open_classes,
    "mva_closed_single": cases.closed,
    "mva_closed_multiserver": cases.closed,
    "mva_closed_multi": cases.closed_multi,
    "mva_closed_multi_multiserver": cases.closed_multi,
    "mixed": cases.mixed,
    "layered": cases.layered,
    "layered_pool": lambda inputs: (cases.pool if "s_db" in inputs else cases.layered)(inputs),
    "layered_open": cases.visited_in_turn,
    "layered_forwarding": cases.forwarding,
    "cpu_cap": cases.cpu_cap,
    "cpu_shares": cases.cpu_shares,
}
REPEATS = 3


def known(case: Case) -> dict[str, list[float]]:
    """Return the known throughputs (X) and mean response times (R) of a case, those that are given."""
    expected = case["expected"]
    found = {}
    if case["kind"] == "cpu_cap":
        return {"X": [expected["X_web"], expected["X_batch"]]}
    if "X1" in expected:
        return {"X": [expected["X1"], expected["X2"]]}
    for key, names in (("X", ("X", "X_closed")), ("R", ("R", "Rsys"))):
        value = next((expected[name] for name in names if name in expected), None)
        if case["kind"] == "layered" and key == "X" and isinstance(value, dict):
            value = next(iter(value.values()))
        if case["kind"] == "open_network" and key == "R":
            value = expected["Rsys"]
        if isinstance(value, int | float | list):
            found[key] = list(np.ravel(value))
    return found


def errors(case: Case, network: Network, method: str) -> tuple[float, float, float] | str:
    """Return the largest errors of throughput and response time and the time taken, or why there is no answer."""
    times = []
    try:
        for _ in range(REPEATS):
            begun = time.process_time()
            solution = SOLVERS[method](network)
            times.append(time.process_time() - begun)
            if times[-1] > 1.0:
                break
    except CapplanError as error:
        return str(error)
    wanted = known(case)
    apart = []
    for key, values in (("X", solution.throughput_per_s), ("R", solution.response_time_s)):
        answer = np.array(wanted.get(key, []))
        at = values[-answer.size :] if answer.size else values[:0]
        apart.append(float(np.max(np.abs(at / answer - 1.0), initial=0.0)) if answer.size else np.nan)
    return apart[0], apart[1], float(np.median(times))


def main() -> None:
    """Print the table."""
    print(
        "| case | method | throughput off by | response time off by | processor time |\n|---|---|---|---|---|"
    )
    for case in cases.CASES.values():
        build = NETWORKS.get(case["kind"])
        if build is None or (case["kind"] == "layered" and "processors" not in case["inputs"]):
            print(f"| {case['id']} | not a network of this vocabulary ({case['kind']}) | | | |")
            continue
        network = build(case["inputs"])
        for method in SOLVERS:
            found = errors(case, network, method)
            if isinstance(found, str):
                continue
            flow, response, taken = found
            shown = ["" if np.isnan(each) else f"{each:.1e}" for each in (flow, response)]
            print(f"| {case['id']} | {method} | {shown[0]} | {shown[1]} | {taken * 1e3:.1f} ms |")


if __name__ == "__main__":
    main()
